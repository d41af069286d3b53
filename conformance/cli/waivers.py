"""`abi-conformance waivers`: keeps a waiver file in step with the last result."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from conformance.gate import waivers as waiving
from conformance.gate.decide import Gate
from conformance.gate.files import read_result, read_text
from conformance.model.options import REPORT_DIR
from conformance.reports.files import write_text
from conformance.reports.summary import plural


@click.group(name="waivers")
def command() -> None:
    """Write or prune the entries of a waiver file, from the last result."""


def _options(function: Any) -> Any:
    for option in (
        click.option("--waivers", "file", type=click.Path(path_type=Path), default=waiving.DEFAULT_FILE, metavar="FILE",
                     show_default=True, help="The waiver file."),
        click.option("--report-dir", type=click.Path(path_type=Path), default=REPORT_DIR, metavar="DIR",
                     show_default=True, help="Where the last result lies."),
    ):  # fmt: skip
        function = option(function)
    return function


@command.command()
@_options
def update(file: Path, report_dir: Path) -> int:
    """Add the entries that would make the last run pass, to be filled with reasons."""
    result = read_result(report_dir / "result.json")
    present = waiving.load(file) if file.exists() else ()
    today = datetime.now(UTC).date()
    version = result["subject"]["version"]
    gate = Gate(present, str(file), today=today)
    known = [f for f in result["findings"] if gate.excuse(f, version)[0] is None]
    added = waiving.missing({**result, "findings": known})
    if not added:
        click.echo("nothing to add: every finding of the last run is excused, or there is none")
        return 0
    before = read_text(file).rstrip("\n") + "\n\n" if file.exists() else ""
    write_text(file, before + waiving.render(added))
    click.echo(f"{file}: {plural(len(added), 'entry').replace('entrys', 'entries')} added; fill in the reasons")
    return 0


@command.command()
@_options
def prune(file: Path, report_dir: Path) -> int:
    """Drop the entries that the last run found stale or expired."""
    result = read_result(report_dir / "result.json")
    present = waiving.load(file)
    today = datetime.now(UTC).date()
    stale = [waiver for waiver in present if waiving.is_stale(waiver, result, today)]
    for waiver in stale:
        click.echo(f"dropped: waiver {waiver.place}, {waiver.verdict} of {waiver.key}")
    if stale:
        write_text(file, waiving.without(read_text(file), stale))
    click.echo(f"{file}: {len(stale)} dropped, {len(present) - len(stale)} kept")
    return 0
