"""Compares a tensor's metadata with what is declared, field by field, in the order in which TVM checks it."""

from __future__ import annotations

import zlib
from math import prod
from struct import pack

from conformance.model.signature import TensorSpec


def compact_strides(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The strides, in elements, of rows without gaps."""
    return tuple(prod(shape[i + 1 :]) for i in range(len(shape)))


def difference(passed: TensorSpec, declared: TensorSpec, no_data: bool = False) -> str | None:
    """The mismatch class of the first field that differs, or None.

    The order is that of TVM's emitted checks from v0.16 on: ndim, dtype, lanes, shape, strides, offset, device, data.
    Strides of extents of 1 and of empty tensors do not matter; null data is legal in an empty tensor.
    """
    if len(passed.shape) != len(declared.shape):
        return "tensor-ndim"
    if (passed.dtype.code, passed.dtype.bits) != (declared.dtype.code, declared.dtype.bits):
        return "tensor-dtype"
    if passed.dtype.lanes != declared.dtype.lanes:
        return "tensor-lanes"
    if passed.shape != declared.shape:
        return "tensor-shape"
    empty = 0 in declared.shape
    given = passed.strides if passed.strides is not None else compact_strides(passed.shape)
    wanted = declared.strides if declared.strides is not None else compact_strides(declared.shape)
    steps = zip(given, wanted, declared.shape, strict=True)
    if not empty and any(a != b for a, b, extent in steps if extent != 1):
        return "tensor-strides"
    if passed.byte_offset != declared.byte_offset:
        return "tensor-offset"
    if passed.device != declared.device:
        return "tensor-device"
    if no_data and not empty:
        return "tensor-data"
    return None


def digest(spec: TensorSpec, data: int) -> int:
    """The checksum that the runner makes of a tensor whose data lie at address `data` (harness/runner.c)."""
    dims = pack(f"<{len(spec.shape)}q", *spec.shape)
    if spec.strides is not None:
        dims += pack(f"<{len(spec.strides)}q", *spec.strides)
    head = pack("<Qiii", data, *spec.device, len(spec.shape))
    dtype = pack("<BBH", spec.dtype.code, spec.dtype.bits, spec.dtype.lanes)
    return zlib.crc32(head + dtype + dims + pack("<Q", spec.byte_offset))
