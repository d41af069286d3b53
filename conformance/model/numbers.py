"""Conversions between bit patterns and numbers, as C and the hardware make them; all bits are unsigned integers."""

from __future__ import annotations

import struct

_FRACTION = {2: 10, 4: 23, 8: 52}
"""How many bits the fraction of a float has, by its width in bytes."""
_FORMATS = {2: ("<e", "<H"), 4: ("<f", "<I")}


def signed(bits: int, width: int) -> int:
    """The two's complement number of `width` bytes."""
    bits &= (1 << 8 * width) - 1
    return bits - (1 << 8 * width) if bits >> (8 * width - 1) else bits


def is_nan(bits: int, width: int) -> bool:
    """Whether the bits of a float of `width` bytes are a NaN."""
    return bits & ((1 << 8 * width - 1) - 1) > _infinity(width)


def is_quiet(bits: int, width: int) -> bool:
    """Whether a NaN is a quiet one, by IEEE 754-2008."""
    return bool(bits >> _FRACTION[width] - 1 & 1)


def _infinity(width: int) -> int:
    """The bits of infinity: an exponent of ones, which NaNs have too."""
    return (1 << 8 * width - 1) - (1 << _FRACTION[width])


def _quiet(width: int) -> int:
    """The bits of the quiet NaN without a payload."""
    return _infinity(width) | 1 << _FRACTION[width] - 1


def bits_of_double(number: float) -> int:
    """The bits of a double."""
    return int(struct.unpack("<Q", struct.pack("<d", number))[0])


def double_of_bits(bits: int) -> float:
    """The double of 64 bits."""
    return float(struct.unpack("<d", struct.pack("<Q", bits))[0])


def widen(bits: int, width: int) -> int:
    """The double of a float of `width` bytes, as the hardware converts: a signalling NaN comes out quiet.

    A double is left as it is.
    """
    if width == 8:
        return bits
    if is_nan(bits, width):
        fraction = bits & (1 << _FRACTION[width]) - 1
        return bits >> 8 * width - 1 << 63 | _quiet(8) | fraction << _FRACTION[8] - _FRACTION[width]
    number, whole = _FORMATS[width]
    return bits_of_double(struct.unpack(number, struct.pack(whole, bits))[0])


def narrow(bits: int, width: int) -> int:
    """The float of `width` bytes nearest to a double, ties to even; too large is infinity, NaNs come out quiet.

    A double is left as it is.
    """
    if width == 8:
        return bits
    sign = bits >> 63 << 8 * width - 1
    if is_nan(bits, 8):
        fraction = bits >> _FRACTION[8] - _FRACTION[width] & (1 << _FRACTION[width]) - 1
        return sign | _quiet(width) | fraction
    number, whole = _FORMATS[width]
    try:
        return int(struct.unpack(whole, struct.pack(number, double_of_bits(bits)))[0])
    except OverflowError:  # struct refuses what C rounds to infinity
        return sign | _infinity(width)


def float_of(number: int, width: int) -> int:
    """The bits of the float of `width` bytes nearest to an integer, rounded once, ties to even (C11 6.3.1.4)."""
    low = narrow(bits_of_double(float(number)), width)
    if width == 8 or abs(number) < 2**53 or low & _infinity(width) == _infinity(width):  # rounded once
        return low

    def distance(bits: int) -> tuple[int, int]:
        return abs(int(double_of_bits(widen(bits, width))) - number), bits & 1  # a float of that size is an integer

    # Rounding twice is wrong only where the double step landed on a tie of the float: look at the neighbours too.
    return min((low - 1, low, low + 1), key=distance)
