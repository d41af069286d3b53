"""Carries calls between the stubs of one pair of compilers, and judges what is left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from conformance.engine import execute, plans
from conformance.engine.bundle import Bundle
from conformance.engine.carrier import Examined, NotBuilt
from conformance.engine.cases import CaseBundle
from conformance.engine.ddmin import minimal_history
from conformance.engine.encoded_calls import case as case_of
from conformance.engine.execute import Executor
from conformance.engine.libraries import NO_VERSIONS, Pair, Versions
from conformance.engine.plans import Plan
from conformance.engine.table import MOST_SIGNATURES
from conformance.model.case import Case
from conformance.model.groups import Group, group_of
from conformance.model.signature import Signature
from conformance.oracle.judge import Judgement
from conformance.subjects.manifest import BuiltSubject
from conformance.toolchain.errors import CompileError
from conformance.transport.compiled.program import RunResult

Form = Literal["generic", "compiled"]
"""Whether stubs read their signature from a table, or are compiled for it."""


class SideBuilder(Protocol):
    """A built subject, as far as a carrier needs it: what compiles its sides, and what runs them."""

    subject: BuiltSubject
    executor: Executor

    def sides(self, bundle: Bundle, pair: Pair, release: bool = False) -> execute.Sides:
        """The two sides of a bundle, kept for the next plan. Raises CompileError."""

    def fresh_sides(self, pair: Pair, signatures: Sequence[Signature], release: bool) -> execute.Sides:
        """The two sides for these signatures. Raises CompileError."""

    def generic_sides(self, pair: Pair, release: bool = False) -> execute.Sides:
        """The sides whose stubs read signatures from a table. Raises CompileError."""

    def lacks(self, pair: Pair) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The symbols that caller and callee need of the runtime and that it does not have. Raises CompileError."""

    def form(self, bundle: Bundle, pair: Pair) -> Form:
        """The form of stubs that makes the calls of a bundle."""

    def prove_pair(self, pair: Pair) -> None:
        """A matched direct call with each kind alone must arrive unchanged. Raises as `prove` does."""

    def prove(self, bundle: Bundle, pair: Pair) -> None:
        """A matched direct call of every signature must arrive unchanged.

        Raises CompileError, NotBuilt and HarnessError.
        """


