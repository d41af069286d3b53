"""The structures and numbers of harness/run.h, as they are read from it."""

from __future__ import annotations

from conformance.transport.compiled import layouts
from conformance.transport.compiled import memory as m


def test_the_header_is_read_as_a_compiler_reads_it() -> None:
    sizes = [layouts.layout(name).size for name in ("AbiOp", "AbiSegment", "AbiRecord", "AbiRun")]
    assert sizes == [32, 16, 12, 256]
    assert layouts.RUN.size + layouts.LEFT.size == 256
    assert [field.offset for field in layouts.layout("AbiOp").fields] == [0, 2, 4, 5, 6, 8, 12, 20, 22, 24, 28]


def test_the_numbers_of_the_lean_processes_are_those_of_the_header() -> None:
    numbers = layouts.constants()
    outcomes = ("NOT_RUN", "ACCEPTED", "REJECTED", "TAKE_REJECTED", "FAULT", "DIED", "HUNG", "NO_INDEX", "NO_TEXT")
    flags = ("ENTERED", "ARRAYS", "RET", "POISON", "FENV_CHANGED", "HANDLE", "STALE", "INNER")
    options = ("GUARD", "TEXTS", "NO_HANDLE", "ALIGNED", "RESULT_PRESET", "EQUAL", "COPIED", "CONTENTS")
    state = ("STACK", "REGISTERS", "X87", "DIRECTION", "SIGNALS")
    regions = (
        "AT_ARGS",
        "AT_CODES",
        "AT_RET",
        "AT_SLOT",
        "AT_PROGRAM",
        "AT_NULL",
        "AT_STACK",
        "ELSEWHERE",
        "AT_RELEASED",
        "REPORTED",
        "REPORTED_ACCESS",
    )
    for name in (*outcomes, *flags, *options, *state, *regions):
        assert getattr(m, name) == numbers[f"ABI_{name}"], name
