"""The page of compilers: a row for each that was a side, with what it cannot do, and for each that could not be one."""

from __future__ import annotations

from dataclasses import replace
from html import unescape
from pathlib import Path

from attrs import evolve

from conformance.model.facts import RunFacts
from conformance.reports.compilers_page import write

from .made import FACTS, PASSED, finding, result

SIDES = {"gcc-12-O0": ("gcc-12", "x86-64"), "gcc-12-m32": ("gcc-12", "i386"), "chibicc": ("chibicc", "x86-64")}
WHY = "the sides do not agree on plain C calls\nmore of it"


def facts() -> RunFacts:
    """A run of two compilers, one of them for two targets; a third was missing."""
    return replace(
        FACTS,
        compilers=tuple(
            {"id": id_, "spec": id_, "name": name, "version": f"{name} 1.0", "target": machine, "machine": machine}
            for id_, (name, machine) in SIDES.items()
        ),
        pairs=(("gcc-12-O0", "chibicc"), ("chibicc", "chibicc"), ("gcc-12-m32", "gcc-12-m32")),
        notes={"pairs": "3 pairs", "inconclusive pcc": "\npcc is not installed; run apt install pcc\n"},
    )


def page(path: Path) -> str:
    """The page of a run in which chibicc could not be judged alone, and one pair is red."""
    pairs = facts().pairs
    outcomes = (
        evolve(PASSED, pair=pairs[0], status="fail", findings=(finding(pair=pairs[0], check="X0-MATCH"),)),
        evolve(PASSED, pair=pairs[1], status="inconclusive", why=WHY),
        evolve(PASSED, pair=pairs[2]),
    )
    write(result(*outcomes, facts=facts()), path)
    return path.read_text()


def rows(text: str, title: str) -> list[list[str]]:
    """The cells of the table under a title, without its head."""
    section = text.split(f"## {title}\n")[1].split("\n## ")[0]
    lines = [unescape(line) for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_each_compiler_has_one_row_whatever_its_flags(tmp_path: Path) -> None:
    assert rows(page(tmp_path / "matrix.md"), "Compilers") == [
        ["gcc-12", "gcc-12 1.0", "x86-64, i386", ""],
        ["chibicc", "chibicc 1.0", "x86-64", "the sides do not agree on plain C calls"],
        ["pcc", "", "", "pcc is not installed; run apt install pcc"],
    ]


def test_the_matrix_is_of_the_same_compilers_and_targets(tmp_path: Path) -> None:
    text = page(tmp_path / "matrix.md")
    assert [row[0] for row in rows(text, "Who calls whom")] == ["gcc-12", "chibicc"]
    assert [row[0] for row in rows(text, "Targets")] == ["x86-64", "i386"]


def test_what_was_found_names_check_and_case(tmp_path: Path) -> None:
    ((check, case, *_),) = rows(page(tmp_path / "matrix.md"), "Found")
    assert (check, case.strip("`")) == ("X0-MATCH", finding().key)
