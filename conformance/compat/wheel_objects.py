"""What a shared object, as it lies in a wheel, tells of the headers that it was compiled with; nothing of it is loaded.

Wheels have no debug information. What is left: the symbols that it asks other libraries for, its own exported names,
names in texts, and the paths of headers that error messages hold, each with the line that is passed beside it.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import Symbol, SymbolTableSection

_TEXT = re.compile(rb"[\x20-\x7e]{4,}(?=\0)")
_HEADER = re.compile(r"[^\s\"']*\.(?:h|hpp|hh|cuh)")
_LOAD_PATH = re.compile(rb"[\x48\x4c]\x8d[\x05\x0d\x15\x1d\x25\x2d\x35\x3d](....)", re.DOTALL)
_LOAD_LINE = re.compile(rb"\xbe(..\0\0)", re.DOTALL)
_NEAR = 40
"""Bytes: how far from the path's instruction the line's may be, both being arguments of one call."""

_FOREIGN = re.compile(r"__|_Z(?:T[VIST]|GV|Z)?(?:N[KVRO]*)?(?:S[tabsiod]|\d+__)")
"""Symbols of the compiler and of the C++ library, of which a library may have taken copies in."""

_DAMAGE = (ELFError, struct.error, ValueError, KeyError, OverflowError)
"""What reading an object that is cut off or overwritten raises."""

_EXECUTABLE, _ALLOCATED = 4, 2


@dataclass(frozen=True)
class SharedObject:
    """What one of them tells.

    `imports` are the symbols that it cannot do without, `exports` those that it has. `lines` are paths of headers with
    a line of each; they are read where the machine is x86-64, and none are found elsewhere. `names` are what is mangled
    in symbols and spelled in texts, each a tuple from the namespace on.
    """

    file: str
    imports: frozenset[str]
    exports: frozenset[str]
    headers: frozenset[str]
    lines: frozenset[tuple[str, int]]
    names: frozenset[tuple[str, ...]]


def read_object(raw: bytes, file: str, namespace: tuple[str, ...]) -> SharedObject | None:
    """What a file tells, whose bytes these are; None where it is no ELF object. Names are those in the namespace."""
    try:
        elf = ELFFile(io.BytesIO(raw))
        symbols = list(_dynamic_symbols(elf))
        texts = dict(_texts(elf))
        lines = frozenset(_lines(elf, texts)) if elf["e_machine"] == "EM_X86_64" else frozenset()
    except _DAMAGE:
        return None
    found = {names for text in texts.values() for names in spelled(text, namespace)}
    found |= {names for symbol in symbols if (names := mangled(symbol.name, namespace))}
    return SharedObject(
        file,
        frozenset(symbol.name for symbol in symbols if not _is_defined(symbol) and _is_strong(symbol)),
        frozenset(symbol.name for symbol in symbols if _is_defined(symbol)),
        frozenset(text for text in texts.values() if _HEADER.fullmatch(text)),
        lines,
        frozenset(found),
    )


def exported(raw: bytes) -> frozenset[str]:
    """The names that a library defines for others; not weak ones, which any user of its headers may define too."""
    try:
        return frozenset(
            symbol.name
            for symbol in _dynamic_symbols(ELFFile(io.BytesIO(raw)))
            if _is_defined(symbol) and _is_strong(symbol) and not _FOREIGN.match(symbol.name)
        )
    except _DAMAGE:
        return frozenset()


def mangled(symbol: str, namespace: tuple[str, ...]) -> tuple[str, ...]:
    """What a C++ symbol names in a namespace, up to the first template argument; empty where it names nothing there."""
    start = "".join(f"{len(part)}{part}" for part in namespace)
    found = re.match(rf"_Z(?:T[VIST]|GV|Z)?N[KVRO]*{start}", symbol)
    names, rest = [], symbol[found.end() :] if found else ""
    while length := re.match(r"\d+", rest):
        end = length.end() + int(length[0])
        names.append(rest[length.end() : end])
        rest = rest[end:]
    return tuple(names)


def spelled(text: str, namespace: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """What a text, such as a function's signature, names in a namespace."""
    start = "::".join(namespace)
    if start in text:
        for found in re.findall(rf"\b{start}::((?:\w+::)*\w+)", text):
            yield tuple(found.split("::"))


def _is_defined(symbol: Symbol) -> bool:
    return bool(symbol["st_shndx"] != "SHN_UNDEF")


def _is_strong(symbol: Symbol) -> bool:
    return bool(symbol["st_info"]["bind"] == "STB_GLOBAL")


def _dynamic_symbols(elf: ELFFile) -> Iterator[Symbol]:
    for section in elf.iter_sections():
        if isinstance(section, SymbolTableSection) and section["sh_type"] == "SHT_DYNSYM":
            yield from section.iter_symbols()


def _texts(elf: ELFFile) -> Iterator[tuple[int, str]]:
    """Texts that are loaded and not executed, by their addresses."""
    for section in elf.iter_sections():
        flags = section["sh_flags"]
        if section["sh_type"] == "SHT_PROGBITS" and flags & _ALLOCATED and not flags & _EXECUTABLE:
            for found in _TEXT.finditer(section.data()):
                yield section["sh_addr"] + found.start(), found[0].decode("ascii")


def _lines(elf: ELFFile, texts: dict[int, str]) -> Iterator[tuple[str, int]]:
    """Headers with lines: a path's address goes into a register, and beside it a number into the second argument's."""
    for section in elf.iter_sections():
        if section["sh_type"] != "SHT_PROGBITS" or not section["sh_flags"] & _EXECUTABLE:
            continue
        code, start = section.data(), section["sh_addr"]
        for found in _LOAD_PATH.finditer(code):
            path = texts.get(start + found.end() + struct.unpack("<i", found[1])[0], "")
            if not _HEADER.fullmatch(path):
                continue
            begin = max(0, found.start() - _NEAR)
            near = [
                (abs(begin + line.start() - found.start()), struct.unpack("<I", line[1])[0])
                for line in _LOAD_LINE.finditer(code[begin : found.end() + _NEAR])
            ]
            if near:
                yield path, min(near)[1]
