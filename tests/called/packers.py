"""Packers with one defect each, made of the honest one that packs through ctypes."""

from __future__ import annotations

import ctypes
from dataclasses import replace
from typing import Any

from conformance.model.subject import Call, CalleeResponse, Refused, Reply, WireSlot
from conformance.model.value import Value
from conformance.subjects.packers import capture as c
from conformance.subjects.packers.by_ctypes import CtypesPacker
from conformance.subjects.packers.numbers import plain

Packer = type[CtypesPacker]


class BoolAsOneByte(CtypesPacker):
    def put(self, cell: Any, given: Value) -> int:
        if given.kind != "bool":
            return super().put(cell, given)
        ctypes.memset(ctypes.addressof(cell), given.bits, 1)
        return c.INT


class FloatUnderInt(CtypesPacker):
    def put(self, cell: Any, given: Value) -> int:
        code = super().put(cell, given)
        return c.INT if given.kind == "f64" else code


class TextWithoutTerminator(CtypesPacker):
    def put(self, cell: Any, given: Value) -> int:
        if given.kind != "str":
            return super().put(cell, given)
        cell.v_handle = ctypes.addressof(self.keep(ctypes.create_string_buffer((given.data or b"") + b"\xa5")))
        return c.STR


class IntOf32Bits(CtypesPacker):
    def put(self, cell: Any, given: Value) -> int:
        code = super().put(cell, given)
        if given.kind == "i64":
            cell.v_int64 = int(plain(given)) & 0xFFFF_FFFF
        return code


class SignLost(CtypesPacker):
    def put(self, cell: Any, given: Value) -> int:
        code = super().put(cell, given)
        if given.kind == "i8":
            cell.v_int64 = given.bits
        return code


class FloatOf32Bits(CtypesPacker):
    def put(self, cell: Any, given: Value) -> int:
        code = super().put(cell, given)
        if given.kind == "f64":
            cell.v_float64 = ctypes.c_float(cell.v_float64).value
        return code


class NoneUnderHandle(CtypesPacker):
    def put(self, cell: Any, given: Value) -> int:
        code = super().put(cell, given)
        return c.HANDLE if given.kind == "null" else code


class BytesEndAtZero(CtypesPacker):
    def put(self, cell: Any, given: Value) -> int:
        if given.kind == "bytes":
            given = replace(given, data=(given.data or b"").partition(b"\0")[0])
        return super().put(cell, given)


class OffsetLost(CtypesPacker):
    def put(self, cell: Any, given: Value) -> int:
        if given.kind == "tensor" and given.tensor is not None:
            given = replace(given, tensor=replace(given.tensor, byte_offset=0))
        return super().put(cell, given)


class DeviceIdLost(CtypesPacker):
    def put(self, cell: Any, given: Value) -> int:
        return super().put(cell, replace(given, bits=given.bits & 0xFFFF_FFFF) if given.kind == "device" else given)


class OneTooFew(CtypesPacker):
    def pack(self, call: Call) -> Reply:
        return super().pack(call._replace(slots=call.slots[:7]))


class ReturnOf32Bits(CtypesPacker):
    def taken(self, ret: Any, kind: str) -> Value | None:
        if kind == "i64":
            ret.v_int64 = ret.v_int64 & 0xFFFF_FFFF
        return super().taken(ret, kind)


class ReturnDropped(CtypesPacker):
    def taken(self, ret: Any, kind: str) -> Value | None:
        return None if kind == "f64" else super().taken(ret, kind)


class WrongFromTheFourthOn(CtypesPacker):
    def pack(self, call: Call) -> Reply:
        self.left = 3
        return super().pack(call)

    def put(self, cell: Any, given: Value) -> int:
        code = super().put(cell, given)
        self.left -= 1
        if self.left < 0 and given.kind == "u8":
            cell.v_int64 = -1
        return code


class NeverCalls(CtypesPacker):
    def pack(self, call: Call) -> Reply:
        return Reply(0, ret=call.result)


