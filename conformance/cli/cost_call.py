"""`abi-conformance cost call`: how long a call takes, by every convention and interface, alone and before operators."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from conformance.cli.options import shared, with_options
from conformance.cli.output import as_json, table

if TYPE_CHECKING:
    from conformance.cost.timing import CallCost, Interval

_SHOWN = (0, 3, 8, 32)

NOTHING_RAN = 5
"""The exit code where no compiler's code could be timed, as pytest has it."""


@click.command(name="call")
@with_options(shared("compiler", help="A compiler, such as 'gcc:-O2 -m32'", usual="gcc and clang, -O0 and -O2"))
@click.option("--rounds", metavar="N", type=click.IntRange(3, 1000), help="Samples of each figure.  [default: 21]")
@click.option("--json", "machine", is_flag=True, help="As JSON: every figure, with its interval.")
def command(compiler: tuple[str, ...], rounds: int | None, machine: bool) -> int:
    """Time a call: direct, X1, X0, libffi, tvm-ffi, TVM's emitted code, Python; alone and in front of operators."""
    from conformance.cost.call import ROUNDS, document, time_all

    costs = time_all(compiler, rounds or ROUNDS)
    if machine:
        as_json(document(costs))
    else:
        for cost in costs:
            show(cost)
    return 0 if any(cost.calls for cost in costs) else NOTHING_RAN


def show(cost: CallCost) -> None:
    """Print the tables of one compiler, and what is missing."""
    click.echo(f"{cost.compiler}: {cost.version} for {cost.target}" if cost.version else cost.compiler)
    if cost.calls:
        _show_calls(cost)
        _show_counted(cost)
    if cost.operators:
        _show_shares(cost)
    for missing in cost.missing:
        hint = f"; {missing.mend}" if missing.mend else ""
        click.secho(f"missing: {missing.what}: {missing.why}{hint}", dim=True)
    click.echo()


def _show_calls(cost: CallCost) -> None:
    from conformance.cost.timing import ROUTES

    click.echo("nanoseconds a call, median [95 % interval]")
    routes = dict.fromkeys(timing.route for timing in cost.calls)
    rows = [("", *(f"n = {n}" for n in _SHOWN), "a further argument")]
    for route in sorted(routes, key=list(ROUTES).index):
        timed = (cost.of(route, n) for n in _SHOWN)
        slope = cost.slope(route)
        figures = (interval(timing.ns) if timing is not None else "" for timing in timed)
        rows.append((ROUTES[route], *figures, "" if slope is None else f"{slope:.2f}"))
    table(rows)


def _show_counted(cost: CallCost) -> None:
    from conformance.cost.report.tables import counted_table

    rows = counted_table(cost).rows
    if len(rows) > 1:
        table(rows)


def _show_shares(cost: CallCost) -> None:
    from conformance.cost.messages import size_text
    from conformance.cost.timing import NOTHING, ROUTES

    click.echo("share of the call in an operator's whole time")
    operators = [timing for timing in cost.operators if timing.operator != NOTHING and timing.share is not None]
    sizes = sorted({timing.size for timing in operators})
    heads = dict.fromkeys((timing.operator, timing.route) for timing in operators)
    shares = {(timing.operator, timing.route, timing.size): timing.share for timing in operators}
    rows = [("", "", *map(size_text, sizes))]
    for operator, route in heads:
        rows.append((operator, ROUTES[route], *(_share(shares.get((operator, route, size))) for size in sizes)))
    table(rows)


def interval(of: Interval) -> str:
    """`12.3 [12.1, 12.9]`."""
    return f"{of.median:.1f} [{of.low:.1f}, {of.high:.1f}]"


def _share(share: float | None) -> str:
    from conformance.cost.messages import per_cent

    return "" if share is None else per_cent(share)
