"""The dynamic symbols of a shared library: what it defines for others, and what it needs from them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple


class Symbols(NamedTuple):
    """The names that a library defines, and those that it needs; weak ones, which may stay away, are not needed."""

    defined: frozenset[str]
    needed: frozenset[str]


def symbols(path: Path) -> Symbols:
    """The dynamic symbols of an ELF library. Raises OSError, and ValueError where it is none."""
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile

    defined, needed = set(), set()
    try:
        with path.open("rb") as file:
            table: Any = ELFFile(file).get_section_by_name(".dynsym")
            for symbol in table.iter_symbols() if table is not None else ():
                if symbol["st_shndx"] != "SHN_UNDEF":
                    defined.add(symbol.name)
                elif symbol["st_info"]["bind"] == "STB_GLOBAL":
                    needed.add(symbol.name)
    except ELFError as error:
        raise ValueError(f"{path} is no ELF library: {error}") from None
    return Symbols(frozenset(defined), frozenset(needed))


def missing(side: Path, before: Iterable[Path], now: Iterable[Path]) -> tuple[str, ...]:
    """What a side needs that the libraries which it was built against define, and those that it now meets do not."""
    there = {name for path in now for name in symbols(path).defined}
    once = {name for path in before for name in symbols(path).defined}
    return tuple(sorted(symbols(side).needed & once - there))
