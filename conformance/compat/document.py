"""What matrices of versions came to as plain data, `abi-conformance/compat/1`; its JSON Schema is beside this file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from attrs import frozen

from conformance import __version__
from conformance.compat.cells import CellCause, CellResult
from conformance.compat.matrix import PENDING, VersionMatrices, grouped
from conformance.compat.ranges import ranges
from conformance.compat.releases import Versioned
from conformance.compat.running import Asked
from conformance.model import json

SCHEMA = "abi-conformance/compat/1"

DOCUMENT = "compat.json"
"""How the document is called in the report folder."""


@frozen
class NamedCompiler:
    """A compiler as it is told: its id, and how its version calls itself."""

    id: str
    version: str


@frozen
class Account:
    """All that there is to tell: the matrices of a subject, how they were made, and what the command ends with.

    `versions` is the range that was asked for, "" where all were. `compilers` are those that were named, else those
    that are found here.
    """

    subject: Versioned
    versions: str
    asked: Asked
    compilers: Sequence[NamedCompiler]
    matrices: VersionMatrices
    started: datetime
    exit_code: int

    @property
    def complete(self) -> bool:
        """Whether no cell is left for another call."""
        return not any(result.status == "not-run" and result.why == PENDING for result in self.matrices.results)


def document(account: Account) -> dict[str, Any]:
    """Everything, with the causes both by cell and by themselves."""
    found, asked = account.matrices, account.asked
    return {
        "schema": SCHEMA,
        "tool": {"version": __version__},
        "started": account.started.isoformat(timespec="seconds"),
        "seconds": round((datetime.now(UTC) - account.started).total_seconds(), 3),
        "complete": account.complete,
        "exit_code": account.exit_code,
        "subject": account.subject.spec,
        "language": account.subject.language,
        "options": {
            "versions": account.versions or None,
            "check": list(asked.checks),
            "profile": asked.profile,
            "seed": asked.seed,
            "max-examples": asked.max_examples,
            "compiler": list(asked.compilers),
        },
        "compilers": [json.to_json(compiler) for compiler in account.compilers],
        "releases": [json.to_json(release) for release in account.subject.releases],
        "newest": found.newest,
        "on_runtimes": [[_cell(result) for result in row] for row in found.on_runtimes],
        "between_sides": [[_cell(result) for result in row] for row in found.between_sides],
        "ranges": [json.to_json(each) for each in ranges(found, account.subject.releases)],
        "causes": [
            {**_cause(group.first), "cells": [json.to_json(cell) for cell in group.cells]} for group in grouped(found)
        ],
    }


def _cell(result: CellResult) -> dict[str, Any]:
    raw = json.to_json(result)
    return {**raw.pop("cell"), **raw}


def _cause(cause: CellCause) -> dict[str, Any]:
    raw = json.to_json(cause)
    del raw["of_runtime"]  # which is said of a cause in a cell
    return raw
