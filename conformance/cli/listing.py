"""`abi-conformance list`: what there is, as a table or as JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from conformance.cli import suggest
from conformance.cli.output import as_json, table
from conformance.reports.summary import plural

if TYPE_CHECKING:
    from conformance.subjects.registry import Entry

Row = dict[str, Any]


def _subjects() -> list[Row]:
    from conformance.subjects.registry import entries

    known, problems = entries()
    for problem in problems:
        click.echo(f"WARNING: {problem}", err=True)
    return [_built(entry) if entry.manifest else _called(entry) for entry in known.values()]


def _built(entry: Entry) -> Row:
    from conformance.subjects.manifest import load_subject

    subject = load_subject(entry.name)
    return {
        "name": entry.name,
        "kind": "manifest",
        "version": subject.version,
        "what": entry.what,
        "convention": subject.convention,
        "rules": subject.rules.name,
        "kinds": list(subject.kinds),
        "manifest": str(entry.manifest),
        "missing": [],
    }


def _called(entry: Entry) -> Row:
    from conformance.subjects import installed

    versions = installed.versions(entry)
    return {
        "name": entry.name,
        "kind": "called",
        "version": versions.get(entry.runtime.distributions[0]),
        "what": entry.what,
        "versions": versions,
        "adapter": installed.adapter(entry),
        "entry_point": entry.target,
        "missing": [asdict(missing) for missing in installed.missing(entry)],
    }


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
                "result": rules.result,
                "pointers": rules.pointers,
                "arrays": rules.arrays,
                "contents": rules.contents,
            },
        }
        for name, rules in loaded
    ]


def _reports() -> list[Row]:
    from conformance.reports.registry import reports

    known, problems = reports()
    for problem in problems:
        click.echo(f"WARNING: {problem}", err=True)
    entries = (report.entry for report in known.values())
    return [{"name": entry.name, "package": entry.package, "entry_point": entry.target} for entry in entries]


def _compiler_note(row: Row) -> str:
    return f"{row['version']} for {row['target']}" if row["found"] else f"not found: {row['why']}"


def _subject_columns(row: Row) -> tuple[str, ...]:
    missing = "".join(f"; missing: {part['what']} ({part['mend']})" for part in row["missing"])
    adapter = "".join(f"; adapter {name} {version}" for name, version in row.get("adapter", {}).items())
    return row["name"], row["kind"], row["version"] or "-", row["what"] + adapter + missing


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
    "reports": (_reports, lambda row: (row["name"], row["package"], row["entry_point"])),
}


@click.command(name="list")
@click.argument("what", metavar="|".join(_WHAT))
@click.option("--json", "machine", is_flag=True, help="As JSON.")
def command(what: str, machine: bool) -> int:
    """What there is: subjects, compilers, checks, kinds, rules or reports."""
    if what not in _WHAT:
        raise click.UsageError(f"'{what}' cannot be listed; {suggest(what, list(_WHAT))}")
    gather, columns = _WHAT[what]
    rows = gather()
    if machine:
        as_json(rows)
    else:
        table([columns(row) for row in rows])
    return 0
