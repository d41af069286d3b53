"""Tries single cases in fresh processes: confirms what a bundle showed, and replays what was recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from conformance.engine import execute
from conformance.engine.cases import CaseBundle
from conformance.engine.execute import Executor, Sides
from conformance.engine.libraries import Libraries, Pair
from conformance.engine.plans import Plan
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

    def judge_all(self, cases: Sequence[Case]) -> list[Judgement | None]:
        """The judgement of each case, made in a process of its own after the calls of its history.

        All are built as one bundle. None where the compilers do not build it.
        """
        if not cases:
            return []
        subject = self.libraries.subject
        made = CaseBundle(cases, subject.rules, subject.packed)
        self.compiles += 1
        try:
            sides = self.sides(made.bundle.signatures, cases[0].release)
        except CompileError:
            return [None] * len(cases)
        out: list[Judgement | None] = []
        for case in cases:
            plan = made.plan(case)
            result = self.executor.run(plan, sides, texts=True)
            at = plan.count - 1
            shot = execute.shot_at(plan, at)
            out.append(execute.judge_one(made.bundle, shot, case, result, at, subject.claims))
        return out

    def judge(self, case: Case) -> Judgement | None:
        """The judgement of one case."""
        return self.judge_all([case])[0]

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

        if shows([]):
            return []
        size = 1
        while not shows(range(max(0, at - size), at)):
            if size >= at:
                return None
            size *= 4
        kept = list(range(max(0, at - size), at))
        step = max(1, len(kept) // 2)
        while step:
            start = 0
            while start < len(kept):
                fewer = kept[:start] + kept[start + step :]
                if shows(fewer):
                    kept = fewer
                else:
                    start += step
            step //= 2
        return kept


def _part(plan: Plan, shots: Sequence[execute.Shot]) -> Plan:
    from conformance.engine import blocks

    return Plan(plan.bundle, tuple(blocks.of_shots(plan.bundle, list(shots))), plan.release, texts=True)


