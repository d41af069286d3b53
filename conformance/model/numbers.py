"""Conversions between bit patterns and numbers, as C and the hardware make them; all bits are unsigned integers."""

from __future__ import annotations

import struct

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


def bits_of_double(number: float) -> int:
    """The bits of a double."""
    return int(struct.unpack("<Q", struct.pack("<d", number))[0])


def double_of_bits(bits: int) -> float:
    """The double of 64 bits."""
    return float(struct.unpack("<d", struct.pack("<Q", bits))[0])


def widen(bits: int) -> int:
    """The double of a float's bits, as the hardware converts: a signalling NaN comes out quiet."""
    if is_nan32(bits):
        return (bits >> 31) << 63 | _EXPONENT64 | _QUIET64 | (bits & 0x007F_FFFF) << 29
    return bits_of_double(struct.unpack("<f", struct.pack("<I", bits))[0])


def narrow(bits: int) -> int:
    """The float of a double's bits: to nearest, ties to even; too large becomes infinity; NaNs come out quiet."""
    if is_nan64(bits):
        return (bits >> 63) << 31 | _EXPONENT32 | _QUIET32 | (bits >> 29) & 0x007F_FFFF
    try:
        return int(struct.unpack("<I", struct.pack("<f", double_of_bits(bits)))[0])
    except OverflowError:  # struct refuses what C rounds to infinity
        return (bits >> 63) << 31 | _EXPONENT32


def double_of(number: int) -> int:
    """The bits of the double nearest to an integer, ties to even (Python's own conversion, C11 6.3.1.4)."""
    return bits_of_double(float(number))


def float_of(number: int) -> int:
    """The bits of the float nearest to an integer, rounded once."""
    low = narrow(double_of(number))
    if abs(number) < 2**24:  # exact
        return low

    def distance(bits: int) -> tuple[int, int]:
        return abs(int(double_of_bits(widen(bits))) - number), bits & 1  # a float of that size is an integer

    # Rounding twice is wrong only where the double step landed on a tie of the float: look at the neighbours too.
    return min((low - 1, low, low + 1), key=distance)
