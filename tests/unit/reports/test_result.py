from __future__ import annotations

import itertools
import json
from pathlib import Path

import jsonschema
import pytest
from attrs import evolve

from conformance.checks import CHECKS
from conformance.model.case import CLASSES
from conformance.model.options import RunOptions
from conformance.model.outcome import Outcome
from conformance.model.schema import schema
from conformance.model.verdict import VERDICTS
from conformance.reports.result import Result

from .made import ABSENT, FAILED, FOUND, PAIR, PASSED, RELEASE, failed, finding, result

EVERYTHING = (PASSED, FAILED, RELEASE, ABSENT)


def check(made: Result, name: str) -> dict[str, object]:
    return next(row for row in made["checks"] if row["id"] == name)


@pytest.mark.parametrize("outcomes", [(), (PASSED,), EVERYTHING])
def test_a_result_is_what_its_schema_says(outcomes: tuple[Outcome, ...]) -> None:
    made = json.loads(json.dumps(result(*outcomes)))
    jsonschema.Draft202012Validator(schema("result-2")).validate(made)


def test_the_schema_refuses_what_is_no_result() -> None:
    validator = jsonschema.Draft202012Validator(schema("result-2"))
    good = result(*EVERYTHING)
    for spoil in (
        {"schema": "abi-conformance/1"},
        {"seconds": -1},
        {"profile": "slow"},
        {"checks": [{"id": "X0-TYPE"}]},
        {"counts": {**good["counts"], "judged": "many"}},
    ):
        assert not validator.is_valid({**good, **spoil})


def test_the_schema_knows_the_verdicts() -> None:
    assert schema("result-2")["$defs"]["verdict"]["enum"] == list(VERDICTS)


def test_order_of_outcomes_does_not_matter() -> None:
    outcomes = (*EVERYTHING, failed(finding(id="another", key="type::packed::gcc-O2>tcc::f32<-i64@0")))
    texts = {json.dumps(result(*order)) for order in itertools.permutations(outcomes)}
    assert len(texts) == 1


def test_groups_are_merged_over_items() -> None:
    made = result(FAILED, evolve(FAILED, pair=("tcc", "gcc-O2")))
    (group,) = made["groups"]
    assert group["verdicts"] == {"detected": 2 * 12339, "silent-wrong": 2}
    assert group["examples"]["silent-wrong"]["key"] == FOUND.key
    assert Outcome.from_json(json.loads(json.dumps(FAILED.to_json()))) == FAILED


def test_every_check_has_one_entry_in_the_order_of_the_checks() -> None:
    made = result(evolve(PASSED, kinds=("i64",)), evolve(PASSED, pair=("tcc", "gcc-O2"), kinds=("f64", "i64")))
    assert [row["id"] for row in made["checks"]] == list(CHECKS)
    assert check(made, "X0-MATCH") == {
        "id": "X0-MATCH",
        "status": "pass",
        "cases": 2000,
        "signatures": 2,
        "kinds": ["f64", "i64"],
        "cut_off": 0,
        "by_verdict": {"intact": 2000},
        "why": "",
        "notes": [],
        "pairs": [
            {"pair": list(pair), "status": "pass", "cases": 1000, "by_verdict": {"intact": 1000}, "why": ""}
            for pair in (("gcc-O2", "tcc"), ("tcc", "gcc-O2"))
        ],
    }


@pytest.mark.parametrize(
    ("statuses", "united"),
    [
        (("pass", "pass"), "pass"),
        (("pass", "fail"), "fail"),
        (("fail", "error"), "fail"),
        (("pass", "error"), "not-run"),
        (("pass", "not-run"), "not-run"),
        (("pass", "not-applicable"), "pass"),
        (("not-applicable", "not-applicable"), "not-applicable"),
    ],
)
def test_pairs_are_united(statuses: tuple[str, str], united: str) -> None:
    made = result(*(evolve(PASSED, status=status, why=status, pair=(status, "tcc")) for status in statuses))
    assert check(made, "X0-MATCH")["status"] == united


