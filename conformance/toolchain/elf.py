"""Tells a whole ELF object from a truncated one: a disk that fills up leaves compilers that think they were done.

Every object that is built passes here, so it is read by hand: pyelftools takes 1 to 2 ms for what takes 0.05 ms here,
and 0.1 s to be imported, where the embedded compiler makes an object in some 10 ms.
"""

from __future__ import annotations

import struct

_NOBITS = 8


def is_whole(raw: bytes) -> bool:
    """Whether these bytes are ELF and every section that their headers promise lies within them."""
    try:
        return _is_whole(memoryview(raw))
    except (struct.error, IndexError):
        return False


def _is_whole(raw: memoryview) -> bool:
    if bytes(raw[:4]) != b"\x7fELF":
        return False
    wide = raw[4] == 2
    order = ">" if raw[5] == 2 else "<"
    table, *_ = struct.unpack_from(order + ("Q" if wide else "I"), raw, 0x28 if wide else 0x20)
    size, count, _ = struct.unpack_from(order + "3H", raw, 0x3A if wide else 0x2E)
    if table == 0 or count == 0:  # stripped of its sections altogether: nothing to check against
        return True
    if table + size * count > len(raw):
        return False
    for index in range(count):
        at = table + index * size
        (kind,) = struct.unpack_from(order + "I", raw, at + 4)
        offset, length = struct.unpack_from(order + ("2Q" if wide else "2I"), raw, at + (0x18 if wide else 0x10))
        if kind != _NOBITS and offset + length > len(raw):
            return False
    return True
