"""A run within GitHub Actions: errors shown beside the code, sections that fold, and where the job's summary goes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from conformance.gate.compare import harm
from conformance.model.options import RunOptions
from conformance.reports import summary
from conformance.reports.causes import told_once
from conformance.reports.places import Place, waiver_file
from conformance.reports.result import Result
from conformance.reports.terminal import HEADING, Line, plain

MOST_ERRORS = 10
"""As many errors as GitHub shows of a step."""

_FOLDED = ("checks", "findings", "notes")


def is_asked(options: RunOptions) -> bool:
    """Whether a run speaks to GitHub Actions: it is asked to, or is started there; of shards only what merges them."""
    return options.github or (options.shard is None and os.environ.get("GITHUB_ACTIONS") == "true")


def step_summary(options: RunOptions) -> Path | None:
    """The file to which the step's summary is appended, if there is one."""
    name = os.environ.get("GITHUB_STEP_SUMMARY", "").strip()
    return Path(name) if name and is_asked(options) else None


def dressed(result: Result, shown: Iterable[Line]) -> Iterator[Line]:
    """What the terminal shows, with its longest sections folded and the annotations above its last line."""
    *body, verdict = shown
    is_open = False
    for line in body:
        text = plain([line])
        if not text.startswith(HEADING):
            yield _harmless(line)
            continue
        if is_open:
            yield _said("::endgroup::")
        title = text.strip(f"{HEADING} ")
        is_open = title.startswith(_FOLDED)
        yield _said(f"::group::{_escaped(title)}") if is_open else line
    if is_open:
        yield _said("::endgroup::")
    yield from map(_said, errors(result))
    yield verdict


def errors(result: Result) -> list[str]:
    """An `::error` for each cause that nothing excuses and that has a place; the worst come first, the last counts."""
    causes = [told.finding for told in told_once(result["findings"]) if not told.finding["waived_by"]]
    causes.sort(key=lambda finding: -harm(finding["verdict"]))
    found = [
        (finding["place"], f"{finding['check']} {finding['key']}", summary.sentence(finding))
        for finding in causes
        if finding["place"]
    ]
    if place := waiver_file(result):
        found += [(place, "waiver", problem) for problem in result["gate"]["problems"]]
    if len(found) > MOST_ERRORS:
        more = len(found) - MOST_ERRORS + 1
        where = found[MOST_ERRORS - 1][0]
        found[MOST_ERRORS - 1 :] = [(where, "abi-conformance", f"and {more:,} more, all in the result's JSON")]
    return [_error(*row) for row in found]


def _error(place: Place, title: str, message: str) -> str:
    values = {"file": place["path"], "line": str(place["line"]), "title": title}
    properties = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in values.items())
    return f"::error {properties}::{_escaped(message)}"


def _escaped(text: str, more: str = "") -> str:
    """Text as a workflow command takes it; `more` are characters that also end a property's value."""
    return "".join(f"%{ord(char):02X}" if char in "%\r\n" + more else char for char in text)


def _said(text: str) -> Line:
    return ((text, ""),)


def _harmless(line: Line) -> Line:
    """A line that GitHub takes for no command, whatever a subject says."""
    if re.search(r"^\s*::|##\[", plain([line]), re.MULTILINE) is None:
        return line
    return tuple((text.replace("##[", "## [").replace("::", ": :"), style) for text, style in line)
