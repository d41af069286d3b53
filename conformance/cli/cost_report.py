"""`abi-conformance cost report`: measures every claim about cost, and writes the page and the document."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from conformance.cli.extras import need_cost
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
    need_cost()
    from conformance.cost.report.write import report

    written, data = report(out, lambda what: click.echo(f"measuring {what}", err=True), _suite, _matrix)
    if machine:
        as_json(data)
    else:
        for path in written:
            click.echo(f"wrote {path}")
    return 0


def _suite(compiler: str) -> Any:
    """The result of a run against the reference, with Python as a side."""
    from conformance.cli.run import without_output
    from conformance.cost.report.measure import NotMeasured

    with tempfile.TemporaryDirectory(prefix="abi-cost-") as folder:
        path = Path(folder, "result.json")
        given = {"compiler": (compiler, "dynamic"), "report_dir": folder, "seed": "0", "json": path, "waivers": "none"}
        code = without_output(given)
        if code not in (0, 1):
            raise NotMeasured(f"the run of the suite ended with {code}; 'abi-conformance run' says why")
        return json.loads(path.read_text("utf-8"))


def _matrix(compiler: str) -> Any:
    """The cells of the reference's acceptance table."""
    from conformance.matrix import observe
    from conformance.model.options import RunOptions

    return [asdict(cell) for cell in observe(RunOptions(compilers=(compiler,), seed=0))]
