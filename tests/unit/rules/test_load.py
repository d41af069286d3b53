"""Rules tables: what ships loads, and a malformed one is told in one sentence with file, key and mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.rules.load import load, names, parse
from conformance.rules.own import RulesError

MINIMAL = """
[codes]
int = 0
float = 2
[accept.f64]
exact = ["float"]
"""


def test_every_shipped_table_loads_and_sources_every_row() -> None:
    assert {"tvm-packed", "tvm-packed-runtime"} <= set(names())
    for name in names():
        rules = load(name)
        assert all(rules.sources[kind] for kind in rules.kinds), name


def test_emitted_code_rejects_an_integer_for_a_float_and_the_runtime_converts_it() -> None:
    emitted, runtime = load("tvm-packed"), load("tvm-packed-runtime")
    assert emitted.decide("f64", 0) == "reject"
    assert runtime.decide("f64", 0) == "coerce"
    assert runtime.decide("handle", 13) == "reject"
    assert emitted.decide("handle", 13) == "exact"


def test_unknown_codes_fold_onto_known_ones() -> None:
    rules = load("tvm-packed")
    assert not set(rules.unknown_codes) & set(rules.codes.values())
    assert {rules.codes["float"] + 256, rules.codes["float"] + 65536, -1} <= set(rules.unknown_codes)


def test_a_table_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(MINIMAL)
    rules = load("mine.toml", tmp_path)
    assert (rules.name, rules.kinds, rules.order) == ("mine", ("f64",), "first")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("codes = [", "is not valid TOML"),
        ("[accept.f64]\nexact=[]", "codes"),
        ("[codes]\nint = 'zero'", "must be a 32-bit integer"),
        ("[codes]\nint = 0\nfloat = 0\n[accept.f64]", "same number"),
        (MINIMAL + "[accept.f65]\nexact = []", "'f65' is no kind"),
        (MINIMAL + "[accept.f32]\nexact = ['double']", "'double' is not in"),
        (MINIMAL + "[accept.f32]\nexcat = []", "no key 'excat'"),
        (MINIMAL + "[accept.str]\nexact = ['int']", "has no 'str'"),
        (MINIMAL + "[policy]\nrange = 'wrap'", "'truncate' or 'reject'"),
        (MINIMAL + "[policy]\nordre = 'first'", "no key 'ordre'"),
        (MINIMAL + "[extra]\nx = 1", "is no part of a rules table"),
        (MINIMAL + "[table]\nclaims = ['typ']", "'typ' is no mismatch class"),
        ("[codes]\nint = 0", "has no"),
    ],
)
def test_what_is_wrong_with_a_table_is_named(text: str, words: str) -> None:
    with pytest.raises(RulesError) as caught:
        parse(text, "mine.toml", "mine")
    assert words in str(caught.value) and str(caught.value).startswith("mine.toml") and "\n" not in str(caught.value)


def test_a_table_that_is_nowhere_says_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(RulesError, match="neither a named table"):
        load("tvm-pakced", tmp_path)


def test_a_conversion_of_what_a_container_holds_names_kinds_and_texts() -> None:
    table = (
        MINIMAL
        + """
[kinds.array]
code = "int"
values = ["[1]"]
converts = { array = %s }
"""
    )
    assert parse(table % '{ "[1]" = "[1.0]" }', "x", "x").own["array"].converts == {"array": {"[1]": "[1.0]"}}
    for wrong in ('"[1.0]"', '{ "[1]" = 1 }'):
        with pytest.raises(RulesError, match=r"\[kinds.array\]: converts gives each passed kind a table of its texts"):
            parse(table % wrong, "x", "x")
    with pytest.raises(RulesError, match="names 'nothing', which is no kind"):
        parse(table.replace("{ array =", "{ nothing =") % "{}", "x", "x")
