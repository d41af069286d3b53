"""`abi-conformance cost call`: how long a call takes, by every convention and interface, alone and before operators."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from conformance.cli.output import as_json, table

if TYPE_CHECKING:
    from conformance.cost.timing import CallCost, Interval

_SHOWN = (0, 3, 8, 32)


@click.command(name="call")
@click.option("--compiler", metavar="SPEC", multiple=True, help="gcc, 'clang:-O0', … (repeatable).  [default: gcc]")
@click.option("--rounds", metavar="N", type=click.IntRange(3, 1000), help="Samples of each figure.  [default: 21]")
@click.option("--json", "machine", is_flag=True, help="As JSON: every figure, with its interval.")
def command(compiler: tuple[str, ...], rounds: int | None, machine: bool) -> int:
    """Time a call: direct, X1, X0, libffi, tvm-ffi, TVM's emitted code, Python; alone and in front of operators."""
    from conformance.cost.call import ROUNDS, document, time_calls
    from conformance.toolchain import Cache, Toolchain, resolve

    compilers = [resolve(spec) for spec in compiler or ("gcc",)]
    toolchain = Toolchain(Cache(), None)
    costs = [time_calls(toolchain, one, rounds=rounds or ROUNDS) for one in compilers]
    if machine:
        as_json(document(costs))
    else:
        for cost in costs:
            show(cost)
    return 0


def show(cost: CallCost) -> None:
    """Print the tables of one compiler, and what is missing."""
    from conformance.cost.timing import NOTHING, ROUTES

    click.echo(f"{cost.compiler}: {cost.version} for {cost.target}; nanoseconds a call, median [95 % interval]")
    routes = dict.fromkeys(one.route for one in cost.calls)
    rows = [("", *(f"n = {n}" for n in _SHOWN), "a further argument")]
    for route in sorted(routes, key=list(ROUTES).index):
        timed = (cost.of(route, n) for n in _SHOWN)
        slope = cost.slope(route)
        figures = (interval(one.ns) if one is not None else "" for one in timed)
        rows.append((ROUTES[route], *figures, "" if slope is None else f"{slope:.2f}"))
    table(rows)
    click.echo("\nshare of the call in an operator's whole time")
    operators = [one for one in cost.operators if one.operator != NOTHING and one.share is not None]
    sizes = sorted({one.size for one in operators})
    heads = dict.fromkeys((one.operator, one.route) for one in operators)
    shares = {(one.operator, one.route, one.size): one.share for one in operators}
    table(
        [
            ("", "", *(size_words(size) for size in sizes), ""),
            *((*head, *(share_words(shares.get((*head, size))) for size in sizes), "") for head in heads),
        ]
    )
    for missing in cost.missing:
        click.echo(f"missing: {missing.what}: {missing.why}" + (f"; {missing.mend}" if missing.mend else ""))
    click.echo()


def interval(of: Interval) -> str:
    """`12.3 [12.1, 12.9]`."""
    return f"{of.median:.1f} [{of.low:.1f}, {of.high:.1f}]"


def size_words(size: int) -> str:
    """`16 KB`, `4 MB`."""
    return f"{size >> 20} MB" if size >= 1 << 20 else f"{size >> 10} KB"


def share_words(share: float | None) -> str:
    """A share as per cent, with as many digits as say something."""
    return "" if share is None else f"{100 * share:.2g} %" if share < 0.995 else "100 %"
