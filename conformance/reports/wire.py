"""What a case changes between packing and calling, in words: the lies that its signatures do not show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.model.case import RESULT
from conformance.model.kinds import KINDS
from conformance.model.value import Value

_NULLS = {"args": "the array of values", "codes": "the array of codes", "ret": "the result slot"}


def changed_on_the_wire(finding: Mapping[str, Any]) -> str:
    """What the case of a finding changes, in one line; empty where what is packed is what is called with."""
    return "; ".join(_changes(finding))


def _is_null(value: Mapping[str, Any]) -> bool:
    """Whether a value as JSON is a null pointer; what is a runtime's own kind is an object, and none."""
    kind = KINDS.get(value["kind"])
    return kind is not None and kind.is_pointer and Value.from_json(dict(value)).is_null


def _changes(finding: Mapping[str, Any]) -> Iterator[str]:
    wire = finding["case"].get("wire", {})
    for at, code in wire.get("codes", ()):
        null = ", a null pointer," if at != RESULT and _is_null(finding["case"]["payload"][at]) else ""
        yield f"the result slot has code {code}" if at == RESULT else f"argument {at}{null} travels under code {code}"
    if wire.get("count") is not None:
        number = len(finding["case"]["payload"])
        plural = "" if wire["count"] == 1 else "s"
        yield f"the callee is told of {wire['count']:,} argument{plural}, {number:,} are there"
    for name in wire.get("nulls", ()):
        yield f"{_NULLS[name]} is null"
    for at, word in wire.get("padding", ()):
        yield f"argument {at} has {word:#x} in bytes that mean nothing"
    if wire.get("preset") is not None:
        yield f"the result slot has code {wire['preset']} before the call"
    if wire.get("handed"):
        status, kind, message = wire["handed"]
        yield f"the caller is handed status {status}" + (f" and {kind}: {message!r}" if kind else " and no error")
