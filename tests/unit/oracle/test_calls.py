"""What is predicted of calls to subjects that are called."""

from __future__ import annotations

import pytest

from conformance.model.signature import parse_signature
from conformance.model.subject import Call, Slot
from conformance.model.value import Value
from conformance.oracle.calls import expect
from conformance.rules.load import load

RULES = load("tvm-emitted")


@pytest.mark.parametrize(
    ("sent", "seen"), [(0x7F800001, 0x7FC00001), (0x7FC12345, 0x7FC12345), (0x3F800000, 0x3F800000)]
)
def test_an_f32_travels_as_a_double_which_quiets_a_signalling_nan(sent: int, seen: int) -> None:
    call = Call((Slot(RULES.code("f32"), Value("f32", sent)),))
    assert expect(RULES, parse_signature("(f32) -> none"), call, "match").saw == (Value("f32", seen),)


def test_a_null_object_is_rejected_where_a_null_pointer_is() -> None:
    call = Call((Slot(RULES.code("tensor_object"), Value("tensor_object")),))
    due = expect(RULES, parse_signature("(tensor) -> none"), call, "type")
    assert (due.rejected, due.named) == (True, (0,))
