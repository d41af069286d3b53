"""`abi-conformance cost report`: measures every claim about cost, and writes the page and the document."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(name="report")
@click.option(
    "--out",
    metavar="DIR",
    default="docs",
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Where cost.html, cost.md and cost.json go.",
)
@click.option("--json", "machine", is_flag=True, help="The data on standard output too.")
def command(out: Path, machine: bool) -> int:
    """Measure every claim about cost, and write them with models, figures and answers: a page, a document, data."""
    from conformance.cost.report.write import report

    written = report(out, lambda what: click.echo(f"measuring {what}", err=True))
    if machine:
        click.echo(next(path for path in written if path.suffix == ".json").read_text("utf-8"), nl=False)
    else:
        for path in written:
            click.echo(f"wrote {path}")
    return 0
