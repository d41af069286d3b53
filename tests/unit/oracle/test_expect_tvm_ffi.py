"""What must arrive under tvm-ffi's table: texts that are parsed, containers that are read, kinds of one runtime."""

from __future__ import annotations

import pytest

from conformance.model.signature import Param
from conformance.model.subject import Slot
from conformance.model.value import Value
from conformance.oracle.conversions import device_from_text
from conformance.oracle.expect import ExpectedArgument, expect_argument
from conformance.oracle.mismatch import argument
from conformance.rules.load import load

RULES = load("tvm-ffi")


@pytest.mark.parametrize(
    ("text", "bits"),
    [
        (b"cpu", 1),
        (b"cuda:1", 2 | 1 << 32),
        (b"mps", 8),
        (b"cuda:2147483647", 2 | 0x7FFF_FFFF << 32),
        (b"cuda:0 -arch=sm_80", 2),
        (b"cuda:2147483648", None),
        (b"cuda:", None),
        (b"cuda:1:2", None),
        (b":1", None),
        (b"\xc3\xa9", None),
        (b"", None),
    ],
)
def test_a_text_names_a_device_or_none(text: bytes, bits: int | None) -> None:
    assert device_from_text(text) == bits


def arrival(declared: str, value: Value) -> ExpectedArgument:
    return expect_argument(RULES, Param(declared), Slot(RULES.code(value.kind), value))


def test_a_small_text_arrives_as_the_text_that_it_is() -> None:
    assert arrival("str", Value("smallstr", data=b"abc")).value == Value("str", data=b"abc")
    assert arrival("device", Value("smallstr", data=b"cuda:1")).value == Value("device", 2 | 1 << 32)
    assert arrival("device", Value("smallstr", data=b"abc")).rejected


def test_a_container_arrives_with_the_same_text() -> None:
    assert arrival("array_int", Value("array_int", data=b"[1]")).value == Value("array", data=b"[1]")
    assert arrival("array_int", Value("list_int", data=b"[1]")).value == Value("array", data=b"[1]")
    assert arrival("array_int", Value("array_str", data=b'["a"]')).rejected


def test_what_is_passed_as_another_kind_arrives_as_that() -> None:
    assert arrival("opt_int", Value("opt_int", 7)).value == Value("i64", 7)
    assert arrival("opt_int", Value("bool", 1)).value == Value("i64", 1)
    assert arrival("opt_int", Value("null")).value == Value("null")


@pytest.mark.parametrize(
    ("declared", "passed", "text", "arrives"),
    [
        ("array_f64", "array_i64", b"[1]", Value("array", data=b"[1.0]")),
        ("array_i64", "array_bool", b"[true, false]", Value("array", data=b"[1, 0]")),
        ("shape", "array_bool", b"[true, false]", Value("shape", data=b"[1, 0]")),
        ("array_f64", "array_i64", b"[7]", None),  # a text that the table does not have cannot be told
    ],
)
def test_what_a_container_holds_is_converted_as_the_table_says(
    declared: str, passed: str, text: bytes, arrives: Value | None
) -> None:
    rules = load("tvm-ffi-cpp")
    slot = Slot(rules.code(passed), Value(passed, data=text))
    assert expect_argument(rules, Param(declared), slot).value == arrives
    assert argument(Param(passed), Param(declared), rules) == "coerce"
