from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from conformance.checks import CHECKS
from conformance.gate.decide import Gate
from conformance.gate.entries import missing
from conformance.gate.files import GateError
from conformance.gate.waiver_file import render, without
from conformance.gate.waivers import Waiver, excuse, is_stale, load, problems
from conformance.gate.witness import Tried
from conformance.model.case import Case, Mismatch
from conformance.model.options import RunOptions
from conformance.model.signature import parse_signature
from conformance.model.value import Value

from ..reports.made import FACTS, FAILED, FOUND, PASSED, failed, finding, result

TODAY = date(2026, 6, 1)
GOOD = Waiver(1, "type::packed::*::f64<-i64@*", "silent-wrong", "known, issue 17")
WHOLE = tuple(evolve(PASSED, check=name) for name in CHECKS if name != "X0-TYPE")


def file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "abi-waivers.toml"
    path.write_text(text)
    return path


def gated(*waivers: Waiver, outcome: Any = FAILED, **more: Any) -> dict[str, Any]:
    return result(*WHOLE, outcome, gate=Gate(waivers, "w.toml", today=TODAY, **more))


def test_an_entry_excuses_its_finding_and_says_why() -> None:
    made = gated(GOOD)
    assert made["exit_code"] == 0
    assert made["findings"][0]["waived_by"] == "w.toml, waiver 1: known, issue 17"
    assert next(row for row in made["checks"] if row["id"] == "X0-TYPE")["status"] == "waived"
    assert made["gate"] == {
        "waivers": "w.toml",
        "shipped": None,
        "baseline": None,
        "report_only": False,
        "witnesses": [],
        "problems": [],
    }


def test_only_the_exact_verdict_is_excused() -> None:
    made = gated(replace(GOOD, verdict="crashed"))
    assert made["exit_code"] == 1
    assert made["findings"][0]["waived_by"] is None
    assert "the verdict is silent-wrong now" in made["gate"]["problems"][0]


def test_one_excused_finding_does_not_excuse_another() -> None:
    other = finding(id="other", key="type::packed::tcc>tcc::i8<-f64@0")
    made = gated(GOOD, outcome=failed(FOUND, other))
    assert made["exit_code"] == 1
    assert [bool(row["waived_by"]) for row in made["findings"]] == [True, False]


def test_a_failure_without_a_finding_cannot_be_excused() -> None:
    assert gated(GOOD, outcome=failed())["exit_code"] == 1


def test_an_entry_with_nothing_left_to_excuse_fails_the_run() -> None:
    made = gated(GOOD, outcome=evolve(FAILED, status="pass", findings=()))
    assert made["exit_code"] == 1
    assert (
        "waiver 1 (silent-wrong of type::packed::*::f64<-i64@*): there is nothing to excuse"
        in made["gate"]["problems"][0]
    )


@pytest.mark.parametrize(
    "narrow",
    [
        {"options": RunOptions(seed=0, checks=("X0-TYPE",))},
        {"complete": False},
        {"facts": replace(FACTS, pairs=(("tcc", "tcc"),))},
    ],
)
def test_an_entry_is_not_stale_where_its_cases_were_not_run(narrow: dict[str, Any]) -> None:
    waiver = replace(GOOD, key="type::packed::gcc-O2>tcc::*")
    outcomes = (evolve(FAILED, status="pass", findings=()),)
    made = result(*outcomes, gate=Gate((waiver,), "w.toml", today=TODAY), **narrow)
    assert made["gate"]["problems"] == []


WITNESS = Case(
    "X0-TYPE", "packed", "gcc-O2", "tcc", parse_signature("(i64) -> none"), parse_signature("(f64) -> none"),
    Mismatch("type", 0, "f64", "i64"), (Value("i64", 1),),
)  # fmt: skip
WITNESSED = replace(GOOD, witness=WITNESS)


