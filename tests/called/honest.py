"""A runtime in Python that keeps every promise: the ground of the broken ones beside it."""

from __future__ import annotations

import ctypes
import mmap
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from conformance.checks import CALLED
from conformance.model.kinds import KINDS
from conformance.model.signature import Param, Signature, TensorSpec
from conformance.model.subject import Call, CalleeResponse, Reply, Slot, SubjectInfo
from conformance.model.value import Value
from conformance.oracle.tensors import difference

NAMES = {1: "int", 2: "float", 3: "bool", 4: "str", 5: "handle", 6: "tensor", 7: "null", 8: "object"}
ACCEPTS = {
    "i8": (1, 3), "i64": (1, 3), "u8": (1, 3), "f64": (2, 1), "bool": (3,), "str": (4,), "handle": (5, 7),
    "tensor": (6,), "list_i64": (8,), "opt_i64": (1, 7),
}  # fmt: skip


class Rejected(Exception):
    """What a caller is told."""


class Honest:
    """The subject. Each method is a promise that a broken one breaks."""

    def __init__(self) -> None:
        self.about = SubjectInfo(
            name=type(self).__name__.lower(),
            version="1.0",
            rules=str(Path(__file__).with_name("honest.toml")),
            sides=("test", "python"),
            versions={"runtime": "1.0", "python": "3"},
            checks=CALLED,
            claims=("type", "few", "many", "unknown-code", "null-args", "null-codes", "ret-type", *_TENSOR),
            takes=("i64", "f64", "str", "opt_i64", "none"),
            mutable_parts=("type-codes", "count", "args", "codes", "ret", "padding"),
        )
        libc = ctypes.CDLL(None)
        libc.mmap.restype = ctypes.c_void_p
        self.page = libc.mmap(None, mmap.PAGESIZE, 0, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0)
        self.errors = 0

    def declare(self, signatures: Sequence[Signature], release: bool) -> Sequence[Any]:
        return [(one, release) for one in signatures]

    def call(self, callee: tuple[Signature, bool], call: Call) -> Reply:
        declared, release = callee
        try:
            if not release:
                self.check_count(declared, call)
                self.check_codes(declared, call)
                self.check_values(declared, call)
        except Rejected as error:
            return Reply(-1, self.text(str(error)), "TypeError", references=self.kept(rejected=True))
        slots = (*call.slots, *[Slot(1, Value("i64"))] * len(declared))[: len(declared)]
        saw = tuple(self.convert(param, slot) for param, slot in zip(declared.params, slots, strict=True))
        ret, code = self.returned(declared, call)
        return Reply(0, "", "", saw, ret, code, self.kept(rejected=False))

    def check_count(self, declared: Signature, call: Call) -> None:
        told = len(call.slots) if call.claimed_count is None else call.claimed_count
        if told != len(declared):
            raise Rejected(f"expected {len(declared)}, received {told}")
        if len(declared) and {"args", "codes"} & set(call.nulls):
            raise Rejected("a null array")

    def check_codes(self, declared: Signature, call: Call) -> None:
        for at, (param, slot) in enumerate(zip(declared.params, call.slots, strict=True)):
            if not self.accepts(param.kind, slot.code):
                raise Rejected(self.words(at, param.kind, slot.code))

    def accepts(self, kind: str, code: int) -> bool:
        return code in ACCEPTS[kind]

    def words(self, at: int, kind: str, code: int) -> str:
        return f"argument {at}: expected {kind}, received {NAMES.get(code, code)}"

    def text(self, words: str) -> str:
        return words

    def check_values(self, declared: Signature, call: Call) -> None:
        for at, (param, slot) in enumerate(zip(declared.params, call.slots, strict=True)):
            if param.kind == "tensor":
                self.check_tensor(at, param.tensor or TensorSpec(), slot.value)
            elif param.kind in ("i8", "u8"):
                self.check_range(at, param.kind, slot.value)
            elif param.kind == "list_i64" and slot.value.kind == "list_str":
                raise Rejected(f"argument {at}: expected list_i64, received object of str")

    def check_tensor(self, at: int, spec: TensorSpec, value: Value) -> None:
        if value.guarded:
            ctypes.string_at(self.page, 1)
        if value.tensor is None or difference(value.tensor, spec, no_data=value.no_data) is not None:
            raise Rejected(f"argument {at}: expected {spec}, received another tensor")

    def check_range(self, at: int, kind: str, value: Value) -> None:
        low, high = (-128, 128) if kind == "i8" else (0, 256)
        if not low <= number(value) < high:
            raise Rejected(f"argument {at}: expected {kind}, received {number(value)}")

    def convert(self, param: Param, slot: Slot) -> Value:
        kind, value = param.kind, slot.value
        if kind == "opt_i64":
            return Value("null") if slot.code == 7 else Value("i64", number(value) % 2**64)
        if kind == "f64" and slot.code == 1:
            return Value("f64", int.from_bytes(struct.pack("<d", float(self.to_float(number(value)))), "little"))
        if kind in ("i8", "u8", "i64"):
            return Value(kind, number(value) % (1 << 8 * KINDS[kind].width))
        return Value("handle") if kind == "handle" and slot.code == 7 else value

    def to_float(self, value: int) -> float:
        return float(value)

    def returned(self, declared: Signature, call: Call) -> tuple[Value | None, int | None]:
        if call.result is None or "ret" in call.nulls:
            return None, None
        codes = {"f64": 2, "bool": 3, "str": 4, "handle": 5, "tensor": 6, "list_i64": 8}
        return call.result, codes.get(declared.ret, 1)

    def take(self, kind: str, handed: CalleeResponse) -> Reply:
        if handed.status:
            return Reply(-1, self.text(handed.raised[1] if handed.raised else "failed, and nobody says why"))
        slot = handed.result or Slot(7, Value("null"))
        if kind == "none":
            return Reply(0, saw=())
        if not self.accepts(kind, slot.code):
            return Reply(-1, self.text(f"the return is {NAMES.get(slot.code, slot.code)}, not {kind}"))
        return Reply(0, saw=(self.convert(Param(kind), slot),))

    def kept(self, rejected: bool) -> int:
        return 0


_TENSOR = tuple(f"tensor-{part}" for part in ("dtype", "lanes", "ndim", "shape", "strides", "offset", "device", "data"))


def number(value: Value) -> int:
    """The integer that a caller passes."""
    kind = KINDS.get(value.kind, KINDS["i64"])
    width = kind.width
    signed = kind.family == "int" and value.bits >> (8 * width - 1)
    return value.bits - (1 << 8 * width) if signed else value.bits
