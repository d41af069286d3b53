"""The mismatch of two signatures: the first difference that decides what must happen."""

from __future__ import annotations

import pytest

from conformance.model.case import Mismatch
from conformance.model.signature import parse_signature
from conformance.oracle.mismatch import pair
from conformance.rules.load import load


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
