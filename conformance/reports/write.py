"""Everything a run leaves on disk: the result, the pages that were asked for, and a folder a finding."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from conformance.model.options import RESULT_FILE, RunOptions
from conformance.model.outcome import Finding, Reproduced
from conformance.registered import OURS, Registered
from conformance.reports.files import ReportError, try_file, write_text
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
    """Puts findings where they can be looked at, each into a folder of its own."""

    def write(self, finding: Finding, report_dir: Path) -> Path:
        """Write the case and its stand-alone reproducer; where they are."""

    def tried(self, folder: Path) -> Reproduced:
        """What the reproducer in a finding's folder comes to; it is built and run."""

    def remark(self, finding: Finding, folder: Path) -> str:
        """What is to be said of the reproducer, or nothing; it may be built and run for that."""


def with_folders(result: Result, folders: Mapping[str, Path], remarks: Mapping[str, str]) -> Result:
    """The result with the folders of its findings, by id; a remark about a reproducer is the first of its details."""
    findings: list[dict[str, Any]] = []
    for finding in result["findings"]:
        folder, remark = folders.get(finding["id"]), remarks.get(finding["id"])
        detail = [*([remark] if remark else []), *finding["detail"]]
        findings.append({**finding, "reproducer": str(folder) if folder else None, "detail": detail})
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
    return [*([(STEP_SUMMARY, step)] if step else []), *found, (RESULT, options.report_dir / RESULT_FILE)]


def prepare_folder(options: RunOptions, others: Mapping[str, Path] = MappingProxyType({})) -> None:
    """Make the report folder and see that all reports can be written, before anything runs.

    `others` are the files that somebody else writes, by what they are called. Raises ReportError and OptionError.
    """
    new = not options.report_dir.exists()
    check_anchor(options.anchor)
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
