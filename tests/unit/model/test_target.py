"""Targets as data: structures as C lays them out there, and the bytes of values."""

from __future__ import annotations

import pytest

from conformance.codegen.stubs import layout_entries
from conformance.model.data_model import DataModel
from conformance.model.kinds import KINDS, SlotLayout
from conformance.model.target import HERE, HIGH, LOW, TARGETS, runs_here
from conformance.model.value import Value
from conformance.oracle.nans import keeps

BIG, LITTLE_32 = TARGETS["s390x"], TARGETS["armhf"]
TENSOR = "PiiiBBHPPQ"


def test_this_machine_is_a_target_and_runs_its_own_code() -> None:
    assert runs_here(HERE)
    assert not runs_here(TARGETS["s390x" if HERE.name != "s390x" else "x86-64"])


@pytest.mark.parametrize("name", TARGETS)
def test_memory_lies_where_a_pointer_reaches(name: str) -> None:
    target = TARGETS[name]
    assert target.name == name
    assert target.base == (LOW if target.data.word == 4 else HIGH)
    assert target.base + (64 << 20) < 1 << 8 * target.data.word - 1


@pytest.mark.parametrize(("name", "size"), [("x86-64", 48), ("s390x", 48), ("armhf", 40), ("mips", 40), ("i386", 36)])
def test_a_tensor_has_the_size_that_the_target_gives_it(name: str, size: int) -> None:
    data = TARGETS[name].data
    assert len(data.structure(TENSOR, *range(10))) == size
    entries = {entry: due for entry, _, due in layout_entries(["tensor", "bytes"], packed=True, data=data)}
    assert entries["DLTensor size"] == size
    assert entries["DLTensor.byte_offset offset"] == size - 8
    assert entries["AbiBytes size"] == 2 * data.word
    assert entries["AbiValue size"] == 8
    assert entries["AbiValue alignment"] == (4 if name == "i386" else 8)


def test_members_of_a_structure_lie_in_the_target_s_order() -> None:
    assert BIG.data.structure("BH", 1, 2) == b"\1\0\0\2"
    assert LITTLE_32.data.structure("PQ", 1, 2) == b"\1\0\0\0" + bytes(4) + b"\2" + bytes(7)
    assert TARGETS["i386"].data.structure("PQ", 1, 2) == b"\1\0\0\0\2" + bytes(7)


def test_a_value_says_the_same_on_every_target() -> None:
    dtype, device = KINDS["dtype"], KINDS["device"]
    float_of_two_lanes = 2 | 32 << 8 | 0x0102 << 16
    assert dtype.to_bytes(float_of_two_lanes, BIG.data) == b"\2\x20\1\2"
    assert dtype.to_bytes(float_of_two_lanes, LITTLE_32.data) == b"\2\x20\2\1"
    assert device.to_bytes(1 | 7 << 32, BIG.data) == b"\0\0\0\1\0\0\0\7"
    for kind in KINDS.values():
        for target in TARGETS.values():
            bits = 0x0102030405060708 & (1 << 8 * kind.width_in(target.data)) - 1
            assert kind.from_bytes(kind.to_bytes(bits, target.data), target.data) == bits


def test_a_bare_integer_is_read_from_its_slot_s_first_bytes() -> None:
    bare, sent, reader = SlotLayout(integers="bare"), KINDS["i32"], KINDS["u8"]
    assert reader.unpack_bytes(sent.packed_bytes(0x01020304, bare, BIG.data), bare, BIG.data) == 1
    assert reader.unpack_bytes(sent.packed_bytes(0x01020304, bare, LITTLE_32.data), bare, LITTLE_32.data) == 4


def test_an_extended_integer_is_truncated_by_value_whatever_the_order() -> None:
    wide = SlotLayout()
    for data in (BIG.data, LITTLE_32.data, DataModel()):
        slot = KINDS["i32"].packed_bytes(0xFFFFFFFE, wide, data)
        assert len(slot) == 8
        assert KINDS["i8"].unpack_bytes(slot, wide, data) == 0xFE


def test_nans_are_told_as_far_as_the_target_keeps_them() -> None:
    quiet, signalling, number = (Value("f64", bits) for bits in (0x7FF8 << 48, 0x7FF0000000000001, 1 << 62))
    assert [keeps(TARGETS["s390x"], value) for value in (quiet, signalling, number)] == [True, True, True]
    assert [keeps(TARGETS["i386"], value) for value in (quiet, signalling, number)] == [True, False, True]
    assert [keeps(TARGETS["riscv64"], value) for value in (quiet, signalling, number)] == [False, False, True]
    assert keeps(TARGETS["riscv64"], Value("i64", quiet.bits))
