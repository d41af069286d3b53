"""Everything a run leaves on disk: the result, the pages that were asked for, and a folder a finding."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

from conformance.model.options import RunOptions
from conformance.model.outcome import Finding, Outcome
from conformance.registered import OURS, Registered
from conformance.reports.files import ReportError, make_folder, write_text
from conformance.reports.github import step_summary
from conformance.reports.places import check_anchor
from conformance.reports.registry import Report, find
from conformance.reports.result import Result

RESULT = Report(Registered(OURS, "json", "conformance.reports.json_report:write"))
"""The report that every run leaves, asked for or not."""

STEP_SUMMARY = Report(Registered(OURS, "github-summary", "conformance.reports.markdown:append"))
"""The report that a run within GitHub Actions leaves, asked for or not."""

_OPTIONS = ("html", "junit", "sarif", "code-quality", "markdown", "json")
"""The reports that have an option of their name."""


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
    ours = ((name, getattr(options, name.replace("-", "_"))) for name in _OPTIONS)
    asked = [*options.reports, *((name, path) for name, path in ours if path)]
    asked.sort(key=lambda job: job[0] == RESULT.entry.name)
    found = zip(find([name for name, _ in asked]), (path for _, path in asked), strict=True)
    step = step_summary(options)
    return [*([(STEP_SUMMARY, step)] if step else []), *found, (RESULT, options.report_dir / "result.json")]


def prepare_folder(options: RunOptions) -> None:
    """Make the report folder and see that all reports can be written, before anything runs.

    Raises ReportError and OptionError.
    """
    new = not options.report_dir.exists()
    check_anchor(options.anchor)
    for report, path in jobs(options):
        report.load()
        make_folder(path.parent)
        if path.is_dir():
            raise ReportError(f"{path} is a folder; name a file in it")
    if new:
        write_text(options.report_dir / ".gitignore", "*\n")
