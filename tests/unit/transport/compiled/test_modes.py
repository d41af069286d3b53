"""Cases of more than one call."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.checks import columns
from conformance.transport.compiled import memory as m

from .tiny import RESULT, ROWS, Ran, Seen, Tiny, op, slot

BAD = {1: 9}


def args(row: int) -> tuple[tuple[bytes, int], ...]:
    return tuple((slot(value)[:8], 0) for value in ROWS[0][row])


def rows_of(witness: bytes) -> list[bytes]:
    return [witness[at : at + 48] for at in range(0, len(witness), 48)]


def seen(row: int) -> bytes:
    return b"".join(value + bytes(8) for value, _ in args(row))


def facts(case: Seen) -> tuple[int, int, int]:
    return case.outcome, case.index, case.flags


@pytest.mark.parametrize("convention", [0, 1, 2])
@pytest.mark.parametrize("mode", [columns.AFTER, columns.NESTED, columns.CONCURRENT])
def test_matched_calls_stay_apart(tiny: Tiny, mode: int, convention: int) -> None:
    mine = {"mode": mode, "convention": convention, "row": 1, "value": 0}
    # A direct callee has no arrival of its own: nothing can be nested into it, and its threads are not held.
    ran = tiny.run([op(**mine), op(**mine)])
    inner = m.INNER if mode == columns.NESTED and convention == 2 else 0
    for case in ran.cases:
        assert facts(case) == (m.ACCEPTED, m.NO_INDEX, m.ENTERED | inner)
        assert case.ret_code == 0
    rows = [row[16:] for row in rows_of(ran.result.witness)]
    once = {columns.AFTER: [1], columns.NESTED: [1] if inner else [0, 1], columns.CONCURRENT: [1, 0]}[mode]
    assert rows == [seen(row) for row in once * 2]
    assert all(row[:8] == slot(0x1122334455667788)[:8] for row in rows_of(ran.result.witness))


def test_after_a_rejection_the_next_call_finds_no_error(tiny: Tiny) -> None:
    ran = tiny.run([op(mode=columns.AFTER, codes=BAD), op(mode=columns.AFTER)])
    assert [facts(c) for c in ran.cases] == [(m.REJECTED, 1, 0), (m.ACCEPTED, m.NO_INDEX, m.ENTERED)]
    assert len(ran.result.witness) == 48


def test_after_a_rejection_the_next_call_finds_the_error(tiny: Tiny) -> None:
    ran = tiny.run([op(mode=columns.AFTER), op(mode=columns.AFTER, codes=BAD)], runtime=("KEEPS_ERRORS",))
    assert [facts(c) for c in ran.cases] == [(m.ACCEPTED, m.NO_INDEX, m.ENTERED), (m.REJECTED, 1, m.STALE)]


def test_after_a_rejection_the_next_call_fails(tiny: Tiny) -> None:
    before = 'static int seen; if (codes[1] == 9) seen = 1; else if (seen) return tiny_reject("spoilt %d", 0)'
    ran = tiny.run([op(mode=columns.AFTER), op(mode=columns.AFTER, codes=BAD)], before=before)
    assert [facts(c) for c in ran.cases] == [(m.ACCEPTED, m.NO_INDEX, m.ENTERED), (m.REJECTED, 1, m.INNER)]


def test_a_nested_rejection_leaves_the_outer_call_alone(tiny: Tiny) -> None:
    ran = tiny.run(
        [op(mode=columns.NESTED, codes=BAD, value=1), op(mode=columns.NESTED, caller=1, value=1)], texts=True
    )
    for case in ran.cases:
        assert facts(case) == (m.ACCEPTED, m.NO_INDEX, m.ENTERED | m.INNER)
        assert case.args == args(0)
    assert [c.text for c in ran.cases] == ["bad large argument #1", "expects another count than 1"]


def test_a_nested_call_that_spoils_the_outer_one(tiny: Tiny) -> None:
    # The runtime keeps the last call's arguments in one place.
    before = "static AbiValue kept[2]; if (args) memcpy(kept, args, sizeof kept); harness->arrive(handle); args = kept"
    plain = "static AbiValue kept[2]; if (args) memcpy(kept, args, sizeof kept); args = kept"
    assert tiny.run([op(mode=columns.NESTED, value=1)], before=plain)[0].flags == m.ENTERED
    # `arrive` has come before BEFORE, so nesting happens there; a second arrival changes nothing.
    assert tiny.run([op(mode=columns.NESTED, value=1)], before=before)[0].flags == m.ENTERED


def test_a_rejected_outer_call(tiny: Tiny) -> None:
    before = 'static int n_calls; if (++n_calls % 2 == 0) return tiny_reject("argument %d", 7)'
    ran = tiny.run([op(mode=columns.NESTED, value=1)], before=before)
    assert facts(ran[0]) == (m.REJECTED, 7, 0)
    assert rows_of(ran.result.witness)[0][16:] == seen(1)


def test_concurrent_calls_that_share_a_place_are_seen(tiny: Tiny) -> None:
    # Both threads have stored their arguments before either goes on.
    before = (
        "static int64_t last; static int here; last = args[0].i; __atomic_add_fetch(&here, 1, 5);"
        "while (here < 2) {} args = memcpy(malloc(16), args, 16); args[0].i = last"
    )
    before = before.replace("__atomic_add_fetch(&here, 1, 5)", "count(&here)")
    ran = tiny.run([op(mode=columns.CONCURRENT, value=1)], before=before, extra="counting.h")
    rows = rows_of(ran.result.witness)
    assert rows[0][16:24] == rows[1][16:24]


def test_one_concurrent_call_is_rejected(tiny: Tiny) -> None:
    before = 'if (args[0].i != 0x0102030405060708) return tiny_reject("argument %d", 0)'
    ran = tiny.run([op(mode=columns.CONCURRENT, value=1), op(mode=columns.CONCURRENT, row=1)], before=before)
    assert facts(ran[0]) == (m.ACCEPTED, m.NO_INDEX, m.ENTERED | m.INNER)
    assert facts(ran[1]) == (m.REJECTED, 0, m.INNER - m.INNER)
    assert len(ran.result.witness) == 4 * 48
    assert rows_of(ran.result.witness)[1] == bytes(48)


def test_each_thread_has_an_error_of_its_own(tiny: Tiny) -> None:
    ran = tiny.run([op(mode=columns.OWN_ERROR, codes=BAD), op(mode=columns.OWN_ERROR)], texts=True)
    assert facts(ran[0]) == (m.REJECTED, 1, 0)
    assert ran[0].text == "bad large argument #1"
    assert facts(ran[1]) == (m.ACCEPTED, m.NO_INDEX, m.ENTERED)
    assert len(ran.result.witness) == 48


def test_threads_that_share_one_error_are_found_out(tiny: Tiny) -> None:
    ran = tiny.run([op(mode=columns.OWN_ERROR, codes=BAD)] * 3, runtime=("ONE_ERROR_FOR_ALL",))
    assert [facts(c) for c in ran.cases] == [(m.REJECTED, 1, m.INNER)] * 3


@pytest.mark.parametrize("mode", [columns.NESTED, columns.CONCURRENT, columns.OWN_ERROR])
@pytest.mark.parametrize("statement", ["write_at(8)", "recurse()", "exit(3)"])
def test_faults_in_any_call_of_a_case(tiny: Tiny, mode: int, statement: str) -> None:
    before = f"if (args[0].i == 77 || args[0].i == 0x1112131415161718) {statement}"
    ops = [op(mode=mode), op(mode=mode, row=1, value=1), op(mode=mode)]
    ran = tiny.run(ops, before=before, guard=True)
    assert [c.outcome for c in ran.cases] == [m.ACCEPTED, m.DIED if "exit" in statement else m.FAULT, m.ACCEPTED]
    assert ran[1].index == {"write_at(8)": m.AT_NULL, "recurse()": m.AT_STACK, "exit(3)": m.NO_INDEX}[statement]


def test_a_thread_that_waits_for_ever_hangs(tiny: Tiny) -> None:
    ops = [op(mode=columns.CONCURRENT), op(mode=columns.CONCURRENT, row=1), op(mode=columns.CONCURRENT)]
    ran = tiny.run(ops, before="if (args[0].i == 0x1112131415161718) pause_for_ever(0)", hang_ms=200)
    assert [c.outcome for c in ran.cases] == [m.ACCEPTED, m.HUNG, m.ACCEPTED]


AT = m.released_address(0)


def released(tiny: Tiny, before: str, times: int = 1, **fields: Any) -> Ran:
    """Cases whose first argument is the address of a text that is released."""
    case = op(mode=columns.RELEASED, value_at=0, value=1, **fields)
    before = before.replace("IS_THERE", f"(n == 2 && args[0].i == {AT:#x})")
    places: dict[str, Any] = {"pool": slot(RESULT) + slot(AT), "released": b"some text\0".ljust(6000, b"\0")}
    return tiny.run([case] * times, before=before, guard=True, texts=True, **places)


def test_what_is_released_is_there_again_for_the_next_case(tiny: Tiny) -> None:
    text = "(const char*)args[0].i"
    ran = released(tiny, f'if (IS_THERE && strcmp({text}, "some text")) return tiny_reject("argument %d", 0)', times=3)
    assert [facts(case) for case in ran.cases] == [(m.ACCEPTED, m.NO_INDEX, m.ENTERED)] * 3
    first = slot(AT)[:8] + bytes(8) + slot(2.5)
    assert [row[16:] for row in rows_of(ran.result.witness)] == [first, seen(0)] * 3
    assert (ran.result.forks, ran.result.guarded) == (1, 0)


@pytest.mark.parametrize("later", ["n == 1", "n == 2"])
@pytest.mark.parametrize("place", [0, 5999])
def test_a_pointer_that_is_kept_leads_nowhere_in_either_call_after(tiny: Tiny, later: str, place: int) -> None:
    keep = f"static char* kept; if (IS_THERE) kept = (char*)args[0].i + {place}"
    ran = released(tiny, f"{keep}; else if (kept && {later}) touch(kept)", times=2)
    assert [(case.outcome, case.index) for case in ran.cases] == [(m.FAULT, m.AT_RELEASED)] * 2
    assert (ran.result.forks, ran.result.guarded) == (2, 0)  # each in a child of its own, which has kept nothing yet


def test_an_error_that_is_read_from_what_is_released_is_another_one(tiny: Tiny) -> None:
    bad = "(n == 2 && codes[1] == 9)"
    ran = released(tiny, f"tiny_keep({bad} ? (char*)args[0].i : 0)", codes=BAD)
    assert (facts(ran[0]), ran[0].text) == ((m.REJECTED, 1, m.STALE), "argument 1: some text")


def test_an_error_of_the_call_after_that_is_read_from_what_is_released(tiny: Tiny) -> None:
    bad = "(n == 2 && codes[1] == 9)"
    ran = released(tiny, f"if {bad} tiny_keep((char*)args[0].i)", codes=BAD)
    assert facts(ran[0])[:2] == (m.FAULT, m.AT_RELEASED)


def test_the_call_after_a_release_is_rejected(tiny: Tiny) -> None:
    ran = released(tiny, 'static int calls; if (++calls == 3) return tiny_reject("argument %d", 0)')
    assert facts(ran[0]) == (m.ACCEPTED, m.NO_INDEX, m.ENTERED | m.INNER)
