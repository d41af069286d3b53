"""The data model of a target: how wide a pointer is, in which order bytes lie, how scalars are aligned."""

from __future__ import annotations

import struct
import sys
from dataclasses import dataclass
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
        order = "<" if self.byte_order == "little" else ">"
        out, widest = b"", 1
        for member, value in zip(members, values, strict=True):
            letter = member if member != "P" else "Q" if self.word == 8 else "I"
            alignment = self.alignment_of(self.size_of(member))
            widest = max(widest, alignment)
            out += bytes(-len(out) % alignment) + struct.pack(order + letter, value)
        return out + bytes(-len(out) % widest)


NATIVE = DataModel(struct.calcsize("P"), sys.byteorder, struct.calcsize("bd") - struct.calcsize("d"))
"""The data model of the machine that this runs on."""
