"""An object file as compilers write it: sections, symbols, and what the linker is to fill."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from elftools.elf.elffile import ELFFile
from elftools.elf.relocation import RelocationSection
from elftools.elf.sections import Symbol as ElfSymbol
from elftools.elf.sections import SymbolTableSection


class Section(NamedTuple):
    """One section; one that holds nothing in the file has no bytes."""

    name: str
    data: bytes


class Symbol(NamedTuple):
    """One symbol; that of a section has the section's name. `value` is where in its section it is.

    `section` is a section's number, None where it is in none, such as one that is defined elsewhere.
    """

    name: str
    value: int
    size: int
    section: int | None
    function: bool


class Relocation(NamedTuple):
    """A place in a section that the linker fills with the address of `symbol` plus `addend`.

    `addend` None: a REL entry, whose addend is stored at the place itself.
    """

    at: int
    symbol: int
    addend: int | None


@dataclass(frozen=True)
class ObjectFile:
    """What was read of an object file. `filled` are relocations, in order, by the number of the section they are in."""

    machine: str
    is_wide: bool
    sections: tuple[Section, ...]
    symbols: tuple[Symbol, ...]
    filled: dict[int, list[Relocation]]

    @staticmethod
    def read(path: Path) -> ObjectFile:
        """The file at a path."""
        with path.open("rb") as file:
            elf = ELFFile(file)
            filled: dict[int, list[Relocation]] = {}
            sections: list[Section] = []
            named: list[ElfSymbol] = []
            for section in elf.iter_sections():  # once: a unit has some thousand, a function each
                empty = section["sh_type"] == "SHT_NOBITS"
                sections.append(Section(str(section.name), b"" if empty else section.data()))
                if isinstance(section, SymbolTableSection):
                    named.extend(section.iter_symbols())
                elif isinstance(section, RelocationSection):
                    filled.setdefault(section["sh_info"], []).extend(
                        Relocation(one["r_offset"], one["r_info_sym"], one.entry.get("r_addend"))
                        for one in section.iter_relocations()
                    )
            for entries in filled.values():
                entries.sort(key=lambda one: one.at)
            machine = str(elf["e_machine"])
            symbols = tuple(_symbol(one, machine, sections) for one in named)
            return ObjectFile(machine, elf.elfclass == 64, tuple(sections), symbols, filled)


def _symbol(symbol: ElfSymbol, machine: str, sections: list[Section]) -> Symbol:
    kind, index, value = symbol["st_info"]["type"], symbol["st_shndx"], symbol["st_value"]
    where = index if isinstance(index, int) else None
    function = kind == "STT_FUNC" and where is not None
    if function and machine == "EM_ARM":
        value &= ~1  # bit 0 says Thumb
    name = sections[where].name if kind == "STT_SECTION" and where is not None else str(symbol.name)
    return Symbol(name, value, symbol["st_size"], where, function)
