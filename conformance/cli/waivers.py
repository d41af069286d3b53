"""`abi-conformance waivers`: keeps a waiver file in step with the last result, and looks at one without a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from conformance.cli.options import shared, with_options
from conformance.gate import entries, waiver_file
from conformance.gate import waivers as waiving
from conformance.gate.decide import Gate
from conformance.gate.files import read_result
from conformance.model.option import read
from conformance.model.options import OPTIONS, RunOptions
from conformance.reports.files import write_text
from conformance.reports.summary import plural


@click.group(name="waivers")
def command() -> None:
    """Write or prune the entries of a waiver file, from the last result, or look for what is wrong with them."""


_FILE = shared("waivers", metavar="FILE", help="The waiver file", usual=str(waiving.DEFAULT_FILE))
_OPTIONS = with_options(_FILE, shared("report-dir", help="Where the last result lies"))


def _waivers_and_result(given: Mapping[str, Any]) -> tuple[Path, dict[str, Any]]:
    """The path of the waiver file, and the last result. Raises GateError."""
    options = RunOptions(**read(OPTIONS, given))
    return options.waivers or waiving.DEFAULT_FILE, read_result(options.report_dir / "result.json")


@command.command()
@_OPTIONS
def update(**given: Any) -> int:
    """Add the entries that would make the last run pass, to be filled with reasons, and renew keys of older ones."""
    file, result = _waivers_and_result(given)
    present = waiving.load(file, with_old_keys=True) if file.exists() else ()
    renewed = {
        waiver.place: entries.renewed_keys(waiver, result) for waiver in present if waiving.meant_keys(waiver.key)
    }
    kept = [replace(waiver, key=key) for waiver in present for key in renewed.get(waiver.place, (waiver.key,))]
    gate = Gate(tuple(kept), str(file), today=datetime.now(UTC).date())
    version = result["subject"]["version"]
    added = entries.missing(result, lambda key, mark: gate.excuses(key, mark.verdict, version) is not None)
    if not added and not renewed:
        click.echo("nothing to add: every finding of the last run is excused, or there is none")
        return 0
    before = waiver_file.rewritten(file.read_text("utf-8"), renewed).rstrip("\n") + "\n" if file.exists() else ""
    write_text(file, before + ("\n" if before and added else "") + waiver_file.render(added))
    for place, keys in renewed.items():
        click.echo(f"rewritten: waiver {place}, now {', '.join(keys)}")
    if added:
        click.echo(f"{file}: {len(added):,} {'entry' if len(added) == 1 else 'entries'} added; fill in the reasons")
        for check in result["checks"]:
            if cut := check.get("cut_off", 0):
                click.echo(f"{check['id']}: {plural(cut, 'call')} not made; run again with these entries, and update")
    return 0


@command.command()
@_OPTIONS
def prune(**given: Any) -> int:
    """Drop the entries that the last run found stale or expired."""
    file, result = _waivers_and_result(given)
    present = waiving.load(file)
    today = datetime.now(UTC).date()
    stale = [waiver for waiver in present if waiving.is_stale(waiver, result, today)]
    for waiver in stale:
        click.echo(f"dropped: waiver {waiver.place}, {waiver.verdict} of {waiver.key}")
    if stale:
        write_text(file, waiver_file.without(file.read_text("utf-8"), stale))
    click.echo(f"{file}: {len(stale)} dropped, {len(present) - len(stale)} kept")
    return 0


@command.command()
@with_options(_FILE)
def lint(**given: Any) -> int:
    """Tell what is wrong with the entries of a file, without a run; ends with 1 if anything is."""
    file = RunOptions(**read(OPTIONS, given)).waivers or waiving.DEFAULT_FILE
    present = waiving.load(file)
    told = waiving.lint(present, datetime.now(UTC).date())
    for problem in told:
        click.echo(f"{file}, {problem}")
    click.echo(f"{file}: {plural(len(present), 'waiver')}, {plural(len(told), 'problem')}")
    return int(bool(told))
