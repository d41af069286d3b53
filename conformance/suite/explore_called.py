"""Draws bundles for one check of a called subject, examines them, and turns each cause of failure into a finding."""

from __future__ import annotations

import re
import time
from collections import Counter

import hypothesis
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis.database import DirectoryBasedExampleDatabase

from conformance.called_session import CalledSession, Variant
from conformance.engine.blocks import Tally
from conformance.engine.called.attempt import Attempt
from conformance.engine.called.attempts import attempts
from conformance.engine.called.bundle import CalledBundle
from conformance.engine.called.examine import Examined, Groups, case, declared_by, examples, group, join
from conformance.engine.execute import HarnessError
from conformance.findings.found import finish
from conformance.generation.strategies import Drawn, bundles, every_kind, every_tensor
from conformance.model.outcome import Finding, Outcome
from conformance.oracle.judge import Judgement
from conformance.transport.process.client import (
    MOST_DEATHS,
    MOST_HANGS,
    Batch,
    Budget,
    DeclareError,
    ProcessError,
    ProtocolError,
)

MOST_CAUSES = 64
"""Findings of one check: a subject with more causes than that has said enough."""

Cause = tuple[str, str]
"""What findings are told apart by: the kind of case, without the place in the signature, and the verdict."""


class CalledExplorer:
    """One check on one variant of a called subject.

    It does not stop at the first nonconforming call: known gaps are many, and none may hide another. The simplest call
    of each cause is confirmed and shrunk at the end.
    """

    def __init__(self, session: CalledSession, check: str, variant: Variant) -> None:
        self.session = session
        self.check = check
        self.variant = variant
        self.release = check == "X0-RELEASE"
        self._tally: Tally = Counter()
        self._paired: dict[str, Tally] = {"packed": Counter(), "unpacked": Counter()}
        self._blind: Counter[str] = Counter()
        self._counts: Counter[str] = Counter()
        self._signatures: set[str] = set()
        self._groups: Groups = {}
        self._causes: dict[Cause, tuple[Batch, list[Attempt], int, Judgement]] = {}
        self._why = ""
        self._budget, self._budget_aside, self._unrun = Budget(), Budget(), 0

    def run(self) -> Outcome:
        """Draws, examines and pursues. Raises HarnessError."""
        started = time.perf_counter()
        try:
            self._draw()
            findings = [self._pursue(*cause) for cause in self._causes.values()]
        except ProtocolError as error:
            why = f"the adapter of the subject '{self.session.subject.name}' is wrong: {error}; see docs/subjects.md"
            return Outcome(self.check, self.variant.ids, "error", why, adapter=True)
        except ProcessError as error:
            raise HarnessError(str(error)) from None
        return self._outcome(tuple(findings), time.perf_counter() - started)

    def _draw(self) -> None:
        session, subject = self.session, self.session.subject
        most = min(session.profile.max_args, subject.about.max_args)
        with_null = "null" in subject.rules.passable
        database = None
        if session.profile.random:
            database = DirectoryBasedExampleDatabase(session.options.report_dir / "hypothesis")

        thorough = every_kind(subject.kinds, with_null)
        if self.check == "X0-TENSOR" and "tensor" in subject.kinds:
            self._look(session.bundle(every_tensor()))

        @hypothesis.seed(session.seed)
        @settings(
            max_examples=session.examples,
            database=database,
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            deadline=None,
            derandomize=False,
            print_blob=False,
            suppress_health_check=list(HealthCheck),
        )
        @example(thorough)
        @given(bundles(session.bundle_size, most, subject.kinds, with_null))
        def explored(drawn: Drawn) -> None:
            self._look(session.bundle(drawn))

        explored()

    def _look(self, bundle: CalledBundle) -> None:
        made = attempts(self.check, bundle)
        self._signatures.update(map(str, bundle.signatures))
        self._counts["examples"] += 1
        if not made:
            return
        examined = self._examined(bundle, made)
        if examined is None:
            return
        self._tally.update(examined.tally)
        if self.check in ("X0-TYPE", "X0-COUNT"):
            self._paired["packed"].update(examined.paired)
            self._paired["unpacked"].update(self.session.unpacked(examined.pairs, bundle.salt))
        if self.check == "X0-TYPE":
            unseen = attempts("blind spots", bundle)
            counted = self._examined(bundle, unseen, aside=True)
            for (_, cls, _), number in (counted.tally if counted is not None else {}).items():
                self._blind[cls] += number

    def _examined(self, bundle: CalledBundle, made: list[Attempt], aside: bool = False) -> Examined | None:
        """Examines attempts and counts them; those that are made `aside` only among the blind spots."""
        try:
            batch = self.session.batch(self.variant, bundle, self.release)
        except DeclareError as error:
            self._counts.update(generated=len(made), inconclusive=len(made))
            self._why = f"some bundles cannot be declared: {str(error).splitlines()[-1]}"
            return None
        budget = self._budget_aside if aside else self._budget
        examined = self.session.examine(self.variant, batch, made, budget)
        if aside:
            return examined
        left_out = examined.unrun + examined.undeclared
        self._counts.update(
            generated=len(made), executed=examined.executed, judged=examined.judged, inconclusive=left_out
        )
        self._counts["compiled"] += len(bundle.callees)
        if examined.executed != len(made) - left_out or examined.judged != examined.executed:
            raise HarnessError(f"{len(made)} calls were made up, {examined.executed} made, {examined.judged} judged")
        self._unrun += examined.unrun
        if self._unrun:
            cost = f"{MOST_HANGS} calls hung" if self._budget.hangs <= 0 else f"{MOST_DEATHS} calls died"
            self._why = f"{self._unrun} calls were not made: {cost} before them"
        elif examined.undeclared:
            why = next((why for why in batch.refused if why), "")
            self._why = f"some callees cannot be declared: {why}"
        join(self._groups, examined.groups)
        for place, attempt, judgement in examined.nonconforming:
            self._note(batch, made, place, attempt, judgement)
        return examined

    def _note(self, batch: Batch, made: list[Attempt], place: int, attempt: Attempt, judgement: Judgement) -> None:
        """Keeps a nonconforming call if it is the first or the simplest of its cause."""
        cause = _cause(attempt, judgement), judgement.verdict
        known = self._causes.get(cause)
        if known is None:
            if len(self._causes) < MOST_CAUSES:
                self._causes[cause] = batch, made, place, judgement
            return
        declared, other = declared_by(batch, attempt), known[1][known[2]]
        before = len(other.passed) + len(declared_by(known[0], other))
        if len(attempt.passed) + len(declared) < before:
            self._causes[cause] = batch, made, place, judgement

    def _pursue(self, batch: Batch, made: list[Attempt], at: int, judgement: Judgement) -> Finding:
        """Confirms a call alone in a fresh process, finds the calls that it depends on, shrinks it, writes it down."""
        session, lab, promise = self.session, self.session.lab(self.variant), self.variant.promise
        declared = declared_by(batch, made[at])
        found = case(self.check, made[at], declared, promise, self.release)
        detail: list[str] = []
        history = lab.depends_on(batch, made, at, judgement.verdict)
        if history is None:
            detail.append("seen once, among others; neither alone nor after the calls before it did it come again")
            return finish(found, judgement, detail, 0).finding
        if history:
            before = [case(self.check, made[k], declared_by(batch, made[k]), promise, self.release) for k in history]
            found = case(self.check, made[at], declared, promise, self.release, before)
        confirmed = lab.judge(found)
        if confirmed is None or confirmed.verdict != judgement.verdict:
            detail.append("it shows in the batch in which it was found, not in one of its own")
            return finish(found, judgement, detail, lab.compiles).finding
        if session.options.shrink:
            found, confirmed = lab.shrink(found, confirmed, session.subject.fixed)
        return finish(found, confirmed, detail, lab.compiles).finding

    def _outcome(self, findings: tuple[Finding, ...], seconds: float) -> Outcome:
        counts = self._counts
        by_verdict: Counter[str] = Counter()
        for (_, _, verdict), number in self._tally.items():
            by_verdict[verdict] += number
        by_class: dict[str, dict[str, dict[str, int]]] = {}
        for tally in self._paired.values():
            for (convention, cls, verdict), number in sorted(tally.items()):
                by_class.setdefault(convention, {}).setdefault(cls, {})[verdict] = number
        for (_, cls, _), number in self._tally.items():
            if cls in ("width", "sign", "ret-status"):
                self._blind[cls] += number
        status = "fail" if findings else "pass" if counts["judged"] else "not-run"
        verdicts = dict(sorted(by_verdict.items()))
        return Outcome(
            check=self.check,
            pair=self.variant.subject.about.sides,
            status=status,
            why=self._why or ("no case of this check was drawn" if status == "not-run" else ""),
            generated=counts["generated"],
            executed=counts["executed"],
            judged=counts["judged"],
            inconclusive=counts["inconclusive"],
            compiled=counts["compiled"],
            examples=counts["examples"],
            by_verdict=verdicts,
            by_class={} if self.release else by_class,
            rejected_classes=("type", "few", "many"),
            release=verdicts if self.release else {},
            blind_spots={cls: number for cls, number in sorted(self._blind.items()) if number},
            signatures=tuple(sorted(self._signatures)),
            findings=findings,
            groups=tuple(examples(self._groups, self.check, self.variant.promise, self.release)),
            seconds=seconds,
        )


_FAR, _BITS = re.compile(r"\d{10}"), re.compile(r"tensor\([a-z]+[1-7]\b")


def _cause(attempt: Attempt, judgement: Judgement) -> str:
    """What findings of one verdict are told apart by: the kind of case.

    Of wrong counts, which are many, only whether they are told or true; of codes out of the table only what declares
    them, and where the process died of them only how; of tensors, whether a number is far off, as one that is right
    modulo 2^32, and whether elements are smaller than a byte.
    """
    mismatch, cls = attempt.mismatch, attempt.mismatch.cls
    if cls in ("few", "many"):
        return f"{cls} {'told' if attempt.call.claimed_count is not None else 'true'}"
    if cls == "unknown-code":
        return f"{cls} {judgement.observed if judgement.verdict == 'crashed' else mismatch.declared}"
    if cls == "ret-type" and mismatch.declared.startswith("code("):
        return f"{cls} code {judgement.observed if judgement.verdict == 'crashed' else mismatch.passed}"
    if mismatch.declared.startswith("tensor("):
        small = "of bits " if _BITS.match(mismatch.declared) else ""
        return f"{cls} {small}{'far' if _FAR.search(mismatch.passed) else 'near'}"
    return group(mismatch)
