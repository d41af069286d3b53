"""Reads functions out of object files and their stack and stores out of machine code."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import capstone
from elftools.elf.elffile import ELFFile
from elftools.elf.relocation import RelocationSection
from elftools.elf.sections import Symbol, SymbolTableSection

_MODES = {
    "EM_X86_64": (capstone.CS_ARCH_X86, capstone.CS_MODE_64),
    "EM_386": (capstone.CS_ARCH_X86, capstone.CS_MODE_32),
    "EM_ARM": (capstone.CS_ARCH_ARM, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS),
}
_SAVED = {
    "EM_X86_64": {"rbx", "rbp", "r12", "r13", "r14", "r15"},
    "EM_386": {"ebx", "ebp", "esi", "edi"},
    "EM_ARM": {"r4", "r5", "r6", "r7", "r8", "sb", "sl", "fp", "lr"},
}
"""Registers whose values belong to the caller (System V ABIs, AAPCS); `lr` is where ARM keeps the return address."""

_READS_FIRST = ("cmp", "test", "call", "jmp", "ucomis", "comis", "fld", "fild", "nop", "bt")
"""Beginnings of x86 instructions that only read their first operand, though it may be memory."""

_CALLS = re.compile(r"call|j\w+|bl?x?(\.w)?|b(eq|ne|hi|ls|hs|lo|ge|lt|gt|le|mi|pl)(\.w)?|cbn?z")


@dataclass(frozen=True)
class Instruction:
    """One instruction: where in its function, and its text with symbols in place of addresses."""

    at: int
    mnemonic: str
    operands: str

    def __str__(self) -> str:
        return f"{self.mnemonic} {self.operands}".rstrip()


@dataclass(frozen=True)
class Code:
    """The machine code of one function: its bytes, and (offset, symbol, addend) of each place that the linker fills.

    Equal codes do the same; this is what "the same machine code" means, wherever the functions lie.
    """

    machine: str
    raw: bytes
    relocations: tuple[tuple[int, str, int], ...] = ()

    def instructions(self) -> list[Instruction]:
        """The function taken apart, jumps inside it relative to its start."""
        symbols = {at: symbol for at, symbol, _ in self.relocations}
        found = []
        for at, size, mnemonic, operands in capstone.Cs(*_MODES[self.machine]).disasm_lite(self.raw, 0):
            symbol = next((symbols[place] for place in range(at, at + size) if place in symbols), None)
            if symbol is not None:
                operands = symbol if _CALLS.fullmatch(mnemonic) else f"{operands} <{symbol}>"
            found.append(Instruction(at, mnemonic, operands))
        return found


@dataclass(frozen=True)
class Stack:
    """What a function does to the stack, in bytes.

    `depth` is the most it takes, its return address included where the machine pushes one; `saved` are the return
    address and the callee-saved registers; `later` is what it takes after its prologue, which is pushed arguments.
    `realigned` says that it aligns the stack itself: how much that takes depends on where the stack was.
    """

    depth: int
    saved: int
    later: int
    realigned: bool = False


def functions(path: Path) -> dict[str, Code]:
    """The functions of an object file by name."""
    with path.open("rb") as file:
        elf = ELFFile(file)
        machine = elf["e_machine"]
        table = elf.get_section_by_name(".symtab")
        assert isinstance(table, SymbolTableSection)
        symbols = list(table.iter_symbols())
        names = [_name(elf, symbol) for symbol in symbols]
        relocations: dict[int, list[tuple[int, str, int]]] = {}
        for section in elf.iter_sections():
            if isinstance(section, RelocationSection):
                relocations[section["sh_info"]] = [
                    (entry["r_offset"], names[entry["r_info_sym"]], entry.entry.get("r_addend", 0))
                    for entry in section.iter_relocations()
                ]
        places: dict[int, list[int]] = {}
        for index, entries in relocations.items():
            entries.sort()
            places[index] = [at for at, _, _ in entries]
        texts: dict[int, bytes] = {}
        found = {}
        for symbol in symbols:
            index = symbol["st_shndx"]
            if symbol["st_info"]["type"] != "STT_FUNC" or not isinstance(index, int):
                continue
            if index not in texts:
                texts[index] = elf.get_section(index).data()
            start = symbol["st_value"] & ~1 if machine == "EM_ARM" else symbol["st_value"]  # bit 0: Thumb
            end = start + symbol["st_size"]
            inside = slice(*(bisect_left(places.get(index, []), edge) for edge in (start, end)))
            filled = tuple((at - start, name, more) for at, name, more in relocations.get(index, [])[inside])
            found[symbol.name] = Code(machine, texts[index][start:end], filled)
        return found


def _name(elf: ELFFile, symbol: Symbol) -> str:
    if symbol["st_info"]["type"] == "STT_SECTION":
        return str(elf.get_section(symbol["st_shndx"]).name)
    return str(symbol.name)


def stores(machine: str, instructions: Sequence[Instruction]) -> int:
    """How many instructions write memory, pushes among them and the return addresses of calls not."""
    if machine == "EM_ARM":
        return sum(one.mnemonic.startswith(("str", "stm", "push", "vstr", "vstm", "vpush")) for one in instructions)
    return sum(
        one.mnemonic == "push" or ("[" in one.operands.partition(",")[0] and not one.mnemonic.startswith(_READS_FIRST))
        for one in instructions
    )


def stack(machine: str, instructions: Sequence[Instruction]) -> Stack:
    """Follow the stack pointer through a function: pushes, subtractions, and jumps across epilogues."""
    word = {"EM_X86_64": 8, "EM_386": 4, "EM_ARM": 4}[machine]
    depth = most = prologue = saved = 0 if machine == "EM_ARM" else word
    landing: dict[int, int] = {}
    written: set[str] = set()
    in_prologue = True
    for one in instructions:
        depth = landing.get(one.at, depth)
        taken, registers = _taken(one, word)
        kept = [name for name in registers if name in _SAVED[machine] and name not in written]
        saved += word * len(kept)
        depth += taken
        most = max(most, depth)
        in_prologue = in_prologue and _is_prologue(one, taken, registers)
        if in_prologue:
            prologue = depth
            in_prologue = not one.mnemonic.startswith("sub")  # a second one makes room for a call
        if not registers:
            written.add(one.operands.partition(",")[0])
        target = re.fullmatch(r"(?:\w+, )?#?(0x[0-9a-f]+|\d+)", one.operands)
        if target and one.mnemonic == "call":
            depth += word  # to the instruction behind it, which pops it: clang's way to the program counter
        elif target and _CALLS.fullmatch(one.mnemonic):
            landing.setdefault(int(target[1], 0), depth)
    realigned = any(one.mnemonic == "and" and one.operands.startswith(("rsp, ", "esp, ")) for one in instructions)
    return Stack(most, saved, most - prologue, realigned)


def _is_prologue(one: Instruction, taken: int, registers: tuple[str, ...]) -> bool:
    return (taken > 0 and bool(registers or "sp" in one.operands)) or str(one) in ("mov rbp, rsp", "mov ebp, esp")


def _taken(one: Instruction, word: int) -> tuple[int, tuple[str, ...]]:
    """The bytes by which an instruction moves the stack down, and the registers that it pushes."""
    if one.mnemonic in ("push", "push.w", "vpush", "pop", "pop.w", "vpop", "stmdb", "ldm", "ldm.w"):
        if one.mnemonic in ("stmdb", "ldm", "ldm.w") and not one.operands.startswith("sp!"):
            return 0, ()
        registers = tuple(re.findall(r"\b[a-z]\w*\b", one.operands.partition("{")[2] or one.operands))
        if "[" in one.operands or not registers:  # x86 pushes one operand, which may be memory or a number
            registers = ()
        size = sum(8 if name.startswith("d") and one.mnemonic[0] == "v" else word for name in registers) or word
        return (size, registers) if one.mnemonic.startswith(("push", "vpush", "stmdb")) else (-size, ())
    if one.mnemonic == "str" and one.operands.endswith("]!"):
        register, _, offset = one.operands.partition(", [sp, #-")
        return (int(offset[:-2], 0), (register,)) if offset else (0, ())
    moved = re.fullmatch(r"[re]?sp, (?:sp, )?#?(-?(?:0x[0-9a-f]+|\d+))", one.operands)
    if moved and one.mnemonic.rstrip("w.") in ("sub", "add"):
        number = int(moved[1], 0)  # negative: `add esp, -128` is shorter than `sub esp, 128`
        return (number if one.mnemonic.startswith("sub") else -number), ()
    return 0, ()