def test_a_check_without_an_outcome_says_why() -> None:
    options = RunOptions(checks=("X0-T*",), seed=0)
    made = result(PASSED, options=options, not_run="interrupted", complete=False)
    assert check(made, "X0-TYPE")["why"] == "interrupted"
    assert check(made, "X0-NULL")["why"] == "not selected"


def test_counts_are_summed_and_signatures_united() -> None:
    counts = result(PASSED, FAILED)["counts"]
    assert counts["signatures"] == 3
    assert (counts["generated"], counts["executed"], counts["judged"]) == (13345, 13330, 13340)
    assert (counts["inconclusive"], counts["not_run"]) == (10, 5)
    assert counts["generated"] == counts["judged"] + counts["not_run"]
    assert counts["judged"] == counts["executed"] + counts["inconclusive"]


def test_the_headline_has_the_rejected_classes_only() -> None:
    assert result(FAILED)["counts"]["by_convention"] == {
        "packed": {"detected": 12339, "silent-wrong": 1},
        "unpacked": {"silent-wrong": 9876, "silent-equal": 2000, "overrun": 400, "crashed": 60, "hung": 4},
    }


def test_blind_spots_and_release_builds_have_sections_of_their_own() -> None:
    made = result(*EVERYTHING)
    assert made["blind_spots"] == [{"class": "swap", "cases": 7, "note": CLASSES["swap"]}]
    assert made["release"] == {"silent-wrong": 380, "overrun": 20}


def test_a_finding_has_the_fields_of_the_contract() -> None:
    (row,) = result(FAILED)["findings"]
    assert row["replay"] == f"abi-conformance replay {FOUND.id}"
    assert row["mismatch"] == {"class": "type", "index": 1, "declared": "f64", "passed": "i64"}
    assert row["pair"] == list(PAIR)
    assert row["waived_by"] is None


def test_a_report_folder_of_its_own_is_part_of_the_replay() -> None:
    (row,) = result(FAILED, options=RunOptions(seed=0, report_dir=Path("my reports")))["findings"]
    assert row["replay"] == f"abi-conformance replay {FOUND.id} --report-dir 'my reports'"


def test_the_same_finding_twice_is_one() -> None:
    assert len(result(FAILED, FAILED)["findings"]) == 1


def test_findings_are_sorted_by_check_key_and_id() -> None:
    rows = [
        finding(id="3", check="X0-MATCH", key="match::packed::a>b::match"),
        finding(id="2", key="type::packed::a>b::b"),
        finding(id="1", key="type::packed::a>b::b"),
        finding(id="0", key="type::packed::a>b::c"),
    ]
    assert [row["id"] for row in result(failed(*reversed(rows)))["findings"]] == ["3", "1", "2", "0"]


def test_results_of_schema_1_have_their_schema_still() -> None:
    jsonschema.Draft202012Validator(schema("result-1")).validate({**result(*EVERYTHING), "schema": "abi-conformance/1"})


def test_the_headline_counts_only_what_each_convention_made() -> None:
    def half(check: str, convention: str, **bundles: dict[str, dict[str, int]]) -> Outcome:
        by_bundle = {name: {convention: classes} for name, classes in bundles.items()}
        return evolve(FAILED, check=check, by_bundle=by_bundle, rejected_classes=("type", "few"))

    x0 = half("X0-TYPE", "packed", a={"type": {"detected": 4}}, b={"type": {"detected": 1, "late": 1}})
    x1 = half("X1-SILENT", "unpacked", a={"type": {"overrun": 4}, "few": {"overrun": 3}}, b={"type": {"overrun": 1}})
    counts = result(x0, x1)["counts"]["by_convention"]
    assert counts == {"packed": {"detected": 4}, "unpacked": {"overrun": 4}}
    other = evolve(x1, pair=("gcc-O2", "gcc-O2"))
    assert result(x0, other)["counts"]["by_convention"] == {}
    assert result(x0)["counts"]["by_convention"] == {"packed": {"detected": 5, "late": 1}}
