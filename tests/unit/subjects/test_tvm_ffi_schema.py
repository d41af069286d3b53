"""What the schema of a function declares, what its types oblige the function to reject, and values that they take."""

from __future__ import annotations

import json

import pytest

from conformance.rules.load import load
from conformance.subjects.tvm_ffi.obliged import KINDS, RULES, Types
from conformance.subjects.tvm_ffi.schema import SchemaError, Type, parse

TYPES = Types(load(RULES), lambda name: 130 if name == "acme.Thing" else 0)


def metadata(schema: object) -> str:
    return json.dumps({"type_schema": json.dumps(schema)})


def named(*params: object) -> object:
    return {"type": "ffi.Function", "named_args": {"return": [{"type": "None"}], "params": list(params)}}


ARRAY = {"type": "ffi.Array", "args": [{"type": "int"}]}


@pytest.mark.parametrize(
    ("schema", "declared"),
    [
        (named({"type": "int"}, ARRAY), "(int, ffi.Array[int]) -> None"),
        (named(), "() -> None"),
        ({"type": "ffi.Function", "args": [{"type": "None"}, {"type": "int"}, ARRAY]}, "(int, ffi.Array[int]) -> None"),
        ({"type": "ffi.Function", "args": [{"type": "None"}]}, "() -> None"),
        (named({"type": "std::array", "args": [{"type": "int"}, 2]}), "(std::array[int, 2]) -> None"),
    ],
)
def test_both_forms_of_a_schema_are_read(schema: object, declared: str) -> None:
    assert str(parse(metadata(schema))) == declared


@pytest.mark.parametrize("text", ["", "{}", metadata({"type": "ffi.Function"})])
def test_what_declares_nothing_has_no_schema(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "int -> int", "[]", '{"type_schema": 3}', '{"type_schema": "{"}', metadata([]), metadata({"type": "int"}),
        metadata({"type": "ffi.Function", "args": 3}), metadata(named({"name": "int"})),
        metadata({"type": "ffi.Function", "named_args": {"return": [], "params": []}}),
    ],
)  # fmt: skip
def test_a_schema_that_cannot_be_read_is_told(text: str) -> None:
    with pytest.raises(SchemaError, match=r"^its schema "):
        parse(text)


def wrong(name: str, *args: Type) -> set[str]:
    return {value.what for value in TYPES.parameter(Type(name, args)).wrong}


INT, TEXT, THING = Type("int"), Type("ffi.String"), Type("acme.Thing")


def test_what_the_rules_accept_or_convert_is_not_obliged() -> None:
    assert wrong("int").isdisjoint({"int", "bool"}) and {"float", "null", "str"} <= wrong("int")
    assert wrong("float").isdisjoint({"int", "bool", "float"})
    assert wrong("bool").isdisjoint({"int", "bool"})
    assert wrong("ffi.String").isdisjoint({"str", "smallstr", "rawstr"}) and "bytes" in wrong("ffi.String")


def test_any_obliges_nothing_and_neither_does_a_type_that_nobody_registered() -> None:
    assert wrong("Any") == wrong("elsewhere.Thing") == set()


def test_objects_oblige_to_reject_what_is_none() -> None:
    assert {"int", "float", "handle", "rawstr"} <= wrong("ffi.Object")
    assert wrong("ffi.Object").isdisjoint({"str", "error", "array", "null"})
    assert wrong("acme.Thing") == {"handle", "error"}


def test_what_is_made_of_others_takes_what_any_of_them_takes() -> None:
    assert wrong("Optional", INT) == wrong("int") - {"null"}
    assert wrong("Variant", INT, TEXT) == wrong("int") & wrong("ffi.String")
    assert wrong("Expected", INT) == wrong("int") - {"error"}
    assert wrong("Variant", INT, Type("Any")) == set()


@pytest.mark.parametrize(
    ("declared", "element"),
    [
        (Type("ffi.Array", (INT,)), "array of smallstr"),
        (Type("ffi.Array", (TEXT,)), "array of int"),
        (Type("ffi.Map", (TEXT, INT)), "map of smallstr"),
        (Type("ffi.Map", (INT, INT)), "map of smallstr keys"),
        (Type("ffi.Array", (Type("Any"),)), ""),
        (Type("ffi.Array", (THING,)), ""),
    ],
)
def test_a_container_has_to_reject_a_wrong_element(declared: Type, element: str) -> None:
    found = {what for what in wrong(declared.name, *declared.args) if " of " in what}
    assert found == ({element} if element else set())


def test_every_type_has_a_value_that_it_takes() -> None:
    for name in KINDS:
        parameter = TYPES.parameter(Type(name, (INT, TEXT) if "uple" in name else ()))
        assert parameter.is_real, name
        assert parameter.valid not in [value.slot for value in parameter.wrong], name


def test_of_an_object_of_a_library_there_is_a_stand_in() -> None:
    parameter = TYPES.parameter(THING)
    assert parameter.valid.code == 130 and not parameter.is_real
    assert TYPES.parameter(Type("Variant", (THING, INT))).is_real
    assert not TYPES.parameter(Type("elsewhere.Thing")).is_real


def test_a_release_is_passed_no_value_that_it_does_not_have() -> None:
    without = Types(load(RULES), lambda _: 0, ("list", "dict"))
    assert {sample.what for sample in TYPES.samples} - {sample.what for sample in without.samples} == {"list", "dict"}
    assert not without.parameter(Type("ffi.List", (INT,))).is_real
