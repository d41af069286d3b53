"""Reads the stack that functions take out of their unwind tables (.eh_frame or .debug_frame)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from elftools.dwarf.callframe import FDE, CallFrameInfo
from elftools.dwarf.structs import DWARFStructs

from conformance.cost.elf import ObjectFile, Symbol

_STACK_POINTERS = {"EM_X86_64": 7, "EM_386": 4, "EM_ARM": 13}
_FRAME_POINTERS = {
    "EM_X86_64": {6: "rbp", 10: "r10"},
    "EM_386": {1: "ecx", 2: "edx", 5: "ebp"},
    "EM_ARM": {7: "r7", 11: "r11"},
}
"""Registers by their numbers in DWARF (psABIs, AADWARF32); gcc keeps the old stack in r10, ecx, edx to realign it."""

NO_TABLE = "the object has no unwind table for it"


@dataclass(frozen=True)
class Unwound:
    """The most stack that a function takes at a call, its return address included where the machine pushes one.

    None where its table cannot tell, and `why` says why not.
    """

    bytes: int | None
    why: str = ""


def unwound(file: ObjectFile) -> dict[str, Unwound]:
    """What the unwind tables of an object file say of its functions, by name; one without a table is not there.

    A table says how far the stack pointer is from where the caller left it (the CFA), at each instruction. Where there
    is a frame pointer, it measures from that instead, which stays where it is, and says nothing of the stack pointer.
    """
    functions = {(one.section, one.value): one for one in file.symbols if one.function}
    found = {}
    for index, section in enumerate(file.sections):
        if section.name not in (".eh_frame", ".debug_frame"):
            continue
        data = section.data
        named = {}
        for place in file.filled.get(index, []):
            # Where relocations have no addend, as those of 32-bit machines, it is in the place itself.
            there = int.from_bytes(data[place.at : place.at + 4], "little", signed=True)
            to = file.symbols[place.symbol]
            named[place.at] = functions.get((to.section, to.value + (there if place.addend is None else place.addend)))
        structs = DWARFStructs(little_endian=True, dwarf_format=32, address_size=8 if file.is_wide else 4)
        entries = CallFrameInfo(BytesIO(data), len(data), 0, structs, for_eh_frame=section.name == ".eh_frame")
        for entry in entries.get_entries():
            # Behind its length and where to find what it shares with others, 4 bytes each, it names its function.
            function = named.get(entry.offset + 8)
            if isinstance(entry, FDE) and function is not None:
                found[function.name] = _read(file.machine, entry, _calls(file, function))
    return found


def _calls(file: ObjectFile, function: Symbol) -> list[int]:
    """Where in a function the linker fills something: at its calls, of other functions, and maybe at some loads."""
    filled = file.filled.get(function.section, []) if function.section is not None else []
    places = (one.at - function.value for one in filled)
    return [at for at in places if 0 <= at < function.size]


def _read(machine: str, entry: FDE, calls: Sequence[int]) -> Unwound:
    """The largest distance at a call, or of all where there is none.

    Elsewhere it may be larger and not matter: clang's way to the program counter of i386 is a call of the next
    instruction, and -Oz pushes and pops to load a constant. What they take for a moment the callee takes again.
    """
    began = entry.header["initial_location"]
    rows = entry.get_decoded().table
    for row in rows:
        rule = row["cfa"]
        if rule.expr is not None:
            return Unwound(
                None, "its table computes where the caller's stack is, as realigning the stack makes necessary"
            )
        if rule.reg != _STACK_POINTERS[machine]:
            register = _FRAME_POINTERS[machine].get(rule.reg, f"register {rule.reg}")
            return Unwound(None, f"its table measures from {register}, and not from the stack pointer")
    starts = [row["pc"] - began for row in rows]
    at_calls = [rows[bisect_right(starts, at) - 1] for at in calls]
    return Unwound(max(row["cfa"].offset for row in at_calls or rows))
