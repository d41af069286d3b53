"""`abi-conformance matrix`: the acceptance table, what was observed beside what the rules say."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from conformance.cli.options import shared, with_options
from conformance.cli.output import as_json, table
from conformance.model.option import read
from conformance.model.options import OPTIONS, RunOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.matrix import Cell

SYMBOLS = {"accept": "=", "coerce": "~", "reject": "·", "crash": "!", "hang": "!", "no record": "?"}
"""One symbol a decision or observation."""


@click.command(name="matrix")
@with_options(
    shared("subject"),
    shared("compiler", help="The compiler of both sides", usual="first found"),
    shared("pair", help="Compilers of caller and callee", usual="first of all"),
)
@click.option("--json", "machine", is_flag=True, help="As JSON.")
def command(machine: bool, **given: Any) -> int:
    """Show the acceptance table: declared kind by passed code, observed beside the rules."""
    options = RunOptions(**read(OPTIONS, given), seed=0)
    from conformance.matrix import observe

    cells = observe(options)
    if machine:
        as_json([asdict(cell) for cell in cells])
    else:
        show(cells)
    return int(not all(cell.conforms for cell in cells))


def show(cells: Sequence[Cell]) -> None:
    """Print the table with its legend, and the cells that differ from the rules in words."""
    codes = list(dict.fromkeys((cell.code, cell.code_name) for cell in cells))
    kinds = list(dict.fromkeys(cell.declared for cell in cells))
    found = {(cell.declared, cell.code): cell for cell in cells}
    table(
        [
            ("declared", *(name for _, name in codes), ""),
            *([kind, *(_symbol(found.get((kind, code))) for code, _ in codes), ""] for kind in kinds),
        ]
    )
    click.echo(
        "\n= accepted   ~ converted   · rejected   ! crashed or hung   ? no record   a/b: observed a, rules say b"
    )
    differing: dict[tuple[str, str, str, str], list[str]] = {}
    for cell in cells:
        if not cell.conforms:
            differing.setdefault((cell.declared, cell.observed, cell.rules, cell.verdict), []).append(cell.code_name)
    for (declared, observed, rules, verdict), names in differing.items():
        click.echo(f"differs: {declared} under {', '.join(names)}: {observed}, the rules say {rules} ({verdict})")


def _symbol(cell: Cell | None) -> str:
    if cell is None:
        return ""
    observed, rules = SYMBOLS.get(cell.observed, "?"), SYMBOLS.get(cell.rules, "?")
    if cell.conforms:
        return observed
    return f"{observed}/{rules}" if observed != rules else f"{observed}*"