class CallsTwice(CtypesPacker):
    def taken(self, ret: Any, kind: str) -> Value | None:
        if kind == "f64":
            arrived, slot, number = self.capture.arrived, (ctypes.c_uint64 * 1)(), (ctypes.c_int * 1)()
            c.FUNCTION(self.capture.address)(slot, number, 0, slot, number, None)
            self.capture.arrived = arrived
        return super().taken(ret, kind)


class RefusesLargeIntegers(CtypesPacker):
    def pack(self, call: Call) -> Reply:
        for at, slot in enumerate(call.slots):
            if slot.value.kind == "u64" and slot.value.bits >> 63:
                return Reply(-1, f"argument {at} is too large", "OverflowError")
        return super().pack(call)


class DiesOfText(CtypesPacker):
    def put(self, cell: Any, given: Value) -> int:
        if given.kind == "str":
            ctypes.string_at(8)
        return super().put(cell, given)


DEFECTS: dict[Packer, tuple[str, str, int]] = {
    BoolAsOneByte: ("match(bool)@0", "unpredicted", 1),
    FloatUnderInt: ("match(f64)@0", "unpredicted", 1),
    TextWithoutTerminator: ("match(str)@0", "unpredicted", 1),
    IntOf32Bits: ("match(i64)@0", "unpredicted", 1),
    SignLost: ("match(i8)@0", "unpredicted", 1),
    FloatOf32Bits: ("match(f64)@0", "unpredicted", 1),
    NoneUnderHandle: ("match(null)@0", "unpredicted", 1),
    BytesEndAtZero: ("match(bytes)@0", "unpredicted", 1),
    OffsetLost: ("match(tensor)@0", "unpredicted", 1),
    DeviceIdLost: ("match(device)@0", "unpredicted", 1),
    OneTooFew: ("match@call", "unpredicted", 8),
    ReturnOf32Bits: ("match(i64)@ret", "unpredicted", 0),
    ReturnDropped: ("match(f64)@ret", "unpredicted", 0),
    WrongFromTheFourthOn: ("match(u8)@3", "unpredicted", 4),
    NeverCalls: ("match@call", "silent-reject", 0),
    CallsTwice: ("match@state", "overrun", 0),
    RefusesLargeIntegers: ("match(u64)@0", "false-alarm", 1),
    DiesOfText: ("match@call", "crashed", 1),
}
"""Every defect with how the key of its finding ends, the verdict, and the arguments of the smallest call."""


class HasNoWords(CtypesPacker):
    """Cannot write the largest integers, and says so."""

    def pack(self, call: Call) -> Reply | Refused:  # type: ignore[override]
        if any(slot.value.kind == "u64" and slot.value.bits >> 63 for slot in call.slots):
            return Refused("no integer is that large")
        return super().pack(call)


class TakesToo(CtypesPacker):
    """Has callers that take a return, besides."""

    def __init__(self) -> None:
        super().__init__()
        self.about = replace(self.about, takes=("i64",), checks=("X0-MATCH", "X0-RETURN"))

    def take(self, _: str, response: CalleeResponse) -> Reply:
        if response.status or response.result is None or response.result.code != c.INT:
            return Reply(-1, response.raised[1] if response.raised else "no integer")
        return Reply(0, saw=(Value("i64", int(plain(response.result.value)) & (1 << 64) - 1),))


class RaisesInPack(CtypesPacker):
    def pack(self, call: Call) -> Reply:
        raise LookupError("cannot pack")


class ListOfSlots(CtypesPacker):
    def pack(self, call: Call) -> Reply:
        return super().pack(call)._replace(slots=[])  # type: ignore[arg-type]


class WideBits(CtypesPacker):
    def pack(self, call: Call) -> Reply:
        return super().pack(call)._replace(slots=(WireSlot(0, 1 << 64),))


class PacksNothing(CtypesPacker):
    about = replace(CtypesPacker.about, packs=())


class StrangeKind(CtypesPacker):
    about = replace(CtypesPacker.about, packs=("i64", "list_i64"))


class NoPack:
    about = replace(CtypesPacker.about, name="nopack")

    def declare(self, *_: object) -> object:
        raise AssertionError

    call = declare
