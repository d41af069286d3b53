"""What stubs do to their process: the case gets the right record, and every other case keeps its own."""

from __future__ import annotations

import os
import signal
import time

import pytest

from conformance.transport.compiled import memory as m

from .tiny import Tiny, op

FINE = op(caller=1)
"""A case that callee 0 rejects before it misbehaves: its count is wrong."""


def only_once(statement: str) -> str:
    """The statement, where argument 0's code is 0."""
    return f"if (n == 2) {{ {statement}; }}"


def run(tiny: Tiny, statement: str, guard: bool, convention: int = 0, **fields: object) -> list[tuple[int, ...]]:
    """(outcome, index, signal, ret_code) of three bad cases, each between good ones."""
    ops = [FINE, op(convention=convention), FINE, FINE, op(convention=convention), op(convention=convention), FINE]
    ran = tiny.run(ops, before=only_once(statement), guard=guard, **fields)  # type: ignore[arg-type]
    for at in (0, 2, 3, 6):
        assert ran[at].outcome == m.REJECTED
    return [(c.outcome, c.index, c.signal, c.ret_code) for c in (ran[1], ran[4], ran[5])]


@pytest.mark.parametrize("guard", [False, True], ids=["alone", "guarded"])
@pytest.mark.parametrize(
    ("statement", "index", "number"),
    [
        ("*(volatile int*)8 = 1", m.AT_NULL, signal.SIGSEGV),
        ("void (*f)(void) = 0; f()", m.AT_NULL, signal.SIGSEGV),
        ("write_at(0x8000000000000000)", m.ELSEWHERE, signal.SIGSEGV),
        ("write_at(0x300000000000)", m.ELSEWHERE, signal.SIGSEGV),
        ("touch(&args[2])", m.AT_ARGS, signal.SIGSEGV),
        ("touch(&codes[2])", m.AT_CODES, signal.SIGSEGV),
        ("ret[1].i = 0", m.AT_RET, signal.SIGSEGV),
        ("ret_code[1] = 0", m.AT_RET, signal.SIGSEGV),
        ("recurse()", m.AT_STACK, signal.SIGSEGV),
        ("illegal()", m.ELSEWHERE, signal.SIGILL),
        ("divide()", m.ELSEWHERE, signal.SIGFPE),
    ],
)
def test_a_fault_is_placed(tiny: Tiny, statement: str, index: int, number: int, guard: bool) -> None:
    assert run(tiny, statement, guard) == [(m.FAULT, index, number, 0)] * 3


@pytest.mark.parametrize("guard", [False, True], ids=["alone", "guarded"])
@pytest.mark.parametrize(
    ("statement", "number", "status"),
    [
        ("abort()", signal.SIGABRT, 0),
        ("double_free()", signal.SIGABRT, 0),
        ("raise(SIGSEGV)", signal.SIGSEGV, 0),
        ("bus()", signal.SIGBUS, 0),
        ("raise(SIGTERM)", signal.SIGTERM, 0),
        ("exit(0)", 0, 0),
        ("exit(3)", 0, 3),
        ("_exit(4)", 0, 4),
        ("fill_the_disk()", signal.SIGXFSZ, 0),
    ],
)
def test_a_death_is_taken_down(tiny: Tiny, statement: str, number: int, status: int, guard: bool) -> None:
    assert run(tiny, statement, guard) == [(m.DIED, m.NO_INDEX, number, status)] * 3


@pytest.mark.parametrize("guard", [False, True], ids=["alone", "guarded"])
def test_a_smashed_stack(tiny: Tiny, guard: bool) -> None:
    for outcome, _, number, _ in run(tiny, "smash()", guard):
        assert outcome == m.FAULT
        assert number in (signal.SIGSEGV, signal.SIGILL, signal.SIGBUS)


@pytest.mark.parametrize("statement", ["for (;;) {}", "pause_for_ever(0)", "raise(SIGSTOP)"])
def test_a_hang(tiny: Tiny, statement: str) -> None:
    started = time.monotonic()
    ran = tiny.run([FINE, op(), FINE, op(), FINE], before=only_once(statement), guard=True, hang_ms=160)
    assert [c.outcome for c in ran.cases] == [m.REJECTED, m.HUNG, m.REJECTED, m.HUNG, m.REJECTED]
    assert (ran[1].index, ran[1].flags, ran[1].signal) == (m.NO_INDEX, 0, 0)
    assert time.monotonic() - started < 5


def test_after_three_hangs_the_rest_is_left(tiny: Tiny) -> None:
    ran = tiny.run([FINE, op(), FINE, op(), op(), FINE, FINE], before=only_once("for (;;) {}"), hang_ms=80)
    outcomes = [m.REJECTED, m.HUNG, m.REJECTED, m.HUNG, m.HUNG, m.NOT_RUN, m.NOT_RUN]
    assert [c.outcome for c in ran.cases] == outcomes


def test_a_handler_that_ignores_faults_hangs(tiny: Tiny) -> None:
    statement = "signal(SIGSEGV, ignore); *(volatile int*)8 = 1"
    ran = tiny.run([FINE, op(), FINE], before=only_once(statement), guard=True, hang_ms=160)
    assert [c.outcome for c in ran.cases] == [m.REJECTED, m.HUNG, m.REJECTED]


