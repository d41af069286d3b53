"""Recorded cases as plans again: many at once in one bundle, each with the payload that it spells out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from conformance.checks.columns import GRAFFITI, OTHER
from conformance.engine.arena import Arena
from conformance.engine.bundle import Bundle
from conformance.engine.encoded_calls import EncodedCall
from conformance.engine.plans import Plan, of_encoded
from conformance.model.case import Case
from conformance.model.signature import Signature
from conformance.model.value import NO_VALUE, Value
from conformance.rules.load import Rules


class CaseBundle:
    """A bundle that can make the calls of `cases`, and of the calls before them.

    Every payload has a caller of its own; callees are shared.
    """

    def __init__(self, cases: Sequence[Case], rules: Rules, packed: bool) -> None:
        every = [one for case in cases for one in (*case.history, case)]
        signatures: list[Signature] = []
        self._callers: dict[tuple[Any, ...], int] = {}
        payloads = {}
        for case in every:
            if _payload(case) not in self._callers:
                self._callers[_payload(case)] = len(signatures)
                payloads[len(signatures)] = case
                signatures.append(case.passed)
        self._callees: dict[Signature, int] = {}
        for at, signature in enumerate(signatures):
            self._callees.setdefault(signature, at)
        for case in every:
            if case.declared not in self._callees:
                self._callees[case.declared] = len(signatures)
                signatures.append(case.declared)
        self.bundle = Bundle(signatures, 0, rules, Arena(rules.reads_contents, rules.target), packed)
        for at, case in payloads.items():
            self.bundle.payload(at, _kept(case), case.second)

    def encoded(self, case: Case) -> EncodedCall:
        """The call that a case is."""
        callee, released = self._callees[case.declared], _released(case)
        return EncodedCall(
            caller=self._callers[_payload(case)],
            callee=callee,
            convention=case.convention,
            mismatch=case.mismatch,
            row=GRAFFITI,
            value_at=released,
            value=case.payload[released] if released >= 0 else None,
            codes=case.wire.codes,
            claimed_count=case.wire.count,
            nulls=case.wire.nulls,
            mode=case.mode,
            second_row=OTHER if case.second else GRAFFITI,
            follow=case.follow_pointers,
            state=case.mismatch.cls == "match" and case.mode == "plain",
            result=None if case.result == NO_VALUE else case.result,
            preset=case.wire.preset,
            calls=case.calls,
        )

    def plan(self, case: Case) -> Plan:
        """The calls before a case and the case itself, which is the last."""
        encoded_calls: list[EncodedCall] = []
        for one in (*case.history, case):
            encoded_calls += [self.encoded(one)] * one.times
        return of_encoded(self.bundle, encoded_calls, case.release)


def _payload(case: Case) -> tuple[Any, ...]:
    return case.passed, _kept(case), case.second


def _released(case: Case) -> int:
    """The argument whose payload is released after the call, or -1."""
    released = (at for at, value in enumerate(case.payload) if value.released and case.mode == "released")
    return next(released, -1)


def _kept(case: Case) -> tuple[Value, ...]:
    """The payload of a case where nothing of it is released, as the call after it has it."""
    if case.mode != "released":
        return case.payload
    return tuple(replace(value, released=False) for value in case.payload)
