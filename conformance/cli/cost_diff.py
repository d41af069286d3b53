"""What `abi-conformance diff` says of two cost results."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from conformance.cli.output import as_json, table
from conformance.cost.compare import MEASURES, compare

_MOST = 40


def is_cost(document: object) -> bool:
    """Whether a document is a cost result that can be compared."""
    return isinstance(document, dict) and document.get("schema") in MEASURES


def tell(old: dict[str, Any], new: Any, paths: tuple[Path, Path], tolerance: float, *, machine: bool) -> int:
    """Print what became dearer or cheaper; 1 if anything became dearer by more than `tolerance` per cent."""
    if not is_cost(new) or old["schema"] != new["schema"]:
        raise click.UsageError(
            f"{paths[0]} is a {old['schema']} and {paths[1]} is not; name two results of one command"
        )
    try:
        changes = compare(old, new)
    except (KeyError, TypeError, ValueError):
        raise click.UsageError(
            f"{paths[0]} or {paths[1]} is no whole {old['schema']}; name what 'cost … --json' wrote"
        ) from None
    rows = [(change.direction(tolerance), change) for change in changes.changed]
    worse, better = (sum(direction == name for direction, _ in rows) for name in ("worse", "better"))
    if machine:
        changed = [{**asdict(change), "direction": direction} for direction, change in rows]
        as_json({"changed": changed, "gone": changes.gone, "come": changes.come, "tolerance": tolerance})
        return int(worse > 0)
    rows.sort(key=lambda row: (row[0] != "worse", -abs(row[1].percent)))
    table(
        [
            (way, change.what, f"{change.old:g} → {change.new:g} {change.unit} ({change.percent:+.1f} %)")
            for way, change in rows[:_MOST]
        ]
    )
    if len(rows) > _MOST:
        click.echo(f"… and {len(rows) - _MOST:,} more, all of them with --json")
    for where, names in (("OLD", changes.gone), ("NEW", changes.come)):
        if names:
            click.echo(f"only in {where}: {len(names):,} figures, {names[0]} the first of them")
    click.echo(f"{len(rows)} changed: {worse} worse, {better} better" if rows else "nothing changed")
    return int(worse > 0)
