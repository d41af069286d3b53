"""Python as caller and callee: stubs that are cffi callbacks instead of compiled functions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

TensorRow = tuple[int, int, int, tuple[int, ...], tuple[int, ...] | None, int, int, int]
"""dtype code, bits, lanes, shape, strides, byte offset, device type, device id."""


@dataclass(frozen=True)
class Dynamic:
    """Describes a side that Python plays."""

    shim: Path
