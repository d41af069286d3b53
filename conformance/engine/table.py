"""The table of a bundle's signatures, which generic stubs read in place of being compiled for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conformance.engine.byte_order import turned
from conformance.model.signature import Param, TensorSpec
from conformance.transport.compiled.layouts import constants, layout
from conformance.transport.compiled.program import SignatureTable

MOST_SIGNATURES, MOST_SPECS = constants()["ABI_GENERIC"], constants()["ABI_MOST_SPECS"]
"""Signatures that a table can have, and different declared tensors."""

_COMPACT = 0xFFFF_FFFF


def _dtype(name: str) -> np.dtype[Any]:
    return np.dtype([(field.name, field.code) for field in layout(name).fields])


_SIGNATURE, _PARAM, _DECLARED = _dtype("AbiSignature"), _dtype("AbiParam"), _dtype("AbiDeclared")


def table(
    lengths: NDArray[Any],
    returns: NDArray[Any],
    kinds: NDArray[Any],
    params: NDArray[Any],
    distinct: Sequence[Param],
    byte_order: str,
) -> SignatureTable:
    """The table in a byte order.

    For each signature: its number of arguments, the kind number of its return; of every argument, padded, the kind
    number, and which of the `distinct` ones it is.
    """
    signatures = np.zeros(len(lengths), _SIGNATURE)
    signatures["num_args"], signatures["ret"] = lengths, returns
    signatures["first"] = np.cumsum(lengths) - lengths
    tensors = {at: param.tensor for at, param in enumerate(distinct) if param.tensor}
    specs, dims = _declared(list(tensors.values()))
    place = np.zeros(len(distinct) + 1, np.int64)
    place[list(tensors)] = np.arange(len(tensors))
    there = np.arange(kinds.shape[1]) < lengths[:, None]
    every = np.zeros(int(lengths.sum()), _PARAM)
    every["kind"], every["spec"] = kinds[there], place[params[there]]
    return SignatureTable(*(turned(column, byte_order) for column in (signatures, every, specs, dims)))


def _declared(tensors: list[TensorSpec]) -> tuple[NDArray[Any], NDArray[Any]]:
    """What is declared of tensors, and their extents and strides, one after the other."""
    rows: list[tuple[int, ...]] = []
    dims: list[int] = []
    for tensor in tensors:
        shape = len(dims)
        dims += tensor.shape
        strides = len(dims) if tensor.strides else _COMPACT
        dims += tensor.strides or ()
        kind = tensor.dtype
        rows.append(
            (kind.code, kind.bits, kind.lanes, *tensor.device, len(tensor.shape), tensor.byte_offset, shape, strides)
        )
    return np.array(rows, _DECLARED), np.array(dims, np.int64)
