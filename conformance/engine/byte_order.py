"""Columns in the byte order of a target."""

from __future__ import annotations

import sys
from typing import Any

from numpy.typing import NDArray


def turned(column: NDArray[Any], byte_order: str) -> bytes:
    """The bytes of a column in another order, or of one that is read in this machine's and is in another."""
    return (column if byte_order == sys.byteorder else column.astype(column.dtype.newbyteorder())).tobytes()
