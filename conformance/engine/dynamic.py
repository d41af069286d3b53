"""Python as a side: what the worker needs to know to pack or to receive the calls of a bundle itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from conformance.engine.execute import Sides
from conformance.engine.libraries import API_MODE, Libraries, Pair
from conformance.model.signature import Signature, TensorSpec
from conformance.transport.compiled.dynamic import Dynamic


def dynamic_sides(libraries: Libraries, pair: Pair, signatures: Sequence[Signature], paths: tuple[Path, Path]) -> Sides:
    """The paths of both sides, with Python in place of a side whose compiler is `dynamic` or `dynamic-api`."""
    if not pair.is_dynamic:
        return paths
    plain = tuple(_plain(signature) for signature in signatures)
    sides: list[Path | Dynamic] = []
    for compiler, path in zip((pair.caller, pair.callee), paths, strict=True):
        if compiler.is_dynamic:
            sides.append(Dynamic(path, plain, libraries.subject.packed, api=compiler.id == API_MODE))
        else:
            sides.append(path)
    return sides[0], sides[1]


def _plain(signature: Signature) -> tuple[Any, ...]:
    kinds = tuple(param.kind for param in signature.params)
    return kinds, signature.ret, tuple(_spec(param.tensor) for param in signature.params)


def _spec(spec: TensorSpec | None) -> tuple[Any, ...] | None:
    if spec is None:
        return None
    dtype = spec.dtype
    return dtype.code, dtype.bits, dtype.lanes, spec.shape, spec.strides, spec.byte_offset, *spec.device
