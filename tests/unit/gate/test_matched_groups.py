"""Matched calls in a comparison: a call that begins to fail is worse, and what is mended hides no new defect."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from attrs import evolve

from conformance.gate.compare import compare
from conformance.gate.older import comparable
from conformance.gate.verdict_changes import compare_groups
from conformance.model.groups import groups_of
from conformance.model.signature import parse_signature

from ..reports.made import FAILED, finding, result

DECLARED = parse_signature("(i8, f64) -> i64")
VALUE, CRASH = "match(i8)@0", "match@call"
KEY = "match::packed::tcc>tcc::"


def run(calls: int = 100, schema: str = "abi-conformance/2", **failed: str) -> dict[str, Any]:
    """A result of so many matched calls, of which one fails for each verdict that is given with its place."""
    keys = [(f"{KEY}{tail}", verdict.replace("_", "-")) for verdict, tail in failed.items()]
    counted: Counter[tuple[str, str]] = Counter()
    for key, verdict in [*keys, *[(f"{KEY}match", "intact")] * (calls - len(keys))]:
        counted.update((name, verdict) for name in groups_of(key, DECLARED))
    example = {"key": KEY, "signature": {"declared": str(DECLARED), "passed": str(DECLARED)}, "case": {"payload": []}}
    groups: dict[str, dict[str, Any]] = {}
    for (name, verdict), number in counted.items():
        empty = {"group": name, "check": "X0-MATCH", "verdicts": {}, "examples": {}}
        group = groups.setdefault(name, empty)
        group["verdicts"][verdict], group["examples"][verdict] = number, example
    findings = tuple(finding(id=key, key=key, check="X0-MATCH", verdict=verdict) for key, verdict in keys)
    status = "fail" if findings else "pass"
    outcome = evolve(FAILED, check="X0-MATCH", status=status, findings=findings, groups=tuple(groups.values()))
    return {**result(outcome), "schema": schema}


def directions(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    return [change.direction for change in compare_groups(old, new).changes]


@pytest.mark.parametrize("tail", [VALUE, CRASH, "match(f64)@1", "match(i64)@ret", "match@arrays", "match@state"])
def test_a_call_that_begins_to_fail_is_worse_and_not_new(tail: str) -> None:
    good, bad = run(), run(crashed=tail)
    assert directions(good, bad) == ["worse"]
    assert directions(bad, good) == ["better"]
    assert compare_groups(good, bad).come == compare_groups(bad, good).gone == ()
    assert [change.direction for change in compare(good, bad) if change.kind == "finding"] == ["new"]
    assert [change.direction for change in compare(bad, good) if change.kind == "finding"] == ["gone"]


def test_a_mended_value_and_a_new_crash_do_not_cancel_out() -> None:
    old, new = run(unpredicted=VALUE), run(crashed=CRASH)
    assert directions(old, new) == ["worse", "better"]
    found = [(change.direction, change.old, change.new) for change in compare(old, new) if change.kind == "finding"]
    assert found == [("new", "-", "crashed"), ("gone", "unpredicted", "-")]


def test_the_same_place_at_another_index_is_no_change() -> None:
    assert directions(run(unpredicted=VALUE), run(unpredicted="match(i8)@7")) == []
    assert compare(run(unpredicted=VALUE), run(unpredicted="match(i8)@7")) == []


def test_a_result_of_schema_1_is_compared_by_what_it_tells() -> None:
    def old(**verdicts: int) -> dict[str, Any]:
        names = {verdict: number for verdict, number in verdicts.items() if number}
        group = {"group": "match::packed::match", "check": "X0-MATCH", "verdicts": names, "examples": {}}
        findings = [finding(id=verdict, key=f"{KEY}match", check="X0-MATCH", verdict=verdict)
                    for verdict in names if verdict != "intact"]  # fmt: skip
        outcome = evolve(
            FAILED, check="X0-MATCH", status="fail" if findings else "pass", findings=tuple(findings), groups=(group,)
        )
        return {**result(outcome), "schema": "abi-conformance/1"}

    def told(old_result: dict[str, Any], new_result: dict[str, Any]) -> tuple[list[str], list[str]]:
        level = comparable(old_result, new_result)
        return directions(*map(dict, level)), [change.direction for change in compare(*level)]

    assert told(old(intact=100), run()) == ([], [])
    assert told(old(intact=99, crashed=1), run(crashed=CRASH)) == ([], [])
    assert told(old(intact=99, unpredicted=1), run(unpredicted=VALUE)) == ([], [])
    assert told(old(intact=100), run(crashed=CRASH)) == (["worse"], ["worse", "new"])
    assert told(run(crashed=CRASH), old(intact=100)) == (["better"], ["gone", "better"])
    assert comparable(run(), run()) == (run(), run())


def test_where_groups_do_not_tell_places_a_new_failure_is_worse_all_the_same() -> None:
    whole = {"group": "match::packed::match", "check": "X0-MATCH", "verdicts": {"intact": 9}, "examples": {}}
    good, bad = ({**told, "groups": [whole]} for told in (run(), run(crashed=VALUE)))
    assert [(change.direction, change.old) for change in compare(good, bad) if change.kind == "finding"] == [
        ("new", "-")
    ]
