"""The data model of a target: how wide a pointer is, in which order bytes lie, how scalars are aligned."""

from __future__ import annotations

import struct
import sys
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal


@dataclass(frozen=True)
class DataModel:
    """How values lie in a target's memory.

    `word` is the size of a pointer in bytes, `most_aligned` the largest alignment that a scalar has as a member of a
    structure (4 for i386, where a double in a structure is aligned to 4).
    """

    word: int = 8
    byte_order: Literal["little", "big"] = "little"
    most_aligned: int = 8

    def alignment_of(self, size: int) -> int:
        """The alignment in bytes of a scalar of `size` bytes."""
        return min(size, self.most_aligned)

    def size_of(self, letter: str) -> int:
        """The bytes of a scalar, by its letter of the module `struct`; P is a pointer."""
        return self.word if letter == "P" else struct.calcsize("=" + letter)

    def offset_of(self, before: str, member: str) -> int:
        """Where a member begins in a structure that has the scalars `before` in front of it."""
        offset = 0
        for letter in before:
            size = self.size_of(letter)
            offset += -offset % self.alignment_of(size) + size
        return offset + -offset % max(self.alignment_of(self.size_of(letter)) for letter in member)

    def structure(self, members: str, *values: int) -> bytes:
        """The bytes of a structure as C lays it out; `members` are letters of the module `struct`, P for a pointer."""
        return _layout(self, members).pack(*values)


@lru_cache(maxsize=256)
def _layout(data: DataModel, members: str) -> struct.Struct:
    at, widest, letters = 0, 1, "<" if data.byte_order == "little" else ">"
    for member in members:
        size = data.size_of(member)
        alignment = data.alignment_of(size)
        widest = max(widest, alignment)
        letter = member if member != "P" else "Q" if data.word == 8 else "I"
        letters += f"{-at % alignment}x{letter}"
        at += -at % alignment + size
    return struct.Struct(f"{letters}{-at % widest}x")


NATIVE = DataModel(struct.calcsize("P"), sys.byteorder, struct.calcsize("bd") - struct.calcsize("d"))
"""The data model of the machine that this runs on."""
