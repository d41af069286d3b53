"""Draws bundles for one check on one pair, examines them, and turns the first nonconforming case into a finding."""

from __future__ import annotations

import gc
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import hypothesis
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis.database import DirectoryBasedExampleDatabase

from conformance.engine import plans
from conformance.engine.blocks import Tally
from conformance.engine.bundle import Bundle
from conformance.engine.execute import Examined, HarnessError
from conformance.engine.libraries import Pair
from conformance.engine.shots import Shot
from conformance.findings.found import Found, pursue
from conformance.generation.strategies import Drawn, bundles, every_kind
from conformance.model.case import BLIND_SPOTS
from conformance.model.outcome import Finding, Outcome
from conformance.model.verdict import NONCONFORMING
from conformance.oracle.judge import Judgement
from conformance.session import Session
from conformance.suite.across import layout_findings, pair_differences
from conformance.toolchain.errors import CompileError


@dataclass
class Counts:
    """What one check on one pair has come to so far."""

    tally: Tally = field(default_factory=Counter)
    paired: Tally = field(default_factory=Counter)
    generated: int = 0
    executed: int = 0
    judged: int = 0
    inconclusive: int = 0
    compiled: int = 0
    examples: int = 0
    why: str = ""
    signatures: set[str] = field(default_factory=set)
    blind: Counter[str] = field(default_factory=Counter)

    def add(self, examined: Examined, count: int) -> None:
        """Adds one plan's verdicts; every case that was generated must have been executed and judged."""
        self.generated += count
        self.executed += examined.executed
        self.judged += examined.judged
        self.inconclusive += examined.unrun
        if examined.unrun:
            self.why = f"{examined.unrun} cases were not run: three before them hung"
        if not examined.judged == examined.executed == count - examined.unrun:
            raise HarnessError(f"{count} cases were generated, {examined.executed} run and {examined.judged} judged")
        self.tally.update(examined.tally)
        self.paired.update(examined.paired)


