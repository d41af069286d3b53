"""Cells and matrices for tests, made of letters."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.compat.cells import CellCause, CellResult, Status, VersionCell
from conformance.compat.matrix import VersionMatrices, cells, matrices

LETTERS: Mapping[str, Status] = {
    "w": "works",
    "n": "news",
    "x": "breaks",
    "u": "unloadable",
    "i": "itself",
    "b": "unbuilt",
    ".": "not-run",
}


def cause(name: str, verdict: str = "crashed") -> CellCause:
    key, replay = "type::packed::f64<-i64@1", "abi-conformance replay 0"
    return CellCause(name, "SKEW", key, verdict, "reject", "died", 1, "0", replay, "0")


def result(cell: VersionCell, status: Status, *causes: CellCause) -> CellResult:
    return CellResult(cell, status, "it died" if status == "not-run" else "", causes=causes)


def on_runtimes(versions: tuple[str, ...], *rows: str) -> VersionMatrices:
    """What is built against a version has a row, a letter a runtime; what is between sides works."""
    found = {
        cell: result(cell, LETTERS[rows[versions.index(cell.caller)][versions.index(cell.runtime)]])
        if cell.caller == cell.callee
        else result(cell, "works")
        for cell in cells(versions)
    }
    return matrices(versions, found)
