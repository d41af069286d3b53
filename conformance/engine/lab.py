"""Tries single cases in fresh processes: confirms what a bundle showed, and replays what was recorded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from conformance.engine import execute
from conformance.engine.cases import CaseBundle
from conformance.engine.execute import Executor, Sides
from conformance.engine.history import fewest_before
from conformance.engine.libraries import Libraries, Pair
from conformance.engine.plans import Plan
from conformance.engine.shots import Shot
from conformance.engine.shots import case as case_of
from conformance.model.case import Case
from conformance.model.signature import Signature
from conformance.oracle.judge import Judgement
from conformance.toolchain.errors import CompileError


@dataclass
class Lab:
    """Runs cases of one pair. `compiles` counts the bundles that were built."""

    libraries: Libraries
    executor: Executor
    pair: Pair
    compiles: int = 0

    def sides(self, signatures: Sequence[Signature], release: bool) -> Sides:
        """The two sides for these signatures, compiled or Python's own."""
        from conformance.engine.dynamic import dynamic_sides

        paths = self.libraries.sides(self.pair, signatures, release)
        return dynamic_sides(self.libraries, self.pair, signatures, paths)

    def judge_each(self, cases: Sequence[Case]) -> Iterator[Judgement | None]:
        """The judgement of each case, made in a process of its own after the calls of its history, as it is asked for.

        All are built as one bundle. None where the compilers do not build it.
        """
        subject = self.libraries.subject
        made = CaseBundle(cases, subject.rules, subject.packed)
        self.compiles += 1
        try:
            sides = self.sides(made.bundle.signatures, cases[0].release)
        except CompileError:
            yield from [None] * len(cases)
            return
        for case in cases:
            yield self._judge(made, case, sides)

    def _judge(self, made: CaseBundle, case: Case, sides: Sides) -> Judgement:
        plan = made.plan(case)
        result = self.executor.run(plan, sides, texts=True)
        at = plan.count - 1
        shot = execute.shot_at(plan, at)
        return execute.judge_one(made.bundle, shot, case, result, at, self.libraries.subject.claims)

    def judge(self, case: Case) -> Judgement | None:
        """The judgement of one case."""
        return next(iter(self.judge_each([case])))

    def first_alike(self, cases: Sequence[Case], verdict: str) -> tuple[Case, Judgement] | None:
        """The first of the cases that does not conform in the same way, with its judgement."""
        for case, judgement in zip(cases, self.judge_each(cases) if cases else (), strict=False):
            if judgement is not None and not judgement.conforms and judgement.verdict == verdict:
                return case, judgement
        return None

    def depends_on(self, plan: Plan, sides: Sides, at: int, verdict: str) -> list[int] | None:
        """The fewest earlier calls of a plan, by place, after which the call at `at` gets `verdict` again.

        Nothing is compiled: parts of the plan run as they are. None where not even all of them bring it back.
        """

        def shows(before: Sequence[int]) -> bool:
            shots = [execute.shot_at(plan, k) for k in (*before, at)]
            part = _part(plan, shots)
            result = self.executor.run(part, sides, texts=True)
            last = part.count - 1
            ids = self.pair.ids
            case = case_of(plan.bundle, shots[-1], "", ids, plan.release)
            claims = self.libraries.subject.claims
            return execute.judge_one(plan.bundle, shots[-1], case, result, last, claims).verdict == verdict

        return fewest_before(at, shows)


def _part(plan: Plan, shots: Sequence[Shot]) -> Plan:
    from conformance.engine import blocks

    return Plan(plan.bundle, tuple(blocks.of_shots(plan.bundle, list(shots))), plan.release, texts=True)
