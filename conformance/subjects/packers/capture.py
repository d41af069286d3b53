"""A callee of the packed convention that copies what it is handed, and returns what it is told.

Codes and layouts are those of TVM's c_runtime_api.h and dlpack.h (v0.16), as the rules `tvm-packed` have them.
"""

from __future__ import annotations

import ctypes
from typing import Any

from conformance.model.kinds import KINDS
from conformance.model.signature import MAX_ARGS, DType, TensorSpec
from conformance.model.subject import WireSlot
from conformance.model.value import Value

INT, FLOAT, HANDLE, NULL, DTYPE, DEVICE, TENSOR, STR, BYTES = 0, 2, 3, 4, 5, 6, 7, 11, 12

CODES = {"f32": FLOAT, "f64": FLOAT, "handle": HANDLE, "null": NULL, "dtype": DTYPE, "device": DEVICE, "tensor": TENSOR,
         "str": STR, "bytes": BYTES}  # fmt: skip
"""The code of each kind that is not an integer's."""

POISON = 0xA5
"""What packers fill their slots with before they pack, so that a byte shows that was not written."""


class BytesPointee(ctypes.Structure):
    """`TVMByteArray`."""

    _fields_ = (("data", ctypes.c_void_p), ("size", ctypes.c_size_t))


class DataType(ctypes.Structure):
    """`DLDataType`."""

    _fields_ = (("code", ctypes.c_uint8), ("bits", ctypes.c_uint8), ("lanes", ctypes.c_uint16))


class Device(ctypes.Structure):
    """`DLDevice`."""

    _fields_ = (("type", ctypes.c_int32), ("id", ctypes.c_int32))


class Tensor(ctypes.Structure):
    """`DLTensor`."""

    _fields_ = (
        ("data", ctypes.c_void_p), ("device", Device), ("ndim", ctypes.c_int32), ("dtype", DataType),
        ("shape", ctypes.POINTER(ctypes.c_int64)), ("strides", ctypes.POINTER(ctypes.c_int64)),
        ("byte_offset", ctypes.c_uint64),
    )  # fmt: skip


FUNCTION: Any = ctypes.CFUNCTYPE(
    ctypes.c_int,
    ctypes.POINTER(ctypes.c_uint64),
    ctypes.POINTER(ctypes.c_int),
    ctypes.c_int,
    ctypes.POINTER(ctypes.c_uint64),
    ctypes.POINTER(ctypes.c_int),
    ctypes.c_void_p,
)
"""The C type of a packed function: values, codes, count, result, its code, resource handle."""


class Capture:
    """The callee, at `address`; `arrived` is what the last call left on the wire, None if there was none."""

    def __init__(self) -> None:
        self.arrived: tuple[WireSlot, ...] | None = None
        self.result: Value | None = None
        self.calls = 0
        self._function = FUNCTION(self._called)
        self._kept: Any = None
        self.address: int = ctypes.cast(self._function, ctypes.c_void_p).value or 0

    def expect(self, result: Value | None) -> None:
        """Makes ready for a call to which `result` is returned."""
        self.arrived, self.result, self.calls = None, result, 0

    @property
    def remarks(self) -> tuple[str, ...]:
        """What should not be: more than one call."""
        return (f"called {self.calls} times",) if self.calls > 1 else ()

    def _called(self, values: Any, codes: Any, count: int, ret: Any, ret_code: Any, _: object) -> int:
        self.calls += 1
        self.arrived = tuple(_slot(codes[at], values[at]) for at in range(min(max(count, 0), MAX_ARGS)))
        if self.result is None:
            ret_code[0] = NULL
        else:
            kind = self.result.kind
            ret_code[0] = CODES.get(kind, INT)
            self._kept, ret[0] = laid_out(self.result)
        return 0


def _slot(code: int, bits: int) -> WireSlot:
    if code == STR and bits:
        return WireSlot(code, bits, data=ctypes.string_at(bits))
    if code == BYTES and bits:
        return WireSlot(code, bits, data=read_bytes(bits))
    if code == TENSOR and bits:
        spec, no_data = read_tensor(bits)
        return WireSlot(code, bits, tensor=spec, no_data=no_data)
    return WireSlot(code, bits)


def read_bytes(address: int) -> bytes:
    """What a `TVMByteArray` holds."""
    array = BytesPointee.from_address(address)
    return ctypes.string_at(array.data, array.size) if array.size else b""


def read_tensor(address: int) -> tuple[TensorSpec, bool]:
    """The metadata of a `DLTensor`, and whether its data pointer is null."""
    tensor = Tensor.from_address(address)
    ndim = tensor.ndim
    told = None if 0 <= ndim <= _MOST_DIMENSIONS and (tensor.shape or not ndim) else ndim
    shape = () if told is not None else tuple(tensor.shape[:ndim])
    spec = TensorSpec(
        DType(tensor.dtype.code, tensor.dtype.bits, tensor.dtype.lanes),
        shape,
        tuple(tensor.strides[:ndim]) if tensor.strides and told is None else None,
        tensor.byte_offset,
        (tensor.device.type, tensor.device.id),
        told,
    )
    return spec, not tensor.data


_MOST_DIMENSIONS = 64


def laid_out(value: Value) -> tuple[Any, int]:
    """The 8 bytes of a value's slot as the convention has them, and what must live as long as they are used."""
    if value.tensor is not None:
        tensor = tensor_of(value.tensor)
        return tensor, ctypes.addressof(tensor)
    if value.data is None:
        return None, KINDS[value.kind].pack(value.bits)
    text = ctypes.create_string_buffer(value.data)
    if value.kind == "str":
        return text, ctypes.addressof(text)
    array = BytesPointee(ctypes.addressof(text), len(value.data))
    return (text, array), ctypes.addressof(array)


def tensor_of(spec: TensorSpec) -> Tensor:
    """A tensor with this metadata; its data are there and mean nothing."""
    tensor = Tensor()
    tensor.data = ctypes.addressof(tensor)
    tensor.device = Device(*spec.device)
    tensor.ndim, tensor.byte_offset = spec.ndim, spec.byte_offset
    tensor.dtype = DataType(spec.dtype.code, spec.dtype.bits, spec.dtype.lanes)
    tensor.shape = (ctypes.c_int64 * len(spec.shape))(*spec.shape)
    if spec.strides is not None:
        tensor.strides = (ctypes.c_int64 * len(spec.strides))(*spec.strides)
    return tensor
