"""`abi-conformance compat`: the matrix of versions of a runtime: what code is built against by what runs."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from conformance.cli import suggest
from conformance.cli.extras import need_compat
from conformance.cli.options import shared, with_options
from conformance.machine import look
from conformance.model.option import Option, choice, read
from conformance.model.options import RunOptions, duration

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.compat.document import Account

_FOLDER = Path(".abi-conformance/compat")
_CHECKS = ("SKEW",)
_LIMIT = 1800.0


def _specifiers(text: str) -> Any:
    """A range of versions. Raises ValueError."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return SpecifierSet(text)
    except InvalidSpecifier:
        raise ValueError("this is no range of versions; write it like '>=0.1.5,<0.1.12'") from None


# fmt: off
_OPTIONS = (
    Option("versions", "RANGE", "The versions to hold against each other, like '>=0.1.5,<0.1.12'", _specifiers,
           usual="all", field="versions"),
    Option("pre", "", "Also releases that are candidates; a range that names one has them anyway", field="pre"),
    Option("wheel", "PATH", "Only hold the range that this wheel declares against what works; without --built, "
           "tell what it was built against", Path, field="wheel"),
    Option("built", "VERSION", "The version that the wheel was built against", field="built"),
    shared("compiler"),
    shared("check", help="What is asked of every cell: a check, or a glob over their ids", usual="SKEW"),
    shared("profile", metavar="quick|ci", help="How much each cell runs", parse=choice("profile", ("quick", "ci"))),
    shared("max-examples"),
    shared("seed", usual="0"),
    shared("workers", help="Run N cells at a time", usual="auto: as many as there are cores"),
    shared("shard", help="Run the K-th of N parts of the cells; a call without it, on the same report folder, takes up "
           "what all parts have left there"),
    Option("cell-time", "T", "How long a cell may take (90s, 5m, 2h)", duration, usual="30m", field="cell_time"),
    shared("json", help="Write the matrices there too, as JSON"),
    shared("html", help="Write the matrices as one HTML page"),
    shared("report-dir", default=_FOLDER, help="Where compat.json and a folder for each cell go; what lies there is "
           "not run again"),
)
# fmt: on


@click.command(name="compat", epilog="Ends with 1 where anything breaks or could not be built.")
@with_options(*_OPTIONS)
@click.argument("name", metavar="NAME")
def command(name: str, **given: Any) -> int:
    """Hold versions of a runtime against each other: what code is built against by what runs.

    NAME is what --subject takes, without a version: a subject.toml with [versions.X], or a subject that can be built
    against releases of its runtime. Every cell is a run of its own, and what it came to is kept.
    """
    look()
    started, asked = datetime.now(UTC), read(_OPTIONS, given)
    folder, within, workers = asked.get("report_dir", _FOLDER), asked.get("versions"), given["workers"]
    from conformance.cli import compat_view
    from conformance.compat.document import Account, NamedCompiler
    from conformance.compat.matrix import cells, exit_code, matrices
    from conformance.compat.releases import versioned
    from conformance.compat.running import Asked, prepared, run_all, used_compilers
    from conformance.engine.session import refuse_unknown

    how = Asked(
        checks=asked.get("checks", _CHECKS),
        profile=asked.get("profile", RunOptions.profile),
        seed=asked.get("seed", 0),
        max_examples=asked.get("max_examples"),
        compilers=asked.get("compilers", ()),
        limit=asked.get("cell_time", _LIMIT),
    )
    refuse_unknown(how.checks)
    wheel, built = _wheel(asked)
    subject = versioned(name, within, candidates="pre" in asked)
    if wheel is not None and built is None:
        return compat_view.show_origin(wheel, subject)
    if built is not None and built not in subject.versions:
        raise click.UsageError(f"--built {built} is none of the versions; {suggest(built, subject.versions)}")
    compilers = used_compilers(subject, how.compilers)
    _try(folder, asked)
    every = cells(subject.versions, between_sides=subject.callers_built)
    number, count = asked.get("shard", (1, 1))
    mine = [c for c in every if c.caller == c.callee == built] if built else every[number - 1 :: count]
    plan = prepared(subject, how, folder, compilers)
    kept = {cell: result for cell in every if (result := plan.kept(cell)) is not None}
    pending = [cell for cell in mine if cell not in kept]
    done = compat_view.progress(len(pending), len(kept))
    made, complete = run_all(plan, pending, _cores() if workers in (None, "auto", "logical") else int(workers), done)
    found = matrices(subject.versions, kept | made, between_sides=subject.callers_built)
    code = exit_code(found, mine, complete=complete)
    named = [NamedCompiler(compiler.id, compiler.version) for compiler in compilers]
    account = Account(subject, given["versions"] or "", how, named, found, started, code)
    _write(account, folder, asked)
    if wheel is not None and built is not None and complete:
        return compat_view.show_judgement(wheel, built, account)
    compat_view.show(account)
    return code


def _wheel(asked: Mapping[str, Any]) -> tuple[Path | None, str | None]:
    """The wheel that is to be judged, if any, and what it was built against. Raises UserError, before anything runs."""
    wheel, built = asked.get("wheel"), asked.get("built")
    if wheel is None and built is not None:
        raise click.UsageError("--built is about a wheel; name it with --wheel, or leave --built out")
    if wheel is not None:
        need_compat()
        from conformance.compat.wheel_metadata import read_wheel

        if "shard" in asked:
            raise click.UsageError("--wheel asks for a row of the matrix, which has no parts; leave out --shard")
        read_wheel(wheel)
    return wheel, built


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def _try(folder: Path, asked: Mapping[str, Any]) -> None:
    """See that all can be written before anything runs. Raises ReportError."""
    from conformance.compat.document import DOCUMENT
    from conformance.reports.files import try_file, write_text

    new = not folder.exists()
    for file in (folder / DOCUMENT, *(asked[key] for key in ("json", "html") if key in asked)):
        try_file(file)
    if new:
        write_text(folder / ".gitignore", "*\n")


def _write(account: Account, folder: Path, asked: Mapping[str, Any]) -> None:
    from conformance.compat.document import DOCUMENT, document
    from conformance.compat.page import render
    from conformance.reports.files import write_text
    from conformance.reports.json_report import render as as_json

    text = as_json(document(account))
    for file in (folder / DOCUMENT, *([asked["json"]] if "json" in asked else [])):
        write_text(file, text)
    if "html" in asked:
        write_text(asked["html"], render(account))
