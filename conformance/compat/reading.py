"""Reads from the result of a run, or from how the run ended, what a cell came to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import evolve

from conformance.compat.cells import CellCause, CellResult, Status, VersionCell
from conformance.model.errors import INTERNAL_ERROR, INTERRUPTED, USAGE_ERROR
from conformance.model.mark import Mark, alike
from conformance.reports.causes import Told, told_once
from conformance.reports.summary import plural, unasked
from conformance.toolchain.process import Finished

_UNLOADABLE = "unloadable"


def of_result(cell: VersionCell, result: Mapping[str, Any], folder: Path) -> CellResult:
    """What a cell came to by the result of its run, which lies in a folder."""
    checks = [check for check in result["checks"] if not unasked(check)]
    news = Counter[str]()
    for check in checks:
        news.update(check.get("news", {}))
    counts = result["counts"]
    found = CellResult(
        cell,
        "works",
        cases=counts["executed"],
        seconds=result["seconds"],
        news=dict(sorted(news.items())),
        causes=tuple(map(cause_of, told_once(result["findings"]))),
        folder=str(folder),
    )
    whys = [check["why"] for check in checks if check["why"]]
    if result["exit_code"] == INTERNAL_ERROR:
        return evolve(found, status="not-run", why=_first(result["errors"]) or "its run ended with an internal error")
    unknown = next((check for check in checks if check["status"] == "not-run"), None)
    if unknown is not None and not result["findings"] and counts["executed"]:
        return evolve(found, status="not-run", why=unknown["why"])
    if result["findings"] or any(check["status"] == "fail" for check in checks):
        return evolve(found, status=_broken(cell, result), why="" if found.causes else _first(whys))
    if result["exit_code"] == INTERRUPTED or not result["complete"]:
        return evolve(found, status="not-run", why="its run was interrupted")
    if not counts["executed"]:
        return evolve(found, status="unbuilt", why=_first(whys) or "nothing of it ran")
    unclear = plural(counts["inconclusive"], "inconclusive case") if counts["inconclusive"] else ""
    why = ": ".join(filter(None, (unclear, _first(whys)))) if unclear else ""
    return evolve(found, status="news" if news else "works", why=why)


def of_end(cell: VersionCell, ended: Finished, limit: float) -> CellResult:
    """What a cell came to whose run left no result, or one that says nothing of how it ended."""
    said = [line for line in ended.output.strip().splitlines() if line.strip()]
    if ended.timed_out:
        return CellResult(cell, "not-run", f"its run did not come to an end within {limit:.0f} s (--cell-time)")
    if ended.code == USAGE_ERROR:
        sentence = next((line for line in said if line.startswith("ERROR: ")), said[-1] if said else "")
        return CellResult(cell, "unbuilt", sentence.removeprefix("ERROR: "))
    how = f"was ended by signal {-ended.code}" if ended.code < 0 else f"ended with {ended.code} and left no result"
    return CellResult(cell, "not-run", f"its run {how}{f': {said[-1].strip()}' if said else ''}")


def _broken(cell: VersionCell, result: Mapping[str, Any]) -> Status:
    if cell.is_diagonal:
        return "itself"
    return "unloadable" if any(f["verdict"] == _UNLOADABLE for f in result["findings"]) else "breaks"


def cause_of(told: Told) -> CellCause:
    """A cause as one finding tells it."""
    row = told.finding
    cls, convention, _, tail = row["key"].split("::", 3)
    mark = Mark.from_json(row["marks"][0])
    place = mark.place if "." in mark.place else alike(mark).place  # an exchange, `KIND.OP`, is alike to no other
    return CellCause(
        cause=" ".join((row["check"], convention, row.get("defect") or f"{cls} {place}")),
        check=row["check"],
        key=f"{cls}::{convention}::{tail}",
        verdict=row["verdict"],
        required=row["required"],
        observed=row["observed"],
        findings=1 + len(told.folded),
        id=row["id"],
        replay=row["replay"],
        reproducer=row["reproducer"],
    )


def _first(lines: list[str]) -> str:
    return re.sub(r"\s+", " ", lines[0]).strip() if lines else ""