@pytest.mark.parametrize(
    ("key", "verdict", "says"),
    [
        (WITNESS.key, "detected", f"there is nothing to excuse, its witness {WITNESS.id} conforms now; remove it"),
        (WITNESS.key, "silent-wrong", ""),
        (WITNESS.key, "crashed", f"its witness {WITNESS.id} is crashed of {WITNESS.key} now; correct or remove"),
        (
            "type::packed::gcc-O2>tcc::f64<-i8@0",
            "silent-wrong",
            "is silent-wrong of type::packed::gcc-O2>tcc::f64<-i8@0",
        ),
    ],
)
def test_the_witness_alone_says_whether_its_entry_is_stale(key: str, verdict: str, says: str) -> None:
    tried = (Tried(WITNESS.id, key, verdict, verdict == "detected"),)
    for outcome in (FAILED, evolve(FAILED, status="pass", findings=())):
        made = gated(WITNESSED, outcome=outcome, tried=tried)
        told = made["gate"]["problems"]
        assert [says in problem for problem in told] == ([True] if says else [])
        assert is_stale(WITNESSED, made, TODAY) is bool(says)
        assert gated(WITNESSED, outcome=outcome)["gate"]["problems"] == []
        assert gated(replace(WITNESSED, versions=">=2"), outcome=outcome, tried=tried)["gate"]["problems"] == []


def test_witnesses_are_those_of_entries_that_hold() -> None:
    other = replace(WITNESS, mode="after")
    entries = (WITNESSED, GOOD, replace(WITNESSED, versions=">=2"), replace(WITNESSED, expires=date(2000, 1, 1)))
    gate = Gate(entries, today=TODAY, shipped=(replace(WITNESSED, witness=other),))
    assert gate.witnesses("1.4.0") == (WITNESS, other)


def test_an_entry_is_written_with_its_witness_and_read_again(tmp_path: Path) -> None:
    made = result(failed(evolve(FOUND, case=WITNESS.to_json())))
    (entry,) = missing(made)
    assert entry.witness == WITNESS
    assert load(file(tmp_path, render([replace(entry, reason="known")]))) == (replace(entry, reason="known"),)


@pytest.mark.parametrize(
    ("key", "change", "stale"),
    [
        ("type::packed::*::f64<-i64@*", {}, True),
        ("type::packed::*::f64<-i64@1", {}, True),
        ("type::packed::*::f64<-*", {}, True),
        ("type::*", {}, True),
        ("type::packed::*::f64<-i32@*", {}, False),
        ("type::unpacked::*::f64<-i64@*", {}, False),
        ("type::packed::*::f64<-i64@*", {"cut_off": 3}, False),
        ("type::packed::*::f64<-i64@*", {"by_verdict": {"detected": 9, "inconclusive": 1}}, False),
    ],
)
def test_an_entry_is_stale_only_where_its_kind_was_drawn_and_run_to_the_end(
    key: str, change: dict[str, Any], stale: bool
) -> None:
    outcome = evolve(FAILED, status="pass", findings=(), **change)
    made = gated(replace(GOOD, key=key), outcome=outcome)
    assert bool(made["gate"]["problems"]) is stale


def test_an_entry_for_another_profile_is_not_stale() -> None:
    passed = evolve(FAILED, status="pass", findings=())
    assert gated(replace(GOOD, profiles=("nightly",)), outcome=passed)["gate"]["problems"] == []
    assert gated(replace(GOOD, profiles=("quick",)), outcome=passed)["gate"]["problems"] != []


@pytest.mark.parametrize(
    ("versions", "excused"), [("", True), ("<2", True), (">=1.4,<1.5", True), (">=2", False), ("==1.3.*", False)]
)
def test_versions_are_the_subjects(versions: str, excused: bool) -> None:
    made = gated(replace(GOOD, versions=versions))
    assert made["exit_code"] == (0 if excused else 1)
    if not excused:
        assert f"does not apply (versions {versions})" in made["findings"][0]["detail"][-1]
        assert made["gate"]["problems"] == []


def test_a_version_that_is_none_is_in_no_range() -> None:
    assert replace(GOOD, versions=">=0").covers_version("trunk") is False
    assert GOOD.covers_version("trunk")


