"""Cells are run by programs of a line here; what is kept, and what a second call runs, is looked at."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from conformance.compat.cells import CellResult, VersionCell
from conformance.compat.releases import Release, Versioned
from conformance.compat.running import Asked, Cells, run_all

CELL = VersionCell("1", "1", "2")
ASKED = Asked(("SKEW",), "quick", 0, None, (), 60.0)
WORKS = {
    "seconds": 1.0, "complete": True, "exit_code": 0, "counts": {"executed": 3, "inconclusive": 0},
    "checks": [{"id": "SKEW", "status": "pass", "why": ""}], "findings": [], "errors": [],
}  # fmt: skip


def program(text: str) -> list[str]:
    return [sys.executable, "-c", text]


def leaves(folder: Path, result: object) -> list[str]:
    """A program that leaves a result where a run does, and counts how often it is run."""
    count = folder.parent / f"{folder.name}.count"
    return program(
        f"import pathlib; folder = pathlib.Path({str(folder)!r}); folder.mkdir(); "
        f"(folder / 'result.json').write_text({json.dumps(result)!r}); "
        f"pathlib.Path({str(count)!r}).open('a').write('x')"
    )


@pytest.fixture
def cells(tmp_path: Path) -> Cells:
    subject = Versioned("acme", (Release("1"), Release("2")), "c", "acme")
    return Cells(subject, ASKED, tmp_path, {"1": "a", "2": "b"}, {}, "basis", lambda _, folder: leaves(folder, WORKS))


def run(cells: Cells, cell: VersionCell = CELL) -> CellResult:
    found = cells.run(cell, threading.Event())
    assert found is not None
    return found


def test_a_cell_runs_once(cells: Cells) -> None:
    first = run(cells)
    assert (first.status, first.cases) == ("works", 3)
    assert run(cells) == first == cells.kept(CELL)
    assert cells.place(CELL).with_name(f"{cells.place(CELL).name}.count").read_text() == "x"


@pytest.mark.parametrize(
    "changes",
    [
        {"basis": "another"},
        {"digests": {"1": "a", "2": "c"}},
        {"asked": evolve(ASKED, seed=1)},
        {"asked": evolve(ASKED, compilers=("tcc",))},
        {"asked": evolve(ASKED, checks=("SKEW", "X0-*"))},
    ],
)
def test_what_it_depends_on_makes_it_another_cell(cells: Cells, changes: dict[str, Any]) -> None:
    run(cells)
    assert evolve(cells, **changes).kept(CELL) is None


def test_the_time_that_it_may_take_does_not(cells: Cells) -> None:
    run(cells)
    assert evolve(cells, asked=evolve(ASKED, limit=1.0)).kept(CELL) is not None


@pytest.mark.parametrize("damage", ["", "{", '{"cell": 1}', "[]"])
def test_what_was_kept_and_is_damaged_runs_again(cells: Cells, damage: str) -> None:
    run(cells)
    (cells.place(CELL) / "cell.json").write_text(damage)
    assert cells.kept(CELL) is None
    assert run(cells).status == "works"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "was ended by signal 11"),
        ("print('odd'); raise SystemExit(70)", "ended with 70 and left no result: odd"),
        ("raise SystemExit(0)", "ended with 0 and left no result"),
    ],
)
def test_a_cell_that_dies_is_not_kept(cells: Cells, text: str, why: str) -> None:
    found = run(evolve(cells, command=lambda *_: program(text)))
    assert (found.status, found.why) == ("not-run", f"its run {why}")
    assert cells.kept(CELL) is None


def test_a_cell_that_hangs_is_ended(cells: Cells) -> None:
    hanging = evolve(cells, asked=evolve(ASKED, limit=0.2), command=lambda *_: program("import time; time.sleep(600)"))
    found = run(hanging)
    assert (found.status, "did not come to an end" in found.why) == ("not-run", True)


def test_a_version_that_cannot_be_had_is_told_without_a_run(cells: Cells) -> None:
    found = run(evolve(cells, problems={"2": "pip does not reach an index"}))
    assert (found.status, found.why, cells.place(CELL).exists()) == ("unbuilt", "pip does not reach an index", False)


def test_what_stops_leaves_what_is_done(cells: Cells) -> None:
    def interrupted(result: CellResult) -> None:
        raise KeyboardInterrupt

    results, complete = run_all(cells, [CELL, VersionCell("1", "1", "1")], 1, interrupted)
    assert (len(results), complete) == (1, False)
    assert cells.kept(CELL) is not None


def test_a_cell_is_a_run_of_this_package(tmp_path: Path) -> None:
    subject = Versioned("acme", (Release("1"), Release("2")), "c", "acme")
    plain = Cells(subject, evolve(ASKED, max_examples=2, compilers=("tcc", "gcc")), tmp_path, {}, {}, "")
    words = plain.command(VersionCell("1", "2", "3"), tmp_path)
    assert words[1:4] == ["-P", "-m", "conformance"]
    assert " ".join(words[4:]).startswith(
        "run --subject acme==3 --caller-built 1 --callee-built 2 --check SKEW --compiler tcc --compiler gcc "
        "--profile quick --seed 0 --max-examples 2 --report-dir "
    )
