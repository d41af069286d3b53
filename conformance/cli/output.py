"""Plain tables and JSON on standard output."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from conformance.cost.model import Unmeasured


_WIDE = 10_000
"""Columns of a table: more than any has, so that no cell is cut; a terminal breaks lines as it likes."""


def table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows in columns that line up; the last column is as long as it is."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    if not rows:
        return
    grid = Table.grid(padding=(0, 2, 0, 0))
    for _ in rows[0]:
        grid.add_column(no_wrap=True)
    for row in rows:
        grid.add_row(*map(Text, row))
    console = Console(width=_WIDE, color_system=None)
    with console.capture() as capture:
        console.print(grid)
    for line in capture.get().splitlines():
        click.echo(line.rstrip())


def as_json(data: Any) -> None:
    """Print JSON."""
    click.echo(json.dumps(data, indent=2, ensure_ascii=False))


def show_missing(missing: Sequence[Unmeasured]) -> None:
    """Print a grey line for each measurement that could not be had, with what would give it."""
    for gap in missing:
        click.secho(f"missing  {gap.spec}: {gap.reason}", dim=True)
