"""`abi-conformance audit`: which functions of a compiled library trust what they are called with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from conformance.cli.output import as_json, table
from conformance.model.errors import CONFORMING, NONCONFORMING, NOTHING_RAN
from conformance.reports.summary import plural

if TYPE_CHECKING:
    from conformance.audit.result import AuditResult, Group

_SHOWN = 4
"""Values of a group of calls that are named."""

_MOST = 20
"""Groups of calls that are listed, of those that are no findings."""


@click.command()
@click.argument("what", metavar="LIB_OR_MODULE")
@click.option(
    "--subject", metavar="NAME", required=True, help="The runtime that it is loaded on: tvm-ffi, tvm-ffi==VERSION, …"
)
@click.option("--probe", is_flag=True, help="Also call functions without a schema: their bodies run.")
@click.option("--call-matched", is_flag=True, help="Also make right calls: bodies run, with all that they do.")
@click.option("--json", "machine", is_flag=True, help="All of it, as JSON on standard output.")
def command(what: str, subject: str, probe: bool, call_matched: bool, machine: bool) -> int:
    """Call every function of a library, or of a Python module, with what its schema obliges it to reject."""
    from conformance.audit.document import document
    from conformance.audit.run import audit

    result = audit(what, subject, matched=call_matched, probe=probe)
    if machine:
        as_json(document(result))
    else:
        _show(result, probe)
    if result.findings:
        return NONCONFORMING
    return CONFORMING if result.judged else NOTHING_RAN


def _show(result: AuditResult, probed: bool) -> None:
    functions, declared = result.functions, result.with_schema
    click.echo(
        f"{result.what} on {result.subject} {result.version}: {plural(len(functions), 'function')}, "
        f"{len(declared):,} with a schema, {plural(len(result.calls), 'call')} in {result.seconds:.1f} s"
    )
    _list("not as it has to be", result.findings, lambda group: group.first.observed)
    _list("as a function of the runtime does as well", result.subtracted, lambda group: group.first.control, _MOST)
    _list("could not be judged", result.unjudged, lambda group: group.first.observed, _MOST)
    for function in result.unread:
        click.echo(f"not called: {function.name}: {function.why}")
    silent = len(functions) - len(declared) - len(result.unread)
    if silent and not probed:
        click.secho(f"not called: {plural(silent, 'function')} without a schema (--probe calls them)", dim=True)
    for note in result.notes:
        click.secho(note, dim=True)
    click.echo(_conclusion(result))


def _list(title: str, groups: Sequence[Group], last: Callable[[Group], str], most: int | None = None) -> None:
    """A table of groups of calls, `most` of them, with what is told of each in the last column."""
    if not groups:
        return
    click.echo(f"\n{title}")
    rows = [("function", "verdict", "where", "declared <- passed", "required", "observed")]
    for group in groups[:most]:
        planned = group.first.planned
        rows.append(
            (group.function.name, group.first.verdict, planned.place, _call(group), planned.required, last(group))
        )
    table(rows)
    if most is not None and len(groups) > most:
        click.secho(f"and {len(groups) - most} more, which --json has", dim=True)


def _call(group: Group) -> str:
    more = len(group.passed) - _SHOWN
    passed = ", ".join(group.passed[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
    declared = group.first.planned.declared
    return f"{declared} <- {passed}" if declared else passed


def _conclusion(result: AuditResult) -> str:
    if result.findings:
        names = dict.fromkeys(group.function.name for group in result.findings)
        return (
            f"\n{len(names)} of {plural(len(result.functions), 'function')} trust their arguments: {', '.join(names)}"
        )
    if not result.judged:
        return "\nnothing was judged: no function declares what it takes"
    silent = len(result.calls) - result.judged
    of_them = f"; {silent:,} of {plural(len(result.calls), 'call')} say nothing" if silent else ""
    return f"\nno function was seen to trust its arguments{of_them}"
