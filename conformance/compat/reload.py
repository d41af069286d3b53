"""Reads a document of matrices of versions back, as far as a page tells of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any

from conformance.compat.cells import CellResult, VersionCell
from conformance.compat.document import Account, NamedCompiler
from conformance.compat.matrix import VersionMatrices
from conformance.compat.releases import Release, Versioned
from conformance.compat.running import Asked
from conformance.model import json as plain
from conformance.model.errors import UserError
from conformance.model.schema import problem_by

_WRITTEN = "name what 'compat NAME --json PATH' wrote"


class DocumentError(UserError):
    """A document that cannot be read back; the message is one sentence with the file, the key and the hint."""


def account(raw: object, path: Path) -> Account:
    """What a document tells; `path` is its file. Raises DocumentError.

    What no page shows is not in a document: what a package asks for by name, and how long a cell may take.
    """
    schema = json.loads((resources.files("conformance.compat") / "schema" / "compat-1.json").read_text("utf-8"))
    if wrong := problem_by(raw, schema):
        raise DocumentError(f"{path}: {wrong}; {_WRITTEN}")
    assert isinstance(raw, dict)
    releases = tuple(plain.from_json(release, Release) for release in raw["releases"])
    subject = Versioned(raw["subject"], releases, raw.get("language", "c"), distribution="")
    options = raw["options"]
    asked = Asked(
        checks=tuple(options["check"]),
        profile=options["profile"],
        seed=options["seed"],
        max_examples=options["max-examples"],
        compilers=tuple(options["compiler"]),
        limit=0.0,
    )
    try:
        started = datetime.fromisoformat(raw["started"])
    except ValueError:
        raise DocumentError(f"{path}: started is {raw['started']!r}, which is no time; {_WRITTEN}") from None
    return Account(
        subject,
        options["versions"] or "",
        asked,
        tuple(plain.from_json(compiler, NamedCompiler) for compiler in raw["compilers"]),
        _matrices(raw, subject.versions, path),
        started,
        raw["exit_code"],
    )


def _matrices(raw: Mapping[str, Any], versions: tuple[str, ...], path: Path) -> VersionMatrices:
    """Both matrices, once it is known that their rows and columns are the versions."""
    newest = versions[-1]
    expected = {
        "on_runtimes": [[VersionCell(built, built, runtime) for runtime in versions] for built in versions],
        "between_sides": [[VersionCell(caller, callee, newest) for callee in versions] for caller in versions],
    }
    rows = {name: tuple(tuple(map(_cell, row)) for row in raw[name]) for name in expected}
    for name, cells in expected.items():
        if [[result.cell for result in row] for row in rows[name]] not in ([], cells) or not rows["on_runtimes"]:
            raise DocumentError(f"{path}: the cells of {name} are not those of its releases; {_WRITTEN}")
    return VersionMatrices(versions, rows["on_runtimes"], rows["between_sides"])


def _cell(raw: Mapping[str, Any]) -> CellResult:
    return plain.from_json({**raw, "cell": raw}, CellResult)
