"""Reads sections, symbols and relocations of an object file in bulk: a unit has a thousand of each."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

MACHINES = {3: "EM_386", 40: "EM_ARM", 62: "EM_X86_64"}
"""The machines whose code is read, by their numbers in ELF."""

_SYMTAB, _RELA, _NOBITS, _REL = 2, 4, 8, 9
_FUNCTION, _OF_A_SECTION = 2, 3
_RESERVED = 0xFF00
"""From here on a section's number has a meaning of its own, such as undefined or common."""


class Section(NamedTuple):
    """One section; `info` is, for relocations, the number of the section that they are for."""

    name: str
    kind: int
    offset: int
    size: int
    link: int
    info: int


class Symbol(NamedTuple):
    """One symbol; that of a section has the section's name. `value` is where in its section it is."""

    name: str
    value: int
    size: int
    section: int
    function: bool


class Relocation(NamedTuple):
    """A place in a section that the linker fills: with the address of `symbol`, and `addend` more (None: see there)."""

    at: int
    symbol: int
    addend: int | None


@dataclass(frozen=True)
class ObjectFile:
    """A little-endian object file as compilers write it, before linking."""

    raw: bytes

    @classmethod
    def read(cls, path: Path) -> ObjectFile:
        """The file at a path."""
        return cls(path.read_bytes())

    @property
    def is_wide(self) -> bool:
        """Whether it is of the 64-bit form."""
        return self.raw[4] == 2

    @property
    def machine(self) -> str:
        """The machine, as one of MACHINES."""
        return MACHINES[struct.unpack_from("<H", self.raw, 18)[0]]

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """All sections, by number."""
        start, form = (40, "<Q") if self.is_wide else (32, "<I")
        (at,) = struct.unpack_from(form, self.raw, start)
        count, names = struct.unpack_from("<2H", self.raw, 60 if self.is_wide else 48)
        header = struct.Struct("<IIQQQQIIQQ" if self.is_wide else "<10I")
        heads = [header.unpack_from(self.raw, at + index * header.size) for index in range(count)]
        base = heads[names][4]
        return tuple(
            Section(self._text(base + name), kind, offset, size, link, info)
            for name, kind, _, _, offset, size, link, info, _, _ in heads
        )

    @cached_property
    def symbols(self) -> tuple[Symbol, ...]:
        """All symbols, by number."""
        (table,) = (section for section in self.sections if section.kind == _SYMTAB)
        base = self.sections[table.link].offset
        rows: Iterable[tuple[int, ...]] = struct.iter_unpack("<IBBHQQ" if self.is_wide else "<IIIBBH", self.data(table))
        if self.is_wide:
            rows = ((name, value, size, info, other, index) for name, info, other, index, value, size in rows)
        return tuple(
            Symbol(
                self.sections[index].name if info & 15 == _OF_A_SECTION else self._text(base + name),
                value & ~1 if info & 15 == _FUNCTION and self.machine == "EM_ARM" else value,  # bit 0: Thumb
                size,
                index,
                info & 15 == _FUNCTION and index < _RESERVED,
            )
            for name, value, size, info, _, index in rows
        )

    @cached_property
    def _relocated(self) -> dict[int, list[Section]]:
        found: dict[int, list[Section]] = {}
        for section in self.sections:
            if section.kind in (_REL, _RELA):
                found.setdefault(section.info, []).append(section)
        return found

    def relocations(self, section: int) -> list[Relocation]:
        """What the linker fills in the section of this number, in order."""
        found = []
        for table in self._relocated.get(section, ()):
            form = {(True, _RELA): "<QQq", (False, _RELA): "<IIi", (False, _REL): "<II", (True, _REL): "<QQ"}
            for at, info, *addend in struct.iter_unpack(form[self.is_wide, table.kind], self.data(table)):
                found.append(Relocation(at, info >> (32 if self.is_wide else 8), addend[0] if addend else None))
        return sorted(found, key=lambda one: one.at)

    def data(self, section: Section) -> bytes:
        """The bytes of a section."""
        return b"" if section.kind == _NOBITS else self.raw[section.offset : section.offset + section.size]

    def _text(self, at: int) -> str:
        return self.raw[at : self.raw.index(0, at)].decode()
