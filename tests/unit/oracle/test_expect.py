"""What must happen to a packed call: conversions, slots, the order of rejections, and what a caller must take."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.model.signature import DType, Param, TensorSpec, parse_signature
from conformance.model.subject import Call, CalleeResponse, Slot
from conformance.model.value import Value
from conformance.oracle.expect import expect, expect_argument, expect_return, expect_taken
from conformance.oracle.packing import codes_of
from conformance.rules.load import load, parse

EMITTED, PACKED, RUNTIME = load("tvm-emitted"), load("tvm-packed"), load("tvm-packed-runtime")

BARE = """
[codes]
i32 = 0
i64 = 1
real = 2
wide = 3
boolean = 4
nil = 5
[packs_as]
i32 = "i32"
i64 = "i64"
f32 = "real"
f64 = "wide"
bool = "boolean"
null = "nil"
none = "nil"
[slot]
f32 = "f32"
integers = "bare"
[accept.i32]
exact = ["i32"]
coerce = ["boolean"]
[accept.i64]
exact = ["i64", "i32"]
coerce = ["boolean"]
[accept.f32]
exact = ["real"]
[accept.f64]
exact = ["wide", "real"]
coerce = ["i32"]
[accept.bool]
exact = ["boolean"]
coerce = ["i32", "wide"]
"""


@pytest.mark.parametrize(
    ("sent", "seen"), [(0x7F800001, 0x7FC00001), (0x7FC12345, 0x7FC12345), (0x3F800000, 0x3F800000)]
)
def test_an_f32_travels_as_a_double_which_quiets_a_signalling_nan(sent: int, seen: int) -> None:
    call = Call((Slot(EMITTED.code("f32"), Value("f32", sent)),))
    assert expect(EMITTED, parse_signature("(f32) -> none"), call, "match").saw == (Value("f32", seen),)


def test_a_null_object_is_rejected_where_a_null_pointer_is() -> None:
    call = Call((Slot(EMITTED.code("tensor_object"), Value("tensor_object")),))
    due = expect(EMITTED, parse_signature("(tensor) -> none"), call, "type")
    assert (due.rejected, due.named) == (True, (0,))


def test_a_tensor_for_a_handle_is_the_pointer_that_was_sent() -> None:
    tensor = Value("tensor", tensor=TensorSpec(DType(2, 32), (2,)))
    due = expect_argument(PACKED, Param("handle"), Slot(PACKED.code("tensor"), tensor))
    assert due.value == replace(tensor, kind="handle")
    assert due.equal


def test_null_for_a_dtype_is_the_void_type() -> None:
    due = expect_argument(RUNTIME, Param("dtype"), Slot(RUNTIME.code("null"), Value("null")))
    assert due.value == Value("dtype", 0x0003)


def test_a_null_result_slot_may_be_rejected_after_the_body() -> None:
    slots = (Slot(PACKED.code("i32"), Value("i32", 1)),)
    due = expect(PACKED, parse_signature("(i32) -> i64"), Call(slots, nulls=("ret",)), "null-ret")
    assert (due.outcome, due.entered, due.named) == ("rejected", True, ())


def test_a_code_is_rejected_before_a_value_of_an_earlier_argument() -> None:
    slots = (Slot(RUNTIME.code("i64"), Value("i64", 1 << 40)), Slot(RUNTIME.code("f64"), Value("f64")))
    due = expect(RUNTIME, parse_signature("(i32, handle) -> none"), Call(slots), "type")
    assert due.named == (1,)


@pytest.mark.parametrize(
    ("declared", "value", "seen"),
    [
        ("i32", Value("i32", 0xFFFF_FFFF), Value("i32", 0xFFFF_FFFF)),
        ("i64", Value("i32", 7), None),  # four bytes of the slot are nobody's promise
        ("f32", Value("f32", 0x7F80_0001), Value("f32", 0x7F80_0001)),  # never a double, so never quieted
        ("f64", Value("f32", 0x3F80_0000), None),
        ("f64", Value("i32", 0xFFFF_FFFF), Value("f64", 0xBFF0_0000_0000_0000)),
        ("bool", Value("i32", 256), Value("bool", 1)),
        ("bool", Value("f64", 1 << 63), Value("bool", 0)),  # minus zero is no other number than zero
        ("i64", Value("bool", 1), Value("i64", 1)),
    ],
)
def test_slots_and_conversions_are_what_the_table_says_by_whatever_names(
    declared: str, value: Value, seen: Value | None
) -> None:
    rules = parse(BARE, "bare.toml", "bare")
    due = expect_argument(rules, Param(declared), Slot(rules.code(value.kind), value))
    assert (due.value, due.rejected) == (seen, False)


@pytest.mark.parametrize(
    ("declared", "how", "value", "seen"),
    [
        ("f64", "nonzero", Value("bool", 1), Value("f64", 0x3FF0 << 48)),
        ("f64", "nonzero", Value("bool", 0), Value("f64", 0)),
        ("f32", "nonzero", Value("bool", 1), Value("f32", 0x3F80 << 16)),
        ("bool", "nonzero", Value("null"), Value("bool", 0)),
        ("bool", "nonzero", Value("handle"), Value("bool", 0)),
        ("bool", "nonzero", Value("handle", 8), Value("bool", 1)),
        ("i64", "number", Value("null"), Value("i64", 0)),
        ("f64", "number", Value("null"), Value("f64", 0)),
        ("i64", "number", Value("handle", 8), None),  # an address
        ("bool", "unknown", Value("null"), None),
    ],
)
def test_truth_and_null_are_converted_as_coerce_as_says(
    declared: str, how: str, value: Value, seen: Value | None
) -> None:
    packs_as = {"f64": "float", "f32": "float", "i64": "int", "bool": "boolean", "null": "nil", "handle": "opaque"}
    codes = "\n".join(f"{name} = {number}" for number, name in enumerate(dict.fromkeys(packs_as.values())))
    rows = "\n".join(f'{kind} = "{name}"' for kind, name in packs_as.items())
    passed = packs_as[value.kind]
    rules = parse(
        f"[codes]\n{codes}\n[packs_as]\n{rows}\n[accept.{declared}]\nexact = ['{packs_as[declared]}']\n"
        f"coerce = ['{passed}']\ncoerce_as = {{ {passed} = '{how}' }}",
        "mine.toml",
        "mine",
    )
    assert expect_argument(rules, Param(declared), Slot(rules.code(value.kind), value)).value == seen


def test_a_return_of_nothing_is_null_only_where_it_has_nulls_code() -> None:
    table = """
