"""Holds generic stubs and stubs that were compiled a signature against each other: the check STUBS."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from conformance.engine.carrier import Examined
from conformance.engine.comparison import PairCarrier, alike, differing
from conformance.engine.group_counts import NO_COUNTS
from conformance.engine.plans import Plan
from conformance.model.case import Case
from conformance.oracle.judge import Judgement
from conformance.transport.compiled.program import RunResult


@dataclass
class Forms:
    """Makes the calls of one pair with both forms of its stubs; a call conforms where both do the same.

    `others` gives both forms of other compilers of the same target, each on both sides.
    """

    generic: PairCarrier
    compiled: PairCarrier
    others: Callable[[], Iterable[tuple[PairCarrier, PairCarrier]]] = tuple
    compiles: int = 0

    @property
    def ids(self) -> tuple[str, str]:
        """The ids of caller and callee."""
        return self.generic.ids

    def examine(self, check: str, plan: Plan) -> Examined:
        """Makes the calls of a plan with both and compares them. Raises NotBuilt and HarnessError."""
        results = self.generic.run(plan), self.compiled.run(plan)
        found = self.compiled.judged(check, plan, results[1])
        other = self.generic.judged(check, plan, results[0])
        wrong = {at for at, _ in found.nonconforming} & {at for at, _ in other.nonconforming}
        found.kinds, found.groups = NO_COUNTS, ()
        found.nonconforming = [  # what goes wrong in both forms, the checks tell that it is about
            (at, self._judgement(plan, at, *results)) for at in differing(plan, *results) if at not in wrong
        ]
        return found

    def case(self, check: str, plan: Plan, at: int) -> Case:
        """The call at a place of a plan, as the generic stubs make it."""
        return self.generic.case(check, plan, at)

    def minimal_history(self, plan: Plan, at: int, verdict: str) -> list[int] | None:  # noqa: ARG002
        """None of the earlier calls: each form is a program of its own, and both begin anew."""
        return []

    def judge_each(self, cases: Sequence[Case]) -> Iterator[Judgement | None]:
        """The judgement of each case: "unpredicted" where the forms differ."""
        self.compiles += 1
        yield from self._judged(cases, self.generic, self.compiled)

    def remarks(self, case: Case) -> list[str]:
        """Whose the difference is, as far as other compilers say."""
        for generic, compiled in self.others():
            judgement = next(self._judged([case], generic, compiled))
            if judgement is not None:
                name = generic.ids[0]
                if judgement.conforms:
                    return [f"with {name} both forms do the same: so it is {' or '.join(dict.fromkeys(self.ids))}"]
                return [f"with {name} the forms differ too: so it is the subject, which tells constants from variables"]
        return ["no other compiler of this target was asked, so it may be the subject or the compiler"]

    def _judged(self, cases: Sequence[Case], generic: PairCarrier, compiled: PairCarrier) -> Iterator[Judgement | None]:
        for (plan, first), (_, second) in zip(generic.run_each(cases), compiled.run_each(cases), strict=True):
            yield None if first is None or second is None else self._judgement(plan, plan.count - 1, first, second)

    def _judgement(self, plan: Plan, at: int, generic: RunResult, compiled: RunResult) -> Judgement:
        same = alike(plan, at, generic, compiled)
        judged = [
            carrier.judge_at(plan, at, result)
            for carrier, result in ((self.generic, generic), (self.compiled, compiled))
        ]
        observed = f"generic stubs: {judged[0].observed}; compiled ones: {judged[1].observed}"
        # What goes wrong in both forms is no difference between them.
        conforms = same or not (judged[0].conforms or judged[1].conforms)
        verdict = "intact" if conforms else "unpredicted"
        return Judgement(verdict, conforms, "be the same in both forms of stubs", observed, grounds=judged[1].grounds)
