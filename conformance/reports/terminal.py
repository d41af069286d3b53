"""The summary on a terminal: both conventions side by side, a line a check, the findings, and last the verdict."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import IO, TYPE_CHECKING, Any

from conformance.gate.required import unmet
from conformance.gate.waivers import DEFAULT_FILE
from conformance.reports import summary
from conformance.reports.causes import Told, told_once
from conformance.reports.result import Result
from conformance.reports.sides import culprit, matrices
from conformance.reports.summary import plural
from conformance.reports.wire import changed_on_the_wire

if TYPE_CHECKING:
    from rich.console import Console

_STYLES = {"PASS": "green", "FAIL": "bold red", "WAIVED": "yellow", "N/A": "dim", "NOT RUN": "yellow"}
_VERDICT_STYLES = ("bold green", "bold red", "bold yellow", "bold red", "bold red", "bold yellow")
_PLAIN_WIDTH = 120
_MOST_ERRORS = 3

Line = tuple[tuple[str, str], ...]
"""A line as pieces of text, each with its style."""

Dress = Callable[[Result, Iterable[Line]], Iterable[Line]]
"""Turns the lines of a result into those that a certain reader understands."""

HEADING = "──"
"""What the line above a section begins with."""


def console(stream: IO[str], *, colour: bool = False) -> Console:
    """A console for the summary: colours only on a terminal, never with NO_COLOR; in CI plain lines.

    `colour` says that what is written here reaches a terminal by another way.
    """
    from rich.console import Console

    plain = not colour and is_plain(stream)
    return Console(
        file=stream,
        force_terminal=not plain,
        color_system=None if plain else "auto",
        width=_PLAIN_WIDTH if plain or colour else None,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=True,
    )


def is_plain(stream: IO[str]) -> bool:
    """Whether there is nobody at the other end who watches lines move."""
    if os.environ.get("CI", "").lower() not in ("", "0", "false"):
        return True
    return not stream.isatty() or os.environ.get("TERM") == "dumb"


def show(result: Result, out: Console, *, quiet: bool = False, dress: Dress | None = None) -> None:
    """Print the summary of a finished run, dressed for who reads it there."""
    from rich.text import Text

    shown = lines(result, width=min(out.width, _PLAIN_WIDTH), quiet=quiet)
    for line in dress(result, shown) if dress else shown:
        out.print(Text.assemble(*line), soft_wrap=True)


def lines(result: Result, *, width: int = _PLAIN_WIDTH, quiet: bool = False) -> Iterator[Line]:
    """The summary, line by line; `quiet` leaves what went well, and what a run that was cut off lacks, to the last."""
    if not quiet:
        yield from _header(result)
        yield from _side_by_side(result)
    loud = ("fail", "not-run") if result["complete"] else ("fail",)
    asked = [check for check in result["checks"] if not summary.unasked(check)]
    shown = [check for check in asked if check["status"] in loud or not quiet]
    if shown:
        yield from _heading("checks", width)
        yield from _checks(shown, width)
    if not quiet:
        yield from _matrices(result, width)
    findings = [finding for finding in result["findings"] if not (quiet and finding["waived_by"])]
    if findings:
        told = told_once(findings)
        causes = "" if len(told) == len(findings) else f" of {plural(len(told), 'cause')}"
        yield from _heading(f"findings ({len(findings)}{causes})", width)
        for cause in told:
            yield from finding_lines(cause, result)
            yield ()
    notes = [note for check in result["checks"] for note in check.get("notes", [])]
    if notes:
        yield from _heading(f"notes ({len(notes)})", width)
        yield from ((("  note ", "dim"), (note, "")) for note in notes)
        yield ()
    for title, problems in (
        ("waivers", result.get("gate", {}).get("problems", [])),
        ("requirements that are not met", unmet(result)),
        (summary.errors_title(result), _few(result.get("errors", []))),
    ):
        if problems:
            yield from _heading(title, width)
            yield from (((f"  {line}", "red"),) for problem in problems for line in problem.splitlines())
            yield ()
    word, rest = summary.verdict_line(result)
    yield (word, _VERDICT_STYLES[summary.EXIT_WORDS.index(word)]), (f": {rest}", "")


def plain(shown: Iterable[Line]) -> str:
    """Lines as text without styles."""
    return "\n".join("".join(text for text, _ in line) for line in shown)


def _few(errors: list[str]) -> list[str]:
    """The first errors in full; the others are most often the same."""
    more = len(errors) - _MOST_ERRORS
    return [*errors[:_MOST_ERRORS], f"… and {more} more, all in the result's JSON"] if more > 0 else errors


def _heading(title: str, width: int) -> Iterator[Line]:
    yield ((f"{HEADING} {title} ".ljust(width, "─"), "dim"),)


def _labelled(label: str, text: str, style: str = "") -> Line:
    return ((f"  {label:<10} ", "dim"), (text, style))


def _matrices(result: Result, width: int) -> Iterator[Line]:
    """Compilers by compilers and the targets, where the pairs of the run were chosen from many."""
    for matrix in matrices(result):
        yield from _heading("compilers" if matrix.head[1] else "targets", width)
        rows = [matrix.head, *matrix.rows]
        widths = [max(len(row[at]) for row in rows) for at in range(len(matrix.head))]
        for row in rows if matrix.head[1] else rows[1:]:
            cells = zip(row, widths, strict=True)
            yield ("  ", ""), *((f"{cell:<{size + 2}}", _CELLS.get(cell.split(" ")[0], "")) for cell, size in cells)
        yield ()


_CELLS = {"FAIL": "red", "ok": "green", "waived": "yellow", "not": "yellow", "part": "yellow", "·": "dim"}


def _header(result: Result) -> Iterator[Line]:
    yield (("abi-conformance ", "bold"), (result["tool"]["version"], ""))
    for label, text in summary.header(result):
        yield _labelled(label, text)
    yield _labelled("ran", summary.volume(result))
    yield ()


def _side_by_side(result: Result) -> Iterator[Line]:
    table = summary.side_by_side(result)
    if table is not None:
        widths = [
            max(len(title), *(len(f"{row[1][at]:,}") for row in table.rows)) for at, title in enumerate(table.columns)
        ]
        first = max(len(name) for name, _ in table.rows)
        yield (
            ("  mismatches".ljust(first + 4), "dim"),
            *((f"  {title:>{size}}", "bold") for title, size in zip(table.columns, widths, strict=True)),
        )
        for name, row in table.rows:
            yield (
                (f"  {name:<{first + 2}}", "bold" if name == "total" else ""),
                *((f"  {n:>{size},}", _cell_style(name, n)) for n, size in zip(row, widths, strict=True)),
            )
        yield ()
        yield ((table.sentence, "bold"),)
    for label, text in (("release", summary.release(result)), ("blind spots", summary.blind_spots(result))):
        if text:
            yield ((f"{label}: ", "dim"), (text, ""))
    yield ()


def _cell_style(name: str, n: int) -> str:
    if not n or name == "total":
        return "dim" if not n else "bold"
    return {"detected": "green", "silent and wrong": "red", "overran": "red", "crashed": "red"}.get(name, "")


def _checks(checks: list[dict[str, Any]], width: int) -> Iterator[Line]:
    size = max(len(check["id"]) for check in checks)
    number = max(len(f"{check['cases']:,}") for check in checks)
    for check in checks:
        word = summary.STATUS_WORDS[check["status"]]
        told = summary.histogram(check["by_verdict"])
        start = f"  {check['id']:<{size}}  {check['cases']:>{number},}  "
        if check["why"]:
            told = f"{told} · {check['why']}" if told else check["why"]
        room = width - len(start) - 9 - len(told) - 2
        short = summary.requirement(check["id"], room) if room >= 24 else ""
        yield (
            (f"  {word:<7}", _STYLES[word]),
            (start, "bold" if word == "FAIL" else ""),
            (told, ""),
            (f"  {short}" if short else "", "dim"),
        )
    yield ()


def finding_lines(told: Told, result: Result) -> Iterator[Line]:
    """A finding of a result, line by line, and below one that nothing excuses the waiver's entry that would."""
    finding = told.finding
    excused = finding["waived_by"]
    word = "WAIVED" if excused else "NONCONFORMING"
    yield (
        (word, "yellow" if excused else "bold red"),
        (f"  {finding['check']}  ", "bold"),
        (finding["key"], ""),
    )
    yield _labelled("declared", finding["signature"]["declared"])
    yield _labelled("passed", finding["signature"]["passed"])
    if changed := changed_on_the_wire(finding):
        yield _labelled("changed", changed)
    yield _labelled("required", finding["required"], "green")
    yield _labelled("observed", finding["observed"], "red")
    for at, line in enumerate(finding.get("evidence", [])):
        yield _labelled("" if at else "evidence", line)
    for line in told.also:
        yield _labelled("also", line)
    if told.elsewhere:
        yield _labelled("the same", told.elsewhere)
    if words := culprit(told, result):
        yield _labelled("sides", words)
    for line in finding.get("detail", []):
        yield _labelled("note", line)
    if excused:
        yield _labelled("waived by", excused)
    folder, language = finding["reproducer"], summary.reproducer_language(result)
    yield _labelled("replay", finding["replay"] + (f"        ({language}reproducer: {folder}/)" if folder else ""))
    if not excused:
        yield from _entry(finding, result["gate"]["waivers"] or str(DEFAULT_FILE))


def _entry(finding: Mapping[str, Any], waivers: str) -> Iterator[Line]:
    """The entry that excuses a finding, to be pasted into the file of waivers."""
    from conformance.gate.waiver_file import to_paste

    lines = to_paste(finding)
    if lines:
        yield _labelled("to waive", f"paste into {waivers}, and say why")
        yield from (_labelled("", line) for line in lines)
