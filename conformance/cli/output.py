"""Plain tables and JSON on standard output."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from conformance.cost.model import Missing


def table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows in columns that line up; the last column is as long as it is."""
    if not rows:
        return
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]) - 1)]
    for row in rows:
        cells = [f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)]
        click.echo("  ".join([*cells, row[-1]]).rstrip())


def as_json(data: Any) -> None:
    """Print JSON."""
    click.echo(json.dumps(data, indent=2, ensure_ascii=False))


def show_missing(missing: Sequence[Missing]) -> None:
    """Print a grey line for each measurement that could not be had, with what would give it."""
    for gap in missing:
        click.secho(f"missing  {gap.spec}: {gap.reason}", dim=True)
