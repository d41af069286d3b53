"""Brings a result to what an older one tells, where two of different schemas are compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import evolve

from conformance.checks import CHECKS
from conformance.gate.baseline import marks_of
from conformance.model.groups import Group, merged
from conformance.model.mark import UNPLACED, mark_of_key
from conformance.model.outcome import RESULT_SCHEMAS

SCHEMA_1 = RESULT_SCHEMAS[0]

Result = Mapping[str, Any]


def comparable(old: Result, new: Result) -> tuple[Result, Result]:
    """Two results, each without what only the other tells: schema 1 does not say where a matched call goes wrong."""
    schemas = {old["schema"], new["schema"]}
    if schemas == {SCHEMA_1} or SCHEMA_1 not in schemas:
        return old, new
    return _as_schema_1(old), _as_schema_1(new)


def _as_schema_1(result: Result) -> Result:
    if result["schema"] == SCHEMA_1:
        return result
    return {
        **result,
        "findings": [_finding(finding) for finding in result["findings"]],
        "groups": list(merged(filter(None, map(_group, result.get("groups", []))))),
    }


def _finding(finding: Mapping[str, Any]) -> dict[str, Any]:
    marks = []
    for key, mark in marks_of(finding):
        known = evolve(mark, place=UNPLACED) if _tells_place(mark.cls, mark.place) else mark
        marks.append({**known.to_json(), "key": _key(key)})
    return {**finding, "key": _key(finding["key"]), "marks": marks}


def _key(key: str) -> str:
    mark = mark_of_key("", key, "")
    return f"{key.rpartition('::')[0]}::{UNPLACED}" if _tells_place(mark.cls, mark.place) else key


def _tells_place(cls: str, place: str) -> bool:
    """Whether this is a matched call that says where it goes wrong, and not one that says what it varied."""
    return cls == "match" and "<-" not in place


def _group(group: Group) -> Group | None:
    """A group as an older result has it. A matched call is counted in several, so only one of them is taken whole."""
    cls, convention, *kind = group["group"].split("::", 2)
    if not kind or not _tells_place(cls, kind[0]):
        return group
    whole = kind[0].partition("+")[0] in ("@call", UNPLACED)
    check = group["check"]
    passes = CHECKS[check].passes if check in CHECKS else ()
    verdicts = {verdict: n for verdict, n in group["verdicts"].items() if whole or verdict not in passes}
    if not verdicts:
        return None
    examples = {verdict: example for verdict, example in group["examples"].items() if verdict in verdicts}
    return {"group": f"{cls}::{convention}::{UNPLACED}", "check": check, "verdicts": verdicts, "examples": examples}
