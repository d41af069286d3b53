"""One call of a check of a subject in Python: as its process takes it, and as a case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from conformance.model.case import RESULT, Case, Mismatch, Mutations
from conformance.model.kinds import NONE
from conformance.model.signature import Signature
from conformance.model.subject import Call, CalleeResponse, Slot
from conformance.model.value import NO_VALUE
from conformance.oracle.sendable import forbidden
from conformance.rules.load import Rules
from conformance.transport.process.client import Request


class PlannedCall(NamedTuple):
    """One call of a check: the callee's place among the bundle's, what is passed and how it is wrong.

    `beside` is made by another thread at the same time. `paired` says that an unpacked call of the same two signatures
    is the same mistake. With `handed` it is no callee that is tried, but a caller that takes what `passed` returns;
    with `packed` it is the front end that makes the call, a matched one.
    """

    callee: int
    passed: Signature
    call: Call
    mismatch: Mismatch
    beside: Call | None = None
    paired: bool = False
    handed: CalleeResponse | None = None
    packed: bool = False

    @property
    def has_callee(self) -> bool:
        """Whether it is one of the subject's callees that is called."""
        return not self.packed and self.handed is None

    @property
    def kinds(self) -> set[str]:
        """The kinds of all that is passed, to be returned or handed over."""
        slots = [*self.call.slots, *(self.beside.slots if self.beside else ())]
        if self.handed is not None and self.handed.result is not None:
            slots.append(self.handed.result)
        result = {self.call.result.kind} if self.call.result is not None else set()
        return result | {slot.value.kind for slot in slots}

    @property
    def request(self) -> Request:
        """The planned call as a process takes it."""
        beside = None if self.beside is None else (self.callee, self.beside)
        handed = None if self.handed is None else (self.passed.ret, self.handed)
        return Request(self.callee, self.call, beside, handed, self.packed)


@dataclass(frozen=True)
class Promise:
    """What a subject in Python is held to; `sides` are the ids of caller and callee."""

    rules: Rules
    claims: tuple[str, ...]
    sides: tuple[str, str]
    has_callees: bool = True

    @property
    def callers(self) -> tuple[str, str]:
        """The ids of caller and callee of a call that the runtime makes: where it has callees, they change places."""
        first, second = self.sides
        return (second, first) if self.has_callees else self.sides


def case(check: str, planned_call: PlannedCall, declared: Signature, promise: Promise, release: bool) -> Case:
    """The case that a planned call is, spelled out."""
    call, handed, rules = planned_call.call, planned_call.handed, promise.rules
    sides = promise.callers if planned_call.packed else promise.sides
    if handed is not None:
        return _handed_case(check, planned_call, handed, declared, promise)
    codes = [(at, slot.code) for at, slot in enumerate(call.slots) if slot.code != rules.code(slot.value.kind)]
    padding = [(at, slot.padding) for at, slot in enumerate(call.slots) if slot.padding is not None]
    return Case(
        check=check,
        convention="packed",
        caller=sides[0],
        callee=sides[1],
        passed=planned_call.passed,
        declared=declared,
        mismatch=planned_call.mismatch,
        payload=tuple(slot.value for slot in call.slots),
        result=call.result or NO_VALUE,
        wire=Mutations(
            tuple(codes), call.claimed_count, call.nulls, tuple(padding), call.preset, by_packer=planned_call.packed
        ),
        mode="plain" if planned_call.beside is None else "concurrent",
        second=() if planned_call.beside is None else tuple(slot.value for slot in planned_call.beside.slots),
        release=release,
    )


def _handed_case(
    check: str, planned_call: PlannedCall, handed: CalleeResponse, declared: Signature, promise: Promise
) -> Case:
    result = handed.result
    lies = result is not None and result.code != promise.rules.code(result.value.kind)
    return Case(
        check=check,
        convention="packed",
        caller=promise.callers[0],
        callee=promise.callers[1],
        passed=planned_call.passed,
        declared=declared,
        mismatch=planned_call.mismatch,
        payload=(),
        result=NO_VALUE if result is None else result.value,
        wire=Mutations(
            codes=((RESULT, result.code),) if result is not None and lies else (),
            handed=(handed.status, *(handed.raised or ("", ""))),
        ),
    )


def planned_of(case: Case, callee: int, rules: Rules) -> PlannedCall:
    """The inverse of `case`, with the callee's place in a batch."""
    codes, padding = dict(case.wire.codes), dict(case.wire.padding)
    if case.wire.handed is not None:
        status, kind, message = case.wire.handed
        taken = None
        if case.result != NO_VALUE:
            taken = Slot(codes.get(RESULT, rules.code(case.result.kind)), case.result)
        handed = CalleeResponse(status, taken, (kind, message) if kind or message else None)
        return PlannedCall(callee, case.passed, Call(() if taken is None else (taken,)), case.mismatch, handed=handed)
    slots = tuple(
        Slot(codes.get(at, rules.code(value.kind)), value, padding.get(at)) for at, value in enumerate(case.payload)
    )
    result = None if case.result == NO_VALUE else case.result
    call = Call(slots, case.wire.count, case.wire.nulls, result, case.wire.preset)
    beside = None
    if case.mode == "concurrent":
        beside = Call(tuple(Slot(rules.code(value.kind), value) for value in case.second), result=result)
    return PlannedCall(callee, case.passed, call, case.mismatch, beside, packed=case.wire.by_packer)


def declared_by(planned_call: PlannedCall, signatures: Sequence[Signature]) -> Signature:
    """The signature of a planned call's callee; of one that only gives something back, that of what it gives.

    A callee that looks at what a packer sends takes whatever it passes.
    """
    if planned_call.packed:
        return planned_call.passed
    if planned_call.handed is None:
        return signatures[planned_call.callee]
    result = planned_call.handed.result
    return Signature((), NONE if result is None else result.value.kind)


def sendable(
    rules: Rules, declared: Sequence[Signature], planned_calls: Sequence[PlannedCall]
) -> tuple[tuple[PlannedCall, ...], str]:
    """The planned calls that can be made of a runtime that copies, and why others are left out; "" where none are.

    `declared` are the bundle's callees.
    """
    if not (rules.copies_arrays or rules.copies_pointees):
        return tuple(planned_calls), ""
    whys = [
        forbidden(rules, declared[one.callee], one.passed, one.call.slots, one.call.claimed_count)
        if one.has_callee
        else ""
        for one in planned_calls
    ]
    kept = tuple(one for one, why in zip(planned_calls, whys, strict=True) if not why)
    return kept, "; ".join(dict.fromkeys(why for why in whys if why))
