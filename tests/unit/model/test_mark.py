"""Marks of cases and of keys, and what the key of a matched call says when it goes wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest
from attrs import evolve

from conformance.model.case import MATCH, Case, Mismatch
from conformance.model.mark import Mark, alike, mark_of, mark_of_key
from conformance.model.signature import parse_signature
from conformance.model.value import NO_VALUE

SIGNATURE = parse_signature("(i64, f64) -> i64")
MATCHED = Case(
    check="X0-MATCH", convention="packed", caller="gcc-O2", callee="tcc", passed=SIGNATURE, declared=SIGNATURE,
    mismatch=MATCH, payload=(NO_VALUE, NO_VALUE),
)  # fmt: skip


@pytest.mark.parametrize(
    ("mode", "release", "place", "tail"),
    [
        ("plain", False, "", "match"),
        ("plain", False, "(i8)@2", "match(i8)@2"),
        ("nested", False, "@call", "match@call+nested"),
        ("own-error", False, "@state", "match@state+own-error"),
        ("plain", True, "(f64)@ret", "match(f64)@ret+released"),
        ("after", True, "@handle", "match@handle+after+released"),
        ("released", False, "@call", "match@call+released"),
    ],
)
def test_the_key_of_a_matched_call_that_goes_wrong(mode: str, release: bool, place: str, tail: str) -> None:
    case = replace(MATCHED, mode=mode, release=release)
    assert case.failed_key(place) == f"match::packed::gcc-O2>tcc::{tail}"
    assert case.key == "match::packed::gcc-O2>tcc::match"


@pytest.mark.parametrize(
    "mismatch",
    [
        Mismatch("match", 1, "handle", "code(7)"),
        Mismatch("type", 1, "f64", "i64"),
        Mismatch("few", None, "3", "2"),
    ],
)
def test_keys_that_tell_what_was_varied_stay(mismatch: Mismatch) -> None:
    case = replace(MATCHED, mismatch=mismatch, mode="nested")
    assert case.failed_key("(f64)@1") == case.key


@pytest.mark.parametrize("place", ["(u64)@ret", "@call", "@state"])
def test_the_key_of_a_varied_return_stays_where_no_argument_goes_wrong(place: str) -> None:
    case = replace(MATCHED, mismatch=Mismatch("match", None, "u64", "0x8000"))
    assert case.failed_key(place) == case.key == "match::packed::gcc-O2>tcc::u64<-0x8000@ret"


@pytest.mark.parametrize(
    "mismatch", [Mismatch("match", 0, "handle", "code(7)"), Mismatch("match", None, "u64", "0x8000")]
)
def test_what_was_varied_does_not_matter_where_another_argument_goes_wrong(mismatch: Mismatch) -> None:
    case = replace(MATCHED, mismatch=mismatch, mode="nested")
    assert case.failed_key("(f64)@1") == replace(MATCHED, mode="nested").failed_key("(f64)@1")


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("type::packed::a>b::f64<-i64@1", "f64<-i64"),
        ("unknown-code::packed::a>b::f64<-code(-8)@63", "f64<-code(-8)"),
        ("few::packed::a>b::3<-2", "@call"),
        ("many::packed::a>b::3<-259", "@call"),
        ("null-args::packed::a>b::args=null", "@call"),
        ("swap::packed::a>b::@0+2", "@call"),
        ("ret-type::packed::a>b::i64<-f64@ret", "i64<-f64@ret"),
        ("ret-type::packed::a>b::code(73)<-object@ret", "code(73)<-object@ret"),
        ("ret-none::packed::a>b::i64<-none@ret", "i64<-none@ret"),
        ("ret-status::packed::a>b::status(-2147483648)+nothing@ret", "status+nothing@ret"),
        ("tensor-shape::packed::a>b::tensor(f32,2x3)<-tensor(f32,2x4)@1", "tensor<-tensor"),
        ("type::packed::a>b::tensor<-tensor_object(null)@0", "tensor<-tensor_object"),
        ("layout::packed::a>b::offset-of-AbiValue.v_handle", "offset-of-AbiValue.v_handle"),
        ("match::packed::a>b::match", "match"),
        ("match::packed::a>b::match(i8)@2", "i8"),
        ("match::packed::a>b::match(f64)@ret", "f64@ret"),
        ("match::packed::a>b::match(handle)@2", "handle"),
        ("match::packed::a>b::match@handle", "@handle"),
        ("match::packed::a>b::match@call", "@call"),
        ("match::packed::a>b::handle<-code(7)@0", "handle<-code(7)"),
        ("match::packed::a>b::u64<-0x8000000000000000@ret", "u64@ret"),
    ],
)
def test_a_place_has_kinds_and_codes_and_neither_index_nor_value(key: str, place: str) -> None:
    mark = mark_of_key("X0-TYPE", key, "late")
    assert mark.place == place
    assert (mark.cls, mark.convention, mark.pair, mark.mode) == (key.split("::")[0], "packed", ("a", "b"), "plain")
    assert str(mark) == f"X0-TYPE {mark.cls}::packed::a>b::{place} late"
    assert Mark.from_json({**mark.to_json(), "key": key}) == mark


def test_the_mode_of_a_matched_call_is_in_its_key_and_that_of_others_in_their_case() -> None:
    assert mark_of_key("X0-NESTED", "match::packed::a>b::match(i8)@2+nested", "late").mode == "nested"
    assert mark_of_key("X0-RELEASE", "match::packed::a>b::match(i8)@2+after+released", "late").mode == "after"
    key = "match::packed::a>b::match@call+released"  # of a release build, too
    assert [mark_of_key("X0-REPEAT", key, "overrun", mode).mode for mode in ("released", "plain")] == [
        "released",
        "plain",
    ]
    assert mark_of(replace(MATCHED, mode="released"), "overrun", "@call").mode == "released"
    assert mark_of(replace(MATCHED, release=True), "overrun", "@call").mode == "plain"
    wrong = replace(MATCHED, mismatch=Mismatch("type", 1, "f64", "i64"), mode="own-error")
    mark = mark_of(wrong, "late")
    assert (mark.mode, mark.place) == ("own-error", "f64<-i64")
    assert str(mark) == "X0-MATCH type::packed::gcc-O2>tcc::f64<-i64+own-error late"
    nested = mark_of(replace(MATCHED, mode="nested"), "crashed", "@call")
    assert str(nested) == "X0-MATCH match::packed::gcc-O2>tcc::@call+nested crashed"


def test_two_marks_of_one_kind_are_equal_whatever_the_index_and_the_other_arguments() -> None:
    one = mark_of(MATCHED, "crashed", "(f64)@1")
    longer = parse_signature("(handle, str, f64) -> none")
    assert one == mark_of(replace(MATCHED, passed=longer, declared=longer), "crashed", "(f64)@2")
    assert one != mark_of(MATCHED, "late", "(f64)@1")
    assert one != mark_of(MATCHED, "crashed", "(f64)@ret")


@pytest.mark.parametrize(
    ("tail", "place"),
    [
        ("f64<-i64@1", "*<-*"),
        ("f64<-code(8)@1", "*<-*"),
        ("i64<-f64@ret", "*<-*@ret"),
        ("match(i8)@1", "*"),
        ("match(i8)@ret", "*@ret"),
        ("match@handle", "@handle"),
        ("match", "match"),
    ],
)
def test_alike_forgets_kinds_and_codes_only(tail: str, place: str) -> None:
    cls = "match" if tail.startswith("match") else "type"
    mark = mark_of_key("X0-TYPE", f"{cls}::packed::a>b::{tail}", "late")
    assert alike(mark) == evolve(mark, place=place)
