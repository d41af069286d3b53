"""`abi-conformance list`: what there is, as a table or as JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from conformance.cli import suggest
from conformance.cli.output import as_json, table
from conformance.reports.summary import plural

Row = dict[str, Any]


def _subjects() -> list[Row]:
    from importlib.metadata import entry_points

    from conformance.subjects.manifest import known, load_subject

    rows: list[Row] = []
    for name, path in known().items():
        subject = load_subject(name)
        rows.append(
            {
                "name": name,
                "version": subject.version,
                "convention": subject.convention,
                "rules": subject.rules.name,
                "kinds": list(subject.kinds),
                "manifest": str(path),
            }
        )
    rows += [
        {"name": entry.name, "version": entry.dist.version if entry.dist else "", "entry_point": entry.value}
        for entry in entry_points(group="abi_conformance.subjects")
    ]
    return rows


def _compilers() -> list[Row]:
    from conformance.toolchain.compilers import Compiler, available

    return [
        {"name": name, "id": found.id, "version": found.version, "target": found.target.triple, "found": True}
        if isinstance(found, Compiler)
        else {"name": name, "found": False, "why": str(found)}
        for name, found in available()
    ]


def _checks() -> list[Row]:
    from conformance.checks import CHECKS

    return [
        {
            "name": check.id,
            "requirement": check.requirement,
            "classes": list(check.classes),
            "passes": list(check.passes),
            "conventions": list(check.conventions),
        }
        for check in CHECKS.values()
    ]


def _kinds() -> list[Row]:
    from conformance.model.kinds import DECLARABLE, KINDS

    return [
        {
            "name": kind.name,
            "c_type": kind.c_type,
            "bytes": kind.width,
            "family": kind.family,
            "declarable": kind.name in DECLARABLE,
        }
        for kind in KINDS.values()
    ]


def _rules() -> list[Row]:
    from conformance.rules.load import load, names

    loaded = [(name, load(name)) for name in names()]
    return [
        {
            "name": name,
            "codes": dict(rules.codes),
            "kinds": list(rules.kinds),
            "policy": {
                "range": rules.range,
                "order": rules.order,
                "after_success": rules.after_success,
                "error_names": list(rules.error_names),
                "resource_handle": rules.resource_handle,
            },
        }
        for name, rules in loaded
    ]


def _compiler_note(row: Row) -> str:
    return f"{row['version']} for {row['target']}" if row["found"] else f"not found: {row['why']}"


def _subject_columns(row: Row) -> tuple[str, ...]:
    if "entry_point" in row:
        return row["name"], row["version"], "class", row["entry_point"]
    return row["name"], row["version"], row["convention"], row["rules"]


def _kind_columns(row: Row) -> tuple[str, ...]:
    return row["name"], row["c_type"], plural(row["bytes"], "byte"), "" if row["declarable"] else "passed only"


def _rules_note(row: Row) -> str:
    return f"{plural(len(row['kinds']), 'kind')}: {', '.join(row['kinds'])}"


# What to gather, and the columns of its table.
_WHAT: dict[str, tuple[Callable[[], list[Row]], Callable[[Row], tuple[str, ...]]]] = {
    "subjects": (_subjects, _subject_columns),
    "compilers": (_compilers, lambda row: (row["name"], row.get("id", "-"), _compiler_note(row))),
    "checks": (_checks, lambda row: (row["name"], row["requirement"])),
    "kinds": (_kinds, _kind_columns),
    "rules": (_rules, lambda row: (row["name"], f"{len(row['codes'])} codes", _rules_note(row))),
}


@click.command(name="list")
@click.argument("what", metavar="|".join(_WHAT))
@click.option("--json", "machine", is_flag=True, help="As JSON.")
def command(what: str, machine: bool) -> int:
    """What there is: subjects, compilers, checks, kinds or rules."""
    if what not in _WHAT:
        raise click.UsageError(f"'{what}' cannot be listed; {suggest(what, list(_WHAT))}")
    gather, columns = _WHAT[what]
    rows = gather()
    if machine:
        as_json(rows)
    else:
        table([columns(row) for row in rows])
    return 0
