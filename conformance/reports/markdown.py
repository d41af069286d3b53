"""The result as Markdown: the summary of a job, or the text of a comment."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from conformance.reports import summary
from conformance.reports.causes import Told, told_once
from conformance.reports.files import ReportError, write_text
from conformance.reports.result import Result
from conformance.reports.sides import matrices
from conformance.reports.terminal import finding_lines, plain

MOST_BYTES = 1_000_000
"""GitHub takes 1,048,576 bytes of a step, and drops a longer summary whole."""

CUT = "\n\n… cut here; the rest is in the result's JSON.\n"

_MARKUP = re.compile(r"[\\`*_{}\[\]<>|&#!@~$]")


def render(result: Result, most: int = MOST_BYTES) -> str:
    """The text, cut at a whole block to `most` bytes; empty where not even its head fits."""
    text, size = "", len(CUT.encode())
    for block in _blocks(result):
        size += len(block.encode()) + 1
        if size > most:
            return text.rstrip("\n") + CUT if text else ""
        text += block + "\n"
    return text


def write(result: Result, path: Path) -> None:
    """Write the text. Raises ReportError."""
    write_text(path, render(result))


def append(result: Result, path: Path) -> None:
    """Append the text to a step's summary, as far as there is room. Raises ReportError."""
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(render(result, MOST_BYTES - path.stat().st_size))
    except OSError as error:
        raise ReportError(f"{path} cannot be written ({error.strerror}); name another GITHUB_STEP_SUMMARY") from error


def _blocks(result: Result) -> Iterator[str]:
    word, rest = summary.verdict_line(result)
    yield f"## {as_text(result['subject']['name'])}: {word}\n\n{as_text(rest)}\n"
    yield from _list("Stale or expired waivers", result["gate"]["problems"])
    yield from _list(summary.errors_title(result).capitalize(), result["errors"])
    told = told_once(result["findings"])
    if told:
        yield "### Findings\n"
        yield as_table(("check", "verdict", "case", "place", "waived by"), [_row(each) for each in told])
        yield from (_details(each, result) for each in told)
    both = summary.side_by_side(result)
    if both:
        rows = [(name, *(f"{n:,}" for n in counts)) for name, counts in both.rows]
        yield as_table(("mismatches", *both.columns), rows)
    checks = [check for check in result["checks"] if not summary.unasked(check)]
    if checks:
        rows = [
            (summary.STATUS_WORDS[check["status"]], check["id"], f"{check['cases']:,}",
             " · ".join(filter(None, (summary.histogram(check["by_verdict"]), check["why"]))))
            for check in checks
        ]  # fmt: skip
        yield "### Checks\n"
        yield as_table(("", "check", "cases", "came to"), rows)
    for matrix in matrices(result):
        yield as_table(matrix.head, matrix.rows)
    yield as_table(("run", ""), [*summary.header(result), ("ran", summary.volume(result))])


def _row(told: Told) -> tuple[str, ...]:
    finding = told.finding
    place = finding["place"]
    where = f"{place['path']}:{place['line']}" if place else ""
    return finding["check"], finding["verdict"], finding["key"], where, finding["waived_by"] or ""


def _details(told: Told, result: Result) -> str:
    """A finding as the terminal shows it, folded; the fence is longer than any in the text."""
    text = plain(finding_lines(told, result))
    fence = "`" * max(3, *(len(ticks) + 1 for ticks in re.findall("`+", text)), 3)
    return f"<details><summary>{as_text(told.finding['key'])}</summary>\n\n{fence}text\n{text}\n{fence}\n</details>\n"


def _list(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield f"### {title}\n"
        yield from (f"- {as_text(line)}" for line in lines)
        yield ""


def as_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table, a line a row."""
    lines = [head, ["---"] * len(head), *([as_text(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


def as_text(text: str) -> str:
    """Text that means itself, on one line, whatever a subject says."""
    return _MARKUP.sub(lambda found: f"&#{ord(found[0])};", " ".join(text.split()))
