"""Rules tables: what ships loads, and a malformed one is told in one sentence with file, key and mend."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.model.kinds import KINDS
from conformance.rules.errors import RulesError
from conformance.rules.load import load, names, parse

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


@pytest.mark.parametrize("mend", [abs, lambda code: code & 0xFF, lambda code: code & 0x7FFFFFFF])
def test_mirrored_codes_are_those_of_the_table_to_whoever_drops_a_sign(mend: Callable[[int], int]) -> None:
    rules = load("tvm-packed")
    known, unknown = set(rules.codes.values()), {*rules.mirrored_codes, *rules.unknown_codes}
    assert not known & unknown
    assert known - {0} <= {mend(code) for code in unknown if code < 0}


def test_unknown_codes_are_ints_whatever_codes_a_table_has() -> None:
    rules = parse("[codes]\nfloat = 2147483647\nint = 2147418112\n[accept.f64]\nexact = ['float']", "far.toml", "far")
    codes = {*rules.unknown_codes, *rules.mirrored_codes}
    assert codes and all(-(2**31) <= code < 2**31 for code in codes) and not codes & set(rules.codes.values())
    assert rules.decide_return("f64", rules.code("none")) == "reject"


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
        (MINIMAL + "[packs_as]\nf64 = 'double'", "[packs_as] f64 = 'double' is not in [codes]; there are int, float"),
        (MINIMAL + "[packs_as]\nf65 = 'float'", "[packs_as] f65: it is no kind"),
        (MINIMAL + "[packs_as]\nf64 = ['float']", "[packs_as] f64 must be the name of a code, not ['float']"),
        (MINIMAL + "[packs_as]\ni64 = 'int'", "[packs_as] has no 'f64', which [accept.f64] declares"),
        (MINIMAL + "[accept.i64]\nexact = ['float']", "[accept.i64] lacks 'int', under which i64 travels; add it to"),
        (MINIMAL + "[return.f64]\nexact = ['int']", "[return.f64] lacks 'float', under which f64 travels; add it to"),
        (MINIMAL + "coerce = ['float']", "[accept.f64]: 'float' is in exact and in coerce; keep it in one of them"),
        (MINIMAL + "null_pointer = 'reject'", "[accept.f64] null_pointer: f64 is no pointer; drop the key"),
        (MINIMAL + "[policy]\nrange_by_kind = {i65 = 'reject'}", "range_by_kind: 'i65' is no integer kind; there are"),
        (
            MINIMAL + "coerce = ['int']\ncoerce_as = {int = 'parse'}",
            "coerce_as int = 'parse': nothing becomes f64 in this way; name another, or 'unknown'",
        ),
        (MINIMAL + "[slot]\nf32 = 'f16'", "[slot] f32 = 'f16'; it is 'f64' or 'f32'"),
        (MINIMAL + "[slot]\nwidth = 8", "[slot] has no key 'width'; there are f32, integers"),
        (MINIMAL + "coerce_as = {int = 'number'}", "[accept.f64] coerce_as: 'int' is not among the codes in coerce"),
        (
            MINIMAL + "coerce = ['int']\ncoerce_as = {int = 'cast'}",
            "[accept.f64.coerce_as] int = 'cast'; it is 'number', ",
        ),
        (MINIMAL + "[policy]\nerror_index = 'argument ('", "error_index = 'argument (' is no regular expression"),
        (MINIMAL + "[policy]\nerror_index = 'argument \\d+'", "has no group 'index'; put (?P<index>"),
        (MINIMAL + "[policy]\nerror_base = 2", "error_base = 2; it is 0 or 1"),
        (MINIMAL + "[policy]\nerror_base = 1.0", "error_base = 1.0; it is 0 or 1"),
        (MINIMAL + "[policy]\nerror_base = true", "error_base = True; it is"),
        (
            MINIMAL + "[policy]\ntensor_order = ['ndim', 'dtype']",
            "tensor_order must be a list with each of ndim, dtype, lanes",
        ),
        (
            MINIMAL + "[policy]\ntensor_order = ['shape','ndim','dtype','lanes','strides','offset','device','data']",
            "tensor_order must have ndim before shape and strides",
        ),
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
    assert parse(table % '{ "[1]" = "[1.0]" }', "x", "x").custom_kinds["array"].converts == {"array": {"[1]": "[1.0]"}}
    for wrong in ('"[1.0]"', '{ "[1]" = 1 }'):
        with pytest.raises(
            RulesError, match=r"\[kinds.array.*converts.* must be a table of texts for each passed kind"
        ):
            parse(table % wrong, "x", "x")
    with pytest.raises(RulesError, match="names 'nothing', which is no kind"):
        parse(table.replace("{ array =", "{ nothing =") % "{}", "x", "x")


def test_shipped_tables_say_every_part_in_full() -> None:
    for name in names():
        raw = tomllib.loads((Path("conformance/rules") / f"{name}.toml").read_text())
        # A kind that no callee declares can be passed all the same, as bytes are for a text.
        assert {*raw["accept"]} & {*KINDS} | {"null", "none"} <= {*raw["packs_as"]}, name
        assert raw["slot"] == {"f32": "f64", "integers": "extended"}, name
        policy = {"range", "order", "after_success", "error_names", "error_index", "error_base", "tensor_order"}
        assert policy | {"resource_handle", "result"} <= set(raw["policy"]), name
        for part in ("accept", "return"):
            for kind, row in raw.get(part, {}).items():
                if kind in KINDS:  # what is converted for a custom kind, `sees` says
                    assert set(row.get("coerce_as", {})) == set(row["coerce"]), (name, part, kind)


RENAMED = """
[codes]
whole = 10
real = 11
boolean = 12
text = 13
blob = 14
nil = 15
void = 16
elemtype = 17
spare = 18
[packs_as]
i32 = "whole"
i64 = "whole"
f64 = "real"
bool = "boolean"
str = "text"
bytes = "blob"
dtype = "elemtype"
handle = "spare"
null = "nil"
none = "void"
[accept.i32]
exact = ["whole"]
coerce = ["boolean"]
[accept.i64]
exact = ["whole"]
[accept.f64]
exact = ["real"]
coerce = ["whole", "boolean", "nil"]
[accept.bool]
exact = ["boolean"]
coerce = ["whole", "real", "text"]
[accept.str]
exact = ["text"]
coerce = ["blob", "elemtype", "spare"]
[accept.dtype]
exact = ["elemtype"]
coerce = ["text", "nil"]
"""


def test_no_code_name_has_a_meaning_of_its_own() -> None:
    rules = parse(RENAMED, "x", "x")
    assert [rules.code(kind) for kind in ("i32", "i64", "bool", "null", "none")] == [10, 10, 12, 15, 16]
    assert rules.code_name("none") == "void"
    assert rules.passable == ("i32", "i64", "f64", "bool", "str", "dtype", "null")
    assert rules.codes_without_kind == (14, 16, 18)
    assert rules.scalar_codes == (11, 10)
    assert rules.decide_return("none", 16) == "exact"
    assert rules.decide_return("none", 15) == "reject"


def test_a_code_is_converted_by_the_kinds_that_travel_under_it() -> None:
    rules = parse(RENAMED, "x", "x")
    expected = {
        ("f64", "real"): "", ("f64", "text"): "", ("f64", "whole"): "number", ("f64", "boolean"): "number",
        ("f64", "nil"): "null", ("i32", "boolean"): "nonzero", ("bool", "whole"): "nonzero",
        ("bool", "real"): "nonzero", ("bool", "text"): "unknown", ("str", "blob"): "format",
        ("str", "elemtype"): "format", ("str", "spare"): "unknown", ("dtype", "text"): "parse",
        ("dtype", "nil"): "null",
    }  # fmt: skip
    assert {key: rules.conversion(key[0], rules.codes[key[1]]) for key in expected} == expected


def test_rules_say_how_a_code_is_converted_where_its_kinds_do_not() -> None:
    said = RENAMED.replace("[accept.i64]", 'coerce_as = { boolean = "unknown" }\n[accept.i64]')
    said += '[return.f64]\nexact = ["real"]\ncoerce = ["whole", "boolean"]\ncoerce_as = { whole = "unknown" }\n'
    rules = parse(said, "x", "x")
    assert rules.conversion("i32", 12) == "unknown"
    assert [rules.conversion_of_return("f64", code) for code in (10, 11, 12)] == ["unknown", "", "number"]


def test_what_is_like_another_kind_converts_as_that_one() -> None:
    rules = load("tvm-ffi")
    assert rules.conversion("str", rules.codes["rawstr"]) == "format"
    assert rules.conversion("opt_int", rules.codes["bool"]) == "nonzero"
    assert rules.conversion("array_int", rules.codes["list"]) == "unknown"


def test_one_code_for_each_kind() -> None:
    rules = parse(
        """