def test_an_expired_entry_excuses_nothing_and_fails_the_run() -> None:
    made = gated(replace(GOOD, expires=date(2026, 5, 31)))
    assert made["findings"][0]["waived_by"] is None
    assert "expired on 2026-05-31" in made["gate"]["problems"][0]
    assert gated(replace(GOOD, expires=TODAY))["exit_code"] == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[waiver]]\nkey = 'type::*'\nverdict = 'late'\n", "waiver 1: reason is missing; say why"),
        (
            "[[waiver]]\nkey = 'type::*'\nverdict = 'late'\nreason = ' '\n",
            "reason must be a text that is not empty, not ' '; say why",
        ),
        ("[[waiver]]\nkey = 'type::*'\nverdict = 'wrong'\nreason = 'r'\n", "verdict is 'wrong'; it is one of intact, "),
        ("[[waiver]]\nkey = 'typ::*'\nverdict = 'late'\nreason = 'r'\n", "did you mean 'type'"),
        (
            "[[waiver]]\nkey = 'type::*'\nverdict = 'late'\nreason = 'r'\nwhy = 1\n",
            "has no key 'why'; there are key, verdict",
        ),
        (
            "[[waiver]]\nkey = 'type::*'\nverdict = 'late'\nreason = 'r'\nversions = 'new'\n",
            "versions must be a range of versions, not 'new'",
        ),
        (
            "[[waiver]]\nkey = 'type::*'\nverdict = 'late'\nreason = 'r'\nversions = 2\n",
            "versions must be a range of versions, not 2",
        ),
        ("[[waiver]]\nkey = 'type::*'\nverdict = 'late'\nreason = 'r'\nexpires = 'soon'\n", "expires must be a date"),
        (
            "[[waiver]]\nkey = 'type::*'\nverdict = 'late'\nreason = 'r'\nprofiles = ['slow']\n",
            "profiles[0] is 'slow'; it is one of quick, ci",
        ),
        ("[waiver]\nkey = 1\n", "write [[waiver]] above each entry"),
        ("waiver = [1]\n", "write [[waiver]] above each entry"),
        ("[[waivers]]\n", "has no key 'waivers'"),
        ("[[waiver]]\nkey = \n", "line 2"),
    ],
)
def test_a_bad_file_is_one_sentence(tmp_path: Path, text: str, says: str) -> None:
    path = file(tmp_path, text)
    with pytest.raises(GateError) as error:
        load(path)
    assert says in str(error.value)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there_or_no_text_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(GateError, match="cannot be read"):
        load(tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(GateError, match="not UTF-8"):
        load(tmp_path / "bytes.toml")


def test_what_is_rendered_is_read_again(tmp_path: Path) -> None:
    entries = (
        replace(GOOD, versions="<2", expires=TODAY, profiles=("ci", "nightly")),
        replace(GOOD, place=2, key="type::packed::*::tensor(f32,2x3)<-*@1", reason='quotes " and \\ and \x7f'),
    )
    assert load(file(tmp_path, render(entries))) == entries


def test_missing_entries_would_excuse_everything_once_filled() -> None:
    made = result(failed(FOUND, finding(id="same-key-again")))
    (entry,) = missing(made)
    assert (entry.key, entry.verdict, entry.reason) == ("type::packed::gcc-O2>tcc::f64<-i64@*", FOUND.verdict, "")
    assert "# say why" in render([entry])
    assert missing(gated(GOOD)) == ()


def test_pruning_keeps_all_else_as_it_was() -> None:
    text = (
        "# ours\n\n[[waiver]]\nkey = 'type::a'\nverdict = 'late'\nreason = 'r'\n\n"
        "# about the second\n[[waiver]]\nkey = 'type::b'\nverdict = 'late'\nreason = 'r'\n\n"
        "[[ waiver ]]\nkey = 'type::c' # here\nverdict = 'late'\nreason = 'r'\n# the end\n"
    )
    kept = without(text, [replace(GOOD, place=2)])
    assert [entry["key"] for entry in tomllib.loads(kept)["waiver"]] == ["type::a", "type::c"]
    assert "# ours" in kept
    assert "# here" in kept
    assert "# the end" in kept
    assert "about the second" not in kept


SHIPPED = "acme.toml, which ships with the subject"


def shipped(tmp_path: Path, versions: str, verdict: str = "silent-wrong", **more: Any) -> Gate:
    path = tmp_path / "acme.toml"
    path.write_text(render([replace(GOOD, versions=versions, verdict=verdict)]))
    return Gate(today=TODAY, **more).with_shipped(path)


def test_what_ships_with_the_subject_excuses_too(tmp_path: Path) -> None:
    made = result(*WHOLE, FAILED, gate=shipped(tmp_path, "<2"))
    assert made["exit_code"] == 0
    assert made["findings"][0]["waived_by"] == f"{SHIPPED}, waiver 1: known, issue 17"
    assert made["gate"]["shipped"] == SHIPPED
    assert made["gate"]["waivers"] is None
    assert missing(made) == ()


def test_the_users_own_entry_is_named_before_the_shipped_one(tmp_path: Path) -> None:
    made = result(*WHOLE, FAILED, gate=shipped(tmp_path, "<2", waivers=(GOOD,), waiver_file="w.toml"))
    assert made["findings"][0]["waived_by"].startswith("w.toml, waiver 1")
    assert made["exit_code"] == 0


def test_a_shipped_entry_for_other_versions_is_told_and_does_not_apply(tmp_path: Path) -> None:
    made = result(*WHOLE, FAILED, gate=shipped(tmp_path, ">=2"))
    assert made["exit_code"] == 1
    assert made["findings"][0]["detail"][-1] == f"{SHIPPED}, waiver 1 does not apply (versions >=2)"
    assert made["gate"]["problems"] == []


def test_a_stale_shipped_entry_fails_the_run_and_says_who_can_mend_it(tmp_path: Path) -> None:
    made = result(*WHOLE, evolve(FAILED, status="pass", findings=()), gate=shipped(tmp_path, "<2"))
    assert made["exit_code"] == 1
    (problem,) = made["gate"]["problems"]
    assert problem.startswith(f"{SHIPPED}, waiver 1 (silent-wrong of ")
    assert "tell the subject's maintainers" in problem
    assert "prune" not in problem
    assert (
        "the verdict is silent-wrong now"
        in result(*WHOLE, FAILED, gate=shipped(tmp_path, "", "late"))["gate"]["problems"][0]
    )


def test_a_subject_without_a_file_of_its_own(tmp_path: Path) -> None:
    assert Gate().with_shipped(None) == Gate()
    with pytest.raises(GateError, match="cannot be read"):
        Gate().with_shipped(tmp_path / "acme.toml")


def test_none_reads_not_even_the_default_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file(tmp_path, render([GOOD]))
    assert Gate.load(None, None, TODAY).waivers == (GOOD,)
    assert Gate.load(Path("none"), None, TODAY) == Gate(today=TODAY)


@pytest.mark.parametrize(
    ("versions", "version", "covered"),
    [
        ("<0.1.16", "0.1.15.post2", True),
        ("==0.1.15.*", "0.1.15.post2", True),
        ("==0.1.15", "0.1.15.post2", False),
        ("<=0.1.15.post2", "0.1.15.post2", True),
        (">=0.1.9", "0.1.10rc1", True),
        (">=0.1.9,<0.2", "0.1.16.dev3+gabc", True),
    ],
)
def test_post_and_prereleases_are_versions_like_others(versions: str, version: str, covered: bool) -> None:
    assert replace(GOOD, versions=versions).covers_version(version) is covered


def test_no_waivers_no_problems() -> None:
    assert problems((), result(PASSED), TODAY) == []


@pytest.mark.parametrize(
    ("limits", "excused"),
    [
        ({}, True),
        ({"versions": "<1.1"}, True),  # the callee's headers
        ({"versions": ">=1.4,<1.5"}, True),  # what runs
        ({"versions": ">=2"}, False),
        ({"built": ">=1.1,<1.2"}, True),
        ({"built": ">=1.4"}, False),
        ({"runtime": ">=1.4"}, True),
        ({"runtime": "<1.4"}, False),
        ({"built": "<1.1", "runtime": "<1.4"}, False),
    ],
)
def test_where_versions_meet_an_entry_says_of_which_it_is(limits: dict[str, Any], excused: bool) -> None:
    entry = replace(GOOD, key="type::packed::gcc@1.1>gcc@1.0::*", verdict="silent-wrong", **limits)
    key = "type::packed::gcc@1.1>gcc@1.0::f64<-i64@0"
    good, almost = excuse([entry], key, "silent-wrong", "1.4", TODAY)
    assert (good is not None, almost is not None) == (excused, not excused)
    assert entry.limits == ", ".join(f"{name} {text}" for name, text in limits.items())


def test_no_entry_is_stale_where_versions_meet() -> None:
    passed = evolve(FAILED, status="pass", findings=())
    made = gated(outcome=passed)
    assert problems([GOOD], made, TODAY) != []
    mixed = {**made, "compilers": [{**side, "built": "1.0"} for side in made["compilers"]]}
    assert problems([GOOD], mixed, TODAY) == []


@pytest.mark.parametrize(("runtime", "limit"), [("1.4", "==1.4"), ("", ""), ("a-branch", "")])
def test_an_entry_for_a_break_between_versions_is_about_the_runtime_that_ran(runtime: str, limit: str) -> None:
    made = gated()
    made = {**made, "findings": [{**row, "case": {**row["case"], "runtime": runtime}} for row in made["findings"]]}
    assert [entry.runtime for entry in missing(made)] == [limit]
