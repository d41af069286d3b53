"""What a value looks like in a packed slot, what a reader of another kind makes of it: by kind's name, remembered."""

from __future__ import annotations

from functools import lru_cache

from conformance.model.kinds import KINDS, NONE
from conformance.model.numbers import MASK64, double_of_bits, float_of, is_nan, narrow, signed, widen

__all__ = [
    "MASK64", "double_of_bits", "float_of", "is_nan", "meaning", "narrow", "read_packed", "signed", "widen",
    "wire_bits",
]  # fmt: skip


@lru_cache(maxsize=65536)
def wire_bits(kind: str, bits: int) -> int:
    """The 8 bytes that a value of `kind` occupies in a packed slot."""
    return KINDS[kind].pack(bits)


@lru_cache(maxsize=65536)
def read_packed(declared: str, wire: int) -> int:
    """What a reader of `declared` makes of 8 bytes in a packed slot under a code that says its own kind."""
    return KINDS[declared].unpack(wire)


@lru_cache(maxsize=65536)
def meaning(kind: str, bits: int) -> tuple[str, object]:
    """What a value says, to tell a misread that changes it from one that does not: numbers compare as numbers."""
    return KINDS[kind].meaning(bits) if kind in KINDS else (NONE, None)
