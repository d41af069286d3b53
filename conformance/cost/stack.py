"""Follows the stack pointer through machine code, and counts what is stored."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from conformance.cost.disassembly import CALLS, Instruction

_SAVED = {
    "EM_X86_64": {"rbx", "rbp", "r12", "r13", "r14", "r15"},
    "EM_386": {"ebx", "ebp", "esi", "edi"},
    "EM_ARM": {"r4", "r5", "r6", "r7", "r8", "sb", "sl", "fp", "lr"},
}
"""Registers whose values belong to the caller (System V ABIs, AAPCS); `lr` is where ARM keeps the return address."""

_MOVES = {
    *("mov", "movabs", "lea", "movups", "movaps", "movdqa", "movdqu", "movq", "movd", "movsd", "movhps", "xor", "test"),
    *("movs", "mov.w", "movw", "str", "str.w", "strd", "ldr", "ldr.w", "ldrd", "cmp"),
}
"""Instructions that leave the stack pointer alone, unless they write it back (`]!`): most of a caller."""

_SETS_FRAME_POINTER = ("mov rbp, rsp", "mov ebp, esp")
_TARGET = re.compile(r"(?:\w+, )?#?(0x[0-9a-f]+|\d+)")

_READS_FIRST = ("cmp", "test", "call", "jmp", "ucomis", "comis", "fld", "fild", "nop", "bt")
"""Beginnings of x86 instructions that only read their first operand, though it may be memory."""


@dataclass(frozen=True)
class Stack:
    """What a function does to the stack, in bytes.

    `depth` is the most it takes at a call, or at all where it calls nothing, its own return address included where the
    machine pushes one; what is pushed and popped elsewhere lies no deeper than what the callee takes. `saved` are the
    return address and the callee-saved registers; `later` is what it takes on top of its frame, which is pushed
    arguments and the room that aligns them. `realigned` says that it aligns the stack itself: how much that takes
    depends on where the stack was.
    """

    depth: int
    saved: int
    later: int
    realigned: bool = False


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
    resting: list[int] = []
    calling = 0
    epilogue: int | None = None  # the depth at which instructions began that may be one
    realigned = False
    for one in instructions:
        if landing:
            depth = landing.get(one.at, depth)
        if one.mnemonic in _MOVES and "]!" not in one.operands:
            in_prologue = in_prologue and str(one) in _SETS_FRAME_POINTER
            written.add(one.operands.partition(",")[0])
            epilogue = None
            continue
        before = depth
        taken, registers = _taken(one, word)
        saved += word * sum(name in _SAVED[machine] and name not in written for name in registers)
        depth += taken
        most = max(most, depth)
        in_prologue = in_prologue and taken > 0 and (bool(registers) or "sp" in one.operands)
        if in_prologue:
            prologue = depth
            in_prologue = not one.mnemonic.startswith("sub")  # a second one makes room for a call
        if not registers:
            written.add(one.operands.partition(",")[0])
        if taken < 0:
            epilogue = before if epilogue is None else epilogue
        else:
            if epilogue is not None and one.mnemonic == "ret":
                resting.append(epilogue)
            epilogue = None
        if CALLS.fullmatch(one.mnemonic):
            target = _TARGET.fullmatch(one.operands)
            if target is None:
                calling = max(calling, depth if one.mnemonic in ("call", "bl", "blx") else 0)
            elif one.mnemonic == "call":
                depth += word  # to the instruction behind it, which pops it: clang's way to the program counter
            else:
                landing.setdefault(int(target[1], 0), depth)
        realigned = realigned or (one.mnemonic == "and" and one.operands.startswith(("rsp, ", "esp, ")))
    # Where pushing begins at once, clang takes the room that aligns the pushed arguments together with the frame, in
    # one subtraction. What is left when an epilogue begins is the frame alone.
    depth = calling or most
    return Stack(depth, saved, depth - min([prologue, *resting]), realigned)


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
