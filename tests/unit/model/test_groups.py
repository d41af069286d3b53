from __future__ import annotations

from typing import Any

import pytest

from conformance.model.groups import group_of, groups_of, merged
from conformance.model.signature import parse_signature


@pytest.mark.parametrize(
    ("key", "group"),
    [
        ("type::packed::gcc-O2>tcc::f64<-i64@1", "type::packed::f64<-i64"),
        ("type::packed::tcc>tcc::f64<-code(8)@12", "type::packed::f64<-code(8)"),
        ("few::packed::tcc>tcc::3<-2", "few::packed"),
        ("ret-type::packed::tcc>tcc::i64<-f64@ret", "ret-type::packed::i64<-f64@ret"),
        ("swap::packed::tcc>tcc::@0+2", "swap::packed"),
        ("null-args::packed::tcc>tcc::args=null", "null-args::packed::args=null"),
        ("match::packed::tcc>tcc::match", "match::packed::match"),
        ("match::packed::tcc>tcc::match(i8)@2", "match::packed::i8"),
        ("match::packed::tcc>tcc::match(tensor(f32,2x3))@2", "match::packed::tensor"),
        ("match::packed::tcc>tcc::match(f64)@ret+nested", "match::packed::f64@ret+nested"),
        ("match::packed::tcc>tcc::match@call+own-error", "match::packed::@call+own-error"),
        ("match::packed::tcc>tcc::match(handle)@0", "match::packed::handle"),
        ("match::packed::tcc>tcc::match@handle", "match::packed::@handle"),
        ("match::packed::tcc>tcc::handle<-code(7)@0", "match::packed::handle<-code(7)"),
    ],
)
def test_a_group_is_a_key_without_pair_and_index(key: str, group: str) -> None:
    assert group_of(key) == group


def test_a_matched_call_that_conforms_counts_wherever_it_could_have_gone_wrong() -> None:
    declared = parse_signature("(i8, f64, i8) -> f64")
    places = ("f64", "i8", "f64@ret", "@call", "@arrays", "@handle", "@state")
    assert groups_of("match::packed::a>b::match", declared) == tuple(f"match::packed::{place}" for place in places)
    nested = groups_of("match::packed::a>b::match+nested", declared)
    assert nested == tuple(f"match::packed::{place}+nested" for place in places)
    for tail in ("match(i8)@2", "match(f64)@ret", "match@call", "match@state"):
        assert groups_of(f"match::packed::a>b::{tail}", declared)[0] in groups_of("match::packed::a>b::match", declared)
        assert groups_of(f"match::packed::a>b::{tail}+nested", declared)[0] in nested


def test_every_other_case_counts_once() -> None:
    declared = parse_signature("(handle) -> none")
    key = "match::packed::a>b::handle<-code(7)@0"
    assert groups_of(key, declared) == (group_of(key),)
    assert "none@ret" not in str(groups_of("match::packed::a>b::match", declared))


def group(verdict: str, n: int, *payload: int, name: str = "type::packed::f64<-i64", note: str = "") -> dict[str, Any]:
    case = {"payload": list(payload), "note": note}
    example = {"key": f"type::packed::a>b::f64<-i64@{len(payload)}", "signature": {}, "case": case}
    return {"group": name, "check": "X0-TYPE", "verdicts": {verdict: n}, "examples": {verdict: example}}


def test_counts_are_summed_and_the_smallest_example_is_kept() -> None:
    parts = [group("late", 2, 1, 2), group("late", 3, 1000), group("detected", 1, 5), group("late", 4, 1000, 1)]
    (one,) = merged(parts)
    assert one["verdicts"] == {"late": 9, "detected": 1}
    assert one["examples"]["late"]["case"]["payload"] == [1000]  # fewest arguments before fewest characters
    assert merged(reversed(parts))[0]["examples"] == one["examples"]
    assert parts[0]["verdicts"] == {"late": 2}


def test_of_equally_large_ones_the_shortest_and_then_the_first_text_is_kept() -> None:
    (one,) = merged([group("late", 1, 7, note="b"), group("late", 1, 7, note="a"), group("late", 1, 7, note="aa")])
    assert one["examples"]["late"]["case"]["note"] == "a"


def test_groups_are_kept_apart_and_in_order() -> None:
    parts = [group("late", 1, name="type::b"), group("late", 1, name="type::a")]
    assert [one["group"] for one in merged(parts)] == ["type::a", "type::b"]
    assert merged(merged(parts)) == merged(parts)
