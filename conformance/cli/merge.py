"""`abi-conformance merge`: one result of the shards of a run, judged as the whole run would have been."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from conformance.cli.options import shared, with_options
from conformance.model.option import read
from conformance.model.options import OPTIONS, RunOptions
from conformance.reports import github, terminal
from conformance.reports.merge import load, merged

_REPORTS = tuple(
    shared(option.name, short="-o") if option.name == "report-dir" else option
    for option in OPTIONS
    if option.scope == "report"
)


@click.command(name="merge", epilog="Ends as the whole run would have, and with 2 where a shard is missing.")
@with_options(*_REPORTS)
@click.argument("shards", nargs=-1, required=True, metavar="RESULT.json...", type=click.Path(path_type=Path))
def command(shards: tuple[Path, ...], **given: Any) -> int:
    """Make one result of the shards of a run, excuse and judge it, print the summary, write the reports."""
    reports = read(_REPORTS, given)
    options, result = RunOptions(**reports), merged(load(shards), reports)
    dress = github.dressed if github.is_asked(options) else None
    terminal.show(result, terminal.console(sys.stdout), quiet=options.quiet, dress=dress)
    return int(result["exit_code"])
