"""One call: what is laid out, what is seen, and what the record says of it."""

from __future__ import annotations

import re
import zlib

import pytest

from conformance.checks import columns
from conformance.transport.compiled import layouts
from conformance.transport.compiled import memory as m

from .tiny import POISON, RESULT, ROWS, Tiny, op, program, slot, unpack

PACKED, UNPACKED, DIRECT = range(3)
NULL_ARGS, NULL_CODES, NULL_RET, DIGEST, COUNT, STATE = (1 << bit for bit in range(6))
UNTAKEN = b"\xd5" * 8


def values(row: int) -> tuple[tuple[bytes, int], ...]:
    return tuple((slot(value)[:8], 0) for value in ROWS[0][row])


@pytest.mark.parametrize("convention", [PACKED, UNPACKED, DIRECT])
def test_a_matched_call_arrives(tiny: Tiny, convention: int) -> None:
    ran = tiny.run([op(convention=convention), op(convention=convention, row=1, result=1)])
    for row, (case, result) in enumerate(zip(ran.cases, (RESULT, 77), strict=True)):
        assert (case.outcome, case.index, case.flags, case.signal) == (m.ACCEPTED, m.NO_INDEX, m.ENTERED, 0)
        assert case.ret_code == 0
        assert case.args == values(row)
        tail = POISON[16 * m.SLOTS + 8 :] if convention == UNPACKED else UNTAKEN
        assert case.taken == slot(result)[:8] + tail
    assert ran.result.forks == 1
    assert len(ran.result.witness) == 2 * 48


def test_a_mismatch_is_rejected_by_name_and_nothing_runs(tiny: Tiny) -> None:
    ran = tiny.run([op(codes={1: 0}), op(codes={0: 9, 1: 9}), op(codes={1: 9, 0: 9}), op(caller=1)], texts=True)
    assert [(c.outcome, c.index, c.flags, c.ret_code) for c in ran.cases] == [
        (m.REJECTED, 1, 0, 0),
        (m.REJECTED, 0, 0, 0),
        (m.REJECTED, 0, 0, 0),
        (m.REJECTED, m.NO_INDEX, 0, 0),
    ]
    assert [c.text for c in ran.cases][1:] == ["bad large argument #0"] * 2 + ["expects another count than 1"]
    assert ran.result.row_of == b"\xff" * 16
    assert ran.result.witness == b""


def test_a_replaced_code_is_gone_in_the_next_case(tiny: Tiny) -> None:
    ran = tiny.run([op(), op(codes={0: 9, 1: 8}), op(), op(flags=COUNT, count=1), op()])
    assert [c.outcome for c in ran.cases] == [m.ACCEPTED, m.REJECTED, m.ACCEPTED, m.REJECTED, m.ACCEPTED]


@pytest.mark.parametrize("convention", [PACKED, UNPACKED, DIRECT])
def test_a_replaced_value(tiny: Tiny, convention: int) -> None:
    ran = tiny.run([op(convention=convention, value_at=1, value=2), op(convention=convention)])
    assert ran[0].args == (values(0)[0], (slot(6.25)[:8], 0))
    assert ran[1].args == values(0)


def test_a_return_of_another_kind_is_refused_by_the_caller(tiny: Tiny) -> None:
    ran = tiny.run([op(caller=4)], texts=True)
    assert (ran[0].outcome, ran[0].index, ran[0].flags) == (m.TAKE_REJECTED, m.NO_INDEX, m.ENTERED)
    assert ran[0].taken == UNTAKEN * 2
    assert ran[0].text == "return of code 0"


def test_a_call_finds_its_preset_in_the_result_slot(tiny: Tiny) -> None:
    presets = b"".join(layouts.PRESET.pack(*preset) for preset in ((7, 0x5EED), (2**64 - 1, -1), (0, 11)))
    ops = [op(flags=place << 8) for place in (0, 1, 2)]
    looks = 'if (*ret_code != -1 || ret->i != -1) return tiny_reject("argument %d", *ret_code == 11 && !ret->i)'
    assert [case.index for case in tiny.run(ops, before=looks, presets=presets).cases] == [0, m.NO_INDEX, 1]
    writes = 'if (*ret_code == -1) return *ret_code = 0, tiny_reject("no %d", 1); if (*ret_code == 11) ret->i = 1'
    ran = tiny.run([*ops, op(flags=2 << 8, codes={0: 9})], before=writes, presets=presets)
    assert [case.flags for case in ran.cases] == [m.ENTERED, m.RET, m.ENTERED, m.RET]
    assert [case.ret_code for case in ran.cases] == [0] * 4


def test_null_arrays(tiny: Tiny) -> None:
    ran = tiny.run([op(flags=NULL_ARGS), op(flags=NULL_CODES), op(flags=NULL_RET), op()])
    assert [c.outcome for c in ran.cases] == [m.REJECTED, m.REJECTED, m.REJECTED, m.ACCEPTED]
    assert [c.flags for c in ran.cases] == [0, 0, m.ENTERED, m.ENTERED]
    ran = tiny.run([op(flags=NULL_ARGS | NULL_CODES)], callee=3, num_args=0)
    assert ran[0].outcome == m.ACCEPTED


