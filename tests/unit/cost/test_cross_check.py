"""The ways to frame bytes are independent: whichever of them is wrong, it shows."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.cli import main
from conformance.cost import disassembly, elf, frame, unwind
from conformance.cost.configuration import tables
from conformance.cost.cross_check import REALIGNED, cross_check, disagreements
from conformance.cost.model import FrameResult, FrameTable
from conformance.cost.report.tables import ways_table
from conformance.toolchain import Compiler, resolve
from conformance.toolchain.objects import compile_object, execute

SPEC = "gcc:-O2"
CALLER = "x0_checked_3"

Doctor = Callable[[pytest.MonkeyPatch], None]


def compiler_lies(patch: pytest.MonkeyPatch) -> None:
    read = frame._read_usage
    patch.setattr(frame, "_read_usage", lambda path: {**read(path), CALLER: read(path)[CALLER] + 16})


def disassembly_lies(patch: pytest.MonkeyPatch) -> None:
    def doctored(file: elf.ObjectFile) -> dict[str, disassembly.MachineCode]:
        found = disassembly.functions(file)
        code = found[CALLER]
        moved = tuple((at + 1, name, more) for at, name, more in code.relocations)
        return {**found, CALLER: replace(code, raw=b"\x50" + code.raw, relocations=moved)}  # push rax

    patch.setattr(frame, "functions", doctored)


def replace_data(section: elf.Section, old: bytes, new: bytes) -> elf.Section:
    return section._replace(data=section.data.replace(old, new))


def table_lies(patch: pytest.MonkeyPatch) -> None:
    def doctored(file: elf.ObjectFile) -> dict[str, unwind.Unwound]:
        told = unwind.unwound(file)[CALLER].bytes
        assert told is not None
        offset = 0x0E  # DW_CFA_def_cfa_offset
        sections = tuple(
            replace_data(one, bytes([offset, told]), bytes([offset, told + 8])) if one.name == ".eh_frame" else one
            for one in file.sections
        )
        return {**unwind.unwound(file), CALLER: unwind.unwound(replace(file, sections=sections))[CALLER]}

    patch.setattr(frame, "unwound", doctored)


def paint_lies(patch: pytest.MonkeyPatch) -> None:
    def doctored(compiler: Compiler, program: Path) -> str:
        return re.sub(r"(?m)^x0_checked 3 \d+", "x0_checked 3 8", execute(compiler, program))

    patch.setattr(frame, "execute", doctored)


@pytest.mark.compiler("gcc")
@pytest.mark.parametrize("lies", [compiler_lies, disassembly_lies, table_lies, paint_lies])
def test_a_way_that_is_wrong_turns_the_command_red(
    lies: Doctor, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lies(monkeypatch)
    measure = frame.measure
    monkeypatch.setattr(frame, "measure", lambda specs: measure(specs, (0, 3)))
    assert main(["cost", "frame", "--compiler", SPEC]) == 1
    said = capsys.readouterr().out
    assert "agree on 11 of 12\n  X0 checked, n = 3: compiler " in said
    assert "APART for 1" in said


def measured(spec: str, counts: Sequence[int] = (0, 3)) -> FrameTable:
    return frame.measure_one(resolve(spec), counts)


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        pytest.param(spec, why, marks=pytest.mark.compiler(spec.partition(":")[0]), id=spec)
        for spec, why in (
            ("gcc:-O0", "its table measures from rbp, and not from the stack pointer"),
            ("gcc:-m32 -Os", "its table measures from ebp, and not from the stack pointer"),
            ("clang:--target=arm-none-eabi -mcpu=cortex-m4 -mthumb -O2", "its table measures from r7, and not from"),
            ("gcc:-O2 -fno-asynchronous-unwind-tables", unwind.NO_TABLE),
            ("arm-none-eabi-gcc:-mcpu=cortex-m4 -mthumb -O2 -g0", unwind.NO_TABLE),
        )
    ],
)
def test_a_table_that_cannot_tell_says_why_and_is_no_agreement(spec: str, why: str) -> None:
    table = measured(spec)
    frames = [one for curve in table.curves for one in curve.frames]
    assert all(one.unwind is None and one.untold.startswith(why) for one in frames)
    way = {one.name: one for one in cross_check(table)}["unwind tables"]
    assert (way.same, way.apart, sum(way.untold.values())) == (0, 0, len(frames))
    assert str(way).startswith(f"cannot tell of {len(frames)}: {why}")


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param(spec, marks=pytest.mark.compiler(spec.partition(":")[0]), id=spec)
        for spec in (
            "gcc:-O2", "gcc:-m32 -O2", "clang:-O2", "clang:-m32 -O2", "clang:-m32 -O2 -fno-pic", "clang:-Oz",
            "arm-none-eabi-gcc:-mcpu=cortex-m4 -mthumb -O2",
            "clang:--target=arm-none-eabi -mcpu=cortex-m4 -mthumb -O2 -fomit-frame-pointer",
        )
    ],
)  # fmt: skip
def test_tables_tell_of_every_caller_without_a_frame_pointer(spec: str) -> None:
    # Among them what looked like a disagreement: room for pushed arguments that clang takes together with the frame
    # (-m32 -fno-pic at n = 0), its call of the next instruction (-m32), its pushes to load a constant (-Oz).
    table = measured(spec, (0, 1, 3, 8))
    assert disagreements(table) == []
    assert [(one.same, one.apart) for one in cross_check(table)[:2]] == [(24, 0), (24, 0)]


@pytest.mark.compiler("gcc")
def test_what_aligns_the_stack_itself_rests_on_the_compilers_word(capsys: pytest.CaptureFixture[str]) -> None:
    table = measured("gcc:-O3 -mavx2", (8, 16))
    realigned = sum(one.realigned for curve in table.curves for one in curve.frames)
    assert realigned > 0
    assert cross_check(table)[0].untold == {REALIGNED: realigned}


@pytest.mark.compiler("gcc")
def test_the_report_has_a_row_of_all_ways() -> None:
    table = measured("gcc:-O0")
    (head, row) = ways_table(FrameResult((table,), ())).rows
    assert head[1:] == ("disassembly", "unwind tables", "painted stack")
    cannot = "cannot tell of 12: its table measures from rbp, and not from the stack pointer"
    assert row == ("gcc-O0", "the same for 12", cannot, "the same for 12")


@pytest.mark.compiler("gcc")
@pytest.mark.parametrize("spec", ["gcc:-O2", "gcc:-O2 -m32", "gcc:-O0"])
def test_tables_do_not_change_the_code(spec: str, tmp_path: Path) -> None:

    text = "int g(int*, int); int f(int n) { int a[9]; return g(a, n) + g(a, 2 * n); }"
    compiler = resolve(spec)
    with_, without = (
        disassembly.functions(elf.ObjectFile.read(compile_object(compiler, text, tmp_path, stem, flags=flags)))
        for stem, flags in (("with", tables(compiler)), ("without", ("-fno-asynchronous-unwind-tables",)))
    )
    assert with_ == without
