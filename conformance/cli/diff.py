"""`abi-conformance diff`: which verdicts changed between two results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from conformance.cli.output import as_json, table
from conformance.gate.compare import compare
from conformance.gate.files import read_result


@click.command(name="diff")
@click.argument("old", metavar="OLD.json", type=click.Path(path_type=Path))
@click.argument("new", metavar="NEW.json", type=click.Path(path_type=Path))
@click.option("--json", "machine", is_flag=True, help="As JSON.")
def command(old: Path, new: Path, machine: bool) -> int:
    """Which verdicts changed between two results; ends with 1 if anything got worse."""
    before, after = read_result(old), read_result(new)
    changes = compare(before, after)
    if machine:
        as_json({"notes": _notes(before, after), "changes": [asdict(change) for change in changes]})
    else:
        for note in _notes(before, after):
            click.echo(f"note: {note}")
        table([(c.direction, c.check, "" if c.kind == "check" else c.what, f"{c.old} → {c.new}") for c in changes])
        worse = sum(change.direction == "worse" for change in changes)
        better = sum(change.direction == "better" for change in changes)
        click.echo(f"{len(changes)} changed: {worse} worse, {better} better" if changes else "nothing changed")
    return int(any(change.direction == "worse" for change in changes))


def _notes(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """What else differs, and may be the reason."""
    facts: dict[str, Callable[[dict[str, Any]], object]] = {
        "subject": lambda r: f"{r['subject'].get('name')} {r['subject']['version']}",
        "profile": lambda r: r["profile"],
        "seed": lambda r: r.get("seed"),
        "pairs": lambda r: ", ".join(">".join(pair) for pair in r["pairs"]),
        "complete": lambda r: r.get("complete", True),
    }
    return [f"{name} was {tell(old)} and is {tell(new)}" for name, tell in facts.items() if tell(old) != tell(new)]
