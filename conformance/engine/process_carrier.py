"""Carries calls to the process of one variant of a subject in Python, and judges what comes back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Protocol

from conformance.engine.carrier import AdapterFault, Examined, HarnessError, Tally
from conformance.engine.ddmin import minimal_history
from conformance.engine.libraries import Versions
from conformance.engine.planned_call import PlannedCall, Promise, case, declared_by, planned_of
from conformance.engine.replies import Unpacked, examined, is_known, judge, judged
from conformance.engine.values import ValueBundle
from conformance.model.case import Case
from conformance.model.signature import Signature
from conformance.model.subject import Headers, Refused
from conformance.oracle.judge import Judgement
from conformance.subjects.called import CalledSubject, is_wrong
from conformance.transport.process.client import (
    Batch,
    DeclareError,
    ProcessError,
    ProtocolError,
    Spending,
    SubjectProcess,
)

_COUNTED = ("X0-TYPE", "X0-COUNT")
"""The checks whose calls are made by the reference's unpacked convention too, for the headline."""


@dataclass(frozen=True)
class Variant:
    """A subject as one compiler makes it, or as it is; `spec` is empty where there is no choice.

    `versions` are those of the releases that its sides are built against, and of the one that runs, where chosen.
    """

    process: SubjectProcess
    subject: CalledSubject
    spec: str = ""
    versions: Versions | None = None
    built: tuple[Headers, Headers] | None = None

    @property
    def ids(self) -> tuple[str, str]:
        """The ids of caller and callee."""
        return self.subject.about.sides

    @property
    def has_caller(self) -> bool:
        """Whether the subject has code that takes returns, or makes what is exchanged.

        If not, its callers are the wire alone, which is built against no headers.
        """
        return bool(self.subject.about.takes or self.subject.about.exchanges)

    @property
    def headers(self) -> Headers:
        """The release that its callees are built against."""
        assert self.built is not None
        return self.built[1]

    @property
    def promise(self) -> Promise:
        """What it is held to."""
        return Promise(self.subject.rules, self.subject.claims, self.ids, self.subject.has_callees)


@dataclass(frozen=True)
class ProcessPlan:
    """The calls of one check of one bundle.

    `release` says that the callees' checks are compiled out, `aside` that the calls are counted and never fail.
    `left_out` counts calls of the check that the policies of the rules forbid, and `why` says so.
    """

    bundle: ValueBundle
    planned_calls: tuple[PlannedCall, ...]
    release: bool = False
    aside: bool = False
    left_out: int = 0
    why: str = ""

    @property
    def count(self) -> int:
        """How many calls there are."""
        return len(self.planned_calls)


@contextmanager
def faults_told(variant: Variant) -> Iterator[None]:
    """Raises AdapterFault where the adapter does something wrong in here, HarnessError where its process fails."""
    try:
        yield
    except ProtocolError as error:
        raise AdapterFault(is_wrong(variant.subject.name, error)) from None
    except ProcessError as error:
        raise HarnessError(str(error)) from None


class Declares(Protocol):
    """What a carrier needs of the transport: declared callees, the limit of a hang, and the unpacked counterpart."""

    @property
    def subject(self) -> CalledSubject:
        """The subject, as the first variant has it."""

    @property
    def hang_ms(self) -> int:
        """How many milliseconds a call may go on without an end."""

    def batch(self, variant: Variant, signatures: tuple[Signature, ...], release: bool) -> Batch:
        """Callees for these signatures, declared once for all checks. Raises NotBuilt."""

    def unpacked(self, pairs: Sequence[Unpacked], salt: int) -> Tally:
        """What the reference's unpacked convention makes of the same mistakes: counts by class and verdict."""


@dataclass
class ProcessCarrier:
    """Carries calls to the process of one variant."""

    transport: Declares
    variant: Variant
    compiles: int = 0
    _budgets: dict[bool, Spending] = field(default_factory=lambda: {False: Spending(), True: Spending()})

    @property
    def ids(self) -> tuple[str, str]:
        """The ids of caller and callee."""
        return self.variant.ids

    def _batch(self, plan: ProcessPlan) -> Batch:
        return self.transport.batch(self.variant, plan.bundle.declared, plan.release)

    def examine(self, check: str, plan: ProcessPlan) -> Examined:
        """Makes the calls of a plan and judges them. Raises NotBuilt and HarnessError."""
        if not plan.count:
            return Examined()
        promise, tried = self.variant.promise, plan.planned_calls
        budget, hang_ms = self._budgets[plan.aside], self.transport.hang_ms
        with faults_told(self.variant):
            batch = self._batch(plan)
            calls = judged(self.variant.process, batch, tried, promise, hang_ms, budget)
            out, pairs = examined(check, batch, tried, promise, calls)
            out.left_out, out.why = plan.left_out, out.why or plan.why
            out.compiled = 2 * len(plan.bundle.declared)
        if check in _COUNTED:
            out.paired += self.transport.unpacked(pairs, plan.bundle.salt)
        return out

    def case(self, check: str, plan: ProcessPlan, at: int) -> Case:
        """The call at a place of a plan, spelled out."""
        planned_call, promise = plan.planned_calls[at], self.variant.promise
        declared = declared_by(planned_call, plan.bundle.declared)
        spelled = case(check, planned_call, declared, promise, plan.release)
        meet = self.variant.versions
        return spelled if meet is None else replace(spelled, runtime=meet.runtime)

    def minimal_history(self, plan: ProcessPlan, at: int, verdict: str) -> list[int] | None:
        """The fewest earlier calls after which the call at `at` gets `verdict` again."""
        with faults_told(self.variant):
            batch = self._batch(plan)

        def shows(before: Sequence[int]) -> bool:
            tried = [plan.planned_calls[place] for place in (*before, at) if is_known(batch, plan.planned_calls[place])]
            judged = self._last(batch, tried, declared_by(tried[-1], batch.signatures))
            return judged is not None and judged.verdict == verdict

        return minimal_history(at, shows)

    def remarks(self, case: Case) -> list[str]:  # noqa: ARG002 - as every carrier
        """Nothing: its judgement says it all."""
        return []

    def judge_each(self, cases: Sequence[Case]) -> Iterator[Judgement | None]:
        """The judgement of each case after the calls of its history, each in a process of its own."""
        every = [case.in_order for case in cases]
        signatures = list(dict.fromkeys(c.declared for group in every for c in group if _declares(c)))
        place = {signature: at for at, signature in enumerate(signatures)}
        self.compiles += 1
        try:
            with faults_told(self.variant):
                batch = self.variant.process.declare(signatures or [Signature(())], cases[0].release)
        except DeclareError:
            yield from [None] * len(cases)
            return
        for group in every:
            tried = [planned_of(c, place.get(c.declared, 0), self.variant.promise.rules) for c in group]
            known = all(is_known(batch, planned_call) for planned_call in tried)
            yield self._last(batch, tried, group[-1].declared) if known else None

    def _last(self, batch: Batch, tried: Sequence[PlannedCall], declared: Signature) -> Judgement | None:
        """The judgement of the last of some calls, made one after the other in a fresh process; None if refused."""
        with faults_told(self.variant):
            last = self.variant.process.run(batch, [each.request for each in tried], self.transport.hang_ms)[-1]
            if isinstance(last, Refused):
                return None
            return judge(self.variant.promise, tried[-1], declared, last, batch.release)


def _declares(case: Case) -> bool:
    """Whether a case needs a callee of the subject's own."""
    return not (case.wire.handed or case.wire.by_packer)
