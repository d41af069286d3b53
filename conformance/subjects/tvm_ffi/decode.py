"""What values are called on the wire and in C++, and what a C++ body saw by the records that `witness.h` left."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from conformance.model.kinds import KINDS
from conformance.model.signature import DType, Signature, TensorSpec
from conformance.model.subject import Slot
from conformance.model.value import Value
from conformance.rules.load import Rules
from conformance.subjects.tvm_ffi.abi import Word, ffi
from conformance.subjects.tvm_ffi.kinds import compact
from conformance.subjects.tvm_ffi.reading import Reader
from conformance.subjects.tvm_ffi.records import DL_TENSOR, payload

_ENTERED = 8
"""The bytes of a `Witness` before its records: how often a body was entered, and their size."""
_OPAQUE = ("array", "map", "list", "dict", "shape")
_BY_LIKE = ("null", "int", "bool", "float", "handle", "dtype", "device")
"""Codes under which a slot holds the value itself: there a kind of one's own lies as the kind that it is like."""
_OF_CODE = {"function": "func"}
"""Codes under which a value has another name."""


def natural(rules: Rules, value: Value) -> Value:
    """A value as it is called when nothing but itself is known: of a kind of the suite, or of its code's name."""
    own = rules.custom_kinds.get(value.kind)
    kind = value.kind if own is None else own.like or named(own.code)
    return replace(value, cell=0, kind=kind)


def lay(rules: Rules, value: Value) -> Value:
    """The value as `Values` knows it: by the kind that its own is like, or by the name of its code."""
    own = rules.custom_kinds.get(value.kind)
    if own is not None:
        return replace(value, kind=own.like if own.code in _BY_LIKE else named(own.code))
    if value.kind == "f32":
        return Value("f64", payload("f32", value.bits))
    return value


def named(code: str) -> str:
    """The kind as which a value under a code is read."""
    return _OF_CODE.get(code, code)


def decode_witness(
    rules: Rules, reader: Reader, noted: Iterable[tuple[str, bytes]], declared: Signature, slots: tuple[Slot, ...]
) -> tuple[Value | None, ...]:
    """The values that a body saw, in order.

    The witness does not hold the static kind, so a value that arrived unchanged is given the kind that the rules
    predict.
    """
    seen: list[Value | None] = []
    for at, (kind, data) in enumerate(noted):
        value = _value(reader, kind, data)
        if at < len(slots) and value == natural(rules, slots[at].value):
            passed, own = slots[at].value, rules.custom_kinds.get(declared.params[at].kind)
            sees = own.sees.get(rules.names_of(slots[at].code)) if own is not None else None
            if passed.kind == (sees or declared.params[at].kind):
                value = passed
        seen.append(value)
    return tuple(seen)


def records(witness: Any) -> Iterator[tuple[str, bytes]]:
    """The records of a `Witness`, kind and bytes each, of which the address is given."""
    size = ffi.cast("uint32_t*", witness)[1]
    data = bytes(ffi.buffer(ffi.cast("char*", witness) + _ENTERED, size))
    at = 0
    while at < len(data):
        length = data[at]
        kind = data[at + 1 : at + 1 + length].decode()
        at += 1 + length
        (size,) = struct.unpack_from("<I", data, at)
        yield kind, data[at + 4 : at + 4 + size]
        at += 4 + size


def _value(reader: Reader, kind: str, data: bytes) -> Value | None:
    if kind == "object":
        address = int.from_bytes(data, "little")
        return reader.read(Word(ffi.cast("Object*", address).index, 0, address))
    if kind == "tensor":
        return _tensor(data) if data else Value("tensor")
    if kind in ("str", "bytes"):
        return Value(kind, data=data)
    if kind in _OPAQUE:
        return Value(kind, data=json.dumps(json.loads(data), sort_keys=True).encode())
    if kind in KINDS:
        return Value(kind, int.from_bytes(data, "little"))
    return None


def _tensor(data: bytes) -> Value:
    """The metadata as they lay in the DLTensor (dlpack.h), then its shape, then its strides unless they were null."""
    pointer, device, number, ndim, code, bits, lanes, _, _, offset = DL_TENSOR.unpack_from(data)
    extents = struct.unpack_from(f"<{(len(data) - DL_TENSOR.size) // 8}q", data, DL_TENSOR.size)
    shape, strides = extents[: max(ndim, 0)], extents[max(ndim, 0) :]
    told = None if not strides or strides == compact(shape) else strides
    return Value("tensor", tensor=TensorSpec(DType(code, bits, lanes), shape, told, offset, (device, number)),
                 no_data=pointer == 0)  # fmt: skip
