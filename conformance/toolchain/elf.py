"""Reads ELF objects: tells a whole one from a truncated one, which a full disk leaves, and reads tables of symbols.

One header is also written: that a library of libtcc needs no executable stack.

Every object that is built passes here, so it is read by hand: pyelftools takes 1 to 2 ms for what takes 0.05 ms here,
and 0.1 s to be imported, where the embedded compiler makes an object in some 10 ms.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

_RELRO, _STACK = 0x6474E552, 0x6474E551
_READ_WRITE = 6
_NOBITS = 8
_SYMTAB, _DYNSYM = 2, 11
_FUNCTION, _GLOBAL, _UNDEFINED = 2, 1, 0
_LONGEST = 8192
"""Bytes of a symbol's name that are read."""


def is_whole(raw: bytes) -> bool:
    """Whether these bytes are ELF and every section that their headers promise lies within them."""
    try:
        return _is_whole(memoryview(raw))
    except (struct.error, IndexError):
        return False


def _is_whole(raw: memoryview) -> bool:
    if bytes(raw[:4]) != b"\x7fELF":
        return False
    wide, order, table, size, count = _sections(raw)
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


def _sections(raw: memoryview) -> tuple[bool, str, int, int, int]:
    """Whether it is of 64 bits, its order of bytes, and where its sections' headers are, their size and number."""
    wide = raw[4] == 2
    order = ">" if raw[5] == 2 else "<"
    table, *_ = struct.unpack_from(order + ("Q" if wide else "I"), raw, 0x28 if wide else 0x20)
    size, count, _ = struct.unpack_from(order + "3H", raw, 0x3A if wide else 0x2E)
    return wide, order, table, size, count


class _Symbol(NamedTuple):
    """An entry of a table of symbols; `name` is where the name begins in the file."""

    name: int
    info: int
    section: int
    value: int
    size: int

    @property
    def is_function(self) -> bool:
        return self.info & 15 == _FUNCTION

    @property
    def is_defined(self) -> bool:
        return self.section != _UNDEFINED


def forbid_executable_stack(path: Path) -> None:
    """Have a library of libtcc say that it needs no executable stack. Raises OSError.

    libtcc says nothing of stacks, which means that it needs one, and glibc from 2.41 on refuses to load it into a
    process that has none. The header for it is made of the one that says what is to be read-only once it is loaded.
    """
    with path.open("r+b") as file:
        raw = file.read(4096)
        try:
            (table,) = struct.unpack_from("<Q", raw, 0x20)
            size, count = struct.unpack_from("<2H", raw, 0x36)
            for at in range(table, table + size * count, size):
                if struct.unpack_from("<I", raw, at) == (_RELRO,):
                    file.seek(at)
                    file.write(struct.pack("<2I6Q", _STACK, _READ_WRITE, 0, 0, 0, 0, 0, 16))
        except struct.error:  # no whole object, as is found out next
            return


def function_at(path: Path, offset: int) -> str:
    """The name of the function that a place in a library belongs to, "" where it is not known."""
    try:
        raw = memoryview(path.read_bytes())
        for symbol in _symbols(raw, _SYMTAB):
            if symbol.is_function and symbol.value <= offset < symbol.value + symbol.size:
                return _text(raw, symbol.name)[:200]
    except (OSError, struct.error, IndexError):
        pass
    return ""


def exported(path: Path, *, functions: bool = True) -> tuple[str, ...]:
    """The names of the functions, or of all, that a library defines for others.

    Raises OSError, and ValueError where it is none.
    """
    raw, table = _dynamic(path)
    return tuple(_text(raw, each.name) for each in table if each.is_defined and (each.is_function or not functions))


def undefined(path: Path) -> tuple[str, ...]:
    """The names that a library needs from others; weak ones, which may stay away, are not needed.

    Raises OSError, and ValueError where it is none.
    """
    raw, table = _dynamic(path)
    return tuple(_text(raw, each.name) for each in table if not each.is_defined and each.info >> 4 == _GLOBAL)


def missing(side: Path, before: Iterable[Path], now: Iterable[Path]) -> tuple[str, ...]:
    """What a side needs that the libraries which it was built against define, and those that it now meets do not."""
    once, there = ({name for path in paths for name in exported(path, functions=False)} for paths in (before, now))
    return tuple(sorted({*undefined(side)} & once - there))


def _dynamic(path: Path) -> tuple[memoryview, list[_Symbol]]:
    """The bytes of a library, and its dynamic symbols."""
    raw = memoryview(path.read_bytes())
    try:
        return raw, [symbol for symbol in _symbols(raw, _DYNSYM) if symbol.info]
    except (struct.error, IndexError) as error:
        raise ValueError(f"{path} is no ELF file, or not a whole one") from error


def _symbols(raw: memoryview, kind: int) -> Iterator[_Symbol]:
    """The entries of all tables of a kind. Raises IndexError or struct.error where it is no whole ELF file."""
    if bytes(raw[:4]) != b"\x7fELF":
        raise IndexError("it does not begin as ELF does")
    wide, order, table, size, count = _sections(raw)
    header = struct.Struct(order + ("2I4Q2I2Q" if wide else "10I"))
    entry = struct.Struct(order + ("IBBHQQ" if wide else "3I2BH"))
    places = (0, 1, 3, 4, 5) if wide else (0, 3, 5, 1, 2)
    sections = [header.unpack_from(raw, table + size * index) for index in range(count)]
    for _, found, _, _, begin, length, link, *_ in sections:
        if found != kind:
            continue
        names = sections[link][4]
        for at in range(begin, begin + length, entry.size):
            fields = entry.unpack_from(raw, at)
            name, info, section, value, extent = (fields[i] for i in places)
            yield _Symbol(names + name, info, section, value, extent)


def _text(raw: memoryview, start: int) -> str:
    """The text that ends with a zero byte; of a longer one, the first bytes."""
    return bytes(raw[start : start + _LONGEST]).split(b"\0", 1)[0].decode("utf-8", "replace")
