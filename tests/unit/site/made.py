"""Made-up results and matrices of versions for a site."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from attrs import evolve

from conformance.compat.cells import VersionCell
from conformance.compat.document import Account, NamedCompiler, document
from conformance.compat.matrix import cells, matrices
from conformance.compat.releases import Release, Versioned
from conformance.compat.running import Asked
from conformance.gate.decide import Gate
from conformance.gate.waivers import Waiver
from tests.unit.compat.cells import cause
from tests.unit.compat.cells import result as cell_result
from tests.unit.reports.made import ABSENT, FACTS, FAILED, FOUND, OPTIONS, PASSED, result

GREEN = (PASSED, evolve(FAILED, status="pass", findings=(), by_verdict={"detected": 12345}), ABSENT)
RED = (PASSED, FAILED, ABSENT)
STARTED = "2026-01-02T03:04:05+00:00"


def run(
    version: str = "1.4.0",
    *,
    subject: str = "acme-runtime",
    red: bool = False,
    waived: bool = False,
    complete: bool = True,
    seed: int = 0,
    started: str = STARTED,
) -> dict[str, Any]:
    """The result of a run of two checks on two pairs."""
    facts = replace(FACTS, subject={"name": subject, "version": version, "convention": "packed"})
    gate = Gate((Waiver(1, FOUND.key, FOUND.verdict, "known"),), "w.toml") if waived else Gate()
    made = result(
        *(RED if red or waived else GREEN),
        options=replace(OPTIONS, seed=seed),
        gate=gate,
        facts=facts,
        complete=complete,
        **({} if complete else {"not_run": "interrupted"}),
    )
    return {**made, "started": started}


def account(versions: tuple[str, ...] = ("1.0", "1.1"), *, folder: str = "", pending: bool = False) -> Account:
    """Matrices of which a cell breaks; all have run in folders below this one, or none of the others has."""
    found = {
        cell: evolve(cell_result(cell, "works"), folder=f"{folder}/{cell.caller}+{cell.callee}+{cell.runtime}")
        for cell in cells(versions)
        if not pending
    }
    broken = VersionCell(versions[0], versions[0], versions[-1])
    found[broken] = cell_result(broken, "breaks", cause("SKEW packed type"))
    subject = Versioned("acme", tuple(map(Release, versions)), "c", "acme")
    asked = Asked(("SKEW",), "quick", 0, None, ("tcc",), 60.0)
    compilers = (NamedCompiler("tcc", "0.9.28"),)
    started = datetime(2026, 1, 3, tzinfo=UTC)
    return Account(subject, ">=1", asked, compilers, matrices(versions, found), started, 1)


def save(path: Path, made: Any) -> Path:
    """Write a result, or the document of matrices, as JSON; its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document(made) if isinstance(made, Account) else made), "utf-8")
    return path
