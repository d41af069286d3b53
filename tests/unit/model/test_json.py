"""What is written as JSON is read as it was; what is left out or of no use is said or ignored."""

from __future__ import annotations

import json

import pytest
from attrs import frozen

from conformance.model.json import from_json, to_json


@frozen
class Inner:
    cls: str
    pair: tuple[str, str]


@frozen
class Outer:
    inner: tuple[Inner, ...]
    counts: dict[str, int]
    note: str = "none"


OUTER = Outer((Inner("match", ("a", "b")),), {"late": 2})
JSON = '{"inner": [{"class": "match", "pair": ["a", "b"]}], "counts": {"late": 2}, "note": "none"}'


def test_the_json_form_has_the_fields_in_order_and_class_for_cls() -> None:
    assert json.dumps(to_json(OUTER)) == JSON


def test_reading_is_the_inverse_of_writing() -> None:
    assert from_json(json.loads(JSON), Outer) == OUTER


def test_a_field_with_a_default_may_be_missing_and_other_keys_are_ignored() -> None:
    raw = json.loads(JSON)
    del raw["note"]
    assert from_json({**raw, "more": 1}, Outer) == OUTER


@pytest.mark.parametrize("raw", [{}, {"inner": [{"cls": "match", "pair": ["a", "b"]}], "counts": {}}])
def test_what_is_missing_is_a_key_error(raw: dict[str, object]) -> None:
    with pytest.raises(KeyError):
        from_json(raw, Outer)


def test_a_pair_has_two() -> None:
    with pytest.raises(ValueError, match="Not enough values"):
        from_json({"class": "match", "pair": ["a"]}, Inner)
