"""The result as GitLab's code quality JSON: an issue a cause that nothing excuses, shown beside a merge request."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from conformance.reports import summary
from conformance.reports.causes import cause_id, told_once
from conformance.reports.files import write_text
from conformance.reports.json_report import render as as_json
from conformance.reports.places import Place, waiver_file
from conformance.reports.result import Result

SEVERITIES = {
    "crashed": "blocker",
    "overrun": "blocker",
    "hung": "blocker",
    "misattributed": "major",
    "silent-equal": "major",
    "false-alarm": "major",
}
"""GitLab's severity of a verdict; the others, by which a wrong value passes unnoticed, are critical."""


class _Issue(NamedTuple):
    """An issue; `cause` is what it is known by from run to run, `place` None where the repository has none for it."""

    check: str
    text: str
    cause: str
    severity: str
    place: Place | None


def render(result: Result) -> str:
    """The JSON text, a list; where there is no place for an issue, the subject's name stands for its path."""
    times: Counter[tuple[str, str]] = Counter()
    rows = []
    for issue in _issues(result):
        times[issue.check, issue.cause] += 1
        name = f"{issue.check}|{issue.cause}|{times[issue.check, issue.cause]}"
        place = issue.place or {"path": result["subject"]["name"], "line": 1}
        rows.append(
            {
                "description": issue.text,
                "check_name": issue.check,
                "fingerprint": hashlib.sha256(name.encode()).hexdigest(),
                "severity": issue.severity,
                "location": {"path": place["path"], "lines": {"begin": place["line"]}},
            }
        )
    return as_json(rows)


def write(result: Result, path: Path) -> None:
    """Write the JSON. Raises ReportError."""
    write_text(path, render(result))


def _issues(result: Result) -> Iterator[_Issue]:
    for told in told_once(result["findings"]):
        finding = told.finding
        if not finding["waived_by"]:
            cause = "|".join((cause_id(finding), *finding["pair"]))
            severity = SEVERITIES.get(finding["verdict"], "critical")
            yield _Issue(finding["check"], summary.sentence(finding), cause, severity, finding["place"])
    for problem in result["gate"]["problems"]:
        yield _Issue("waiver", problem, problem, "minor", waiver_file(result))
    for error in result["errors"]:
        yield _Issue("abi-conformance", error, error, "blocker", None)
    for line in summary.not_run(result):
        yield _Issue("abi-conformance", line, line, "info" if result["complete"] else "blocker", None)
