"""Calls of subjects in Python: what the policies of their rules leave out."""

from __future__ import annotations

from dataclasses import replace

from conformance.engine.planned_call import PlannedCall, sendable
from conformance.model.case import MATCH, Mismatch
from conformance.model.signature import Param, Signature
from conformance.model.subject import Call, CalleeResponse, Slot
from conformance.model.value import Value
from conformance.rules.load import load

STRICT = load("tvm-packed")
DECLARED = Signature((Param("i64"),))


def test_what_a_runtime_that_copies_cannot_be_sent_is_left_out() -> None:
    own = PlannedCall(0, DECLARED, Call((Slot(0, Value("i64", 7)),)), MATCH)
    lying = own._replace(call=Call((Slot(STRICT.code("str"), Value("i64", 7)),)), mismatch=Mismatch("type", 0))
    told = own._replace(call=Call((Slot(0, Value("i64", 7)),), -1), mismatch=Mismatch("few"))
    handed = lying._replace(handed=CalleeResponse(0))
    every = [own, lying, told, handed]
    assert sendable(STRICT, [DECLARED], every) == (tuple(every), "")
    kept, why = sendable(replace(STRICT, pointers="equal"), [DECLARED], every)
    assert kept == (own, told, handed) and 'pointers = "equal"' in why
    kept, why = sendable(replace(STRICT, arrays="copied"), [DECLARED], every)
    assert kept == (own, lying, handed) and 'arrays = "copied"' in why
