"""Conversions of the oracle against the machine's own, through ctypes."""

from __future__ import annotations

import ctypes
import struct
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.oracle import bits

U32, U64 = st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1)


def as_double(raw: int) -> float:
    return float(struct.unpack("<d", struct.pack("<Q", raw))[0])


@given(U64)
def test_narrowing_is_the_machines(raw: int) -> None:
    if bits.is_nan64(raw):
        assert bits.is_nan32(bits.narrow(raw))
        return
    machine = ctypes.c_float(as_double(raw)).value
    assert bits.narrow(raw) == struct.unpack("<I", struct.pack("<f", machine))[0]


@given(U32)
def test_widening_keeps_the_number_and_quiets_nans(raw: int) -> None:
    wide = bits.widen(raw)
    if bits.is_nan32(raw):
        assert wide & 0x0008_0000_0000_0000 and bits.is_nan64(wide)
    else:
        assert bits.narrow(wide) == raw


def test_a_signalling_nan_comes_out_quiet() -> None:
    assert bits.narrow(bits.widen(0x7F800001)) == 0x7FC00001


@given(st.integers(-(2**63), 2**63 - 1))
def test_integers_round_once_to_floats(number: int) -> None:
    found = struct.unpack("<f", struct.pack("<I", bits.float_of(number)))[0]
    below = struct.unpack("<f", struct.pack("<I", (bits.float_of(number) - 1) & 0xFFFFFFFF))[0]
    above = struct.unpack("<f", struct.pack("<I", (bits.float_of(number) + 1) & 0xFFFFFFFF))[0]
    nearest = abs(Fraction(found) - number)
    for other in (below, above):
        if other == other and abs(other) != float("inf"):
            assert nearest <= abs(Fraction(other) - number)


def test_rounding_twice_would_be_wrong_here() -> None:
    # 2^24 + 1 + 2^-29 scaled up: the double step lands on a float's tie.
    number = (2**24 + 1) * 2**30 + 1
    assert bits.float_of(number) == struct.unpack("<I", struct.pack("<f", float((2**24 + 2) * 2**30)))[0]


@pytest.mark.parametrize(
    ("passed", "raw", "declared", "seen"),
    [
        ("i8", 0xFF, "i64", 2**64 - 1),
        ("u8", 0xFF, "i64", 0xFF),
        ("i64", 0x1_0000_0001, "i32", 1),
        ("i64", 0x100, "bool", 1),
        ("i64", 0, "bool", 0),
        ("f64", 0x7FEFFFFFFFFFFFFF, "f32", 0x7F800000),
        ("f32", 0x3F800000, "f64", 0x3FF0000000000000),
        ("u64", 2**63, "u64", 2**63),
    ],
)
def test_a_packed_slot_reads_as_c_reads_it(passed: str, raw: int, declared: str, seen: int) -> None:
    assert bits.read_packed(declared, bits.wire_bits(passed, raw)) == seen


def test_meanings_tell_zeros_apart_and_join_equal_numbers() -> None:
    assert bits.meaning("i32", 5) == bits.meaning("u64", 5) == bits.meaning("f32", 0x40A00000)
    assert bits.meaning("f64", 1 << 63) != bits.meaning("f64", 0)
    assert bits.meaning("i32", 0xFFFFFFFF) != bits.meaning("u32", 0xFFFFFFFF)
