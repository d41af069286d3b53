"""The outcomes of the streams of a check are one row, and findings of one cause in several of them one finding."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from attrs import evolve

from conformance.model.mark import MOST_ALIKE, mark_of_key
from conformance.model.outcome import INTERRUPTED, NOT_DRAWN, OUT_OF_TIME, Finding, Outcome
from conformance.reports.streams import joined
from tests.unit.reports.made import FAILED, FOUND, PASSED, result

KINDS = ("i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64")


def found(name: str, *kinds: str, arguments: int = 1, compiles: int = 1, excused_by: str = "") -> Finding:
    """A finding of these passed kinds, simpler with fewer arguments."""
    keys = [f"type::packed::gcc-O2>tcc::f64<-{kind}@1" for kind in kinds]
    marks = tuple({**mark_of_key("X0-TYPE", key, "silent-wrong").to_json(), "key": key} for key in keys)
    case = {**FOUND.case, "payload": ["00"] * arguments}
    shrink = {"compiles": compiles}
    return evolve(FOUND, id=name, key=keys[0], marks=marks, case=case, shrink=shrink, excused_by=excused_by)


def told(*streams: tuple[Finding, ...]) -> list[tuple[str, list[str]]]:
    """The findings that are left, with the passed kinds of their marks."""
    outcomes = [evolve(FAILED, findings=findings, stream=number) for number, findings in enumerate(streams, 1)]
    (both,) = joined(outcomes)
    return [(finding.id, [raw["place"].partition("<-")[2] for raw in finding.marks]) for finding in both.findings]


def test_counts_are_summed_and_what_is_drawn_twice_is_one() -> None:
    other = evolve(FAILED, stream=2, signatures=("cccc", "dddd"), kinds=("i8",), notes=("seen once",))
    whole, row = result(FAILED, other), result(FAILED)
    for name in ("generated", "executed", "judged", "inconclusive", "not_run", "compiled", "examples"):
        assert whole["counts"][name] == 2 * row["counts"][name]
    assert whole["counts"]["signatures"] == 3
    assert whole["counts"]["by_convention"]["packed"] == {"detected": 2 * 12339, "silent-wrong": 2}
    assert (whole["blind_spots"][0]["cases"], whole["groups"][0]["verdicts"]["detected"]) == (14, 2 * 12339)
    (check,) = (check for check in whole["checks"] if check["id"] == "X0-TYPE")
    assert (check["cases"], len(check["pairs"]), check["notes"], check["kinds"]) == (24680, 1, ["seen once"], ["i8"])


def test_order_does_not_matter() -> None:
    streams = [
        evolve(FAILED, stream=number, findings=(found(str(number), KINDS[number], "f32"),)) for number in (1, 2, 3)
    ]
    assert len({json.dumps(result(*order)) for order in itertools.permutations(streams)}) == 1


@pytest.mark.parametrize(
    ("streams", "status"),
    [
        ([("pass", ""), ("fail", "")], "fail"),
        ([("pass", ""), ("error", "broke")], "error"),
        ([("pass", ""), ("not-run", NOT_DRAWN)], "pass"),
        ([("pass", ""), ("not-run", OUT_OF_TIME)], "not-run"),
        ([("pass", ""), ("not-run", INTERRUPTED)], "not-run"),
        ([("pass", ""), ("not-run", "shard 2/3 is missing")], "not-run"),
        ([("not-run", NOT_DRAWN), ("not-run", NOT_DRAWN)], "not-run"),
    ],
)
def test_a_stream_that_did_not_come_to_its_end_passes_nothing(streams: list[tuple[str, str]], status: str) -> None:
    outcomes = [evolve(PASSED, status=was, why=why, stream=number) for number, (was, why) in enumerate(streams, 1)]
    (both,) = joined(outcomes)
    whys = [why for was, why in streams if was == status and why]
    assert (both.status, both.why) == (status, "; ".join(dict.fromkeys(whys)))


def test_what_could_not_be_built_in_one_stream_is_counted_and_said() -> None:
    unbuilt: dict[str, Any] = {
        "status": "not-run",
        "why": "no such header",
        "judged": 5,
        "inconclusive": 5,
        "executed": 0,
    }
    (both,) = joined([PASSED, evolve(PASSED, stream=2, **unbuilt)])
    assert (both.status, both.why, both.inconclusive) == ("pass", "no such header", 5)


def test_findings_that_share_a_mark_are_one_told_by_the_simplest_that_is_confirmed() -> None:
    assert told((found("a", "i8", arguments=2),), (found("b", "i8", arguments=1),)) == [("b", ["i8"])]
    assert told((found("a", "i8", arguments=2),), (found("b", "i8", compiles=0),)) == [("a", ["i8"])]
    assert told((found("a", "i8"), found("b", "i16")), (found("c", "i16", "i8"),)) == [("a", ["i8", "i16"])]


def test_findings_without_a_common_mark_are_two() -> None:
    assert told((found("a", "i8"),), (found("b", "i16"),)) == [("a", ["i8"]), ("b", ["i16"])]


def test_what_is_excused_is_never_one_with_what_is_not() -> None:
    assert told((found("a", "i8", excused_by="a waiver"),), (found("b", "i8"),)) == [("a", ["i8"]), ("b", ["i8"])]


def test_too_many_that_are_alike_are_one_in_all_streams_together() -> None:
    kinds = KINDS[: MOST_ALIKE + 1]
    one, two = (tuple(found(kind, kind, arguments=at) for at, kind in enumerate(kinds)) for _ in range(2))
    (name, marks), *others = told(one[:3], two[3:])
    assert (name, set(marks), others) == (kinds[0], set(kinds), [])
    assert len(told(one[:2], two[3:])) == MOST_ALIKE


def test_an_outcome_of_one_stream_is_left_as_it_is() -> None:
    other = Outcome("X0-NULL", (), "not-applicable")
    assert joined([FAILED, other]) == [FAILED, other]
