"""What a value of a kind says and how it lies in a packed slot, by the kind's name; with conversions of numbers."""

from __future__ import annotations

from functools import lru_cache

from conformance.model.kinds import KINDS, NONE
from conformance.model.numbers import double_of_bits, float_of, is_nan, narrow, signed, widen

__all__ = ["double_of_bits", "float_of", "is_nan", "meaning", "narrow", "signed", "widen", "wire_bits"]


@lru_cache(maxsize=65536)
def wire_bits(kind: str, bits: int) -> int:
    """The 8 bytes that a value of `kind` occupies in a packed slot."""
    return KINDS[kind].pack(bits)


@lru_cache(maxsize=65536)
def meaning(kind: str, bits: int) -> tuple[str, object]:
    """What a value says, to tell a misread that changes it from one that does not: numbers compare as numbers."""
    return KINDS[kind].meaning(bits) if kind in KINDS else (NONE, None)
