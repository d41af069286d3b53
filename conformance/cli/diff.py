"""`abi-conformance diff`: which verdicts, or costs, changed between two results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from conformance.cli import cost_diff
from conformance.cli.output import as_json, table
from conformance.gate.compare import WORSE, compare
from conformance.gate.files import WRITTEN, GateError, read_result
from conformance.gate.older import comparable
from conformance.gate.verdict_changes import VerdictChange, VerdictChanges, compare_groups, counts
from conformance.model.documents import read_json
from conformance.reports.summary import plural

_MOST_KINDS = 8

_WORDS = {"worse": "worse", "new": "new", "better": "better", "gone": "gone", "not-run": "not run this time"}
"""What is counted in the last line, and how it is called there."""


@click.command(name="diff")
@click.argument("old", metavar="OLD.json", type=click.Path(path_type=Path))
@click.argument("new", metavar="NEW.json", type=click.Path(path_type=Path))
@click.option(
    "--tolerance",
    metavar="PERCENT",
    type=click.FloatRange(0),
    default=0.0,
    help="Of two cost results: what may become dearer by so much.  [default: 0]",
)
@click.option("--json", "machine", is_flag=True, help="As JSON.")
def command(old: Path, new: Path, tolerance: float, machine: bool) -> int:
    """Which verdicts, or costs, changed between two results; ends with 1 if anything got worse."""
    before = read_json(old, GateError, WRITTEN)
    if cost_diff.is_cost(before):
        return cost_diff.tell(before, read_json(new, GateError, WRITTEN), (old, new), tolerance, machine=machine)
    return tell(read_result(old), read_result(new), machine=machine)


def tell(old: dict[str, Any], new: dict[str, Any], *, machine: bool = False) -> int:
    """Print what changed; 1 if anything got worse."""
    notes = _notes(old, new)
    old_level, new_level = comparable(old, new)
    changes, groups = compare(old_level, new_level), compare_groups(old_level, new_level)
    # A finding that its kind of cases tells of is not told twice.
    apart = [change for change in changes if not any(group.tells(change) for group in groups.changes)]
    directions = [*(change.direction for change in apart), *(group.direction for group in groups.changes)]
    if machine:
        data = asdict(groups)
        as_json(
            {"notes": notes, "changes": [asdict(change) for change in changes], "shifts": data.pop("changes"), **data}
        )
    else:
        for note in notes:
            click.echo(f"note: {note}")
        table([(c.direction, c.check, "" if c.kind == "check" else c.what, f"{c.old} → {c.new}") for c in apart])
        if apart and groups.changes:
            click.echo()
        _show(groups)
        click.echo(_summary(directions))
    return int(any(direction in WORSE for direction in directions))


def _summary(directions: Sequence[str]) -> str:
    """How much changed, in one line: worse and better always, the others where there are any."""
    if not directions:
        return "nothing changed"
    counts = Counter(directions)
    told = [f"{counts[name]} {word}" for name, word in _WORDS.items() if counts[name] or name in ("worse", "better")]
    return f"{len(directions)} changed: {', '.join(told)}"


def _notes(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """What else differs, and may be the reason."""
    facts: dict[str, Callable[[dict[str, Any]], object]] = {
        "subject": lambda r: f"{r['subject'].get('name')} {r['subject']['version']}",
        "versions": lambda r: ", ".join(f"{name} {of}" for name, of in r["subject"].get("versions", {}).items()) or "-",
        "profile": lambda r: r["profile"],
        "seed": lambda r: r.get("seed"),
        "pairs": lambda r: ", ".join(">".join(pair) for pair in r["pairs"]),
        "complete": lambda r: r.get("complete", True),
    }
    return [f"{name} was {tell(old)} and is {tell(new)}" for name, tell in facts.items() if tell(old) != tell(new)]


def _show(groups: VerdictChanges) -> None:
    """What became of which kinds of cases: a block a cause, its kinds with their counts, and one case to look at."""
    for group in groups.changes:
        what = f"{', '.join(group.old) or '-'} → {', '.join(group.new) or '-'}"
        kinds = plural(len(group.moved), "kind")
        click.echo(f"{group.direction:<7}  {group.check}  {group.cls}: {what} ({kinds})")
        shown = [
            (f"    {moved.kind}", f"{counts(moved.old)} → {counts(moved.new)}") for moved in group.moved[:_MOST_KINDS]
        ]
        table(shown)
        if len(group.moved) > len(shown):
            click.echo(f"    … and {len(group.moved) - len(shown):,} more, all of them with --json")
        _show_example(group)
    for where, names in (("OLD", groups.gone), ("NEW", groups.come)):
        if names:
            classes = Counter(name.partition("::")[0] for name in names)
            told = ", ".join(f"{cls} {n:,}" for cls, n in classes.items())
            click.echo(f"only in {where}: {plural(len(names), 'kind')} of cases ({told})")


def _show_example(group: VerdictChange) -> None:
    example = group.example
    if example is not None:
        click.echo(f"    e.g. {example.key} [{example.id}], {example.verdict} in {example.where.upper()}")
        click.echo(f"         declared {example.declared}, passed {example.passed}")
