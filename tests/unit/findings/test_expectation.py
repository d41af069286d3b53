"""A finding's case holds its expectation: JSON that says by itself what the reproducer compares with."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.findings.record import FindingError
from conformance.findings.validate import case_of
from conformance.generation import payloads
from conformance.model.case import Case, Mismatch, Mutations
from conformance.model.expectation import ExpectedValue, StoredExpectation, expectations_of
from conformance.model.signature import parse_signature
from conformance.model.value import Value
from conformance.oracle import stored
from conformance.oracle.stored import OPEN
from conformance.subjects.manifest import load_subject
from tests.unit.findings import made

CASES = {**made.SHOWN_BY, **made.CONFORMING}


def expected(case: Case, subject: str = "reference") -> StoredExpectation:
    return expectations_of(made.told(case, load_subject(subject)))[0]


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.mismatch.cls != "layout"])
def test_it_is_json_that_comes_back_and_is_no_part_of_what_a_case_is(name: str) -> None:
    told = made.told(CASES[name], load_subject("reference"))
    raw = json.loads(json.dumps(told.to_json()))
    again = Case.from_json(raw)
    assert again.expectation == told.expectation is not None
    assert (again, again.id) == (CASES[name], CASES[name].id)
    both = expectations_of(again)
    assert (both[1] is not None) == (told.mode in ("nested", "concurrent", "released"))


def test_a_case_of_before_has_none_and_a_layouts_needs_none() -> None:
    case = made.SHOWN_BY["value-of-16-bytes"]
    assert made.told(case, load_subject("reference")).expectation is None
    assert Case.from_json(case.to_json()) == case
    with pytest.raises(ValueError, match="the case has no expectation"):
        expectations_of(case)
    with pytest.raises(FindingError, match="expectation must be an object"):
        case_of({**case.to_json(), "expectation": []}, Path("case.json"), "")


def test_of_a_rejection_it_says_what_the_error_names() -> None:
    due = expected(made.ONE_WRONG_CODE)
    assert (due.outcome, due.named, due.passes, due.entered) == ("rejected", (0,), ("detected",), False)
    assert due.mentions == {"expected": ("int", "i8"), "received": ("float", "2")}
    assert (due.may_be_accepted, due.may_be_rejected) == (False, True)
    assert due.required == "reject, naming argument 0, before the body runs"


def test_what_is_not_claimed_may_be_accepted_and_may_crash() -> None:
    due = stored.stored(made.grounds(made.ONE_WRONG_CODE, load_subject("reference"))._replace(claims=()))
    assert due.outcome == "rejected" and due.may_be_accepted and due.may_be_rejected
    assert "crashed" in due.passes and "hung" not in due.passes


def test_a_release_build_may_reject_by_its_conversions_only() -> None:
    due = expected(made.SHOWN_BY["release-still-checks"])
    assert (due.outcome, due.named, due.may_be_accepted, due.may_be_rejected) == ("undetected", (), True, False)
    tensor = replace(made.SHOWN_BY["tensor-shape"], release=True)
    assert expected(tensor).named == (0,)


def test_the_other_call_has_one_of_its_own() -> None:
    inner, outer = expectations_of(made.told(made.SHOWN_BY["latest-arguments"], load_subject("reference")))
    values = payloads.payload(parse_signature("(i64) -> none"), 0), made.other_payload("(i64) -> none")
    assert outer is not None
    assert [(due.arguments[0].how, due.arguments[0].bits) for due in (outer, inner)] == [
        ("bits", hex(value.bits)) for (value,) in values
    ]


def test_pointers_are_told_by_what_is_compared() -> None:
    signature = "(handle, str, bytes, tensor(f32,2)) -> str"
    case = made.case("X0-MATCH", signature, signature)
    plain = expected(case)
    assert plain.arguments == (ExpectedValue("address", 8),) * 4 and plain.taken == ExpectedValue("address", 8)
    followed = expected(replace(case, follow_pointers=True)).arguments
    assert [value.how for value in followed] == ["address", "content", "content", "tensor"]
    assert bytes.fromhex(followed[1].data) == case.payload[1].data


def test_an_unpacked_call_is_told_to_the_byte() -> None:
    case = made.CONFORMING["a pointer read as numbers"]
    due = expected(case, "reference-unpacked")
    assert due.arguments[0] == ExpectedValue("address", 4) and due.arguments[1] == ExpectedValue("address", 8)
    assert due.arguments[2] == OPEN  # C does not say what a bool of 0x08 is
    assert due.out == ExpectedValue("untouched")
    short = expected(made.SHOWN_BY["unpacked-short-result"], "reference-unpacked")
    assert short.out == ExpectedValue("bits", 8, hex(payloads.result("f64").bits))


def test_a_null_and_a_refused_return_are_told() -> None:
    null = made.case("X0-NULL", "(str) -> str", "(str) -> str", payload=(Value("str"),), result=Value("str"))
    due = expected(null)
    assert due.arguments == (ExpectedValue("bits", 8, "0x0"),)
    assert due.taken == ExpectedValue("bits", 8, "0x0")
    refused = made.case("X0-RETURN", "() -> f64", "() -> str", Mismatch("ret-type", None, "str", "f64"))
    assert expected(refused).taken == ExpectedValue("untouched")
    no_result = made.case("X0-NULL", "() -> i8", "() -> i8", Mismatch("null-ret"), wire=Mutations(nulls=("ret",)))
    assert (expected(no_result).outcome, expected(no_result).entered) == ("rejected", True)
