"""Cases by kind: how often each verdict was reached, and the smallest example of it, as data that crosses xdist."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from conformance.model.case import canonical
from conformance.model.kinds import NONE
from conformance.model.signature import Signature

Group = dict[str, Any]
"""`group`, `check`, `verdicts` {verdict: n}, and `examples` {verdict: {"key", "signature", "case"}}."""


PLACES = ("@call", "@arrays", "@handle", "@state")
"""The places at which a matched call can go wrong that are no argument and no return."""

_COUNTS = re.compile(r"((?:few|many)::[a-z]+)::.*")
_TENSOR = re.compile(r"tensor\(.*?\)[^<@]*")
_FAILED_MATCH = re.compile(r"match(?:\((?P<kind>.*)\))?(?P<at>@[a-z]+|@[0-9]+)(?P<mode>(?:\+[a-z-]+)*)")
_MATCH = re.compile(r"match(?P<mode>(?:\+[a-z-]+)*)")


def group_of(key: str) -> str:
    """The group of a case key: without pair, index, counts and metadata of tensors.

    It is `type::packed::f64<-i64`, `few::packed`, `tensor-shape::packed::tensor<-tensor`.

    Of a matched call that goes wrong it is where it does, `match::packed::i8`, `match::packed::f64@ret`,
    `match::packed::@call+nested`.
    """
    cls, convention, _, tail = key.split("::", 3)
    without = re.sub(r"@[0-9]+(\+[0-9]+)?$", "", tail)
    failed = _FAILED_MATCH.fullmatch(tail) if cls == "match" else None
    if failed is not None:
        at = "" if failed["at"][1:].isdigit() else failed["at"]
        without = f"{(failed['kind'] or '').partition('(')[0]}{at}{failed['mode']}"
    return general(f"{cls}::{convention}::{without}".removesuffix("::"))


def general(group: str) -> str:
    """A group without what no mark tells apart, and earlier results have: counts, and the metadata of tensors."""
    return _COUNTS.sub(r"\1", _TENSOR.sub("tensor", group))


def groups_of(key: str, declared: Signature) -> tuple[str, ...]:
    """The groups in which a case counts, by its `Case.failed_key`, which for one that conforms has an empty place.

    A matched call that conforms counts for every kind that it is about, once each, and for every other place at which
    it could have gone wrong; so one that goes wrong stands in a group that held it when it conformed.
    """
    cls, convention, _, tail = key.split("::", 3)
    match = _MATCH.fullmatch(tail) if cls == "match" else None
    if match is None:
        return (group_of(key),)
    kinds = sorted({param.kind for param in declared.params})
    ret = [f"{declared.ret}@ret"] if declared.ret != NONE else []
    return tuple(f"{cls}::{convention}::{place}{match['mode']}" for place in (*kinds, *ret, *PLACES))


def merged(groups: Iterable[Mapping[str, Any]]) -> tuple[Group, ...]:
    """One entry for each group of each check, in order: counts are summed, the smallest examples are kept."""
    found: dict[tuple[str, str], Group] = {}
    for group in groups:
        name, check = group["group"], group["check"]
        into = found.setdefault((name, check), {"group": name, "check": check, "verdicts": {}, "examples": {}})
        for verdict, n in group["verdicts"].items():
            into["verdicts"][verdict] = into["verdicts"].get(verdict, 0) + n
        for verdict, example in group["examples"].items():
            kept = into["examples"].get(verdict)
            if kept is None or size(example) < size(kept):
                into["examples"][verdict] = example
    return tuple(found[name] for name in sorted(found))


def size(example: Mapping[str, Any]) -> tuple[int, int, str]:
    """What the smallest example has least of: arguments, then the length of its case as JSON, then that text."""
    case = example["case"]
    text = canonical(case)
    return len(case.get("payload", ())), len(text), text
