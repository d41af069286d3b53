"""Finds the functions of object files, and takes them apart."""

from __future__ import annotations

import re
import threading
from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import capstone

from conformance.cost.elf import ObjectFile, Relocation

_MODES = {
    "EM_X86_64": (capstone.CS_ARCH_X86, capstone.CS_MODE_64),
    "EM_386": (capstone.CS_ARCH_X86, capstone.CS_MODE_32),
    "EM_ARM": (capstone.CS_ARCH_ARM, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS),
}

CALLS = re.compile(r"call|j\w+|bl?x?(\.w)?|b(eq|ne|hi|ls|hs|lo|ge|lt|gt|le|mi|pl)(\.w)?|cbn?z")
"""Mnemonics of calls and jumps, x86's and Thumb's."""


_readers = threading.local()


def _reader(machine: str) -> capstone.Cs:
    """One a thread, which they may not share: making one takes longer than taking a function apart."""
    if not hasattr(_readers, machine):
        setattr(_readers, machine, capstone.Cs(*_MODES[machine]))
    return getattr(_readers, machine)


class Instruction(NamedTuple):
    """One instruction: where in its function, and its text with symbols in place of addresses."""

    at: int
    mnemonic: str
    operands: str

    def __str__(self) -> str:
        return f"{self.mnemonic} {self.operands}".rstrip()


@dataclass(frozen=True)
class MachineCode:
    """The machine code of one function: its bytes, and (offset, symbol, addend) of each place that the linker fills.

    Equal codes do the same; this is what "the same machine code" means, wherever the functions lie.
    """

    machine: str
    raw: bytes
    relocations: tuple[tuple[int, str, int], ...] = ()

    @cached_property
    def instructions(self) -> list[Instruction]:
        """The function taken apart, jumps inside it relative to its start."""
        found = []
        places = iter((*self.relocations, (len(self.raw), "", 0)))
        place, symbol, _ = next(places)
        for at, size, mnemonic, operands in _reader(self.machine).disasm_lite(self.raw, 0):
            if place < at + size:
                operands = symbol if CALLS.fullmatch(mnemonic) else f"{operands} <{symbol}>"
                while place < at + size:
                    place, symbol, _ = next(places)
            found.append(Instruction(at, mnemonic, operands))
        return found


def functions(file: ObjectFile) -> dict[str, MachineCode]:
    """The functions of an object file by name."""
    texts: dict[int, tuple[bytes, list[Relocation], list[int]]] = {}
    found = {}
    for symbol in file.symbols:
        if not symbol.function or symbol.section is None:
            continue
        if symbol.section not in texts:
            filled = file.filled.get(symbol.section, [])
            texts[symbol.section] = file.sections[symbol.section].data, filled, [one.at for one in filled]
        raw, filled, places = texts[symbol.section]
        start, end = symbol.value, symbol.value + symbol.size
        inside = filled[bisect_left(places, start) : bisect_left(places, end)]
        names = tuple((one.at - start, file.symbols[one.symbol].name, one.addend or 0) for one in inside)
        found[symbol.name] = MachineCode(file.machine, raw[start:end], names)
    return found
