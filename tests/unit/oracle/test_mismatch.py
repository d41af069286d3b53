"""The mismatch of two signatures: the first difference that decides what must happen."""

from __future__ import annotations

import pytest

from conformance.model.case import Mismatch
from conformance.model.signature import parse_signature
from conformance.oracle.mismatch import pair
from conformance.rules.load import load, parse


@pytest.mark.parametrize(
    ("passed", "declared", "mismatch"),
    [
        ("(i64) -> i64", "(i64) -> i64", Mismatch("match")),
        ("(i64) -> i64", "(i64, i64) -> i64", Mismatch("few", None, "2", "1")),
        ("(f64, handle) -> i64", "(i64, str) -> i64", Mismatch("type", 0, "i64", "f64")),
        ("(i32) -> i64", "(i64) -> i64", Mismatch("width", 0, "i64", "i32")),
        ("(u64) -> i64", "(i64) -> i64", Mismatch("sign", 0, "i64", "u64")),
        ("(i32, i64) -> i64", "(i64, i32) -> i64", Mismatch("swap", 0, "0", "1")),
        ("() -> i64", "() -> f64", Mismatch("ret-type", None, "f64", "i64")),
        ("() -> i64", "() -> none", Mismatch("ret-none", None, "none", "i64")),
        # A handle is another pointee than a tensor, whatever lies behind it.
        ("(handle) -> none", "(tensor(i64,2)) -> none", Mismatch("pointee", 0, "tensor", "handle")),
        ("(tensor(i64,3)) -> none", "(tensor(i64,2)) -> none",
         Mismatch("tensor-shape", 0, "tensor(i64,2)", "tensor(i64,3)")),
    ],
)  # fmt: skip
def test_a_pair_has_the_mismatch_that_decides(passed: str, declared: str, mismatch: Mismatch) -> None:
    assert pair(parse_signature(passed), parse_signature(declared), load("tvm-packed")) == mismatch


OBJECTS = parse(
    """
    codes = { object = 7, int = 1, nil = 4 }
    packs_as = { bytes = "object", handle = "object", tensor = "object", i64 = "int", none = "nil" }
    accept = { bytes.exact = ["object"], handle.exact = ["object"], tensor.exact = ["object"], i64.exact = ["int"] }

    [policy]
    range = "truncate"
    order = "first"
    after_success = "empty"
    error_names = ["index"]
    """,
    "rules.toml",
    "objects",
)
"""A table in which bytes, handles and tensors share a code."""


@pytest.mark.parametrize(
    ("passed", "declared", "mismatch"),
    [
        ("(bytes) -> none", "(tensor(f32,2x3)) -> i64", Mismatch("pointee", 0, "tensor", "bytes")),
        ("(tensor(i64,3), bytes) -> none", "(tensor(i64,2), tensor(i64,2)) -> none",
         Mismatch("pointee", 1, "tensor", "bytes")),
        # What is no tensor is rejected by its count or by a code before anybody reads it.
        ("(bytes, i64) -> none", "(tensor(i64,2), bytes) -> none", Mismatch("type", 1, "bytes", "i64")),
        # What lies behind a handle is known, and bytes have no metadata to compare.
        ("(handle) -> none", "(tensor(i64,2)) -> i64", Mismatch("ret-none", None, "i64", "none")),
        ("(tensor(i64,2)) -> none", "(bytes) -> i64", Mismatch("ret-none", None, "i64", "none")),
    ],
)  # fmt: skip
def test_what_is_read_as_a_tensor_and_is_none_decides_before_all_that_is_not_told_by_codes(
    passed: str, declared: str, mismatch: Mismatch
) -> None:
    assert pair(parse_signature(passed), parse_signature(declared), OBJECTS) == mismatch
