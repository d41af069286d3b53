"""Holds what a user wrote in TOML against a JSON Schema that ships, and says in one sentence what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

SCHEMAS = ("rules", "subject")


def schema(name: str) -> dict[str, Any]:
    """One of `SCHEMAS`. In it `title` says what a value must be, and `$comment` how to mend that it is missing."""
    text = (resources.files("conformance.rules") / "schema" / f"{name}.json").read_text("utf-8")
    return dict(json.loads(text))


@cache
def _validator(name: str) -> Draft202012Validator:
    # Imported here: a table that ships is not validated, and processes that fork often stay small.
    from jsonschema import Draft202012Validator
    from referencing import Registry, Resource

    documents = [(f"{part}.json", Resource.from_contents(schema(part))) for part in SCHEMAS]
    return Draft202012Validator(schema(name), registry=Registry().with_resources(documents))


def problem(raw: Mapping[str, Any], name: str) -> str:
    """The first thing that is wrong with a document by the schema `name`: place, what is wrong, hint; "" if nothing."""
    errors = list(_validator(name).iter_errors(raw))
    # A key that is misspelled is told before the one that is missing for it.
    errors.sort(key=lambda error: (error.validator != "additionalProperties", error.validator == "required"))
    return _sentence(errors[0], raw) if errors else ""


def _sentence(error: ValidationError, raw: Mapping[str, Any]) -> str:
    path = [step for step in error.absolute_path if isinstance(step, str)]
    definition, instance = cast("Any", error.schema), cast("Any", error.instance)
    if error.validator == "additionalProperties":
        unknown = min(set(instance) - set(definition["properties"]))
        known = ", ".join(definition["properties"])
        if not path:
            return f"[{unknown}] is no part of {definition['title']}; there are {known}"
        return f"[{'.'.join(path)}] has no key '{unknown}'; there are {known}"
    if error.validator == "required":
        missing = next(key for key in definition["required"] if key not in instance)
        hint = definition["properties"][missing].get("$comment", "add it")
        return f"{_place([*path, missing]) if path else f'[{missing}]'} is missing; {hint}"
    if error.validator == "minProperties":
        return f"[{'.'.join(path)}] is empty; {definition['$comment']}"
    place, value = _place(path), _value(path, raw)
    if "title" in definition:
        return f"{place} must be {definition['title']}, not {value!r}"
    return f"{place} = {value!r}; it is {_choice(definition['enum'])}"


def _place(path: Sequence[str]) -> str:
    """Where a value stands: its table in brackets, then its key."""
    return f"[{'.'.join(path[:-1])}] {path[-1]}" if path[:-1] else path[-1]


def _value(path: Sequence[str], raw: Any) -> Any:
    for step in path:
        raw = raw[step]
    return raw


def _choice(values: Sequence[object]) -> str:
    *most, last = map(repr, values)
    return f"{', '.join(most)} or {last}"