def test_a_replaced_handler_does_not_hide_where_a_later_case_faults(tiny: Tiny) -> None:
    before = "if (n == 2) { if (args[0].i == 77) touch(&args[2]); signal(SIGSEGV, SIG_DFL); }"
    ran = tiny.run([op(), op(value_at=0, value=1), op()], before=before, guard=True)
    assert [case.outcome for case in ran.cases] == [m.ACCEPTED, m.FAULT, m.ACCEPTED]
    assert ran[1].index == m.AT_ARGS


def test_no_memory_is_no_more_than_a_death(tiny: Tiny) -> None:
    assert [outcome for outcome, *_ in run(tiny, "hoard()", guard=False)] == [m.FAULT] * 3


@pytest.mark.parametrize("statement", ["fork_and_return()", "fork_a_daemon()", "flood()", "close_streams()"])
def test_what_harms_nobody(tiny: Tiny, statement: str) -> None:
    assert run(tiny, statement, guard=True) == [(m.ACCEPTED, m.NO_INDEX, 0, 0)] * 3


def test_nothing_that_a_stub_forked_lives_on(tiny: Tiny) -> None:
    run(tiny, "fork_a_daemon()", guard=True)
    _, runner, _ = tiny.worker.ping()
    children = f"/proc/{runner}/task/{runner}/children"
    with open(children, encoding="ascii") as file:  # noqa: PTH123
        assert file.read() == ""


def test_a_thread_left_behind_is_not_the_cases_affair(tiny: Tiny) -> None:
    statement = "pthread_t t; pthread_create(&t, 0, pause_for_ever, 0)"
    assert run(tiny, statement, guard=True) == [(m.ACCEPTED, m.NO_INDEX, 0, 0)] * 3


def test_a_fault_in_the_body_keeps_its_witness(tiny: Tiny) -> None:
    ran = tiny.run([op(), op(row=1)], body="*(volatile int*)8 = 1")
    for case in ran.cases:
        assert (case.outcome, case.flags) == (m.FAULT, m.ENTERED)
        assert len(case.args) == 2


def test_the_program_cannot_be_written(tiny: Tiny) -> None:
    address = m.arena_address(0)
    ran = tiny.run([op(), op()], before=f"write_at({address:#x})", guard=True)
    assert [(c.outcome, c.index) for c in ran.cases] == [(m.FAULT, m.AT_PROGRAM)] * 2
    assert (ran.result.forks, ran.result.guarded, ran.result.unattributed_faults) == (1, 2, 0)


def test_guard_pages_tell_the_argument(tiny: Tiny) -> None:
    for index in (0, 1, 63):
        ran = tiny.run([op()], before=f"touch_at({m.guard_page(index):#x})")
        assert (ran[0].outcome, ran[0].index) == (m.FAULT, index)


def test_unpacked_reads_past_the_arrays_fault(tiny: Tiny) -> None:
    for inside in ("touch(inputs + 72)", "touch((char*)inputs[71] + 16)", "touch((char*)outputs[0] + 16)"):
        ran = tiny.run([op(convention=1)] * 2, inside=inside, guard=True)
        assert [(c.outcome, c.index) for c in ran.cases] == [(m.FAULT, m.AT_SLOT)] * 2
    ran = tiny.run([op(convention=1)], inside="touch(outputs[1])")
    assert (ran[0].outcome, ran[0].index) == (m.FAULT, 0)


def test_faults_outside_the_harness_are_confirmed_in_fresh_children(tiny: Tiny) -> None:
    outside = "write_at(0x300000000000)"
    ran = tiny.run([op(), FINE, op(), FINE], before=only_once(outside), guard=True)
    assert (ran.result.forks, ran.result.guarded, ran.result.unattributed_faults) == (3, 0, 0)
    tame = tiny.run([op(), FINE, op(), FINE], before=only_once("*(volatile int*)8 = 1"), guard=True)
    assert (tame.result.forks, tame.result.guarded) == (1, 2)


def test_damage_of_a_guarded_fault_ends_no_later_case(tiny: Tiny) -> None:
    # Case 1 dies only because the guarded fault of case 0 left a mark in the process.
    before = "static int harmed; if (n == 2 && args[0].i == 77) { harmed = 1; touch(&args[2]); } if (harmed) abort()"
    ran = tiny.run([op(value_at=0, value=1), op(), op()], before=before, guard=True)
    assert [case.outcome for case in ran.cases] == [m.FAULT, m.ACCEPTED, m.ACCEPTED]


def test_a_child_killed_from_outside_loses_nothing(tiny: Tiny) -> None:
    # A stub sends it: to the supervisor it looks the same. The second time it is the case's own doing.
    ran = tiny.run([FINE, op(), FINE], before=only_once("kill(getpid(), SIGKILL)"))
    assert [case.outcome for case in ran.cases] == [m.REJECTED, m.DIED, m.REJECTED]
    assert (ran[1].signal, ran.result.killed) == (signal.SIGKILL, 2)


def test_children_hold_nothing_of_ours(tiny: Tiny) -> None:
    # Descriptor 3 and above are closed, the streams lead nowhere, there will be no core, and the group is its own.
    before = only_once(
        "struct rlimit l; int fd, open = 0; for (fd = 3; fd < 64; ++fd) open += fcntl(fd, F_GETFD) >= 0;"
        "getrlimit(RLIMIT_CORE, &l); if (open || l.rlim_max || isatty(1) || getpgrp() != getpid()) abort()"
    )
    ran = tiny.run([op()], before=before, extra="confined.h")
    assert ran[0].outcome == m.ACCEPTED
    assert os.getpgrp() == os.getpgid(0)
