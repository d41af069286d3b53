"""The carriers of the checks that compare sides or pairs with each other: X0-LAYOUT and PAIR."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from conformance.engine import plans
from conformance.engine.carrier import Examined, NotBuilt
from conformance.engine.ddmin import minimal_history
from conformance.engine.encoded_calls import foresee, witness_rows
from conformance.engine.group_counts import NO_COUNTS
from conformance.engine.libraries import Libraries, Pair
from conformance.engine.plans import Plan
from conformance.engine.workers import Workers
from conformance.model.case import Case, Mismatch
from conformance.model.signature import Signature
from conformance.oracle.judge import Judgement
from conformance.toolchain.errors import CompileError
from conformance.transport.compiled import observe
from conformance.transport.compiled.memory import ACCEPTED, REJECTED
from conformance.transport.compiled.program import RunResult

NOTHING = Signature(())


@dataclass(frozen=True)
class LayoutPlan:
    """What X0-LAYOUT compares instead of calls: name, expression and due value of each entry of a side's table."""

    entries: tuple[tuple[str, str, int], ...]

    @property
    def count(self) -> int:
        """How many entries there are."""
        return len(self.entries)


@dataclass
class LayoutCarrier:
    """Compares the sizes, alignments and offsets of both sides with each other and with what is due."""

    libraries: Libraries
    workers: Workers
    pair: Pair
    compiles: int = 0

    @property
    def ids(self) -> tuple[str, str]:
        """The ids of caller and callee."""
        return self.pair.ids

    def examine(self, check: str, plan: LayoutPlan) -> Examined:  # noqa: ARG002 - the one check that it serves
        """Compares every entry."""
        found = Examined(executed=plan.count, judged=plan.count)
        for at, (_, judgement) in enumerate(self._entries()):
            found.tally["packed", "layout", judgement.verdict] += 1
            if not judgement.conforms:
                found.nonconforming.append((at, judgement))
        return found

    def case(self, check: str, plan: LayoutPlan, at: int) -> Case:
        """The entry at a place, as a case that makes no call."""
        return Case(check, "packed", *self.ids, NOTHING, NOTHING, Mismatch("layout", None, _name(plan.entries[at])), ())

    def minimal_history(self, plan: LayoutPlan, at: int, verdict: str) -> list[int] | None:  # noqa: ARG002
        """Nothing comes before an entry of a table."""
        return []

    def judge_each(self, cases: Sequence[Case]) -> Iterator[Judgement | None]:
        """The judgement of each entry, compared again."""
        found = dict(self._entries())
        yield from (found.get(case.mismatch.declared) for case in cases)

    def remarks(self, case: Case) -> list[str]:  # noqa: ARG002 - as every carrier
        """Nothing: both sides' numbers are told."""
        return []

    def _entries(self) -> Iterator[tuple[str, Judgement]]:
        entries = self.libraries.layout_names(self.pair.data)
        if self.pair.obstacle:
            raise NotBuilt(self.pair.obstacle)
        try:
            sides = self.libraries.generic(self.pair)
        except CompileError as error:
            raise NotBuilt(f"{error.compiler_id} does not build a side: {error.first}") from None
        worker = self.workers.of(self.pair.target, self.pair.instrumented)
        callers, callees = (worker.layout(path)[: len(entries)] for path in sides)
        for entry, left, right in zip(entries, callers, callees, strict=True):
            name, due = entry[0], entry[2]
            same = left == right == due
            verdict = "intact" if same else "silent-wrong"
            required = f"have a {name} of {due} on both sides"
            observed = f"{self.ids[0]} has {left} and {self.ids[1]} has {right}"
            yield _name(entry), Judgement(verdict, same, required, observed)


def _name(entry: tuple[str, str, int]) -> str:
    return entry[0].replace(" ", "-")


class PairCarrier(Protocol):
    """What a comparison needs of each of its two pairs."""

    @property
    def ids(self) -> tuple[str, str]:
        """The ids of caller and callee."""
        ...

    def run(self, plan: Plan, texts: bool = False) -> RunResult:
        """What the calls of a plan leave. Raises NotBuilt and HarnessError."""
        ...

    def run_once(self, plan: Plan) -> RunResult:
        """What the calls of a plan leave, made once for all pairs that are held against this one."""
        ...

    def judged(self, check: str, plan: Plan, result: RunResult) -> Examined:
        """What a run of a plan comes to."""
        ...

    def judge_at(self, plan: Plan, at: int, result: RunResult) -> Judgement:
        """The judgement of the call at a place of a plan."""
        ...

    def case(self, check: str, plan: Plan, at: int) -> Case:
        """The call at a place of a plan, spelled out."""
        ...

    def run_each(self, cases: Sequence[Case]) -> Iterator[tuple[Plan, RunResult | None]]:
        """Each case as the last call of a plan of its own, with what that left; None where it cannot be built."""
        ...


