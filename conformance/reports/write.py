"""Everything a run leaves on disk: the result, the pages that were asked for, and a folder a finding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from conformance.model.options import RunOptions
from conformance.model.outcome import Finding, Outcome
from conformance.registered import OURS, Registered
from conformance.reports.files import ReportError, try_file, write_text
from conformance.reports.registry import Report, find
from conformance.reports.result import Result

RESULT = Report(Registered(OURS, "json", "conformance.reports.json_report:write"))
"""The report that every run leaves, asked for or not."""


class FindingStore(Protocol):
    """Puts a finding's case and its stand-alone reproducer into a folder of its own."""

    def __call__(self, finding: Finding, report_dir: Path, /) -> tuple[Path, str]:
        """Write the folder; where it is, and a remark about the reproducer where there is one."""


Folders = dict[str, tuple[str, str]]
"""The folder of each finding by id, and a remark about its reproducer."""


def folders(outcomes: Iterable[Outcome], report_dir: Path, store: FindingStore) -> tuple[Folders, list[str]]:
    """The folder of each finding, and a sentence for each that could not be written."""
    written: Folders = {}
    errors = []
    for finding in (finding for outcome in outcomes for finding in outcome.findings):
        if finding.id in written:
            continue
        try:
            folder, remark = store(finding, report_dir)
            written[finding.id] = str(folder), remark
        except Exception as error:  # whatever is wrong with one folder, the result is still to be written
            errors.append(f"the folder of finding {finding.id} could not be written: {error}")
    return written, errors


def with_folders(result: Result, written: Folders) -> Result:
    """The result with the folders of its findings; a remark about a reproducer is the first line of its details."""
    findings: list[dict[str, Any]] = []
    for finding in result["findings"]:
        folder, remark = written.get(finding["id"], (None, ""))
        detail = [*([remark] if remark else []), *finding["detail"]]
        findings.append({**finding, "reproducer": folder, "detail": detail})
    return {**result, "findings": findings}


def jobs(options: RunOptions) -> list[tuple[Report, Path]]:
    """What is to be written where; JSON comes last, so that it says what else could not be written. Raises OptionError.

    The result is always left in the report folder.
    """
    ours = (("html", options.html), ("json", options.json))
    asked = [*options.reports, *((name, path) for name, path in ours if path)]
    asked.sort(key=lambda job: job[0] == RESULT.entry.name)
    found = zip(find([name for name, _ in asked]), (path for _, path in asked), strict=True)
    return [*found, (RESULT, options.report_dir / "result.json")]


def prepare_folder(options: RunOptions, others: Mapping[str, Path] = MappingProxyType({})) -> None:
    """Make the report folder and see that all reports can be written, before anything runs.

    `others` are the files that somebody else writes, by what they are called. Raises ReportError and OptionError.
    """
    new = not options.report_dir.exists()
    asked = jobs(options)
    for report, _ in asked:
        report.load()
    files = [*others.items(), *((report.entry.name, path) for report, path in asked)]
    taken: dict[Path, str] = {}
    for name, path in files:
        other = taken.setdefault(path.resolve(), name)
        if other != name:
            raise ReportError(f"{path} is to be both the report '{other}' and the report '{name}'; name two files")
    for _, path in files:
        try_file(path)
    if new:
        write_text(options.report_dir / ".gitignore", "*\n")
