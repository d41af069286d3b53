"""`abi-conformance cost inline`: what is left of a convention once the compiler sees the callee; gates COST-INLINE."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

import click

from conformance.cli.extras import need_cost
from conformance.cli.options import shared, with_options
from conformance.cli.output import as_json, show_missing, table
from conformance.reports.summary import plural

if TYPE_CHECKING:
    from conformance.cost.model import CodeComparison, Difference, InlineResult, InlineTable

_LINES = 24
"""Lines of a listing that are shown; --json has all."""


@click.command(name="inline")
@with_options(shared("compiler", help="A compiler, such as 'gcc:-O2 -m32'", usual="all usual"))
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="What draws the signatures.")
@click.option("--signatures", type=click.IntRange(0), default=120, show_default=True, help="How many to draw.")
@click.option("--no-structures", is_flag=True, help="Leave out dtype and device, which are structures by value.")
@click.option(
    "--at-least",
    metavar="SHARE",
    type=click.FloatRange(0, 1),
    help="COST-INLINE: end with 1 if less than this share (0 to 1) is the direct call's code, in one unit, optimised.",
)
@click.option("--json", "machine", is_flag=True, help="As JSON.")
def command(
    compiler: tuple[str, ...], seed: int, signatures: int, no_structures: bool, at_least: float | None, machine: bool
) -> int:
    """Whether the call of a convention is the direct call's machine code, once the callee is in sight."""
    need_cost()
    from conformance.cost.document import inline_document
    from conformance.cost.inline import fallen_below, measure

    result = measure(compiler, seed, signatures, structures=not no_structures)
    fallen = [] if at_least is None else fallen_below(result, at_least)
    if machine:
        as_json({**inline_document(result), "at_least": at_least, "passes": not fallen})
        return int(bool(fallen))
    _show(result)
    if at_least is not None:
        for one, comparison in fallen:
            where = f"{one.configuration.id}, {_name(comparison)}"
            click.echo(f"COST-INLINE  {where}: {comparison.share:.3f} is less than {at_least:g}")
        click.echo(f"COST-INLINE  {'fail' if fallen else 'pass'}")
    return int(bool(fallen))


def _name(comparison: CodeComparison) -> str:
    from conformance.cost.model import INLINED

    return INLINED[comparison.convention]


def _show(result: InlineResult) -> None:
    from conformance.cost.model import SIGHTS

    click.echo(f"{plural(result.signatures, 'signature')}, seed {result.seed}: callers that are the direct call's code")
    rows = [
        ("compiler", "callee", "convention", "identical", "plain kinds", "more instructions, stores, stack", "smallest")
    ]
    for one in result.tables:
        for found in one.comparisons:
            extra = found.extra
            more = f"{extra.instructions:+d}, {extra.stores:+d}, {extra.stack:+d} B"
            rows.append(
                (
                    one.configuration.spec,
                    SIGHTS[one.sight],
                    _name(found),
                    f"{found.identical}/{found.compared}",
                    f"{found.plain_identical}/{found.plain}",
                    "" if found.smallest is None else more,
                    "" if found.smallest is None else found.smallest.signature,
                )
            )
    table(rows)
    click.echo()
    _show_kinds(result)
    for one in result.tables:
        if one.sight == "unit" and "-O0" not in one.configuration.spec:
            _show_listings(one)
    show_missing(result.missing)


def _show_kinds(result: InlineResult) -> None:
    """Which kinds are compiled away where optimised in one unit: alone in a signature, in all that were compared."""
    from conformance.cost.inline import gated

    rest: dict[str, set[str]] = {}
    kinds: set[str] = set()
    for one, found in gated(result):
        kinds.update(found.by_kind)
        for kind, (used, identical) in found.by_kind.items():
            if identical < used:
                rest.setdefault(kind, set()).add(f"{one.configuration.id} {_name(found)}")
    gone = sorted(kinds - set(rest))
    if kinds:
        click.echo(f"optimised, in one unit, always the direct call: {', '.join(gone) or 'no kind'}")
        for kind, where in sorted(rest.items()):
            click.echo(f"not always: {kind} ({', '.join(sorted(where))})")
        click.echo()


def _show_listings(one: InlineTable) -> None:
    shown: set[tuple[str, ...]] = set()
    for found in one.comparisons:
        if found.smallest is not None and found.smallest.listing not in shown:
            shown.add(found.smallest.listing)
            click.echo(f"{one.configuration.spec}, {_name(found)}, {found.smallest.signature}:")
            table([("  direct", _name(found)), *_side_by_side(found.smallest)])
            click.echo()


def _side_by_side(smallest: Difference) -> list[tuple[str, str]]:
    lines = [(f"  {one}", two) for one, two in zip_longest(smallest.direct, smallest.listing, fillvalue="")]
    return lines if len(lines) <= _LINES else [*lines[:_LINES], ("  …", "…")]
