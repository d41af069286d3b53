"""What a waiver or a baseline excuses: single cases by key and verdict, and findings by all of their marks."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from conformance.gate import baseline
from conformance.gate.decide import Gate
from conformance.gate.waivers import Waiver
from conformance.model.mark import mark_of_key
from conformance.model.outcome import Finding, Outcome

from ..reports.made import FAILED, FOUND, failed, finding, result

CRASH = "match::packed::gcc-O2>tcc::match@call"
WRONG = "match::packed::gcc-O2>tcc::match(i8)@2"


def mark(key: str, verdict: str, check: str = "X0-MATCH") -> dict[str, Any]:
    return {**mark_of_key(check, key, verdict).to_json(), "key": key}


def matched(key: str, verdict: str, *marks: dict[str, Any], **more: Any) -> Finding:
    return finding(key=key, verdict=verdict, check="X0-MATCH", marks=marks, **more)


def gate(*keys: tuple[str, str], known: baseline.Known = frozenset()) -> Gate:
    waivers = tuple(Waiver(place, key, verdict, "known") for place, (key, verdict) in enumerate(keys, 1))
    return Gate(waivers, "w.toml", known, "old.json", date(2026, 6, 1))


def known(tmp_path: Path, *findings: Finding, **changes: Any) -> baseline.Known:
    path = tmp_path / "old.json"
    path.write_text(json.dumps({**result(failed(*findings, check="X0-MATCH")), **changes}))
    return baseline.load(path)


def test_a_key_never_covers_two_places() -> None:
    asked = gate(("match::packed::*::match(i8)@*", "unpredicted"), ("match::packed::*::match@call", "crashed"))
    assert asked.excuses(WRONG, "unpredicted", "1") == "w.toml, waiver 1: known"
    assert asked.excuses(CRASH, "crashed", "1") == "w.toml, waiver 2: known"
    assert asked.excuses(WRONG, "crashed", "1") is None
    assert asked.excuses(WRONG.replace("i8", "u8"), "unpredicted", "1") is None
    assert asked.excuses(WRONG.replace("@2", "@ret"), "unpredicted", "1") is None
    assert asked.excuses(f"{WRONG}+nested", "unpredicted", "1") == "w.toml, waiver 1: known"


def test_an_answer_is_worked_out_once_for_each_key_and_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    matches = Waiver.matches

    def counted(waiver: Waiver, key: str, verdict: str) -> bool:
        calls.append(key)
        return matches(waiver, key, verdict)

    monkeypatch.setattr(Waiver, "matches", counted)
    asked = gate((WRONG, "late"))
    answers = {asked.excuses(key, "late", "1") for key in (WRONG, CRASH) for _ in range(1000)}
    assert answers == {"w.toml, waiver 1: known", None}
    assert calls == [CRASH, WRONG] or calls == [WRONG, CRASH]
    assert asked.excuses(WRONG, "late", "2") == "w.toml, waiver 1: known"


def test_a_baseline_knows_the_kind_at_another_index_and_on_another_pair(tmp_path: Path) -> None:
    asked = gate(known=known(tmp_path, matched(WRONG, "unpredicted")))
    for key in (WRONG, "match::packed::tcc>tcc::match(i8)@7"):
        assert asked.excuses(key, "unpredicted", "1") == "the baseline old.json"
    for key in (CRASH, WRONG.replace("i8", "u8"), WRONG.replace("@2", "@ret"), f"{WRONG}+nested"):
        assert asked.excuses(key, "unpredicted", "1") is None
    assert asked.excuses(WRONG, "late", "1") is None


def test_a_baseline_tells_checks_and_modes_apart_where_they_are_given(tmp_path: Path) -> None:
    key = "type::packed::gcc-O2>tcc::f64<-i64@1"
    asked = gate(known=known(tmp_path, finding(check="X0-ERROR", verdict="misattributed", case={"mode": "own-error"})))
    assert asked.excuses(key, "misattributed", "1") is not None
    assert asked.excuses(key, "misattributed", "1", check="X0-ERROR", mode="own-error") is not None
    assert asked.excuses(key, "misattributed", "1", check="X0-ERROR", mode="plain") is None
    assert asked.excuses(key, "misattributed", "1", check="X0-TYPE") is None


def test_a_matched_call_of_an_old_baseline_is_known_wherever_it_goes_wrong(tmp_path: Path) -> None:
    old = finding(key="match::packed::gcc-O2>tcc::match", verdict="crashed", check="X0-MATCH", case={"mode": "plain"})
    asked = gate(known=known(tmp_path, old, schema="abi-conformance/1"))
    assert asked.excuses(CRASH, "crashed", "1", check="X0-MATCH", mode="plain") == "the baseline old.json"
    assert asked.excuses(WRONG, "crashed", "1") == "the baseline old.json"
    assert asked.excuses(WRONG, "unpredicted", "1") is None
    assert asked.excuses("match::packed::a>b::handle<-code(7)@0", "crashed", "1") is None


TWO = matched(CRASH, "crashed", mark(CRASH, "crashed"), mark(WRONG, "unpredicted"))


@pytest.mark.parametrize(
    ("keys", "by"),
    [
        ((), None),
        (((CRASH, "crashed"),), None),
        (((WRONG, "unpredicted"),), None),
        (((CRASH, "crashed"), (WRONG, "crashed")), None),
        (((CRASH, "crashed"), (WRONG, "unpredicted")), "w.toml, waiver 1: known; w.toml, waiver 2: known"),
    ],
)
def test_a_finding_is_excused_only_when_each_of_its_marks_is(keys: tuple[Any, ...], by: str | None) -> None:
    gated = result(failed(TWO, check="X0-MATCH"), gate=gate(*keys))
    assert gated["findings"][0]["waived_by"] == by
    assert gated["exit_code"] == (0 if by else 1)


def test_a_waiver_and_a_baseline_excuse_a_finding_together(tmp_path: Path) -> None:
    asked = gate((CRASH, "crashed"), known=known(tmp_path, matched(WRONG, "unpredicted")))
    gated = result(failed(TWO, check="X0-MATCH"), gate=asked)
    assert gated["findings"][0]["waived_by"] == "w.toml, waiver 1: known; the baseline old.json"
    assert gated["exit_code"] == 0


def test_one_waived_and_one_new_defect_do_not_conform() -> None:
    gated = result(failed(matched(CRASH, "crashed"), matched(WRONG, "unpredicted", id="2"), check="X0-MATCH"),
                   gate=gate((CRASH, "crashed")))  # fmt: skip
    assert [bool(found["waived_by"]) for found in gated["findings"]] == [False, True]
    assert gated["exit_code"] == 1


def test_a_finding_without_marks_has_the_one_of_its_key() -> None:
    (found,) = result(FAILED)["findings"]
    assert found["marks"] == [
        {"check": "X0-TYPE", "pair": ["gcc-O2", "tcc"], "convention": "packed", "class": "type", "mode": "plain",
         "verdict": "silent-wrong", "place": "f64<-i64", "key": FOUND.key}
    ]  # fmt: skip


def test_marks_cross_processes_with_their_outcome() -> None:
    outcome = evolve(FAILED, findings=(TWO,))
    assert Outcome.from_json(json.loads(json.dumps(outcome.to_json()))) == outcome
