"""Kinds: sizes on a target, what lies in a slot, and that a value comes back from it."""

from __future__ import annotations

import ctypes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.model.data_model import NATIVE, DataModel
from conformance.model.kinds import KINDS, Kind, SlotLayout

I386 = DataModel(word=4, byte_order="little", most_aligned=4)
S390X = DataModel(word=8, byte_order="big")
BARE = SlotLayout("f32", "bare")


def alignment(kind: str, model: DataModel) -> int:
    """Of a kind as a member of a structure: that of its widest member, where it is a structure itself."""
    return model.alignment_of(max(KINDS[kind].members, default=KINDS[kind].width_in(model)))


def test_sizes_and_alignments_are_those_of_the_target() -> None:
    assert [KINDS[kind].width_in(I386) for kind in ("handle", "str", "i64", "device")] == [4, 4, 8, 8]
    assert [alignment(kind, I386) for kind in ("handle", "i64", "f64", "dtype", "device")] == [4, 4, 4, 2, 4]
    assert [alignment(kind, S390X) for kind in ("handle", "i64", "f64", "bool")] == [8, 8, 8, 1]


@pytest.mark.parametrize(
    ("kind", "of_c"),
    [("i16", ctypes.c_int16), ("f64", ctypes.c_double), ("bool", ctypes.c_bool), ("handle", ctypes.c_void_p)],
)
def test_the_native_data_model_is_the_machines(kind: str, of_c: type) -> None:
    class Behind(ctypes.Structure):
        _fields_ = (("first", ctypes.c_char), ("value", of_c))

    assert KINDS[kind].width_in(NATIVE) == ctypes.sizeof(of_c)
    assert alignment(kind, NATIVE) == Behind.value.offset


def test_bytes_lie_in_the_targets_order() -> None:
    assert KINDS["i32"].to_bytes(0x01020304, S390X) == b"\1\2\3\4"
    assert KINDS["i32"].from_bytes(b"\1\2\3\4rest", I386) == 0x04030201


@given(st.sampled_from([kind for kind in KINDS.values() if kind.family != "float"]), st.integers(0, 2**64 - 1))
def test_what_is_packed_is_unpacked_whatever_the_layout(info: Kind, raw: int) -> None:
    bits = raw & 1 if info.family == "bool" else raw & ((1 << 8 * info.width) - 1)
    for layout in (SlotLayout(), BARE):
        packed = info.pack(bits, layout)
        assert 0 <= packed < 1 << 8 * info.packed_width(layout)
        noise = raw << 8 * info.packed_width(layout) & 2**64 - 1
        assert info.unpack(packed | noise, layout) == bits


def test_a_bare_float_keeps_its_bits_and_a_widened_one_is_quieted() -> None:
    signalling = 0x7F800001
    assert KINDS["f32"].unpack(KINDS["f32"].pack(signalling, BARE), BARE) == signalling
    assert KINDS["f32"].unpack(KINDS["f32"].pack(signalling)) == 0x7FC00001
    assert (KINDS["f32"].packed_width(BARE), KINDS["f32"].packed_width()) == (4, 8)


def test_a_half_lies_as_its_bits_or_widened_and_means_the_number() -> None:
    half = KINDS["f16"]
    assert (half.packed_width(BARE), half.packed_width(), half.c_spelling()) == (2, 8, "uint16_t")
    assert half.unpack(half.pack(0x7C01, BARE), BARE) == 0x7C01
    assert half.unpack(half.pack(0x7C01)) == 0x7E01
    assert half.pack(0x0001) == KINDS["f64"].pack(0x3E70000000000000)  # 2^-24, the smallest
    assert half.meaning(0x3C00) == ("number", 1.0) != KINDS["u16"].meaning(0x3C00)
    assert half.meaning(0x8000)[0] == "minus zero"


def test_an_integer_is_extended_by_its_sign_and_a_bare_one_is_not() -> None:
    assert KINDS["i8"].pack(0xFF) == 2**64 - 1
    assert KINDS["u8"].pack(0xFF) == 0xFF
    assert (KINDS["i8"].pack(0xFF, BARE), KINDS["i8"].packed_width(BARE)) == (0xFF, 1)
    assert KINDS["bool"].unpack(0xFF00, BARE) == 0
    assert KINDS["bool"].unpack(0xFF00) == 1


def test_a_text_that_defines_its_own_structures_spells_them_with_a_prefix() -> None:
    assert [KINDS[kind].c_spelling("Plain") for kind in ("bytes", "dtype", "i8", "str")] == [
        "const PlainBytes*", "PlainDType", "int8_t", "const char*",
    ]  # fmt: skip
    assert KINDS["dtype"].c_spelling() == "DLDataType"


def test_boundaries_are_values_of_their_kind() -> None:
    for kind in KINDS.values():
        for value in kind.boundaries:
            assert isinstance(value, bytes) == (kind.name in ("str", "bytes"))
            assert isinstance(value, bytes) or 0 <= value < 1 << 8 * kind.width
    assert {0, 1, 0x7F, 0x80, 0xFF} <= set(KINDS["i8"].boundaries)
    assert {0, 0x8000, 0x3C00, 0xBC00, 1, 0x7BFF, 0x7C00, 0xFC00, 0x7E00, 0x7C01} <= set(KINDS["f16"].boundaries)
