from __future__ import annotations

import json
from pathlib import Path

import pytest
from attrs import evolve

from conformance.gate import baseline
from conformance.gate.compare import Change, compare
from conformance.gate.decide import Gate
from conformance.gate.files import GateError, read_result
from conformance.gate.waivers import Waiver
from conformance.model.mark import mark_of_key

from ..reports.made import FAILED, FOUND, PASSED, failed, finding, result

CONFORMS = evolve(FAILED, status="pass", findings=())


def test_nothing_changed() -> None:
    assert compare(result(FAILED), result(FAILED)) == []


def test_a_finding_that_was_not_is_new() -> None:
    assert compare(result(CONFORMS), result(FAILED)) == [
        Change("worse", "check", "X0-TYPE", "X0-TYPE", "pass", "fail"),
        Change("new", "finding", "X0-TYPE", FOUND.key, "-", "silent-wrong", FOUND.id),
    ]


def test_a_mended_one_is_gone() -> None:
    changes = compare(result(FAILED), result(CONFORMS))
    assert [(change.direction, change.kind) for change in changes] == [("gone", "finding"), ("better", "check")]


def test_what_is_no_longer_run_is_never_mended() -> None:
    changes = compare(result(FAILED), result())
    assert [(c.direction, c.kind, c.new) for c in changes] == [
        ("not-run", "check", "not-run"),
        ("not-run", "finding", "not-run"),
    ]
    assert compare(result(CONFORMS), result())[0] == Change("worse", "check", "X0-TYPE", "X0-TYPE", "pass", "not-run")


def test_a_finding_of_a_kind_that_was_not_there_before_is_no_worsening() -> None:
    (group,) = FAILED.groups
    old = evolve(CONFORMS, groups=({**group, "group": "type::packed::i8<-f64"},))
    (change,) = [change for change in compare(result(old), result(FAILED)) if change.kind == "finding"]
    assert (change.direction, change.old, change.new) == ("changed", "not-run", "silent-wrong")


def test_a_mark_that_no_check_draws_is_told_by_the_others_of_its_finding() -> None:
    (group,) = FAILED.groups
    keys = FOUND.key.replace("f64<-i64", "u8<-f32"), FOUND.key  # that of the smallest call, and of one that was drawn
    marks = tuple({"key": key, **mark_of_key("X0-TYPE", key, FOUND.verdict).to_json()} for key in keys)
    found = finding(key=keys[0], marks=marks)
    changes = compare(result(failed(found)), result(evolve(CONFORMS, groups=(group,))))
    assert [change.direction for change in changes if change.kind == "finding"] == ["gone"]


@pytest.mark.parametrize(("verdict", "direction"), [("crashed", "worse"), ("misattributed", "better")])
def test_another_verdict_of_one_finding(verdict: str, direction: str) -> None:
    (change,) = compare(result(FAILED), result(failed(finding(verdict=verdict))))
    assert (change.direction, change.old, change.new) == (direction, "silent-wrong", verdict)


def test_several_verdicts_of_one_finding_are_held_together() -> None:
    both = result(failed(FOUND, finding(id="2", verdict="late")))
    assert compare(both, both) == []
    (change,) = compare(both, result(FAILED))
    assert (change.direction, change.old, change.new) == ("changed", "late, silent-wrong", "silent-wrong")


def test_an_excused_finding_is_as_good_as_none() -> None:
    waived = result(FAILED, gate=Gate((Waiver(1, "type::*", "silent-wrong", "known"),), "w"))
    assert [change.direction for change in compare(result(FAILED), waived)] == ["gone", "better"]


def test_a_baseline_knows_by_mark_and_verdict(tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    path.write_text(json.dumps(result(FAILED)))
    gate = Gate(known=baseline.load(path), baseline_file=str(path))
    known = result(failed(finding(id="other payload", key="type::packed::tcc>tcc::f64<-i64@2")), gate=gate)
    assert known["exit_code"] == 0
    assert known["findings"][0]["waived_by"] == f"the baseline {path}"
    assert result(failed(finding(key="type::packed::gcc-O2>tcc::f64<-i32@1")), gate=gate)["exit_code"] == 1
    assert result(failed(finding(verdict="crashed")), gate=gate)["exit_code"] == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{\n  'x'", "line 2"),
        ("[]", "no JSON object"),
        ("[" * 100_000, ""),
        ("{}", "schema is None"),
        ('{"schema": "abi-conformance/3"}', "a result has 'abi-conformance/1' or 'abi-conformance/2'"),
    ],
)
def test_a_file_that_is_no_result_is_one_sentence(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "old.json"
    path.write_text(text)
    with pytest.raises(GateError) as error:
        read_result(path)
    assert says in str(error.value)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        ({"checks": None}, "checks must be a list, not null"),
        ({"checks": [{"id": "X0-TYPE"}]}, "checks[0].status is missing"),
        ({"findings": [1]}, "findings[0] must be an object, not 1"),
        ({"subject": {}}, "subject.name is missing; it must be a text"),
        ({"pairs": [[1]]}, "pairs[0][0] must be a text, not 1"),
        ({"complete": 1}, "complete must be true or false, not 1"),
    ],
)
def test_a_result_with_a_hole_names_the_key(tmp_path: Path, spoil: dict[str, object], says: str) -> None:
    path = tmp_path / "old.json"
    path.write_text(json.dumps({**result(FAILED), **spoil}))
    with pytest.raises(GateError) as error:
        read_result(path)
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        ({"key": "f64<-i64"}, "findings[0].key must be a case key, not 'f64<-i64'"),
        ({"case": []}, "findings[0].case must be an object, not a list"),
        ({"marks": {}}, "findings[0].marks must be a list of at least one mark, not an object"),
        ({"marks": [{}]}, "findings[0].marks[0].check is missing; it must be a text"),
        ({"marks": [dict.fromkeys(("key", "check", "convention", "class", "mode", "verdict", "place"), "x")]},
         "findings[0].marks[0].verdict is 'x'; it is one of"),
    ],
)  # fmt: skip
def test_a_finding_with_a_hole_names_the_key(spoil: dict[str, object], says: str, tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    made = result(FAILED)
    path.write_text(json.dumps({**made, "findings": [{**made["findings"][0], **spoil}]}))
    with pytest.raises(GateError) as error:
        read_result(path)
    assert says in str(error.value)


def test_an_unknown_verdict_is_named(tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    path.write_text(json.dumps(result(failed(finding(verdict="odd")))))
    with pytest.raises(GateError, match="verdict is 'odd'; it is one of intact"):
        read_result(path)


@pytest.mark.parametrize(
    ("outcomes", "errors", "interrupted", "code", "only_reported"),
    [
        ((PASSED,), (), False, 0, 0),
        ((FAILED,), (), False, 1, 0),
        ((FAILED,), (), True, 2, 2),
        ((FAILED,), ("x",), True, 3, 3),
        ((), (), False, 5, 5),
        ((evolve(PASSED, status="not-applicable"),), (), False, 5, 5),
    ],
)
def test_exit_codes(
    outcomes: tuple[object, ...], errors: tuple[str, ...], interrupted: bool, code: int, only_reported: int
) -> None:
    from conformance.gate.decide import exit_code

    made = result(*outcomes)  # type: ignore[arg-type]
    assert exit_code(made, errors=errors, interrupted=interrupted) == code
    made = result(*outcomes, gate=Gate(report_only=True))  # type: ignore[arg-type]
    assert exit_code(made, errors=errors, interrupted=interrupted) == only_reported
