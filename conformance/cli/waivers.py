"""`abi-conformance waivers`: keeps a waiver file in step with the last result."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from conformance.gate import waiver_file
from conformance.gate import waivers as waiving
from conformance.gate.decide import Gate
from conformance.gate.files import read_result
from conformance.model.options import REPORT_DIR
from conformance.reports.files import write_text


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
    """Add the entries that would make the last run pass, to be filled with reasons, and renew keys of older ones."""
    result = read_result(report_dir / "result.json")
    present = waiving.load(file, with_old_keys=True) if file.exists() else ()
    renewed = {
        waiver.place: waiving.renewed_keys(waiver, result) for waiver in present if waiving.meant_keys(waiver.key)
    }
    entries = [replace(waiver, key=key) for waiver in present for key in renewed.get(waiver.place, (waiver.key,))]
    gate = Gate(tuple(entries), str(file), today=datetime.now(UTC).date())
    version = result["subject"]["version"]
    added = waiving.missing(result, lambda key, mark: gate.excuses(key, mark.verdict, version) is not None)
    if not added and not renewed:
        click.echo("nothing to add: every finding of the last run is excused, or there is none")
        return 0
    before = waiver_file.rewritten(file.read_text("utf-8"), renewed).rstrip("\n") + "\n" if file.exists() else ""
    write_text(file, before + ("\n" if before and added else "") + waiver_file.render(added))
    for place, keys in renewed.items():
        click.echo(f"rewritten: waiver {place}, now {', '.join(keys)}")
    if added:
        click.echo(f"{file}: {len(added):,} {'entry' if len(added) == 1 else 'entries'} added; fill in the reasons")
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
        write_text(file, waiver_file.without(file.read_text("utf-8"), stale))
    click.echo(f"{file}: {len(stale)} dropped, {len(present) - len(stale)} kept")
    return 0
