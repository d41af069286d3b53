"""Conversions of the oracle against the machine's own, through ctypes."""

from __future__ import annotations

import ctypes
import struct
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.model.kinds import KINDS
from conformance.oracle import bits

U32, U64 = st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1)


def as_double(raw: int) -> float:
    return float(struct.unpack("<d", struct.pack("<Q", raw))[0])


@given(U64)
def test_narrowing_is_the_machines(raw: int) -> None:
    if bits.is_nan(raw, 8):
        assert bits.is_nan(bits.narrow(raw, 4), 4)
        return
    machine = ctypes.c_float(as_double(raw)).value
    assert bits.narrow(raw, 4) == struct.unpack("<I", struct.pack("<f", machine))[0]


@given(U32)
def test_widening_keeps_the_number_and_quiets_nans(raw: int) -> None:
    wide = bits.widen(raw, 4)
    if bits.is_nan(raw, 4):
        assert wide & 0x0008_0000_0000_0000 and bits.is_nan(wide, 8)
    else:
        assert bits.narrow(wide, 4) == raw


def test_a_signalling_nan_comes_out_quiet() -> None:
    assert bits.narrow(bits.widen(0x7F800001, 4), 4) == 0x7FC00001


@given(st.integers(-(2**63), 2**63 - 1))
def test_integers_round_once_to_floats(number: int) -> None:
    found = struct.unpack("<f", struct.pack("<I", bits.float_of(number, 4)))[0]
    below = struct.unpack("<f", struct.pack("<I", (bits.float_of(number, 4) - 1) & 0xFFFFFFFF))[0]
    above = struct.unpack("<f", struct.pack("<I", (bits.float_of(number, 4) + 1) & 0xFFFFFFFF))[0]
    nearest = abs(Fraction(found) - number)
    for other in (below, above):
        if other == other and abs(other) != float("inf"):
            assert nearest <= abs(Fraction(other) - number)


def test_rounding_twice_would_be_wrong_here() -> None:
    # 2^24 + 1 + 2^-29 scaled up: the double step lands on a float's tie.
    number = (2**24 + 1) * 2**30 + 1
    assert bits.float_of(number, 4) == struct.unpack("<I", struct.pack("<f", float((2**24 + 2) * 2**30)))[0]


def test_every_half_survives_its_double_and_nans_come_out_quiet() -> None:
    for raw in range(1 << 16):
        wide, number = bits.widen(raw, 2), struct.unpack("<e", struct.pack("<H", raw))[0]
        assert bits.is_nan(raw, 2) is bits.is_nan(wide, 8) is (number != number)
        assert as_double(wide) == number or number != number
        assert bits.narrow(wide, 2) == (raw if number == number else raw | 0x0200)


@pytest.mark.parametrize(
    ("number", "half"),
    [
        (65519.0, 0x7BFF), (65520.0, 0x7C00), (-1e300, 0xFC00), (float("inf"), 0x7C00), (2.0**-25, 0), (-0.0, 0x8000),
        (3 * 2.0**-26, 1), (1 + 2.0**-11, 0x3C00), (1 + 3 * 2.0**-11, 0x3C02), (1 + 2.0**-11 + 2.0**-40, 0x3C01),
    ],
)  # fmt: skip
def test_a_double_rounds_to_the_nearest_half_ties_to_even(number: float, half: int) -> None:
    assert bits.narrow(struct.unpack("<Q", struct.pack("<d", number))[0], 2) == half


def test_integers_round_to_halves_and_past_the_largest_to_infinity() -> None:
    assert [bits.float_of(number, 2) for number in (2049, 2051, 65519, 65520, -(2**63), 2**64 - 1)] == [
        0x6800, 0x6802, 0x7BFF, 0x7C00, 0xFC00, 0x7C00,
    ]  # fmt: skip


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
        ("f16", 0x3C01, "f64", 0x3FF0040000000000),
        ("f64", 0x40EFFE0000000000, "f16", 0x7C00),
        ("f16", 0x7C01, "f16", 0x7E01),
    ],
)
def test_a_packed_slot_reads_as_c_reads_it(passed: str, raw: int, declared: str, seen: int) -> None:
    assert KINDS[declared].unpack(bits.wire_bits(passed, raw)) == seen


def test_meanings_tell_zeros_apart_and_join_equal_numbers() -> None:
    assert (
        bits.meaning("i32", 5)
        == bits.meaning("u64", 5)
        == bits.meaning("f32", 0x40A00000)
        == bits.meaning("f16", 0x4500)
    )
    assert bits.meaning("f64", 1 << 63) != bits.meaning("f64", 0)
    assert bits.meaning("i32", 0xFFFFFFFF) != bits.meaning("u32", 0xFFFFFFFF)
