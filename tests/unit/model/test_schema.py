"""The schemas that ship are valid and hold for what ships; what is wrong is one sentence that names the key."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from conformance.model.case import Case, Mismatch, Mutations
from conformance.model.options import PROFILES
from conformance.model.schema import SCHEMAS, problem, schema
from conformance.model.signature import parse_signature
from conformance.model.value import Value
from conformance.model.verdict import VERDICTS
from conformance.rules.load import names
from conformance.toolchain.fixtures import root

RULES = {"codes": {"int": 0}, "accept": {"i64": {"exact": ["int"]}}}
SIGNATURE = parse_signature("(i64) -> none")
CASE = Case("X0-MATCH", "packed", "tcc", "tcc", SIGNATURE, SIGNATURE, Mismatch("match"), (Value("i64", 1),))
RAW = CASE.to_json()
FLOAT_INDEX = {**RAW, "mismatch": {**RAW["mismatch"], "index": 1.0}}
LONG_HANDED = {**RAW, "wire": {**RAW["wire"], "handed": [0, "", "", ""]}}
WAIVER = {"key": "match::*", "verdict": "late", "reason": "known"}
MANIFEST = {"subject": {"name": "acme"}, "build": {"binding": "binding.h"}}


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(name))


def test_schemas_know_the_verdicts_and_profiles() -> None:
    waiver = schema("waiver")["properties"]
    assert waiver["verdict"]["enum"] == list(VERDICTS)
    assert waiver["profiles"]["items"]["enum"] == list(PROFILES)
    assert schema("finding")["properties"]["verdict"]["enum"] == ["", *VERDICTS]
    assert schema("result-2")["$defs"]["verdict"]["enum"] == list(VERDICTS)


def test_the_schema_of_a_case_holds_every_key_that_is_written() -> None:
    handed = Mutations(((0, 1),), padding=((0, 1),), preset=3, handed=(-1, "TypeError", "no"), by_packer=True)
    raw = replace(
        CASE, wire=handed, history=(CASE,), times=2, calls=3, generic=True, runtime="1", expectation={"call": {}}
    ).to_json()
    known = schema("case")
    for part, definition in ((raw, known), (raw["wire"], known["properties"]["wire"])):
        assert set(part) | {"own_kinds"} >= set(definition["properties"]) - {"own_kinds"} >= set(part) - {"own_kinds"}
    assert problem(raw, "case") == ""


@pytest.mark.parametrize("name", names())
def test_tables_that_ship_are_as_the_schema_says(name: str) -> None:
    table = root().parent / "conformance" / "rules" / f"{name}.toml"
    assert problem(tomllib.loads(table.read_text("utf-8")), "rules") == ""


def test_manifests_that_ship_are_as_the_schema_says() -> None:
    manifests = list((root() / "reference").rglob("subject.toml"))
    assert len(manifests) == 4
    assert {problem(tomllib.loads(path.read_text("utf-8")), "subject") for path in manifests} == {""}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"codes": {}}, "[codes] is empty; add lines such as int = 0"),
        ({"codes": {"int": True}}, "[codes] int must be a 32-bit integer, not True"),
        ({"codes": {"int": 2**31}}, "[codes] int must be a 32-bit integer, not 2147483648"),
        ({"codes": 3}, "codes must be a table, as in [codes], not 3"),
        ({"accept": {"i64": 3}}, "[accept] i64 must be a table with exact = [...] and coerce = [...], not 3"),
        ({"accept": {"i64": {"exact": "int"}}}, "[accept.i64] exact must be a list of code names, not 'int'"),
        ({"accept": {"i64": {"exact": [["int"]]}}}, "[accept.i64] exact must be a list of code names, not [['int']]"),
        ({"policy": {"error_names": ["indx"]}}, "[policy] error_names must be a list of 'index', 'expected'"),
        ({"policy": {"range_by_kind": {"i32": "wrap"}}}, "[policy.range_by_kind] i32 = 'wrap'; it is "),
        ({"kinds": {"array": {"values": ["[]"]}}}, "[kinds.array] code is missing; add code = "),
        ({"kinds": {"array": {"code": "int", "lik": ""}}}, "[kinds.array] has no key 'lik'; there are code, like"),
        ({"polcy": {}}, "[polcy] is no part of a rules table; there are table, codes, packs_as"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_rules_is_one_sentence(changes: dict[str, Any], says: str) -> None:
    said = problem({**RULES, **changes}, "rules")
    assert said.startswith(says) and "\n" not in said


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ({"subject": {"name": "acme"}}, "[build] is missing; add it, with binding, language"),
        ({"subject": {"name": "acme"}, "biuld": {}}, "[biuld] is no part of a manifest; there are subject"),
        ({**MANIFEST, "build": {}}, '[build] binding is missing; add binding = "..."'),
        ({**MANIFEST, "build": {"bindng": "b.h"}}, "[build] has no key 'bindng'; there are binding, language"),
        ({**MANIFEST, "subject": {"name": ""}}, "[subject] name must be a text that is not empty, not ''"),
        ({**MANIFEST, "subject": {"name": "a", "kinds": "i32"}}, "[subject] kinds must be a list of texts, not 'i32'"),
        ({**MANIFEST, "policy": {"order": "last"}}, "[policy] order = 'last'; it is 'first' or 'any'"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_manifest_is_one_sentence(raw: dict[str, Any], says: str) -> None:
    assert problem(raw, "subject").startswith(says)
    assert problem(MANIFEST, "subject") == ""


@pytest.mark.parametrize(
    ("name", "raw", "says"),
    [
        ("waiver", [], "this must be an entry of a waiver file, not a list"),
        ("waiver", {**WAIVER, "why": 1}, "this has no key 'why'; there are key, verdict, reason, versions"),
        ("waiver", {"key": "match::*", "verdict": "late"}, "reason is missing; say why it is excused"),
        ("waiver", {**WAIVER, "verdict": "x" * 99}, "verdict is 'xxx"),
        ("case", {**CASE.to_json(), "release": 1}, "release must be true or false, not 1"),
        (
            "case",
            {**CASE.to_json(), "payload": [{"kind": "i8", "cell": "1"}]},
            "payload[0].cell must be a whole number,",
        ),
        (
            "case",
            {**CASE.to_json(), "mismatch": {**CASE.to_json()["mismatch"], "index": 1.0}},
            "mismatch.index must be a number or null, not 1.0",
        ),
        (
            "case",
            {**CASE.to_json(), "wire": {**CASE.to_json()["wire"], "handed": [0, "", "", ""]}},
            "wire.handed must be a status, a kind and a message, not a list",
        ),
        ("result-2", {"schema": "abi-conformance/2", "seed": -1}, "seed must be a whole number of at least 0, not -1"),
        ("finding", {"case": CASE.to_json(), "compilers": {"tcc": 1}}, "compilers.tcc must be a text, not 1"),
        ("finding", {"case": {**CASE.to_json(), "wire": None}}, "case.wire must be an object, not null"),
    ],
)
def test_what_is_wrong_elsewhere_names_the_way_to_the_key(name: str, raw: object, says: str) -> None:
    assert problem(raw, name).startswith(says)
    assert problem(WAIVER, "waiver") == problem(CASE.to_json(), "case") == ""
