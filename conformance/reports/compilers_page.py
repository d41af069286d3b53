"""The page of compilers and targets: versions, who calls whom, what each cannot do, what was found (docs/matrix.md)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from conformance.model.target import HERE
from conformance.reports import summary
from conformance.reports.causes import told_once
from conformance.reports.files import write_text
from conformance.reports.markdown import as_table, as_text
from conformance.reports.result import Result
from conformance.reports.sides import culprit, matrices

COMMAND = "abi-conformance run --compiler all --pairs covering --report compilers=docs/matrix.md"
"""What writes the page of this repository."""


def write(result: Result, path: Path) -> None:
    """Write the page. Raises ReportError."""
    write_text(path, "\n".join(_blocks(result)))


def _blocks(result: Result) -> Iterator[str]:
    yield "# Compilers and targets\n"
    yield (
        f"Written by `{COMMAND}`: {as_text(summary.verdict_line(result)[1])}.\n"
        "Every two of a caller's compiler, a callee's, the flags of each and a target meet in at least one pair.\n"
    )
    yield "## Compilers\n"
    yield as_table(("compiler", "version", "targets", "cannot"), list(_programs(result)))
    for title, matrix in zip(("Who calls whom", "Targets"), matrices(result), strict=False):
        yield f"## {title}\n"
        yield as_table(matrix.head, matrix.rows)
    yield "## Found\n"
    told = told_once(result["findings"])
    rows = [
        (cause.finding["check"], cause.finding["key"], cause.finding["observed"], culprit(cause, result))
        for cause in told
    ]
    yield as_table(("check", "case", "observed", "sides"), rows) if rows else "Nothing: all that was built conforms.\n"


def _programs(result: Result) -> Iterator[tuple[str, str, str, str]]:
    """A row a program, whatever its flags: its version, the targets that it was a side for, and why not for more."""
    programs: dict[str, list[dict[str, str]]] = {}
    for side in result["compilers"]:
        programs.setdefault(side["name"], []).append(side)
    for name, sides in programs.items():
        machines = dict.fromkeys(side["machine"] for side in sides)
        native = next((side for side in sides if side["machine"] == HERE.name), sides[0])
        yield name, native["version"], ", ".join(machines), "; ".join(_cannot(result, {side["id"] for side in sides}))
    listed = {side["id"] for side in result["compilers"]}
    for note, why in result["notes"].items():
        name = note.removeprefix("inconclusive ")
        if name != note and name not in listed:
            yield name, "", "", _first(why)


def _cannot(result: Result, ids: set[str]) -> Iterator[str]:
    """Why cases of pairs with this compiler on both sides were inconclusive: then it is nobody else's doing."""
    reasons = {
        _first(row["why"])
        for check in result["checks"]
        for row in check["pairs"]
        if row["why"] and set(row["pair"]) <= ids and row["pair"]
    }
    yield from sorted(reasons)


def _first(why: str) -> str:
    """The first line that says something."""
    return next((line.strip() for line in why.splitlines() if line.strip()), "")
