"""The values of a kind at which conversions go wrong: the ends of every width, where rounding begins, NaNs."""

from __future__ import annotations

import struct

_NEAR = [0, 2**7, 2**8, 2**15, 2**16, 2**24, 2**31, 2**32, 2**53, 2**63]
_WHOLE_FLOATS = [0x3FF0 << 48, 0x4008 << 48, 0x3F800000, 0x4040 << 16]
"""The bits of 1.0 and 3.0, as doubles and as floats: integers that a careless reader takes for them."""

_NAMED: dict[str, tuple[int | bytes, ...]] = {
    "bool": (0, 1),
    "handle": (0,),
    "str": (
        b"",
        b"x",
        b"a longer text " * 80,
        b"\xc3\xa9",
        b"float32",
        b"int8x4",
        "日本 \U0001f600".encode(),
        b"\xff\xfe\x80",
    ),
    "bytes": (b"", b"\0", b"\0\xff" * 600, b"text", b"a\0b", b"text\0"),
    "dtype": (
        *(
            code | bits << 8 | lanes << 16
            for code, bits, lanes in (
                (2, 32, 1),
                (1, 1, 1),
                (1, 8, 1),
                (6, 8, 1),
                (0, 8, 4),
                (0, 8, 256),
                (2, 16, 1),
                (4, 16, 1),
                (3, 64, 1),
            )
        ),
        0xFFFFFFFF,
    ),
    "device": (1, 3, 2 | 1 << 32, 257, 1 | 256 << 32, 0xFFFFFFFF_FFFFFFFF),
}


def boundary_values(name: str, family: str, width: int) -> tuple[int | bytes, ...]:
    """Bits, or what a text or bytes hold; of a handle the null pointer alone, of a tensor none.

    Integers: 0, ±1, the ends of every width with their neighbours, 2^24±1 and 2^53±1 where doubles begin to round, the
    bits of whole floats. Floats: ±0, ±1, 3, subnormals, the largest, infinities, quiet and signalling NaNs with
    payloads, halves that tie.
    """
    if family in ("int", "uint"):
        numbers = [sign * near + step for near in _NEAR for step in (-1, 0, 1) for sign in (1, -1)]
        low, high = (0, 2 ** (8 * width)) if family == "uint" else (-(2 ** (8 * width - 1)), 2 ** (8 * width - 1))
        found = [number & (2 ** (8 * width) - 1) for number in [*numbers, *_WHOLE_FLOATS] if low <= number < high]
        return tuple(dict.fromkeys(found))
    if family == "float":
        return tuple(dict.fromkeys({2: _halves, 4: _floats, 8: _doubles}[width]()))
    return _NAMED.get(name, ())


def _halves() -> list[int]:
    found = _bits("e", "H", 0.0, -0.0, 1.0, -1.0, 3.0, 2.0**-24, -(2.0**-24), 2.0**-14 - 2.0**-24, 2.0**-14, 65504.0)
    return [*found, 0xFBFF, 0x3C01, 0x7C00, 0xFC00, 0x7E00, 0x7E25, 0x7C01, 0xFDFF]


def _floats() -> list[int]:
    found = _bits("f", "I", 0.0, -0.0, 1.0, -1.0, 3.0, 1e-45, -1e-45, 1.17549435e-38, 16777217.0, 3.4028234663852886e38)
    return [*found, 0x7F800000, 0xFF800000, 0x7FC00000, 0x7FC12345, 0x7F800001, 0xFFBFFFFF]


def _doubles() -> list[int]:
    found = _bits(
        "d", "Q", 0.0, -0.0, 1.0, -1.0, 3.0, 5e-324, -5e-324, 2.2250738585072014e-308, 1e-46, 2.0**53 + 2, 2.0**63
    )
    found += _bits("d", "Q", 1.0 + 2.0**-24, 1.0 + 3 * 2.0**-24, 3.4028235677973366e38, 1.7976931348623157e308, 0.1)
    high = [0x7FF0 << 48, 0xFFF0 << 48, 0x7FF8 << 48]
    return [*found, *high, 0x7FF8DEADBEEF0001, 0x7FF0000000000001, 0xFFF7FFFFFFFFFFFF]


def _bits(number: str, bits: str, *numbers: float) -> list[int]:
    return [int(struct.unpack(f"<{bits}", struct.pack(f"<{number}", value))[0]) for value in numbers]
