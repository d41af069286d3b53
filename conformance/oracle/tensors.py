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
    passed: TensorSpec,
    declared: TensorSpec,
    order: Sequence[str] = TENSOR_ORDER,
    *,
    no_data: bool = False,
    no_shape: bool = False,
    empty_strides: str = "ignored",
) -> str | None:
    """The mismatch class of the first field that differs, compared in this order, or None.

    Strides of extents of 1 do not matter, nor, unless `empty_strides` is "compared", those of empty tensors; null data
    is legal in an empty tensor, a null shape in one without dimensions.
    """
    if passed == declared and not no_data and not no_shape:
        return None
    for name in order:
        if name == "shape" and no_shape and declared.shape:
            return "tensor-null"
        if name == "strides" and declared.is_empty and empty_strides == "ignored":
            continue
        if _differs(name, passed, declared, no_data):
            return f"tensor-{name}"
    return None


def _differs(name: str, passed: TensorSpec, declared: TensorSpec, no_data: bool) -> bool:
    if name == "ndim":
        return passed.ndim != declared.ndim
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
        return any(a != b for a, b, extent in steps if extent != 1)
    if name == "offset":
        return passed.byte_offset != declared.byte_offset
    if name == "device":
        return passed.device != declared.device
    return no_data and not declared.is_empty


def digest(spec: TensorSpec, data: int) -> int:
    """The checksum that the runner makes of a tensor whose data lie at address `data` (harness/runner.c)."""
    dims = pack(f"<{len(spec.shape)}q", *spec.shape)
    if spec.strides is not None:
        dims += pack(f"<{len(spec.strides)}q", *spec.strides)
    head = pack("<Qiii", data, *spec.device, spec.ndim)
    dtype = pack("<BBH", spec.dtype.code, spec.dtype.bits, spec.dtype.lanes)
    return zlib.crc32(head + dtype + dims + pack("<Q", spec.byte_offset))