@dataclass
class CompiledCarrier:
    """Carries calls between the stubs of one pair of compilers; `form` is their form where a check asks for one."""

    transport: SideBuilder
    pair: Pair
    compiles: int = 0
    form: Form | None = None
    _last: tuple[Plan, RunResult] | None = None
    _cases: tuple[Plan, dict[int, Case]] | None = None

    @property
    def ids(self) -> tuple[str, str]:
        """The ids of caller and callee."""
        return self.pair.ids

    @property
    def versions(self) -> Versions:
        """The versions that meet."""
        return self.pair.versions or NO_VERSIONS

    def lacks(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The symbols that caller and callee need of the runtime and that it does not have. Raises NotBuilt."""
        try:
            return self.transport.lacks(self.pair)
        except CompileError as error:
            raise NotBuilt(f"{error.compiler_id} does not build a side: {error.first}") from None

    def run(self, plan: Plan, texts: bool = False) -> RunResult:
        """Makes the calls of a plan. Raises NotBuilt and HarnessError."""
        transport, bundle = self.transport, plan.bundle
        if self.pair.obstacle:
            raise NotBuilt(self.pair.obstacle)
        try:
            if self._is_generic(bundle):
                sides = transport.generic_sides(self.pair, plan.release)
                transport.prove_pair(self.pair)
            else:
                sides = transport.sides(bundle, self.pair, plan.release)
                transport.prove(bundle, self.pair)
        except CompileError as error:
            raise NotBuilt(f"{error.compiler_id} does not build some bundles: {error.first}") from None
        return transport.executor.run(plan, sides, texts, self.pair.is_aligned, self.pair.instrumented)

    def _is_generic(self, bundle: Bundle) -> bool:
        return (self.form or self.transport.form(bundle, self.pair)) == "generic"

    def run_once(self, plan: Plan) -> RunResult:
        """What the calls of a plan left, made once for all pairs that are held against this one."""
        if self._last is None or self._last[0] is not plan:
            self._last = plan, self.run(plan)
        return self._last[1]

    def examine(self, check: str, plan: Plan) -> Examined:
        """Makes the calls of a plan and judges them. Raises NotBuilt and HarnessError."""
        return self.judged(check, plan, self.run(plan))

    def judged(self, check: str, plan: Plan, result: RunResult) -> Examined:
        """What a run of a plan comes to."""
        found = execute.compare(plan, result, check, self.ids, self.transport.subject.claims)
        found.left_out, found.why = plan.left_out, plan.why
        found.compiled = 0 if self._is_generic(plan.bundle) else 2 * len(plan.bundle.signatures)
        found.groups = tuple(self._failed(check, plan, found.nonconforming))
        return found

    def _failed(self, check: str, plan: Plan, calls: Sequence[tuple[int, Judgement]]) -> Iterator[Group]:
        """Calls that do not conform, by group and verdict, each with the one of the fewest arguments as example."""
        counts: Counter[tuple[str, str]] = Counter()
        simplest: dict[tuple[str, str], tuple[str, Case]] = {}
        for at, judgement in calls:
            case = self.case(check, plan, at)
            key = case.failed_key(judgement.place)
            name = group_of(key), judgement.verdict
            counts[name] += 1
            if name not in simplest or _arguments(case) < _arguments(simplest[name][1]):
                simplest[name] = key, case
        for (group, verdict), (key, case) in simplest.items():
            signature = {"declared": str(case.declared), "passed": str(case.passed)}
            example = {"key": key, "signature": signature, "case": case.to_json()}
            count = counts[group, verdict]
            yield {"group": group, "check": check, "verdicts": {verdict: count}, "examples": {verdict: example}}

    def case(self, check: str, plan: Plan, at: int) -> Case:
        """The call at a place of a plan, spelled out."""
        if self._cases is None or self._cases[0] is not plan:
            self._cases = plan, {}
        _, spelled = self._cases
        if at not in spelled:
            case = case_of(plan.bundle, plan.encoded(at), check, self.ids, plan.release)
            spelled[at] = replace(case, generic=self._is_generic(plan.bundle), runtime=self.versions.runtime)
        return spelled[at]

    def minimal_history(self, plan: Plan, at: int, verdict: str) -> list[int] | None:
        """The fewest earlier calls after which the call at `at` gets `verdict` again; nothing is compiled for it."""

        def shows(before: Sequence[int]) -> bool:
            part = plans.part(plan, [*before, at])
            result = self.run(part, texts=True)
            return self.judge_at(part, part.count - 1, result).verdict == verdict

        return minimal_history(at, shows)

    def judge_at(self, plan: Plan, at: int, result: RunResult) -> Judgement:
        """The judgement of the call at a place of a plan."""
        return execute.judge_one(plan, at, result, self.transport.subject.claims)

    def judge_each(self, cases: Sequence[Case]) -> Iterator[Judgement | None]:
        """The judgement of each case after the calls of its history, each in a process of its own."""
        for plan, result in self.run_each(cases):
            yield None if result is None else self.judge_at(plan, plan.count - 1, result)

    def remarks(self, case: Case) -> list[str]:  # noqa: ARG002 - as every carrier
        """Nothing: its judgement says it all."""
        return []

    def run_each(self, cases: Sequence[Case]) -> Iterator[tuple[Plan, RunResult | None]]:
        """Each case as the last call of a plan of its own, with what that left; None where it cannot be built.

        All are built as one batch, and each is run when it is asked for; generic stubs take as many as have entries.
        """
        self.compiles += 1
        subject = self.transport.subject
        rules = subject.rules.on(self.pair.target)
        executor, by = self.transport.executor, (self.pair.is_aligned, self.pair.instrumented)
        for some in _batches(cases, generic=self._was_generic(cases[0])):
            batch = CaseBundle(some, rules, subject.packed)
            sides: execute.Sides | None = None
            if not self.pair.obstacle:
                with suppress(CompileError):
                    sides = self._fresh_sides(batch.bundle, some[0])
            for case in some:
                plan = batch.plan(case)
                yield plan, None if sides is None else executor.run(plan, sides, True, *by)

    def _fresh_sides(self, bundle: Bundle, case: Case) -> execute.Sides:
        if self._was_generic(case) and bundle.fits_generic:
            return self.transport.generic_sides(self.pair, case.release)
        return self.transport.fresh_sides(self.pair, bundle.signatures, case.release)

    def _was_generic(self, case: Case) -> bool:
        return case.generic if self.form is None else self.form == "generic"


def _batches(cases: Sequence[Case], *, generic: bool) -> Iterator[Sequence[Case]]:
    """All cases at once where stubs are compiled; of generic ones, as many as there are surely entries for."""
    if not generic:
        yield cases
        return
    some: list[Case] = []
    needed = 0
    for case in cases:
        more = 2 * (1 + len(case.history))  # a caller and a callee each
        if some and needed + more > MOST_SIGNATURES:
            yield some
            some, needed = [], 0
        some.append(case)
        needed += more
    if some:
        yield some


def _arguments(case: Case) -> int:
    return len(case.passed) + len(case.declared)
