"""Converts an accepted value to another kind: numbers as C does, texts as TVM's runtime and tvm-ffi do."""

from __future__ import annotations

import math
import re
import struct

from conformance.model.kinds import KINDS
from conformance.model.value import Value
from conformance.oracle import bits as b

VOID_DTYPE = 0x0003
"""The DLDataType of void, {kTVMOpaqueHandle, 0, 0} (apache/tvm include/tvm/runtime/packed_func.h)."""

_NUMBERS = ("int", "uint", "bool", "float")


def convert(kind: str, value: Value, how: str, extended: bool = True) -> Value | None:
    """The value converted to `kind` in one of the ways of `Rules.conversion`; None where that cannot be predicted.

    "nonzero" tells a handle from a null pointer; null is the number 0. `extended` says that integers cross as 64-bit
    ones, whose sign is that of an int64_t. None is also what a text comes to that cannot be parsed, and a number that
    an integer kind cannot hold.
    """
    family = KINDS[kind].family
    numbers = family in _NUMBERS and KINDS[value.kind].family in _NUMBERS
    if how == "null":
        return Value(kind, VOID_DTYPE) if kind == "dtype" else None
    if how == "nonzero" and family in _NUMBERS and (truth := _truth(value)) is not None:
        return Value(kind, b.float_of(truth, KINDS[kind].width) if family == "float" else truth)
    if how == "number" and numbers:
        return _number(kind, value, extended)
    if how == "number" and family in _NUMBERS and value.kind == "null":
        return Value(kind)
    if how == "parse" and value.data is not None:
        parsed = dtype_from_text(value.data) if kind == "dtype" else device_from_text(value.data)
        return None if parsed is None else Value(kind, parsed)
    if how == "format" and kind in ("str", "bytes"):
        text = text_of_dtype(value.bits) if value.kind == "dtype" else value.data
        return None if text is None else Value(kind, data=text)
    return None


def _truth(value: Value) -> int | None:
    """1 for a number that is not zero or a handle that is not null, 0 for what is; None for other kinds."""
    passed = KINDS[value.kind]
    if value.kind in ("null", "handle"):
        return int(value.kind == "handle" and not value.is_null)
    if passed.family not in _NUMBERS:
        return None
    sign = 1 << 8 * passed.width - 1 if passed.family == "float" else 0
    return int(value.bits & ~sign != 0)


def _number(kind: str, value: Value, extended: bool) -> Value | None:
    passed, info = KINDS[value.kind], KINDS[kind]
    if passed.family == "float":
        wide = b.widen(value.bits, passed.width)
        if info.family == "float":
            return Value(kind, b.narrow(wide, info.width))
        number = struct.unpack("<d", struct.pack("<Q", wide))[0]
        if kind == "bool" or not math.isfinite(number):
            return Value(kind, int(number != 0)) if kind == "bool" else None
        low, high = (0, 1 << 8 * info.width) if info.family == "uint" else _signed_range(info.width)
        return Value(kind, int(number) & ((1 << 8 * info.width) - 1)) if low <= int(number) < high else None
    whole = b.signed(b.wire_bits(value.kind, value.bits), 8) if extended or passed.family == "int" else value.bits
    if info.family == "float":
        return Value(kind, b.float_of(whole, info.width))
    return Value(kind, int(whole != 0) if kind == "bool" else whole & ((1 << 8 * info.width) - 1))


def _signed_range(width: int) -> tuple[int, int]:
    return -(1 << 8 * width - 1), 1 << 8 * width - 1


_NAMES = {"int": 0, "uint": 1, "float": 2, "handle": 3, "bfloat": 4}
_DTYPE = re.compile(rb"(int|uint|float|handle|bfloat)(\d*)(?:x(\d+))?")


def dtype_from_text(text: bytes) -> int | None:
    """The bits of the DLDataType that a text such as `float32x4` names, None where it names none.

    Source: `String2DLDataType` in apache/tvm include/tvm/runtime/data_type.h: "bool" is uint1, a bare "int", "uint" or
    "float" has 32 bits, a "handle" 64, the empty text and "void" are the void type.
    """
    if text in (b"", b"void"):
        return 3
    if text == b"bool":
        return 1 | 1 << 8 | 1 << 16
    match = _DTYPE.fullmatch(text)
    if match is None:
        return None
    name, bits, lanes = match[1].decode(), match[2], match[3]
    width = int(bits) if bits else (64 if name == "handle" else 32)
    if width > 255 or int(lanes or 1) > 65535:
        return None
    return _NAMES[name] | width << 8 | int(lanes or 1) << 16


def text_of_dtype(bits: int) -> bytes | None:
    """The text of a DLDataType's bits; None for codes that only their owner can name.

    Source: `DLDataType2String` in apache/tvm include/tvm/runtime/data_type.h: empty where there are no bits, "handle"
    without a number.
    """
    code, width, lanes = bits & 0xFF, bits >> 8 & 0xFF, bits >> 16 & 0xFFFF
    names = {number: name for name, number in _NAMES.items()}
    if width == 0:
        return b""
    if (code, width, lanes) == (1, 1, 1):
        return b"bool"
    if code not in names:
        return None
    if names[code] == "handle":
        return b"handle"
    return f"{names[code]}{width}{f'x{lanes}' if lanes != 1 else ''}".encode()


_DEVICES = {
    "cpu": 1, "cuda": 2, "opencl": 4, "vulkan": 7, "metal": 8, "mps": 8, "vpi": 9, "rocm": 10, "ext_dev": 12,
    "webgpu": 15, "wgpu": 15, "hexagon": 16, "maia": 17, "trn": 18,
}  # fmt: skip
_DEVICE = re.compile(rb"([^ :]+)(?::(\d+))?(?: .*)?$", re.DOTALL)


def device_from_text(text: bytes) -> int | None:
    """The bits of the DLDevice that a text such as `cuda:1` names, None where it names none.

    Source: `TryStringViewToDLDevice` in tvm-ffi's include/tvm/ffi/device.h: what follows a space is not looked at.
    """
    match = _DEVICE.match(text)
    if match is None or match[1].decode("latin-1") not in _DEVICES:
        return None
    number = int(match[2] or 0)
    return _DEVICES[match[1].decode()] | number << 32 if number < 2**31 else None
