from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.compat.cells import VersionCell
from conformance.compat.reading import of_end, of_result
from conformance.toolchain.process import Finished

MIXED, SAME = VersionCell("1", "1", "2"), VersionCell("1", "1", "1")
FOLDER = Path("cells/x")


def skew(status: str = "pass", **changes: Any) -> dict[str, Any]:
    return {"id": "SKEW", "status": status, "why": "", **changes}


def read(cell: VersionCell, *findings: dict[str, Any], **changes: Any) -> Any:
    result = {
        "seconds": 1.5,
        "complete": True,
        "exit_code": 1 if findings else 0,
        "counts": {"executed": 10, "inconclusive": 0},
        "checks": [skew("fail" if findings else "pass"), {"id": "PAIR", "status": "not-run", "why": "not selected"}],
        "findings": list(findings),
        "errors": [],
        **changes,
    }
    return of_result(cell, result, FOLDER)


def finding(verdict: str = "crashed", place: str = "f64<-i64@1", **changes: Any) -> dict[str, Any]:
    key = f"type::packed::tcc@1>tcc@1::{place}"
    mark = {
        "check": "SKEW", "pair": ["tcc@1", "tcc@1"], "convention": "packed", "class": "type", "mode": "plain",
        "verdict": verdict, "place": place.partition("@")[0], "key": key,
    }  # fmt: skip
    return {
        "id": verdict, "key": key, "check": "SKEW", "pair": mark["pair"], "verdict": verdict, "required": "reject",
        "observed": "died", "replay": "abi-conformance replay 1", "reproducer": "cells/x/1", "waived_by": None,
        "marks": [mark], **changes,
    }  # fmt: skip


def test_a_cell_that_passes_works_and_counts_its_cases() -> None:
    found = read(MIXED)
    assert (found.status, found.cases, found.why, found.folder) == ("works", 10, "", "cells/x")


def test_news_are_told_by_place() -> None:
    found = read(MIXED, checks=[skew(news={"type f64<-i64": 2, "coerce bool<-i64": 1})])
    assert (found.status, found.news) == ("news", {"coerce bool<-i64": 1, "type f64<-i64": 2})


def test_a_finding_breaks_it_and_is_told_without_its_pair() -> None:
    found = read(MIXED, finding(), finding("hung", id="2", same_as="crashed"))
    (cause,) = found.causes
    assert (found.status, cause.key, cause.findings) == ("breaks", "type::packed::f64<-i64@1", 2)
    assert cause.cause == "SKEW packed type *<-*"
    assert read(MIXED, finding("hung", "i64<-f64@0")).causes[0].cause == cause.cause
    assert read(MIXED, finding(place="error.read@0")).causes[0].cause == "SKEW packed type error.read"
    assert read(MIXED, finding(defect="no-error")).causes[0].cause == "SKEW packed no-error"


def test_a_break_of_all_of_one_version_and_a_missing_symbol_are_told_apart() -> None:
    assert read(SAME, finding()).status == "itself"
    assert read(MIXED, finding(), finding("unloadable", id="2")).status == "unloadable"


@pytest.mark.parametrize(
    ("changes", "status", "why"),
    [
        ({"exit_code": 3, "errors": ["harness-error:\n  a pipe", "more"]}, "not-run", "harness-error: a pipe"),
        ({"exit_code": 2, "complete": False}, "not-run", "its run was interrupted"),
        ({"counts": {"executed": 0, "inconclusive": 4}, "checks": [skew(why="no header")]}, "unbuilt", "no header"),
        ({"counts": {"executed": 0, "inconclusive": 0}}, "unbuilt", "nothing of it ran"),
        ({"checks": [skew("fail", why="a waiver is stale")], "exit_code": 1}, "breaks", "a waiver is stale"),
        ({"checks": [skew("not-run", why="none was built")]}, "not-run", "none was built"),
        ({"counts": {"executed": 9, "inconclusive": 1}}, "works", "1 inconclusive case"),
    ],
)  # fmt: skip
def test_what_did_not_run_to_its_end_is_not_green(changes: dict[str, Any], status: str, why: str) -> None:
    found = read(MIXED, **changes)
    assert (found.status, found.why) == (status, why)


@pytest.mark.parametrize(
    ("ended", "status", "why"),
    [
        (Finished(-9, "", timed_out=True), "not-run", "its run did not come to an end within 5 s (--cell-time)"),
        (Finished(-11, "so far"), "not-run", "its run was ended by signal 11: so far"),
        (Finished(0, ""), "not-run", "its run ended with 0 and left no result"),
        (Finished(4, "\nERROR: tcc does not build it; mend it\nmore"), "unbuilt", "tcc does not build it; mend it"),
    ],
)
def test_a_run_without_a_result_says_how_it_ended(ended: Finished, status: str, why: str) -> None:
    found = of_end(MIXED, ended, 5)
    assert (found.status, found.why) == (status, why)