@pytest.mark.parametrize("count", [-(2**31), -1, 0, 1, 3, 64, 2**31 - 1])
def test_arrays_are_as_long_as_the_count_says_and_no_longer(tiny: Tiny, count: int) -> None:
    ran = tiny.run([op(flags=COUNT, count=count), op()])
    assert [c.outcome for c in ran.cases] == [m.REJECTED, m.ACCEPTED]
    there = min(max(count, 0), 2)
    for array, region in (("args", m.AT_ARGS), ("codes", m.AT_CODES)):
        statement = f"if (n == {count}) touch(&{array}[{there}])"
        ran = tiny.run([op(flags=COUNT, count=count), op()], before=statement, guard=True)
        assert (ran[0].outcome, ran[0].index) == (m.FAULT, region)
        if there:
            ran = tiny.run([op(flags=COUNT, count=count)], before=f"touch(&{array}[{there - 1}])")
            assert ran[0].outcome == m.REJECTED


@pytest.mark.parametrize(
    ("before", "flag"),
    [
        ("args[1].i = 3; args[1].d = 2.5; args[0].i ^= 1", m.ARRAYS),
        ("codes[0] ^= 256", m.ARRAYS),
        ("((char*)args)[-1] = 0", m.POISON),
        ("((char*)args)[-60] = 0", m.POISON),
        ("codes[-1] = 0", m.POISON),
        ("((char*)ret)[-1] = 0", m.POISON),
        ("ret_code[-1] = 0", m.POISON),
    ],
)
def test_what_a_callee_changes_is_seen_once(tiny: Tiny, before: str, flag: int) -> None:
    once = f"static int done; if (!done++) {{ {before}; }}"
    ran = tiny.run([op(), op()], before=once)
    assert ran[0].flags & ~m.ENTERED == flag
    assert (ran[1].outcome, ran[1].flags) == (m.ACCEPTED, m.ENTERED)


@pytest.mark.parametrize("before", ["ret->i = 3", "*ret_code = 0"])
def test_a_result_that_a_rejected_call_wrote(tiny: Tiny, before: str) -> None:
    ran = tiny.run([op(codes={0: 9}), op(codes={0: 9}), op()], before=before)
    assert [c.flags for c in ran.cases] == [m.RET, m.RET, m.ENTERED]


@pytest.mark.parametrize(
    ("inside", "flag"),
    [
        ("((char*)inputs[1])[8] = 0", m.POISON),
        ("((char*)inputs[5])[3] = 0", m.POISON),
        ("((char*)inputs[9])[3] = 0", m.POISON),
        ("((char*)outputs[0])[-1] = 0", m.POISON),
        ("inputs[9] = 0", m.ARRAYS),
        ("outputs[3] = 0", m.ARRAYS),
    ],
)
def test_what_an_unpacked_callee_changes_is_seen_once(tiny: Tiny, inside: str, flag: int) -> None:
    once = f"static int done; if (!done++) {{ {inside}; }}"
    ran = tiny.run([op(convention=UNPACKED)] * 2, inside=once)
    assert ran[0].flags & ~m.ENTERED == flag
    assert (ran[1].outcome, ran[1].flags) == (m.ACCEPTED, m.ENTERED)


def test_a_shorter_unpacked_caller_leaves_poison(tiny: Tiny) -> None:
    ran = tiny.run([op(convention=UNPACKED, caller=1)])
    assert ran[0].args == ((slot(ROWS[1][0][0])[:8], 0), (POISON[16:24], 0))
    assert ran[0].flags == m.ENTERED


def test_a_wider_result_is_in_the_row(tiny: Tiny) -> None:
    inside = "body_0(1, 2.0); memset(outputs[0], 0x77, 16); return 0"
    ran = tiny.run([op(convention=UNPACKED)], inside=inside)
    assert ran[0].taken == b"\x77" * 16


def test_the_handle(tiny: Tiny) -> None:
    assert tiny.run([op()], handle_passed=False)[0].flags == m.ENTERED | m.HANDLE
    assert tiny.run([op()], handle_passed=False, before="harness->arrive(0)")[0].flags == m.ENTERED | m.HANDLE


@pytest.mark.parametrize("cut", ["(int)", "(uint32_t)", "0xffffffffff & ", "~(intptr_t)0xffff & "])
def test_a_handle_that_is_cut_is_told(tiny: Tiny, cut: str) -> None:
    ran = tiny.run([op()], before=f"harness->arrive((void*)(intptr_t)({cut}(intptr_t)handle))")
    assert ran[0].flags == m.ENTERED | m.HANDLE


def test_every_call_has_a_handle_of_its_own(tiny: Tiny) -> None:
    before = "static void* kept; if (!kept) kept = handle; harness->arrive(kept)"
    ran = tiny.run([op(), op(), op(mode=columns.CONCURRENT)], before=before)
    assert [case.flags for case in ran.cases] == [m.ENTERED] + [m.ENTERED | m.HANDLE] * 2
    assert tiny.run([op(mode=columns.NESTED)], before=before)[0].flags == m.ENTERED | m.HANDLE


