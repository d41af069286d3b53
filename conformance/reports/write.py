"""Everything a run leaves on disk: the result, the pages that were asked for, and a folder a finding."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

from conformance.model.options import RunOptions
from conformance.model.outcome import Finding, Outcome
from conformance.reports import html, json_report
from conformance.reports.files import ReportError, make_folder, write_text
from conformance.reports.result import Result


class FindingStore(Protocol):
    """Puts a finding's case and its stand-alone reproducer into a folder of its own."""

    def __call__(self, finding: Finding, report_dir: Path, /) -> Path:
        """Write the folder and say where it is."""


def folders(outcomes: Iterable[Outcome], report_dir: Path, store: FindingStore) -> tuple[dict[str, str], list[str]]:
    """The folder of each finding by id, and a sentence for each that could not be written."""
    written: dict[str, str] = {}
    errors = []
    for finding in (finding for outcome in outcomes for finding in outcome.findings):
        if finding.id in written:
            continue
        try:
            written[finding.id] = str(store(finding, report_dir))
        except Exception as error:  # whatever is wrong with one folder, the result is still to be written
            errors.append(f"the folder of finding {finding.id} could not be written: {error}")
    return written, errors


def with_folders(result: Result, written: dict[str, str]) -> Result:
    """The result with the folders of its findings."""
    findings: list[dict[str, Any]] = [{**f, "reproducer": written.get(f["id"])} for f in result["findings"]]
    return {**result, "findings": findings}


def write(result: Result, options: RunOptions) -> list[str]:
    """Write every report; a sentence for each that could not be written, while the others are."""
    errors = []
    jobs = [(json_report.write, options.report_dir / "result.json")]
    jobs += [(json_report.write, options.json)] if options.json else []
    jobs += [(html.write, options.html)] if options.html else []
    for job, path in jobs:
        try:
            job(result, path)
        except ReportError as error:
            errors.append(str(error))
    return errors


def prepare_folder(options: RunOptions) -> None:
    """Make the report folder and see that all reports can be written, before anything runs. Raises ReportError."""
    new = not options.report_dir.exists()
    for folder in dict.fromkeys([options.report_dir, *(path.parent for path in (options.json, options.html) if path)]):
        make_folder(folder)
    for path in (options.json, options.html):
        if path is not None and path.is_dir():
            raise ReportError(f"{path} is a folder; name a file in it")
    if new:
        write_text(options.report_dir / ".gitignore", "*\n")