[codes]
i32 = 0x7F
i64 = 0x7E
f32 = 0x7D
[packs_as]
i32 = "i32"
i64 = "i64"
f32 = "f32"
none = "i32"
[slot]
f32 = "f32"
integers = "bare"
[accept.i32]
exact = ["i32"]
[accept.i64]
exact = ["i64"]
coerce = ["i32"]
[accept.f32]
exact = ["f32"]
""",
        "wasm.toml",
        "wasm",
    )
    assert [rules.code(kind) for kind in rules.kinds] == [0x7F, 0x7E, 0x7D]
    assert rules.conversion("i64", 0x7F) == "number"
    assert rules.passable == ("i32", "i64", "f32")
    assert (rules.slot_f32, rules.slot_integers) == ("f32", "bare")


def test_an_error_names_its_argument_as_the_rules_say() -> None:
    standard = parse(MINIMAL, "x", "x")
    assert standard.has_default_error_index
    assert [standard.named_argument(text) for text in ("arg 3", "argument #0: no", "args", "")] == [3, 0, None, None]
    policy = r"""[policy]
error_index = '(?i)parameter (?P<index>\d+|\w+)'
error_base = 1
"""
    custom = parse(MINIMAL + policy, "x", "x")
    assert not custom.has_default_error_index
    texts = ("Parameter 1: expected a double", "parameter 0", "parameter one", "argument 1")
    assert [custom.named_argument(text) for text in texts] == [0, None, None, None]