@dataclass
class Comparison:
    """Makes calls on two pairs of compilers; a call conforms where both do the same."""

    base: PairCarrier
    other: PairCarrier
    compiles: int = 0

    @property
    def ids(self) -> tuple[str, str]:
        """The ids of the pair that is held against the first."""
        return self.other.ids

    def examine(self, check: str, plan: Plan) -> Examined:
        """Makes the calls of a plan on both pairs and compares them. Raises NotBuilt and HarnessError."""
        base = self.base.run_once(plan)
        result = base if self.other.ids == self.base.ids else self.other.run(plan)
        found = self.other.judged(check, plan, result)
        found.kinds, found.groups = NO_COUNTS, ()  # which tell of one pair alone
        found.nonconforming = [(at, self._judgement(plan, at, base, result)) for at in differing(plan, base, result)]
        return found

    def case(self, check: str, plan: Plan, at: int) -> Case:
        """The call at a place of a plan, with the pair that it is held against."""
        return replace(self.other.case(check, plan, at), against=self.base.ids)

    def minimal_history(self, plan: Plan, at: int, verdict: str) -> list[int] | None:  # noqa: ARG002
        """The fewest earlier calls after which the pairs differ again."""

        def shows(before: Sequence[int]) -> bool:
            part = plans.part(plan, [*before, at])
            results = [carrier.run(part) for carrier in (self.base, self.other)]
            return not alike(part, part.count - 1, *results)

        return minimal_history(at, shows)

    def judge_each(self, cases: Sequence[Case]) -> Iterator[Judgement | None]:
        """The judgement of each case: "unpredicted" where the pairs differ."""
        self.compiles += 1
        for (plan, base), (_, other) in zip(self.base.run_each(cases), self.other.run_each(cases), strict=True):
            if base is None or other is None:
                yield None
            else:
                yield self._judgement(plan, plan.count - 1, base, other)

    def remarks(self, case: Case) -> list[str]:  # noqa: ARG002 - as every carrier
        """Nothing: what both pairs did is told."""
        return []

    def _judgement(self, plan: Plan, at: int, base: RunResult, other: RunResult) -> Judgement:
        same = alike(plan, at, base, other)
        sides = ((self.base, base), (self.other, other))
        judged = [(c.ids, c.judge_at(plan, at, result)) for c, result in sides]
        observed = "; ".join(f"{'>'.join(ids)}: {judgement.observed}" for ids, judgement in judged)
        verdict, grounds = "intact" if same else "unpredicted", judged[0][1].grounds
        return Judgement(verdict, same, "be the same for every pair", observed, grounds=grounds)


def differing(plan: Plan, base: RunResult, other: RunResult) -> Iterator[int]:
    """The places of the calls that two runs of a plan made differently."""
    if base.records == other.records and base.witness == other.witness:
        return
    for at in range(plan.count):
        if not alike(plan, at, base, other):
            yield at


def alike(plan: Plan, at: int, base: RunResult, other: RunResult) -> bool:
    """Whether two runs of a plan made a call in the same way, as far as anybody can say what it must do."""
    encoded = plan.encoded(at)
    first, second = _seen(plan, at, base), _seen(plan, at, other)
    # A sanitizer may trap on a misread of X1, and then there is nothing to compare.
    misread = encoded.convention == "unpacked" and encoded.mismatch.cls != "match"
    trapped = misread and not {first[0], second[0]} <= {ACCEPTED, REJECTED}
    return trapped or first == second


def _seen(plan: Plan, at: int, result: RunResult) -> tuple[object, ...]:
    """What counts of one call: not the error's words, nor bytes that nobody can predict."""
    encoded = plan.encoded(at)
    prediction = foresee(plan.bundle, encoded)
    rows = witness_rows(plan.bundle, encoded, prediction)
    lengths = [len(row) for row in rows] or [16 + 16 * len(plan.bundle.signatures[encoded.callee])]
    seen = observe.left(result, at, lengths)
    unknown = [i for i, argument in enumerate(prediction.seen or ()) if argument.bits is None]
    shown = []
    for row in seen.rows:
        masked = bytearray(row)
        for i in unknown:
            masked[16 + 16 * i : 24 + 16 * i] = bytes(8)
        shown.append(bytes(masked))
    return seen.outcome, seen.place, seen.flags, seen.ret_code, tuple(shown)
