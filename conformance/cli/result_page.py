"""Writes docs/result.md, the page of every key of a result, from the JSON Schema that ships."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.model.outcome import RESULT_SCHEMA
from conformance.model.schema import schema

_HEAD = f"""\
# The result JSON

Made from `conformance/model/schemas/result-2.json` by `python3 dev.py docs`: edit the schema, not this page. `run`
writes this document to `result.json` in the report folder, and to what `--json` names; its `schema` is
`{RESULT_SCHEMA}`. Keys are added in later versions; none is renamed or removed. What is marked *optional* may be
missing. `[]` stands for each element of a list, `*` for a key that is data.

| key | holds | means |
|---|---|---|"""

_DEPTH = 3
"""How many keys deep the page goes; what lies deeper is a document of its own, or plain."""

_TYPES = {
    "object": "object", "array": "list", "string": "text", "integer": "integer", "number": "number",
    "boolean": "boolean", "null": "null",
}  # fmt: skip


def page() -> str:
    """The text of the page, in Markdown."""
    whole = schema("result-2")
    return "\n".join([_HEAD, *_rows(whole, whole["$defs"], "", 0)]) + "\n"


def _rows(node: Mapping[str, Any], defs: Mapping[str, Any], prefix: str, depth: int) -> Iterator[str]:
    needed = node.get("required", ())
    for name, raw in node.get("properties", {}).items():
        found = _resolved(raw, defs)
        optional = "" if name in needed else "*optional* "
        yield f"| `{prefix}{name}` | {_holds(found)} | {optional}{_escaped(found.get('description', ''))} |".replace(
            "  ", " "
        )
        if depth + 1 < _DEPTH:
            yield from _inside(found, defs, f"{prefix}{name}", depth + 1)


def _inside(found: Mapping[str, Any], defs: Mapping[str, Any], path: str, depth: int) -> Iterator[str]:
    """What lies in an object, or in each element of a list."""
    if "properties" in found:
        yield from _rows(found, defs, f"{path}.", depth)
    element = _resolved(found.get("items", {}), defs)
    if "properties" in element:
        yield from _rows(element, defs, f"{path}[].", depth)
    other = found.get("additionalProperties")
    if isinstance(other, Mapping) and "properties" in (named := _resolved(other, defs)):
        yield from _rows(named, defs, f"{path}.*.", depth)


def _resolved(node: Mapping[str, Any], defs: Mapping[str, Any]) -> Mapping[str, Any]:
    """A node with what it refers to in its place; what is said beside the reference comes first."""
    name = str(node.get("$ref", "")).rpartition("/")[2]
    return {**defs[name], **node} if name in defs else node


def _holds(node: Mapping[str, Any]) -> str:
    """What sort of value it is."""
    if "enum" in node:
        return ", ".join(f"`{value}`" for value in node["enum"])
    if "const" in node:
        return f"`{node['const']}`"
    kinds = node.get("type", "")
    names = [_TYPES[kind] for kind in (kinds if isinstance(kinds, list) else [kinds]) if kind]
    return " or ".join(names) or "any value"


def _escaped(text: str) -> str:
    return text.replace("|", r"\|").replace("*", r"\*")


if __name__ == "__main__":
    print(page(), end="")
