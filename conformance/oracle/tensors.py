"""Compares a tensor's metadata with what is declared, field by field, in the order in which the rules compare."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from math import prod
from struct import pack

from conformance.model.signature import TensorSpec
from conformance.rules.policy import TENSOR_ORDER


def compact_strides(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The strides, in elements, of rows without gaps."""
    return tuple(prod(shape[i + 1 :]) for i in range(len(shape)))


def difference(
    passed: TensorSpec, declared: TensorSpec, no_data: bool = False, order: Sequence[str] = TENSOR_ORDER
) -> str | None:
    """The mismatch class of the first field that differs, compared in this order, or None.

    Strides of extents of 1 and of empty tensors do not matter; null data is legal in an empty tensor.
    """
    if passed == declared and not no_data:
        return None
    for name in order:
        if _differs(name, passed, declared, no_data):
            return f"tensor-{name}"
    return None


def _differs(name: str, passed: TensorSpec, declared: TensorSpec, no_data: bool) -> bool:
    if name == "ndim":
        return len(passed.shape) != len(declared.shape)
    if name == "dtype":
        return (passed.dtype.code, passed.dtype.bits) != (declared.dtype.code, declared.dtype.bits)
    if name == "lanes":
        return passed.dtype.lanes != declared.dtype.lanes
    if name == "shape":
        return passed.shape != declared.shape
    if name == "strides":
        given = passed.strides if passed.strides is not None else compact_strides(passed.shape)
        wanted = declared.strides if declared.strides is not None else compact_strides(declared.shape)
        steps = zip(given, wanted, declared.shape, strict=True)
        return 0 not in declared.shape and any(a != b for a, b, extent in steps if extent != 1)
    if name == "offset":
        return passed.byte_offset != declared.byte_offset
    if name == "device":
        return passed.device != declared.device
    return no_data and 0 not in declared.shape


def digest(spec: TensorSpec, data: int) -> int:
    """The checksum that the runner makes of a tensor whose data lie at address `data` (harness/runner.c)."""
    dims = pack(f"<{len(spec.shape)}q", *spec.shape)
    if spec.strides is not None:
        dims += pack(f"<{len(spec.strides)}q", *spec.strides)
    head = pack("<Qiii", data, *spec.device, len(spec.shape))
    dtype = pack("<BBH", spec.dtype.code, spec.dtype.bits, spec.dtype.lanes)
    return zlib.crc32(head + dtype + dims + pack("<Q", spec.byte_offset))
