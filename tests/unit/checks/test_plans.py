"""A check plans its calls once: over stubs that are compiled, and over values that are passed as such."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import pytest

from conformance.checks import BLIND, CHECKS, planned
from conformance.checks.columns import CLASS_NAMES, HANDED, KIND_NUMBERS, NESTED, PACKED, RELEASED, Rows
from conformance.checks.draft import Draft, Family
from conformance.checks.every_code import every_code
from conformance.checks.rejection import TURNS
from conformance.engine.arena import Arena
from conformance.engine.bundle import Bundle
from conformance.engine.encoded_calls import encoded_of
from conformance.engine.planned_calls import MOST_CALLS, planned_calls
from conformance.engine.values import MOST_SAMPLES, ValueBundle
from conformance.generation.strategies import Drawn, every_kind, every_tensor, seeded
from conformance.model.kinds import KINDS, NONE
from conformance.model.subject import MUTABLE_PARTS, SubjectInfo
from conformance.rules.load import load
from conformance.subjects.called import CalledSubject, called_subject

RULES = load("tvm-packed")
PACKED_CHECKS = [
    check.id for check in CHECKS.values() if check.plan and not check.stubs and "packed" in check.conventions
]
BOTH = [check for check in PACKED_CHECKS if check.startswith("X0-")]
OF_RETURNS = {"ret-type", "ret-none", "ret-error", "ret-status"}


def subject(rules: str = "tvm-packed", parts: tuple[str, ...] = tuple(MUTABLE_PARTS)) -> CalledSubject:
    about = SubjectInfo(
        "values", "1", rules, ("a", "b"), checks=tuple(BOTH), mutable_parts=parts, takes=("i64", "str", NONE)
    )
    return called_subject("values", about)


DRAWN = {
    "every kind": every_kind(RULES.kinds, with_null=True),
    "every tensor": every_tensor(),
    "mixed": Drawn(seeded(1, 12, 8, RULES.kinds), 1),
}


def compiled(drawn: str) -> Bundle:
    return Bundle(DRAWN[drawn].signatures, DRAWN[drawn].salt, RULES, Arena())


@lru_cache(maxsize=8)
def by_value(drawn: str, parts: tuple[str, ...] = tuple(MUTABLE_PARTS)) -> ValueBundle:
    return ValueBundle(DRAWN[drawn].signatures, DRAWN[drawn].salt, subject(parts=parts))


def kinds_of_cases(family: Family, rows: Rows) -> set[tuple[str, str, int]]:
    """The class, the declared signature and the place of each call of a callee.

    But for those about its return, which callers of values do not choose, and in modes that they do not have. Matched
    calls are told by no place.
    """
    some = rows[(rows["convention"] == PACKED) & ~np.isin(rows["mode"], [NESTED, RELEASED])]
    return {
        (CLASS_NAMES[cls], str(family.signatures[callee]), index if CLASS_NAMES[cls] != "match" else -1)
        for cls, callee, index in zip(
            some["cls"].tolist(), some["callee"].tolist(), some["index"].tolist(), strict=True
        )
        if CLASS_NAMES[cls] not in OF_RETURNS and (index >= 0 or CLASS_NAMES[cls] not in ("coerce", "width", "sign"))
    }


@pytest.mark.parametrize("drawn", DRAWN)
@pytest.mark.parametrize("check", [*BOTH, BLIND])
def test_values_meet_every_kind_of_case_that_stubs_meet(check: str, drawn: str) -> None:
    stubs, values = compiled(drawn), by_value(drawn)
    wanted = kinds_of_cases(stubs, planned(check, stubs))
    assert wanted - kinds_of_cases(values, planned(check, values)) == set()
    assert wanted or check in (BLIND, "X0-COERCE", "X0-RANGE", "X0-TENSOR")


@pytest.mark.parametrize("drawn", DRAWN)
@pytest.mark.parametrize("check", PACKED_CHECKS)
def test_a_plan_has_the_classes_that_its_check_says_and_goes_callee_by_callee(check: str, drawn: str) -> None:
    families: list[Family] = [compiled(drawn), by_value(drawn)] if check in BOTH else [compiled(drawn)]
    for family in families:
        rows = planned(check, family)
        assert {CLASS_NAMES[cls] for cls in rows["cls"].tolist()} <= {*CHECKS[check].classes}
        callees = rows["callee"][rows["convention"] != HANDED].astype(int)
        assert (np.diff(callees) >= 0).all()


@pytest.mark.parametrize("check", [*BOTH, BLIND])
def test_what_cannot_lie_does_not(check: str) -> None:
    values = by_value("mixed", ())
    rows = planned(check, values)
    for planned_call in planned_calls(values, rows):
        call = planned_call.call
        assert all(slot.code == RULES.code(slot.value.kind) and slot.padding is None for slot in call.slots)
        assert (call.claimed_count, call.nulls, call.preset) == (None, (), None)
        result = planned_call.handed.result if planned_call.handed else None
        assert result is None or result.code == RULES.code(result.value.kind)


def test_a_count_that_cannot_be_told_is_a_number_of_arguments() -> None:
    values = by_value("mixed", ())
    counted = [each for each in planned_calls(values, planned("X0-COUNT", values)) if each.passed.ret]
    lengths = {(len(values.declared[each.callee]), len(each.call.slots)) for each in counted}
    assert {(3, 2), (3, 4), (3, 5), (3, 10), (3, 0)} <= lengths
    assert all(declared != passed for declared, passed in lengths)
    assert all(len(each.passed) == len(each.call.slots) for each in counted)
    assert {each.mismatch.cls for each in counted} == {"few", "many"}


def test_a_wrong_argument_is_a_code_between_stubs_and_a_value_of_another_kind_elsewhere() -> None:
    stubs, values = compiled("every kind"), by_value("every kind")
    callee, at = Draft(values).arguments()
    for rows, family in ((Draft(stubs).wrong(callee, at), stubs), (Draft(values).wrong(callee, at), values)):
        assert rows["callee"].tolist() == callee.tolist()
        assert {CLASS_NAMES[cls] for cls in rows["cls"].tolist()} == {"type"}
        assert family.by_value is (family is values)
    for planned_call in planned_calls(values, Draft(values).wrong(callee, at)):
        (slot,) = planned_call.call.slots
        assert slot.code == RULES.code(slot.value.kind)
        assert RULES.decide(values.declared[planned_call.callee].params[0].kind, slot.code) == "reject"


def test_kinds_that_a_runtime_alone_has_are_passed_and_refused() -> None:
    own = subject("tvm-ffi-cpp")
    drawn = every_kind(own.kinds, with_null=True)
    values = ValueBundle(drawn.signatures, drawn.salt, own)
    mistakes = {each.mismatch.tail for each in planned_calls(values, planned("X0-TYPE", values))}
    assert {"array_i64<-array_str@0", "i64<-array@0", "array<-i64@0"} <= mistakes
    assert not any(tail.startswith("any<-") for tail in mistakes)  # it takes everything


def test_between_stubs_a_null_that_is_rejected_comes_under_every_code_that_its_kind_takes() -> None:
    stubs = compiled("every kind")
    rows = Draft(stubs).null_pointers()
    assert {stubs.signatures[callee].params[at].kind for callee, at in rows[["callee", "index"]].tolist()} == {"tensor"}
    others = Counter(rows["code"][rows["code_at"][:, 0] >= 0, 0].tolist())
    own = int((rows["code_at"][:, 0] < 0).sum())
    assert others == {RULES.codes[name]: own for name in RULES.accept["tensor"] if name != "tensor"}


def test_a_handle_is_returned_as_null_once() -> None:
    stubs = compiled("every kind")
    every = (encoded_of(stubs, row) for row in planned("X0-MATCH", stubs) if row["result"] >= 0)
    nulls = [encoded for encoded in every if encoded.result is not None and encoded.result.is_null]
    assert [str(stubs.signatures[encoded.callee]) for encoded in nulls] == ["() -> handle"]


def test_unknown_codes_and_kinds_take_turns() -> None:
    values = by_value("every kind")
    rows = planned("X0-UNKNOWN", values)
    made = list(planned_calls(values, rows))
    assert len(made) == len(rows)
    kinds = {param.kind for signature in values.declared for param in signature.params}
    first = made[: len(kinds)]
    assert {each.mismatch.declared for each in first} == kinds
    assert len({each.call.slots[0].code for each in first}) == min(len(kinds), len(RULES.unknown_codes))


@pytest.mark.parametrize("family", [compiled, by_value])
def test_every_place_has_every_unknown_code_and_its_part_of_the_mirrored_ones(
    family: Callable[[str], Family],
) -> None:
    drawn = family("mixed")
    places = int(drawn.lengths[Draft(drawn).callees].sum())
    codes = Counter(planned("X0-UNKNOWN", drawn)["code"][:, 0].tolist())
    assert {codes[code] for code in RULES.unknown_codes} == {places}
    assert all(places // TURNS <= codes[code] <= places // TURNS + 1 for code in RULES.mirrored_codes)
    assert set(codes) == {*RULES.unknown_codes, *RULES.mirrored_codes}


def test_of_a_large_plan_as_many_calls_as_a_process_can_afford_are_drawn_all_over_it() -> None:
    values = by_value("mixed")
    rows = planned("X0-MATCH", values)
    many = np.tile(rows, 3 * MOST_CALLS // len(rows) + 1)
    drawn = Counter(str(each.mismatch) for each in planned_calls(values, many))
    assert drawn.total() == MOST_CALLS
    assert set(drawn) == {str(each.mismatch) for each in planned_calls(values, rows)}


def test_at_most_so_many_values_of_a_kind_are_tried_in_a_place() -> None:
    values = by_value("every kind")
    matched = [each for each in planned_calls(values, planned("X0-MATCH", values)) if each.passed == values.declared[0]]
    assert 2 < len(matched) <= 2 + 2 * MOST_SAMPLES


def test_callers_are_handed_every_failure_kind_and_code() -> None:
    values = by_value("every kind")
    handed = [each for each in planned_calls(values, planned("X0-RETURN", values)) if each.handed]
    assert {each.passed.ret for each in handed} == {"i64", "str", NONE}
    assert {each.mismatch.cls for each in handed} == {"match", "ret-type", "ret-none", "ret-error", "ret-status"}
    results = [each.handed.result for each in handed if each.handed and each.handed.result]
    assert {result.value.kind for result in results} == set(RULES.all_passable)
    assert {result.code for result in results} >= {*RULES.unknown_codes, *RULES.codes_without_kind}
    assert [each.handed is not None for each in handed[-5:]] == [True] * 5


def test_the_matrix_has_every_code_of_every_kind_both_ways() -> None:
    for family in (compiled("every kind"), by_value("every kind")):
        rows = every_code(Draft(family))
        tried = Counter(rows["callee"].tolist())
        alone = [callee for callee in family.callees if len(family.signatures[callee]) == 1]
        assert set(tried) == set(alone)
        assert set(tried.values()) <= set(range(len(RULES.codes), len(RULES.codes) + 2))


def test_stubs_are_not_asked_for_what_only_values_can_show() -> None:
    stubs = compiled("every kind")
    assert stubs.returns.tolist() == [KIND_NUMBERS[signature.ret] for signature in stubs.signatures]
    assert {CLASS_NAMES[cls] for cls in planned(BLIND, stubs)["cls"].tolist()} <= {"lying-code", "pointee", "swap"}


@pytest.mark.parametrize("family", [compiled, by_value])
def test_a_number_of_another_kind_lies_under_the_code_that_is_declared(family: Callable[[str], Family]) -> None:
    made = family("every kind")
    rows = Draft(made).lying()
    met = set()
    for callee, caller, at, code in zip(
        rows["callee"].tolist(), rows["caller"].tolist(), rows["code_at"][:, 0].tolist(), rows["code"][:, 0].tolist(),
        strict=True,
    ):  # fmt: skip
        declared, passed = (made.signatures[side].params[at].kind for side in (callee, caller))
        assert code == RULES.code(declared) != RULES.code(passed)
        met.add(declared)
    assert met == {kind for kind in RULES.kinds if KINDS[kind].family in ("int", "uint", "float", "bool")}
