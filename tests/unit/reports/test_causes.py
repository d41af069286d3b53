"""Findings of one cause are told once, with the checks and pairs that they are of."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

from attrs import evolve

from conformance.gate.decide import Gate
from conformance.gate.waivers import Waiver
from conformance.model.mark import mark_of_key
from conformance.model.outcome import Finding
from conformance.reports import html
from conformance.reports.terminal import console, show

from .made import FAILED, FOUND, finding, result

OTHER_PAIR = "type::packed::tcc>gcc-O2::f64<-i64@0"


def found(number: int, key: str, check: str = "X0-TYPE", verdict: str = "silent-wrong", **more: Any) -> Finding:
    caller, _, callee = key.split("::")[2].partition(">")
    return finding(id=f"{number:012}", key=key, check=check, verdict=verdict, pair=(caller, callee), **more)


def made(*findings: Finding, gate: Gate | None = None) -> dict[str, Any]:
    outcomes = [evolve(FAILED, check=item.check, pair=item.pair, findings=(item,)) for item in findings]
    return result(*outcomes, gate=gate)


def same(*findings: Finding) -> dict[str, str]:
    return {row["id"]: row["same_as"] for row in made(*findings)["findings"] if "same_as" in row}


def shown(made_result: dict[str, Any]) -> str:
    stream = io.StringIO()
    show(made_result, console(stream), quiet=True)
    return stream.getvalue()


def test_the_same_on_other_checks_and_pairs_is_one_cause() -> None:
    one, other = found(1, FOUND.key), found(2, OTHER_PAIR)
    state = found(3, FOUND.key, "X0-ERROR")
    assert same(one, other, state) == {other.id: one.id, state.id: one.id}
    assert same(one, found(2, OTHER_PAIR, verdict="late")) == {}
    assert same(one, found(2, OTHER_PAIR.replace("i64", "u64"))) == {}
    assert (
        same(found(1, "match::packed::a>b::match", "X0-MATCH"), found(2, "match::packed::a>b::match", "X0-NESTED"))
        == {}
    )


def test_what_is_wrong_whatever_is_called_is_one_cause() -> None:
    one = found(1, FOUND.key, verdict="overrun", defect="ret")
    few = found(2, "few::packed::a>b::1<-0", "X0-COUNT", "overrun", defect="ret")
    arrays = found(3, "many::packed::a>b::1<-2", "X0-COUNT", "overrun", defect="arrays")
    assert same(one, few, arrays) == {few.id: one.id}


def test_what_many_kinds_do_alike_is_told_once_whatever_kinds_another_check_met() -> None:
    kinds = ("i8", "i16", "i32", "i64", "u8", "u16", "u32")
    keys = [f"type::packed::a>b::{kind}<-f64@0" for kind in kinds]
    marks = tuple({**mark_of_key("X0-TYPE", key, "late").to_json(), "key": key} for key in keys)
    wide = found(1, keys[0], verdict="late", marks=marks)
    other = found(2, "type::packed::a>b::u64<-code(8)@3", "X0-ORDER", "late")
    back = found(3, "ret-type::packed::a>b::u64<-f64@ret", "X0-RETURN", "late")
    assert same(wide, other, back) == {other.id: wide.id}
    assert same(evolve(wide, marks=marks[:5]), other) == {}
    assert same(wide, evolve(other, verdict="silent-wrong")) == {}


def test_a_wrong_argument_is_its_kinds_own_failure_where_that_fails() -> None:
    kind = found(1, "match::packed::a>b::match(i64)@0", "X0-MATCH", "unpredicted")
    wrong = found(2, FOUND.key)
    assert same(kind, wrong) == {wrong.id: kind.id}
    assert same(evolve(kind, key="match::packed::a>b::match(f64)@0"), wrong) == {}
    assert same(evolve(kind, key="match::unpacked::a>b::match(i64)@0"), wrong) == {}
    assert same(evolve(kind, key="match::packed::a>b::match(i64)@ret"), wrong) == {}
    back = found(2, "ret-type::packed::a>b::f64<-i64@ret", "X0-RETURN")
    assert same(kind, back) == {}


def test_a_call_of_any_class_is_told_with_the_kind_that_arrives_wrong_in_it() -> None:
    kind = found(1, "match::packed::a>b::match(bool)@0", "X0-MATCH", "unpredicted")
    key = "width::packed::a>b::i16<-u8@1"
    other = found(2, key, "X0-RANGE", "unpredicted", wrong_kind="bool")
    nested = found(3, "match::packed::a>b::match(bool)@2+nested", "X0-NESTED", "unpredicted", wrong_kind="bool")
    assert same(kind, other, nested) == {other.id: kind.id, nested.id: kind.id}
    assert same(kind, evolve(other, wrong_kind="u8")) == {}


def test_what_goes_wrong_as_the_callees_matched_call_does_is_told_with_that() -> None:
    key = "match::packed::a>b::match@handle"
    plain = found(1, key, "X0-MATCH", "unpredicted")
    mark = mark_of_key("X0-COUNT", key, "unpredicted").to_json()
    few = found(2, "few::packed::a>b::1<-0", "X0-COUNT", "unpredicted", simpler=mark)
    wrong = found(3, FOUND.key, "X0-TYPE", "unpredicted", simpler=mark)
    again = found(4, OTHER_PAIR, "DYNAMIC", "unpredicted", simpler=mark)
    assert same(plain, few, wrong, again) == {few.id: plain.id, wrong.id: plain.id, again.id: plain.id}
    # Where no check makes the matched call, the first one tells of the others.
    assert same(wrong, few, again) == {few.id: wrong.id, again.id: wrong.id}
    assert same(evolve(plain, verdict="crashed"), few) == {}
    assert same(plain, evolve(few, simpler=None)) == {}


def test_kinds_that_only_one_runtime_has_are_in_signatures_too() -> None:
    about = found(1, "coerce::packed::a>b::f64<-box@0", "X0-COERCE", "unpredicted", wrong_kind="box")
    sides = {"declared": "(i8, f64) -> object", "passed": "(i8, box) -> object"}
    case = FOUND.case | {"own_kinds": ["box", "object"]}
    other = found(
        2, "sign::packed::a>b::i8<-u8@0", "X0-RANGE", "unpredicted", wrong_kind="box", signature=sides, case=case
    )
    assert same(about, other) == {other.id: about.id}


def test_a_conversion_that_goes_wrong_is_told_by_the_call_that_is_about_it() -> None:
    shown = {"declared": "(handle, f64) -> none", "passed": "(null, i64) -> none"}
    converts = found(1, "coerce::packed::a>b::f64<-i64@0", "X0-COERCE", "unpredicted", wrong_kind="i64")
    other = found(
        2, "coerce::packed::a>b::handle<-null@0", "X0-COERCE", "unpredicted", wrong_kind="i64", signature=shown
    )
    result_only = found(3, "ret-none::packed::a>b::none<-str@ret", "X0-RETURN", "unpredicted", wrong_kind="i64")
    result_only = evolve(result_only, signature={"declared": "(f64) -> str", "passed": "(i64) -> none"})
    assert same(converts, other, result_only) == {other.id: converts.id, result_only.id: converts.id}
    assert same(converts, evolve(other, wrong_kind="null")) == {}
    assert same(converts, evolve(result_only, signature={"declared": "(i64) -> str", "passed": "(i64) -> none"})) == {}


def test_both_rules_lead_to_the_finding_that_is_told() -> None:
    kind = found(1, "match::packed::a>b::match(i64)@0", "X0-MATCH", "unpredicted")
    again = found(2, "match::packed::b>a::match(i64)@3", "X0-MATCH", "unpredicted")
    assert same(kind, again, found(3, FOUND.key), found(4, OTHER_PAIR)) == {
        again.id: kind.id, "000000000003": kind.id, "000000000004": kind.id
    }  # fmt: skip


def test_one_cause_is_printed_once_with_where_else_it_is() -> None:
    told = shown(made(found(1, FOUND.key), found(2, OTHER_PAIR), found(3, FOUND.key, "X0-ERROR")))
    assert "findings (3 of 1 cause)" in told
    assert told.count("NONCONFORMING  ") == 1
    assert "  the same   X0-TYPE tcc>gcc-O2; X0-ERROR gcc-O2>tcc\n" in told


def test_an_excused_finding_hides_none_that_is_not() -> None:
    gate = Gate((Waiver(1, "type::packed::gcc-O2>tcc::*", "silent-wrong", "known"),), "w.toml", today=date(2026, 6, 1))
    gated = made(found(1, FOUND.key), found(2, OTHER_PAIR), found(3, FOUND.key, "X0-ERROR"), gate=gate)
    assert f"NONCONFORMING  X0-TYPE  {OTHER_PAIR}" in shown(gated)
    page = html.render(gated)
    assert page.count("<article") == 2
    assert "<dt>the same</dt><dd>X0-ERROR gcc-O2&gt;tcc</dd>" in page


def test_further_marks_are_told_and_no_more_than_a_few() -> None:
    keys = [f"type::packed::gcc-O2>tcc::f64<-{kind}@0" for kind in ("i8", "i16", "i32", "u8", "u16", "u32", "u64")]
    marks = tuple({**mark_of_key("X0-TYPE", key, "silent-wrong").to_json(), "key": key} for key in (FOUND.key, *keys))
    several = made(finding(marks=marks))
    told = shown(several)
    assert f"  also       {keys[0]} silent-wrong\n" in told
    assert f"also       {FOUND.key}" not in told
    assert "  also       … and 2 more, all in the result's JSON\n" in told
    assert html.render(several).count("<dt>also</dt>") == 6
