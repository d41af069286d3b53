"""Columns in the byte order of a target."""

from __future__ import annotations

import sys
from typing import Any

from numpy.typing import NDArray


def turned(column: NDArray[Any], byte_order: str) -> bytes:
    """The bytes of a column with its numbers in `byte_order`, which is "little" or "big".

    The same call mends a column that was read as if it were in this machine's order and is in `byte_order`.
    """
    return (column if byte_order == sys.byteorder else column.astype(column.dtype.newbyteorder())).tobytes()
