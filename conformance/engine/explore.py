"""Has every carrier examine what a stream of a check draws, and turns the causes of what fails into findings."""

from __future__ import annotations

import gc
import hashlib
import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from conformance.checks import BLIND, CHECKS
from conformance.engine.carrier import (
    AdapterFault,
    AnyPlan,
    Carrier,
    Examined,
    HarnessError,
    NotBuilt,
    Tally,
    Transport,
)
from conformance.engine.causes import Excuse, Sorter, nothing_excused
from conformance.engine.confirm import MOST_CONFIRMED, Budget, as_drawn, confirm_and_shrink
from conformance.engine.group_counts import NO_COUNTS, GroupCounts
from conformance.engine.units import streams
from conformance.generation.database import CaseDatabase
from conformance.generation.search import drawn_in, part
from conformance.generation.strategies import Drawn
from conformance.model.case import BLIND_SPOTS, Case
from conformance.model.distinct import MOST, hash_of, kept
from conformance.model.groups import Group, merged
from conformance.model.headway import Headway
from conformance.model.kinds import NONE
from conformance.model.mark import Mark
from conformance.model.observation import MOST_DEATHS, MOST_HANGS
from conformance.model.outcome import INTERRUPTED, NOT_DRAWN, ByBundle, Finding, Interrupted, Outcome
from conformance.model.signature import Signature
from conformance.model.unit import Unit

MOST_UNEXCUSED = 10_000
"""Nonconforming calls of a stream that nothing excuses, after which it has said enough and the rest is not run."""

MOST_BUNDLES = 1024
"""The most bundles of a stream whose calls are counted apart, so that both conventions are compared over the same ones.

No profile draws as many.
"""

_MANY_GROUPS = 1000


def nobody_watches(step: Headway) -> None:
    """Tells nobody how far a check has come."""


@dataclass
class Counts:
    """What a stream of one check has come to so far."""

    tally: Tally = field(default_factory=Counter)
    paired: dict[str, Tally] = field(default_factory=dict)
    kinds: GroupCounts = NO_COUNTS
    numbers: Counter[str] = field(default_factory=Counter)
    signatures: set[str] = field(default_factory=set)
    drawn_kinds: set[str] = field(default_factory=set)
    blind: Counter[str] = field(default_factory=Counter)
    news: Counter[str] = field(default_factory=Counter)
    why: str = ""

    def draw(self, drawn: Drawn) -> None:
        """Counts what was drawn, in bounded memory."""
        self.signatures.update(hash_of(str(signature)) for signature in drawn.signatures)
        if len(self.signatures) > 2 * MOST:
            self.signatures = set(kept(self.signatures))
        self.drawn_kinds.update(kind for signature in drawn.signatures for kind in _kinds(signature))

    def add(self, examined: Examined, count: int, bundle: str) -> None:
        """Adds one plan's verdicts; every call that was planned is judged or counted as left out.

        `bundle` names what was drawn: calls that both conventions make are the same ones only within one.
        """
        if not examined.judged == examined.executed == count - examined.not_run - examined.inconclusive:
            raise HarnessError(f"{count} calls were planned, {examined.executed} made and {examined.judged} judged")
        self.numbers.update(
            generated=count + examined.left_out,
            executed=examined.executed,
            judged=examined.judged,
            not_run=examined.not_run + examined.left_out,
            cut_off=examined.not_run,
            inconclusive=examined.inconclusive,
            deaths=examined.deaths,
            hangs=examined.hangs,
        )
        self.why = examined.why or self.why
        self.tally.update(examined.tally)
        self.news.update(examined.news)
        if examined.paired and (bundle in self.paired or len(self.paired) < MOST_BUNDLES):
            self.paired.setdefault(bundle, Counter()).update(examined.paired)
        self.kinds += examined.kinds


