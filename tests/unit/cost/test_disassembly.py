"""Machine code written by hand, taken apart."""

from __future__ import annotations

import pytest

from conformance.cost.disassembly import MachineCode
from conformance.cost.stack import Stack, stack, stores

CASES = {
    # push rbx; sub rsp, 0x20; add rsp, 0x20; pop rbx; ret
    "x86-64 prologue": ("EM_X86_64", "53 4883ec20 4883c420 5b c3", Stack(48, 16, 0), 1),
    # add rsp, -0x80 (shorter than sub rsp, 0x80); ret
    "negative addition": ("EM_X86_64", "4883c480 c3", Stack(136, 8, 0), 0),
    # call +0; pop ebx (the program counter); push 0; push 0; ret
    "program counter": ("EM_386", "e800000000 5b 6a00 6a00 c3", Stack(12, 4, 8), 2),
    # sub esp, 12; mov [esp], eax; cmp [esp], eax; je +4; add esp, 12; ret; push 0; ret
    "jump across an epilogue": ("EM_386", "83ec0c 890424 390424 7404 83c40c c3 6a00 c3", Stack(20, 4, 4), 2),
    # push ebx; sub esp, 28; sub esp, 8; push 0; ret: the second makes room for a call
    "room for a call": ("EM_386", "53 83ec1c 83ec08 6a00 c3", Stack(48, 8, 12), 2),
    # push rbp; mov rbp, rsp; and rsp, -32; sub rsp, 0x20; leave; ret
    "realigned": ("EM_X86_64", "55 4889e5 4883e4e0 4883ec20 c9 c3", Stack(48, 16, 32, True), 1),
    # push {r4, lr}; sub sp, #8; str r0, [sp, #4]; add sp, #8; pop {r4, pc}
    "Thumb": ("EM_ARM", "10b5 82b0 0190 02b0 10bd", Stack(16, 8, 0), 2),
    # str lr, [sp, #-4]!; sub sp, #12; bx lr
    "Thumb, one register": ("EM_ARM", "4df804ed 83b0 7047", Stack(16, 4, 0), 1),
}


@pytest.mark.parametrize("name", CASES)
def test_the_stack_is_followed(name: str) -> None:
    machine, raw, expected, written = CASES[name]
    instructions = MachineCode(machine, bytes.fromhex(raw)).instructions
    assert stack(machine, instructions) == expected
    assert stores(machine, instructions) == written


def test_what_the_linker_fills_has_a_name() -> None:
    code = MachineCode(
        "EM_X86_64", bytes.fromhex("e8 00000000 488b05 00000000 c3"), ((1, "callee", -4), (8, "table", -4))
    )
    call, load, _ = map(str, code.instructions)
    assert call == "call callee"
    assert load.endswith("<table>")


def test_room_that_is_taken_with_the_frame_is_no_part_of_it() -> None:
    # sub esp, 0x24; push 0 (six times); call; add esp, 0x20; test eax, eax; add esp, 0x1c; ret
    raw = bytes.fromhex("83ec24" + 6 * "6a00" + "e8fcffffff 83c420 85c0 83c41c c3")
    code = MachineCode("EM_386", raw, ((16, "callee", 0),))
    assert stack("EM_386", code.instructions) == Stack(depth=64, saved=4, later=32)


def test_what_is_pushed_and_popped_before_a_call_is_no_part_of_the_frame() -> None:
    # push rbx; push 3; pop rsi; call; pop rbx; ret
    code = MachineCode("EM_X86_64", bytes.fromhex("53 6a03 5e e800000000 5b c3"), ((5, "callee", -4),))
    assert stack("EM_X86_64", code.instructions) == Stack(depth=16, saved=16, later=0)
