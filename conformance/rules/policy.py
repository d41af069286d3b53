"""Reads [policy]: what a runtime does where codes alone do not say it, from a rules table or a subject's manifest."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from conformance.model.kinds import KINDS
from conformance.rules.errors import RulesError

ERROR_INDEX = r"arg(ument)?\s*[\[#]?\s*(?P<index>\d+)"
"""How an error names its argument unless the rules say otherwise; the first match counts."""

TENSOR_ORDER = ("ndim", "dtype", "lanes", "shape", "strides", "offset", "device", "data")
"""The order in which TVM's emitted checks look at the fields of a tensor, from v0.16 on: the default."""


def read_policy(raw: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The fields of `Rules` that a [policy] gives whose shape is right; `where` is the file. Raises RulesError."""
    return {key: _read(key, value, where) for key, value in raw.items()}


def _read(key: str, value: Any, where: str) -> Any:
    if key == "error_base" and not isinstance(value, int):  # to a schema 1.0 is 1
        raise RulesError(f"{where}: [policy] error_base = {value}; it is 0 or 1")
    if key == "error_index":
        return _pattern(value, where)
    if key == "tensor_order" and value.index("ndim") > min(value.index("shape"), value.index("strides")):
        raise RulesError(
            f"{where}: [policy] tensor_order must have ndim before shape and strides, which are compared dimension by "
            "dimension"
        )
    if key == "range_by_kind":
        for kind in value:
            if kind not in KINDS or not KINDS[kind].is_integer:
                integers = ", ".join(name for name, known in KINDS.items() if known.is_integer)
                raise RulesError(f"{where}: [policy] range_by_kind: '{kind}' is no integer kind; there are {integers}")
    return tuple(value) if isinstance(value, list) else value


def _pattern(value: str, where: str) -> re.Pattern[str]:
    key = f"{where}: [policy] error_index"
    try:
        pattern = re.compile(value)
    except re.error as error:
        raise RulesError(f"{key} = {value!r} is no regular expression: {error}") from None
    if "index" not in pattern.groupindex:
        raise RulesError(
            rf"{key} = {value!r} has no group 'index'; put (?P<index>\d+) where the argument's number stands"
        )
    return pattern
