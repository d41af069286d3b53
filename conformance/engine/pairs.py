"""Compares what two pairs of compilers made of the same calls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from conformance.engine import execute
from conformance.engine.blocks import witness_rows
from conformance.engine.cases import CaseBundle
from conformance.engine.lab import Lab
from conformance.engine.libraries import Pair
from conformance.engine.plans import Plan
from conformance.engine.shots import ACCEPTED, REJECTED, Shot, foresee
from conformance.model.case import Case
from conformance.oracle.judge import Judgement, Observation, judge
from conformance.toolchain.errors import CompileError
from conformance.transport.compiled.program import RunResult


def differing(plan: Plan, one: RunResult, other: RunResult) -> int | None:
    """The place of the first call that two runs of a plan made differently, None where there is none."""
    if one.records == other.records and one.witness == other.witness:
        return None
    for at in range(plan.count):
        shot = execute.shot_at(plan, at)
        if not _alike(plan, shot, one, other, at):
            return at
    return None


def _alike(plan: Plan, shot: Shot, one: RunResult, other: RunResult, at: int) -> bool:
    first, second = _seen(plan, shot, one, at), _seen(plan, shot, other, at)
    # A sanitizer may trap on a misread of X1, and then there is nothing to compare.
    misread = shot.convention == "unpacked" and shot.mismatch.cls != "match"
    trapped = misread and not {first[0], second[0]} <= {ACCEPTED, REJECTED}
    return trapped or first == second


def _seen(plan: Plan, shot: Shot, result: RunResult, at: int) -> tuple[object, ...]:
    """What counts of one call: not the error's words, nor bytes that nobody can predict."""
    prediction = foresee(plan.bundle, shot)
    rows = witness_rows(plan.bundle, shot, prediction)
    lengths = [len(row) for row in rows] or [16 + 16 * len(plan.bundle.signatures[shot.callee])]
    seen = execute.observe(result, at, lengths)
    unknown = [i for i, one in enumerate(prediction.seen or ()) if one.bits is None]
    shown = []
    for row in seen.rows:
        masked = bytearray(row)
        for i in unknown:
            masked[16 + 16 * i : 24 + 16 * i] = bytes(8)
        shown.append(bytes(masked))
    return seen.outcome, seen.index, seen.flags, seen.ret_code, tuple(shown)


@dataclass
class PairLab(Lab):
    """Tries cases on two pairs; a case conforms where both do the same."""

    against: Pair | None = field(default=None)

    def judge_each(self, cases: Sequence[Case]) -> Iterator[Judgement | None]:
        """The judgement of each case: "unpredicted" where the pairs differ."""
        assert self.against is not None
        subject = self.libraries.subject
        made = CaseBundle(cases, subject.rules, subject.packed)
        self.compiles += 1
        other = Lab(self.libraries, self.executor, self.against)
        try:
            both = [lab.sides(made.bundle.signatures, False) for lab in (self, other)]
        except CompileError:
            yield from [None] * len(cases)
            return
        for case in cases:
            plan = made.plan(case)
            results = [self.executor.run(plan, sides, texts=False) for sides in both]
            at = plan.count - 1
            shot = execute.shot_at(plan, at)
            same = _alike(plan, shot, results[0], results[1], at)
            words = [self._words(made, plan, case, result) for result in results]
            names = [">".join(pair.ids) for pair in (self.pair, self.against)]
            observed = "; ".join(f"{name}: {said}" for name, said in zip(names, words, strict=True))
            verdict = "intact" if same else "unpredicted"
            yield Judgement(verdict, same, "be the same for every pair", observed)

    def _words(self, made: CaseBundle, plan: Plan, case: Case, result: RunResult) -> str:
        at = plan.count - 1
        shot = execute.shot_at(plan, at)
        prediction = foresee(made.bundle, shot)
        rows = tuple(witness_rows(made.bundle, shot, prediction))
        lengths = [len(row) for row in rows] or [16 + 16 * len(case.declared)]
        seen: Observation = execute.observe(result, at, lengths)
        return judge(case, made.bundle.rules, self.libraries.subject.claims, prediction, rows, seen).observed