class Explorer:
    """One check on one pair, or on all pairs where it compares them."""

    def __init__(self, session: Session, check: str, pairs: tuple[Pair, ...]) -> None:
        self.session = session
        self.check = check
        self.pairs = pairs
        self.counts = Counts()
        self.findings: list[Finding] = []
        self._found: dict[str, Found] = {}

    def run(self) -> Outcome:
        """Draws and examines; the outcome holds the finding, if there is one. Raises HarnessError."""
        started = time.perf_counter()
        if self.check == "X0-LAYOUT":
            self._layout()
        else:
            with rare_collections():
                self._draw()
        return self._outcome(time.perf_counter() - started)

    def _draw(self) -> None:
        session = self.session
        profile, subject = session.profile, session.subject
        size = session.bundle_size(self.pairs)
        with_null = "null" in subject.rules.passable
        strategy = bundles(size, profile.max_args, subject.kinds, with_null)
        database = None
        if profile.random:
            database = DirectoryBasedExampleDatabase(session.options.report_dir / "hypothesis")

        # Shrinking is the engine's own: it knows what a case is, and needs a compile a step instead of one a try.
        # Hypothesis owns what is drawn, the database, and the confirmation: it runs the failing example once more.
        @hypothesis.seed(session.seed)
        @settings(
            max_examples=session.examples(self.pairs),
            database=database,
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            deadline=None,
            derandomize=False,
            report_multiple_bugs=False,
            print_blob=False,
            suppress_health_check=list(HealthCheck),
        )
        @example(every_kind(subject.kinds, with_null))
        @given(strategy)
        def conforms(drawn: Drawn) -> None:
            self._examine(drawn)

        try:
            conforms()
        except tuple(NONCONFORMING.values()):
            self.findings = [found.finding for found in self._found.values()]

    def _examine(self, drawn: Drawn) -> None:
        bundle = self.session.bundle(drawn)
        found = self._found.get(bundle.id)
        if found is None:
            found = self._look(bundle)
        if found is not None:
            self._found = {bundle.id: found}
            raise NONCONFORMING[found.finding.verdict](found.finding.message)

    def _look(self, bundle: Bundle) -> Found | None:
        counts = self.counts
        counts.examples += 1
        counts.signatures.update(_short(bundle))
        plan = plans.plan(self.check, bundle)
        if self.check == "PAIR":
            return self._compare_pairs(bundle, plan)
        pair = self.pairs[0]
        try:
            examined = self.session.examine(self.check, bundle, pair, plan)
        except CompileError as error:
            counts.generated += plan.count
            counts.inconclusive += plan.count
            counts.why = f"{error.compiler_id} does not build some bundles: {error.words}"
            return None
        counts.compiled += 2 * len(bundle.signatures)
        counts.add(examined, plan.count)
        if self.check == "X0-TYPE":
            self._count_blind_spots(bundle, pair)
        if not examined.nonconforming:
            return None
        at, shot, judgement = min(examined.nonconforming, key=lambda found: _simplicity(bundle, found))
        return pursue(self.session, self.check, pair, plan, at, shot, judgement)

    def _count_blind_spots(self, bundle: Bundle, pair: Pair) -> None:
        plan = plans.plan("blind spots", bundle)
        if plan.count:
            examined = self.session.examine("X0-TYPE", bundle, pair, plan)
            for (_, cls, _), number in examined.tally.items():
                self.counts.blind[cls] += number

    def _compare_pairs(self, bundle: Bundle, plan: plans.Plan) -> Found | None:
        counts = self.counts
        try:
            examined, found = pair_differences(self.session, bundle, plan, self.pairs)
        except CompileError as error:
            counts.generated += plan.count
            counts.inconclusive += plan.count
            counts.why = f"{error.compiler_id} does not build some bundles: {error.words}"
            return None
        counts.compiled += 2 * len(bundle.signatures) * len(self.pairs)
        counts.add(examined, plan.count * len(self.pairs))
        return found

    def _layout(self) -> None:
        examined, findings = layout_findings(self.session, self.pairs[0])
        self.counts.add(examined, examined.judged)
        self.findings = findings

    def _outcome(self, seconds: float) -> Outcome:
        counts, rules = self.counts, self.session.subject.rules
        by_verdict: Counter[str] = Counter()
        for (_, _, verdict), number in counts.tally.items():
            by_verdict[verdict] += number
        by_class: dict[str, dict[str, dict[str, int]]] = {}
        for (convention, cls, verdict), number in sorted(counts.paired.items()):
            by_class.setdefault(convention, {}).setdefault(cls, {})[verdict] = number
        release = self.check == "X0-RELEASE"
        blind = counts.blind + Counter(
            {
                cls: sum(n for (_, c, _), n in counts.tally.items() if c == cls)
                for cls in BLIND_SPOTS
                if self.check == "X0-RANGE"
            }
        )
        status = "fail" if self.findings else "pass"
        if status == "pass" and not counts.judged:
            status = "not-run"
        tensor = [cls for cls in rules.claims if cls.startswith("tensor-")]
        return Outcome(
            check=self.check,
            pair=self.pairs[0].ids if len(self.pairs) == 1 else (),
            status=status,
            why=counts.why or ("no case of this check was drawn" if status == "not-run" else ""),
            generated=counts.generated,
            executed=counts.executed,
            judged=counts.judged,
            inconclusive=counts.inconclusive,
            compiled=counts.compiled,
            examples=counts.examples,
            by_verdict=dict(sorted(by_verdict.items())),
            by_class={} if release else by_class,
            rejected_classes=("type", "few", "many", "ret-type", "ret-none", *tensor),
            release=dict(sorted(by_verdict.items())) if release else {},
            blind_spots={cls: number for cls, number in sorted(blind.items()) if number},
            signatures=tuple(sorted(counts.signatures)),
            findings=tuple(self.findings),
            seconds=seconds,
        )


@contextmanager
def rare_collections() -> Iterator[None]:
    """Has the garbage collector look less often: a plan makes many thousand small objects, and none in a circle.

    What was there before, pytest and Hypothesis above all, it need not look at again.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(200_000, 20, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _simplicity(bundle: Bundle, found: tuple[int, Shot, Judgement]) -> tuple[bool, int, int]:
    """Which of several nonconforming calls to pursue: one with a single mistake, the shortest signature, the first."""
    at, shot, _ = found
    longest = max(len(bundle.signatures[shot.caller]), len(bundle.signatures[shot.callee]))
    return shot.caller != shot.callee, longest, at


def _short(bundle: Bundle) -> list[str]:
    import hashlib

    return [hashlib.sha256(str(signature).encode()).hexdigest()[:12] for signature in bundle.signatures]
