"""Holds JSON and TOML against the JSON Schemas that ship, and says in one sentence what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

TABLES = ("rules", "subject", "campaign")
"""Schemas of TOML files, of which a sentence names tables in brackets and keys."""

SCHEMAS = (*TABLES, "waiver", "case", "finding", "result-1", "result-2")

_NAMES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


def schema(name: str) -> dict[str, Any]:
    """One of `SCHEMAS`. In it `title` says what a value must be, and `$comment` how to mend that it is missing."""
    text = (resources.files("conformance.model") / "schemas" / f"{name}.json").read_text("utf-8")
    return dict(json.loads(text))


@cache
def _exact() -> type[Draft202012Validator]:
    # Imported here: a table that ships is not validated, and processes that fork often stay small.
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    # JSON Schema takes 1.0 for an integer, which is no index in Python.
    types = Draft202012Validator.TYPE_CHECKER.redefine("integer", lambda _, value: type(value) is int)
    exact: type[Draft202012Validator] = extend(Draft202012Validator, type_checker=types)  # type: ignore[no-untyped-call]
    return exact


@cache
def _validator(name: str) -> Draft202012Validator:
    from referencing import Registry, Resource

    documents = [(f"{part}.json", Resource.from_contents(schema(part))) for part in SCHEMAS]
    return _exact()(schema(name), registry=Registry().with_resources(documents))


def problem(raw: object, name: str) -> str:
    """The first thing that is wrong with a document by the schema `name`: place, what is wrong, hint; "" if nothing."""
    error = _first(_validator(name), raw)
    if error is None:
        return ""
    return _in_tables(error, raw) if name in TABLES else _in_keys(error)


def problem_by(raw: object, definition: Mapping[str, Any]) -> str:
    """The first thing that is wrong with a JSON document by a schema of another room, as `problem` says it."""
    error = _first(_exact()(dict(definition)), raw)
    return _in_keys(error) if error else ""


def _first(validator: Draft202012Validator, raw: object) -> ValidationError | None:
    """What to tell of all that is wrong, if anything is."""
    errors = list(validator.iter_errors(raw))
    # A key that is misspelled is told before the one that is missing for it.
    errors.sort(key=lambda error: (error.validator != "additionalProperties", error.validator == "required"))
    return errors[0] if errors else None


def what(raw: object) -> str:
    """What JSON holds in place of something else: `a list`, `a text`; numbers and short texts as they are written."""
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        return str(raw)
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(raw), "something else")


def _in_keys(error: ValidationError) -> str:
    """A sentence that names a key by the way to it, `findings[0].marks`."""
    definition, instance = cast("Any", error.schema), error.instance
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path)
    place = path.removeprefix(".")
    if error.validator == "additionalProperties":
        unknown = min(set(cast("Any", instance)) - set(definition["properties"]))
        return f"{place or 'this'} has no key {unknown!r}; there are {', '.join(definition['properties'])}"
    if error.validator == "required":
        missing = next(key for key in definition["required"] if key not in cast("Any", instance))
        wanted = definition["properties"][missing]
        hint = wanted.get("$comment") or f"it must be {_wanted(wanted)}"
        return f"{f'{place}.{missing}' if place else missing} is missing; {hint}"
    if "enum" in definition and isinstance(instance, str):
        return f"{place} is {instance!r}; it is one of {', '.join(filter(None, definition['enum']))}"
    shown = repr(instance) if isinstance(instance, str) and len(instance) < 80 else what(instance)
    hint = f"; {definition['$comment']}" if "$comment" in definition else ""
    return f"{place or 'this'} must be {_wanted(definition)}, not {shown}{hint}"


def _wanted(definition: Mapping[str, Any]) -> str:
    """What a value must be, by its title or else its type."""
    if "title" in definition:
        return str(definition["title"])
    types = definition.get("type", "object")
    names = " or ".join(_NAMES[name] for name in ([types] if isinstance(types, str) else types))
    return names + (f" of at least {definition['minimum']}" if "minimum" in definition else "")


def _in_tables(error: ValidationError, raw: object) -> str:
    """A sentence that names a key by its table, `[policy] order`."""
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