[codes]
void = 0
nil = 1
opaque = 2
[packs_as]
handle = "opaque"
null = "nil"
none = "void"
[accept.handle]
exact = ["opaque", "nil"]
[return.handle]
exact = ["opaque", "nil", "void"]
"""
    apart = parse(table, "apart.toml", "apart")
    assert expect_return(apart, "none", "handle", None).value is None
    assert codes_of(apart, "handle", is_null=True) == (2, 1)
    shared = parse(table.replace('none = "void"', 'none = "nil"'), "shared.toml", "shared")
    assert expect_return(shared, "none", "handle", None).value == Value("handle")


def test_a_code_that_lies_under_a_conversion_cannot_be_predicted() -> None:
    due = expect_argument(EMITTED, Param("f64"), Slot(EMITTED.code("i64"), Value("f64", 1)))
    assert (due.value, due.rejected, due.equal) == (None, False, False)


def test_a_caller_refuses_a_return_under_another_code() -> None:
    call = Call((), result=Value("f64", 1))
    due = expect(PACKED, parse_signature("() -> f64"), call, "ret-type", "i64")
    assert (due.outcome, due.verdict) == ("take-rejected", "detected")
    assert expect_return(PACKED, "i64", "i64", Value("i64", 5)).value == Value("i64", 5)


def test_what_a_raw_callee_hands_over_is_converted_as_an_argument_is() -> None:
    handed = CalleeResponse(0, Slot(EMITTED.code("i64"), Value("i64", 2)))
    due = expect_taken(EMITTED, "f64", handed, "coerce")
    assert (due.verdict, due.saw) == ("coerced", (Value("f64", 0x4000_0000_0000_0000),))
    assert expect_taken(EMITTED, "f64", CalleeResponse(-1), "ret-error").rejected
