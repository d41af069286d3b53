"""Which compilers meet which: no two that can meet are left out, and the rows are the same each time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, product

import pytest

from conformance.engine.covering import NO_ABI, NO_LEVEL, CoveringRow, covering, full
from conformance.model.target import HERE
from conformance.toolchain.every import ABI_FLAGS, LEVELS, WITHOUT_GAPS, CompilerProgram

SMALL = (
    CompilerProgram("tcc", {"x86-64": "tcc"}, optimises=False),
    CompilerProgram(
        "gcc-12", {"x86-64": "gcc-12", "i386": "gcc-12:-m32", "s390x": "s390x-linux-gnu-gcc-12"}, optimises=True
    ),
    CompilerProgram("clang-16", {"x86-64": "clang-16", "i386": "clang-16:-m32"}, optimises=True),
)
MANY = (
    *SMALL,
    *(
        CompilerProgram(f"gcc-{n}", {"x86-64": f"gcc-{n}", "i386": f"gcc-{n}:-m32"}, optimises=True)
        for n in (9, 10, 11)
    ),
    *(CompilerProgram(name, {"x86-64": name}, optimises=False) for name in ("pcc", "chibicc")),
    CompilerProgram("cross", {"s390x": "a", "mips": "b", "armhf": "c"}, optimises=True),
)


def feasible(programs: Sequence[CompilerProgram]) -> Iterator[CoveringRow]:
    """Every row that can be, by brute force: every caller, callee, flags of both and target."""
    for caller, callee in product(programs, programs):
        levels = [LEVELS if side.optimises else (NO_LEVEL,) for side in (caller, callee)]
        flags = (NO_ABI, *ABI_FLAGS) if caller.optimises and callee.optimises else (NO_ABI,)
        for of_caller, of_callee, abi, target in product(*levels, flags, caller.specs):
            if target in callee.specs and (abi != WITHOUT_GAPS or target == HERE.name):
                yield CoveringRow(caller.name, callee.name, of_caller, of_callee, abi, target)


def meetings(rows: list[CoveringRow]) -> set[tuple[str, str, str, str]]:
    """Every two values of different columns that stand in one row."""
    return {
        (one, getattr(row, one), other, getattr(row, other))
        for row in rows
        for one, other in combinations(CoveringRow._fields, 2)
    }


@pytest.mark.parametrize("programs", [SMALL, MANY, SMALL[:1], SMALL[1:2]], ids=["small", "many", "tcc", "gcc"])
def test_every_two_that_can_meet_do(programs: tuple[CompilerProgram, ...]) -> None:
    possible = list(feasible(programs))
    rows = covering(programs)
    assert set(rows) <= set(possible)
    assert meetings(rows) == meetings(possible)
    assert len(rows) < max(2, len(possible) / 3)


def test_the_rows_are_the_same_each_time() -> None:
    assert covering(MANY) == covering(MANY)


def test_sides_of_a_row_are_of_one_target_and_have_its_flags() -> None:
    by_name = {program.name: program for program in SMALL}
    row = CoveringRow("gcc-12", "clang-16", "-O3", "-O2 -flto", "-fshort-enums", "i386")
    assert row.specs(by_name) == ("gcc-12:-m32 -O3 -fshort-enums", "clang-16:-m32 -O2 -flto -fshort-enums")
    row = CoveringRow("tcc", "gcc-12", NO_LEVEL, "-O0", NO_ABI, "x86-64")
    assert row.specs(by_name) == ("tcc", "gcc-12:-O0")


def test_flags_that_change_types_are_on_both_sides_or_none() -> None:
    for row in covering(MANY):
        for spec in row.specs({program.name: program for program in MANY}):
            assert (row.abi in spec) == (row.abi != NO_ABI)


def test_all_with_all_is_every_caller_with_every_callee_of_its_target() -> None:
    rows = full(SMALL)
    assert len(rows) == 3 * 3 + 2 * 2 + 1
    assert {(row.caller, row.callee) for row in rows if row.target == "i386"} == {
        (caller, callee) for caller in ("gcc-12", "clang-16") for callee in ("gcc-12", "clang-16")
    }
    assert {row.caller_level for row in rows} == {"-O2", NO_LEVEL}
    assert set(LEVELS) > {"-O2"}
