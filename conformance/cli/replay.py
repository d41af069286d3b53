"""`abi-conformance replay`: one recorded case again, explained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from conformance.cli.options import shared, with_options
from conformance.cli.output import as_json
from conformance.model.option import read
from conformance.model.options import OPTIONS, RunOptions
from conformance.model.verdict import VERDICTS
from conformance.reports.summary import plural

if TYPE_CHECKING:
    from conformance.findings.replay import ReplayResult


@click.command(name="replay")
@click.argument("target", metavar="ID|PATH")
@with_options(
    shared("report-dir", help="Where the finding lies"),
    shared("subject", help="Another subject than the recorded one", usual="the recorded one"),
)
@click.option("--json", "machine", is_flag=True, help="As JSON.")
def command(target: str, machine: bool, **given: Any) -> int:
    """Run one recorded case again; ends with 1 if it is still nonconforming, 0 if not."""
    from conformance.findings.replay import replay

    result = replay(target, RunOptions(**{"subject": "", "seed": 0, **read(OPTIONS, given)}))
    if machine:
        as_json(
            {
                "id": result.case.id,
                "key": result.key,
                "verdict": result.verdict,
                "recorded": result.recorded,
                "conforms": result.conforms,
                "required": result.required,
                "observed": result.observed,
                "detail": list(result.detail),
                "evidence": list(result.evidence),
                "case": result.case.to_json(),
            }
        )
    else:
        show(result)
    return int(not result.conforms)


def show(result: ReplayResult) -> None:
    """Print the case in the layout of a finding, every value that is passed, and what became of it."""
    case = result.case
    click.echo(f"{'CONFORMING' if result.conforms else 'NONCONFORMING'}  {case.check}  {result.key}")
    rows = [
        ("declared", str(case.declared)),
        ("passed", str(case.passed)),
        *((f"argument {at}", str(value)) for at, value in enumerate(case.payload)),
    ]
    if case.history:
        rows.append(("before", f"{plural(case.calls_before, 'call')} in the same process"))
    rows += [("required", result.required), ("observed", result.observed)]
    rows += [("" if at else "evidence", line) for at, line in enumerate(result.evidence)]
    rows += [("note", line) for line in result.detail]
    rows.append(("verdict", f"{result.verdict}: {VERDICTS.get(result.verdict, '')}"))
    if result.recorded and result.recorded != result.verdict:
        rows.append(("recorded", f"{result.recorded}: the verdict has changed"))
    for label, text in rows:
        click.echo(f"  {label:<10} {text}")
