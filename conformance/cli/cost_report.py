"""`abi-conformance cost report`: measures every claim about cost, and writes the page and the document."""

from __future__ import annotations

from pathlib import Path

import click

from conformance.cli.output import as_json


@click.command(name="report")
@click.option(
    "--out",
    metavar="DIR",
    default="docs",
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Where cost.html and cost.md go.",
)
@click.option("--json", "machine", is_flag=True, help="All figures and answers, as JSON on standard output.")
def command(out: Path, machine: bool) -> int:
    """Measure every claim about cost, and write them with models, figures and answers: a page, a document, data."""
    from conformance.cost.report.write import report

    written, data = report(out, lambda what: click.echo(f"measuring {what}", err=True))
    if machine:
        as_json(data)
    else:
        for path in written:
            click.echo(f"wrote {path}")
    return 0