class Explorer:
    """A stream of one check on the carriers of its pairs: one pair, or several where the check compares them."""

    def __init__(
        self,
        transport: Transport,
        check: str,
        pairs: tuple[tuple[str, str], ...],
        *,
        seed: int,
        stream: int = 1,
        excuse: Excuse = nothing_excused,
        shrink: bool = True,
        database: CaseDatabase | None = None,
        deadline: float = math.inf,
        moved: Callable[[Headway], None] = nobody_watches,
    ) -> None:
        self._transport = transport
        self._check = check
        self._stream = stream
        self._pairs = pairs
        self._seed = seed
        self._excuse = excuse
        self._shrink = shrink
        self._database = database
        self._deadline = deadline
        self._moved = moved
        self._bundles = 0
        self._out_of_time = False
        self._carriers = transport.carriers(check, pairs)
        self._counts = Counts()
        self._sorter = Sorter(excuse, by_place=CHECKS[check].proven)
        self._groups: list[dict[str, object]] = []
        self._stopped = ""

    def run(self) -> Outcome:
        """Draws, examines, confirms. Raises HarnessError, and Interrupted in place of KeyboardInterrupt."""
        started = time.perf_counter()
        try:
            self._try_kept()
            self._draw()
            findings, notes = self._concluded()
            self._keep(findings)
        except AdapterFault as error:
            pair = self._pairs[0] if len(self._pairs) == 1 else ()
            return Outcome(self._check, pair, "error", str(error), adapter=True, stream=self._stream)
        except KeyboardInterrupt:  # whose own traceback may lack numbers of lines, which pytest cannot show
            raise Interrupted(self._cut_off(time.perf_counter() - started)) from None
        outcome = self._outcome(findings, notes, time.perf_counter() - started)
        return outcome.cut_short() if self._out_of_time else outcome

    def _try_kept(self) -> None:
        """Tries the cases of earlier findings again, each alone, before anything is drawn."""
        if self._database is None:
            return
        for carrier in self._carriers:
            for case in self._database.fetch(str(Unit(self._check, self._stream)), carrier.ids):
                judgement = None if self._transport.misfit(case) else next(iter(carrier.judge_each([case])))
                if judgement is None:
                    continue
                self._counts.numbers.update(generated=1, executed=1, judged=1)
                self._counts.tally[case.convention, case.mismatch.cls, judgement.verdict] += 1
                if not judgement.conforms:
                    self._sorter.add(carrier, None, 0, case, judgement)

    def _keep(self, findings: list[Finding]) -> None:
        if self._database is not None:
            for carrier in self._carriers:
                cases = [Case.from_json(finding.case) for finding in findings if finding.pair == carrier.ids]
                self._database.keep(str(Unit(self._check, self._stream)), carrier.ids, cases)

    def _draw(self) -> None:
        transport = self._transport
        draws = transport.draws(self._check, self._pairs)
        count = streams(self._check, draws.examples)
        bundles = (
            draws.own(self._seed)
            if draws.own is not None
            else drawn_in(
                self._stream,
                count,
                first=draws.first,
                long=draws.long,
                examples=draws.examples,
                seed=self._seed,
                size=draws.size,
                max_args=draws.max_args,
                kinds=draws.kinds or transport.subject.kinds,
                with_null="null" in transport.subject.rules.passable,
            )
        )
        self._bundles = len(draws.first) * (self._stream == 1) + len(part(self._stream, count, draws.examples))
        self._tell()
        with rare_collections():
            for drawn in bundles:
                if draws.only_sampled and not drawn.sampled:
                    continue
                if time.monotonic() >= self._deadline:
                    self._out_of_time = True
                    break
                known = self._known(drawn) if draws.kinds else drawn
                if known.signatures or not drawn.signatures:
                    self._look(known)

    def _known(self, drawn: Drawn) -> Drawn:
        """Without the signatures that have kinds which not all versions of the subject have; these are counted."""
        known = {*self._transport.subject.kinds, NONE, "null"}
        kept = tuple(signature for signature in drawn.signatures if known.issuperset(_kinds(signature)))
        if lost := len(drawn.signatures) - len(kept):
            self._counts.numbers.update(generated=lost, not_run=lost, unknown=lost)
        return replace(drawn, signatures=kept)

    def _look(self, drawn: Drawn) -> None:
        plan = self._transport.plan(self._check, drawn, self._pairs)
        self._counts.numbers["examples"] += 1
        self._counts.draw(drawn)
        for carrier in self._carriers:
            examined = self._examined(carrier, plan, drawn)
            if examined is not None:
                self._counts.numbers["compiled"] += examined.compiled
                self._groups += [dict(group) for group in examined.groups]
                if len(self._groups) > _MANY_GROUPS:
                    self._groups = list(merged(self._groups))
                for at, judgement in examined.nonconforming:
                    self._sorter.add(carrier, plan, at, carrier.case(self._check, plan, at), judgement)
                self._stopped = self._stopped or self._enough()
                if self._check == "X0-TYPE" and not self._stopped:
                    self._count_blind_spots(carrier, drawn)
        self._tell()

    def _tell(self) -> None:
        """Says how far the stream has come."""
        numbers, pair = self._counts.numbers, self._pairs[0] if len(self._pairs) == 1 else ()
        share = numbers["examples"] / max(1, self._bundles, numbers["examples"])
        self._moved(Headway(self._check, pair, share, numbers["judged"], self._sorter.found, self._stream))

    def _examined(self, carrier: Carrier, plan: AnyPlan, drawn: Drawn) -> Examined | None:
        """What came of a plan, counted; None where nothing of it was made."""
        counts = self._counts
        if self._stopped:
            counts.numbers.update(generated=plan.count, not_run=plan.count, cut_off=plan.count)
            return None
        try:
            examined = carrier.examine(self._check, plan)
        except NotBuilt as error:
            counts.numbers.update(generated=plan.count, inconclusive=plan.count)
            counts.why = str(error)
            return None
        counts.add(examined, plan.count, _name(drawn))
        return examined

    def _enough(self) -> str:
        """Why the rest of the check is not run, "" where it is."""
        numbers = self._counts.numbers
        if numbers["deaths"] >= MOST_DEATHS:
            return f"{MOST_DEATHS} calls before them ended their process"
        if numbers["hangs"] >= MOST_HANGS:
            return f"{MOST_HANGS} calls before them hung"
        if self._sorter.unexcused >= MOST_UNEXCUSED:
            return f"{MOST_UNEXCUSED:,} calls before them did not conform"
        return ""

    def _count_blind_spots(self, carrier: Carrier, drawn: Drawn) -> None:
        plan = self._transport.plan(BLIND, drawn, self._pairs)
        if plan.count:
            examined = carrier.examine(self._check, plan)
            for (_, cls, _), number in examined.tally.items():
                self._counts.blind[cls] += number

    def _concluded(self) -> tuple[list[Finding], list[str]]:
        """The findings of all causes, and a sentence for each cause that could not be confirmed."""
        findings: list[Finding] = []
        notes: list[str] = []
        budget, confirmed = Budget(), 0
        shown: set[Mark] = set()
        causes = list(self._sorter.causes())
        for cause in causes:
            if cause.excused_by:
                findings.append(as_drawn(cause))
            elif confirmed >= MOST_CONFIRMED:
                findings.append(as_drawn(cause, [f"not confirmed: {MOST_CONFIRMED} causes before it were"]))
            else:
                confirmed += 1
                finding = confirm_and_shrink(
                    self._transport,
                    self._check,
                    cause,
                    budget,
                    self._excuse,
                    shrink=self._shrink and not self._out_of_time,
                    taken=shown.union(*(other.marks for other in causes if other is not cause)),
                )
                if isinstance(finding, str):
                    notes.append(finding)
                else:
                    findings.append(finding)
                    shown.update(map(Mark.from_json, finding.marks))
        return findings, notes

    def _cut_off(self, seconds: float) -> Outcome:
        """What there is when there is no time to confirm anything: it never passes."""
        findings = [as_drawn(cause, ["not confirmed: the run was interrupted"]) for cause in self._sorter.causes()]
        outcome = self._outcome(findings, [], seconds)
        return outcome if findings else outcome.without_verdict(INTERRUPTED)

    def _outcome(self, findings: list[Finding], notes: list[str], seconds: float) -> Outcome:
        counts, numbers = self._counts, self._counts.numbers
        by_verdict: Counter[str] = Counter()
        for (_, _, verdict), number in counts.tally.items():
            by_verdict[verdict] += number
        by_bundle: ByBundle = {}
        for bundle, paired in counts.paired.items():
            for (convention, cls, verdict), number in sorted(paired.items()):
                by_bundle.setdefault(bundle, {}).setdefault(convention, {}).setdefault(cls, {})[verdict] = number
        blind = counts.blind.copy()
        for (_, cls, _), number in counts.tally.items():
            if (self._check == "X0-RANGE" and cls in BLIND_SPOTS) or cls == "ret-status":
                blind[cls] += number
        status = "fail" if findings else "pass" if numbers["judged"] else "not-run"
        why = counts.why
        if self._stopped:
            why = f"{numbers['not_run']:,} calls were not run: {self._stopped}"
        if numbers["unknown"]:
            told = f"{numbers['unknown']:,} signatures have kinds that not all versions have, and are not called"
            why = f"{why}; {told}" if why else told
        if counts.news:
            told = f"{counts.news.total():,} calls are news: done otherwise than with all of one version, and right"
            why = f"{why}; {told}" if why else told
        if numbers["inconclusive"]:
            by_verdict["inconclusive"] = numbers["inconclusive"]
        release = CHECKS[self._check].release
        verdicts = dict(sorted(by_verdict.items()))
        tensor = [cls for cls in self._transport.subject.rules.claims if cls.startswith("tensor-")]
        return Outcome(
            check=self._check,
            pair=self._pairs[0] if len(self._pairs) == 1 else (),
            status=status,
            why=why or (NOT_DRAWN if status == "not-run" else ""),
            generated=numbers["generated"],
            executed=numbers["executed"],
            judged=numbers["judged"] + numbers["inconclusive"],
            inconclusive=numbers["inconclusive"],
            not_run=numbers["not_run"],
            cut_off=numbers["cut_off"],
            compiled=numbers["compiled"],
            examples=numbers["examples"],
            by_verdict=verdicts,
            by_bundle={} if release else by_bundle,
            rejected_classes=("type", "few", "many", "ret-type", "ret-none", *tensor),
            release=verdicts if release else {},
            blind_spots={cls: number for cls, number in sorted(blind.items()) if number},
            signatures=kept(counts.signatures),
            kinds=tuple(sorted(counts.drawn_kinds)),
            news=dict(sorted(counts.news.items())),
            findings=tuple(findings),
            notes=tuple(notes),
            groups=merged([*self._groups, *_counted(self._check, counts.kinds)]),
            seconds=seconds,
            stream=self._stream,
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


def _counted(check: str, kinds: GroupCounts) -> Iterator[Group]:
    """Counts by group and verdict as groups, without examples."""
    for (group, verdict), number in kinds.items():
        yield {"group": group, "check": check, "verdicts": {verdict: number}, "examples": {}}


def _name(drawn: Drawn) -> str:
    """What was drawn as a short hash: every check and pair draws the same."""
    text = f"{drawn.salt} {' '.join(map(str, drawn.signatures))}"
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _kinds(signature: Signature) -> list[str]:
    return [*(param.kind for param in signature.params), signature.ret]