def test_the_floating_point_environment(tiny: Tiny) -> None:
    body = "fesetround(FE_UPWARD)"
    ran = tiny.run([op(flags=STATE), op(flags=STATE)], body=body, extra="rounding.h")
    # It is put back after each, or the second case would have nothing to change.
    assert [c.flags for c in ran.cases] == [m.ENTERED | m.FENV_CHANGED] * 2
    inexact = tiny.run([op(flags=STATE)], body="b = 1.0 / 3.0 + b")
    assert inexact[0].flags == m.ENTERED


STATES = {
    "mov $1, %rbx\\n mov $2, %r15": (m.REGISTERS, "rbx r15 errno-0"),
    "std": (m.DIRECTION, "errno-0"),
    ".byte 0xd9, 0xe8": (m.X87, "errno-0"),
}


@pytest.mark.parametrize("instructions", STATES)
def test_the_machines_state_is_told_and_put_back(tiny: Tiny, instructions: str) -> None:
    ran = tiny.run([op(flags=STATE), op()], body=f'__asm__("{instructions}")', texts=True)
    flag, text = STATES[instructions]
    assert [(case.outcome, case.signal) for case in ran.cases] == [(m.ACCEPTED, flag), (m.ACCEPTED, 0)]
    assert ran[0].text == text


def test_a_body_that_runs_twice(tiny: Tiny) -> None:
    ran = tiny.run([op(), op()], before="if (n == 2) body_0(5, 5.0)")
    for case in ran.cases:
        assert case.flags == m.ENTERED | m.INNER
        assert case.args == ((slot(5)[:8], 0), (slot(5.0)[:8], 0))


def test_pointers_are_bytes_or_what_they_lead_to(tiny: Tiny) -> None:
    address = m.arena_address(0).to_bytes(8, "little")
    ran = tiny.run([op(), op(flags=DIGEST)], callee=2, num_args=1)
    assert ran[0].args == ((address, 0),)
    assert ran[1].args == ((bytes(8), zlib.crc32(b"graffiti")),)


def test_pointers_are_not_followed_unless_asked(tiny: Tiny) -> None:
    ran = tiny.run([op(row=1), op(row=1, flags=DIGEST)], callee=2, num_args=1)
    assert ran[0].args == ((m.guard_page(0).to_bytes(8, "little"), 0),)
    assert (ran[1].outcome, ran[1].index) == (m.FAULT, 0)


TEXTS = [
    "",
    "argument 3",
    "argument #3",
    "argument [ 12 ] is bad",
    "arg12",
    "Arg 5",
    "expected argument x, got arg 4",
    "arguments 3, arg\t#\n 7",
    "argu 3 argument",
    "largument9 and argument 8",
    "arg ##4",
    "arg#[4 arg 6",
    "arg arg argument#0",
    "no number: argument",
    "argument 253",
    "arg[[5] argument[5]",
]


@pytest.mark.parametrize("text", TEXTS)
def test_the_index_is_read_as_the_contract_says(tiny: Tiny, text: str) -> None:
    written = "".join(f"\\{ord(c):03o}" for c in text)
    before = f'strcpy(tiny_error(), "{written}"); return -1'
    match = re.search(r"arg(ument)?\s*[\[#]?\s*(\d+)", text)
    expected = m.NO_TEXT if not text else int(match[2]) if match else m.NO_INDEX
    ran = tiny.run([op()], before=before, texts=True)
    assert (ran[0].outcome, ran[0].index, ran[0].text) == (m.REJECTED, expected, text)


def test_long_texts_and_large_numbers(tiny: Tiny) -> None:
    before = 'memset(tiny_error(), 120, 127); strcpy(tiny_error() + 100, "argument 4294967297"); return -1'
    ran = tiny.run([op()], before=before, texts=True)
    assert ran[0].index == 0xFFFD
    assert ran[0].text == "x" * 100 + "argument 4294967297"


def test_segments_share_ops_and_rows_stand_in_case_order(tiny: Tiny) -> None:
    caller_side, callee_side = tiny.sides()
    ops = [op(), op(caller=3), op(caller=1)]
    segments = b"".join(
        layouts.SEGMENT.pack(*s) for s in ((0, 0, 0, 2, 0), (3, 3, 1, 1, 2), (1, 1, 1, 2, 3), (0, 0, 0, 1, 5))
    )
    ran = unpack(tiny.worker.run(caller_side, callee_side, program(ops, segments=segments, num_cases=6)), 0)
    accepted = [m.ACCEPTED, m.REJECTED, m.ACCEPTED, m.REJECTED, m.ACCEPTED, m.ACCEPTED]
    assert [c.outcome for c in ran.cases] == accepted
    rows = [int.from_bytes(ran.result.row_of[i : i + 4], "little") for i in range(0, 24, 4)]
    assert rows == [0, m.NOBODY, 3, m.NOBODY, 4, 6]


def test_no_case_at_all(tiny: Tiny) -> None:
    caller_side, callee_side = tiny.sides()
    result = tiny.worker.run(caller_side, callee_side, program([]))
    assert (result.records, result.witness, result.forks) == (b"", b"", 0)
