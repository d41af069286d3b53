"""What a value looks like in a packed slot and in an unpacked one, and what a reader of another kind makes of it.

All bits are unsigned integers of little-endian bytes. A packed slot holds 8 bytes as TVM's `TVMValue` does: integers
extended to 64 bits, floats widened to double, pointers and structures as they are.
"""

from __future__ import annotations

import struct
from fractions import Fraction
from functools import lru_cache

from conformance.model.kinds import KINDS, NONE

MASK64 = 2**64 - 1
_QUIET64, _EXPONENT64 = 0x0008_0000_0000_0000, 0x7FF0_0000_0000_0000
_QUIET32, _EXPONENT32 = 0x0040_0000, 0x7F80_0000


def signed(bits: int, width: int) -> int:
    """The two's complement number of `width` bytes."""
    bits &= (1 << 8 * width) - 1
    return bits - (1 << 8 * width) if bits >> (8 * width - 1) else bits


def is_nan32(bits: int) -> bool:
    """Whether 32 bits are a NaN."""
    return bits & _EXPONENT32 == _EXPONENT32 and bits & 0x007F_FFFF != 0


def is_nan64(bits: int) -> bool:
    """Whether 64 bits are a NaN."""
    return bits & _EXPONENT64 == _EXPONENT64 and bits & 0x000F_FFFF_FFFF_FFFF != 0


def widen(bits: int) -> int:
    """The double of a float's bits, as the hardware converts: a signalling NaN comes out quiet."""
    if is_nan32(bits):
        return (bits >> 31) << 63 | _EXPONENT64 | _QUIET64 | (bits & 0x007F_FFFF) << 29
    return int(struct.unpack("<Q", struct.pack("<d", struct.unpack("<f", struct.pack("<I", bits))[0]))[0])


def narrow(bits: int) -> int:
    """The float of a double's bits: to nearest, ties to even; too large becomes infinity; NaNs come out quiet."""
    if is_nan64(bits):
        return (bits >> 63) << 31 | _EXPONENT32 | _QUIET32 | (bits >> 29) & 0x007F_FFFF
    number = struct.unpack("<d", struct.pack("<Q", bits))[0]
    try:
        return int(struct.unpack("<I", struct.pack("<f", number))[0])
    except OverflowError:  # struct refuses what C rounds to infinity
        return (bits >> 63) << 31 | _EXPONENT32


def double_of(number: int) -> int:
    """The bits of the double nearest to an integer, ties to even (Python's own conversion, C11 6.3.1.4)."""
    return int(struct.unpack("<Q", struct.pack("<d", float(number)))[0])


def float_of(number: int) -> int:
    """The bits of the float nearest to an integer, rounded once."""
    low = narrow(double_of(number))
    # Rounding twice is wrong only where the double step landed on a tie of the float: look at the neighbours too.
    candidates = [c for c in (low - 1, low, low + 1) if not is_nan32(c & 0xFFFF_FFFF) and 0 <= c < 2**32]

    def distance(bits: int) -> tuple[Fraction, int]:
        return abs(Fraction(struct.unpack("<f", struct.pack("<I", bits))[0]) - number), bits & 1

    return min(candidates, key=distance)


@lru_cache(maxsize=65536)
def wire_bits(kind: str, bits: int) -> int:
    """The 8 bytes that a value of `kind` occupies in a packed slot."""
    info = KINDS[kind]
    if info.family == "int":
        return signed(bits, info.width) & MASK64
    return widen(bits) if kind == "f32" else bits


@lru_cache(maxsize=65536)
def read_packed(declared: str, wire: int) -> int:
    """What a reader of `declared` makes of 8 bytes in a packed slot under a code that says its own kind."""
    info = KINDS[declared]
    if declared == "bool":
        return int(wire != 0)
    if declared == "f32":
        return narrow(wire)
    return wire & ((1 << 8 * info.width) - 1)


@lru_cache(maxsize=65536)
def meaning(kind: str, bits: int) -> tuple[str, object]:
    """What a value says, to tell a misread that changes it from one that does not: numbers compare as numbers."""
    info = KINDS.get(kind)
    if info is None:
        return (NONE, None)
    if info.family == "int":
        return ("number", signed(bits, info.width))
    if info.family in ("uint", "bool"):
        return ("number", bits)
    if kind == "f32":
        bits = widen(bits)
    if info.family == "float":
        if is_nan64(bits):
            return ("nan", bits)
        if bits == 1 << 63:
            return ("minus zero", bits)
        return ("number", struct.unpack("<d", struct.pack("<Q", bits))[0])
    return ("pointer" if info.is_pointer else kind, bits)
