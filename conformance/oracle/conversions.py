"""Conversions of texts to data types and devices, and back, as TVM's runtime and tvm-ffi do them."""

from __future__ import annotations

import re

_NAMES = {"int": 0, "uint": 1, "float": 2, "handle": 3, "bfloat": 4}
_DTYPE = re.compile(rb"(int|uint|float|handle|bfloat)(\d*)(?:x(\d+))?$")


def dtype_from_text(text: bytes) -> int | None:
    """The bits of the DLDataType that a text such as `float32x4` names, None where it names none.

    Source: `String2DLDataType` in apache/tvm include/tvm/runtime/data_type.h: "bool" is uint1, a bare "int", "uint" or
    "float" has 32 bits, a "handle" 64, the empty text is the void type.
    """
    if text == b"":
        return 3
    if text == b"bool":
        return 1 | 1 << 8 | 1 << 16
    match = _DTYPE.match(text)
    if match is None:
        return None
    name, bits, lanes = match[1].decode(), match[2], match[3]
    width = int(bits) if bits else (64 if name == "handle" else 32)
    if width > 255 or int(lanes or 1) > 65535:
        return None
    return _NAMES[name] | width << 8 | int(lanes or 1) << 16


def text_of_dtype(bits: int) -> bytes | None:
    """The text of a DLDataType's bits, the inverse of `dtype_from_text`; None for codes that have no name there."""
    code, width, lanes = bits & 0xFF, bits >> 8 & 0xFF, bits >> 16 & 0xFFFF
    names = {number: name for name, number in _NAMES.items()}
    if (code, width, lanes) == (1, 1, 1):
        return b"bool"
    if code not in names or code == 3:
        return None
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
