"""Compares a tensor's metadata with what is declared, field by field, in the order in which the rules compare."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from struct import pack

from conformance.model.signature import TensorSpec
from conformance.rules.policy import TENSOR_ORDER

_ORDERS = {"little": "<", "big": ">"}


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


def digest(spec: TensorSpec, data: int, read: bytes = b"", byte_order: str = sys.byteorder) -> int:
    """The checksum that the runner makes of a tensor whose data lie at address `data` (harness/witness.c).

    `read` are the elements that the body reads.
    """
    order = _ORDERS[byte_order]
    dims = pack(f"{order}{len(spec.shape)}q", *spec.shape)
    if spec.strides is not None:
        dims += pack(f"{order}{len(spec.strides)}q", *spec.strides)
    head = pack(f"{order}Qiii", data, *spec.device, spec.ndim)
    return zlib.crc32(head + _dtype(spec, order) + dims + pack(f"{order}Q", spec.byte_offset) + read)


def contents_digest(spec: TensorSpec, read: bytes, byte_order: str = sys.byteorder) -> int:
    """The checksum that the runner makes of what a tensor holds, wherever that lies (harness/witness.c).

    `read` are its elements.
    """
    order = _ORDERS[byte_order]
    shape = pack(f"{order}{len(spec.shape)}q", *spec.shape)
    head = pack(f"{order}iii", *spec.device, len(spec.shape)) + _dtype(spec, order)
    return zlib.crc32(head + shape + read)


def elements(spec: TensorSpec, memory: bytes, data: int) -> bytes:
    """The elements of a tensor, row by row; its data pointer leads to byte `data` of `memory`, which holds them all."""
    size = element_size(spec)
    return b"".join(memory[data + at : data + at + size] for at in _places(spec))


def _dtype(spec: TensorSpec, order: str) -> bytes:
    return pack(f"{order}BBH", spec.dtype.code, spec.dtype.bits, spec.dtype.lanes)


def element_size(spec: TensorSpec) -> int:
    """The bytes of one element, all lanes of it."""
    return (spec.dtype.bits * spec.dtype.lanes + 7) // 8


def reach(spec: TensorSpec) -> tuple[int, int]:
    """Which bytes the elements of a tensor take, counted from its data pointer: the first, and behind the last."""
    if min(spec.shape, default=1) <= 0:
        return 0, 0
    ends = [(extent - 1) * step for extent, step in _steps(spec)]
    size = element_size(spec)
    low, high = (spec.byte_offset + size * sum(end for end in ends if end * sign > 0) for sign in (-1, 1))
    return low, high + size


def _steps(spec: TensorSpec) -> Iterator[tuple[int, int]]:
    """Every extent with its stride in elements."""
    strides = spec.strides if spec.strides is not None else compact_strides(spec.shape)
    return zip(spec.shape, strides, strict=True)


def _places(spec: TensorSpec) -> Iterator[int]:
    """Where each element begins, row by row, in bytes from the data pointer."""
    if 0 in spec.shape:
        return
    size, steps = element_size(spec), tuple(_steps(spec))
    for index in product(*(range(extent) for extent, _ in steps)):
        yield spec.byte_offset + size * sum(at * step for at, (_, step) in zip(index, steps, strict=True))
