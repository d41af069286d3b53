"""Reads [policy]: what a runtime does where codes alone do not say it, from a rules table or a subject's manifest."""

from __future__ import annotations

import re
from typing import Any

from conformance.rules.own import RulesError

CHOICES: dict[str, tuple[str, ...]] = {
    "range": ("truncate", "reject"),
    "order": ("first", "any"),
    "after_success": ("empty", "kept"),
    "resource_handle": ("passed", "null"),
}
"""The keys of [policy] that have one of a few values."""

ERROR_INDEX = r"arg(ument)?\s*[\[#]?\s*(?P<index>\d+)"
"""How an error names its argument unless the rules say otherwise; the first match counts."""

TENSOR_ORDER = ("ndim", "dtype", "lanes", "shape", "strides", "offset", "device", "data")
"""The order in which TVM's emitted checks look at the fields of a tensor, from v0.16 on: the default."""

_NAMED_IN_ERRORS = ("index", "expected", "received")
_OTHER_KEYS = ("error_names", "range_by_kind", "error_index", "error_base", "tensor_order")


def read_policy(raw: Any, where: str) -> dict[str, Any]:
    """The fields of `Rules` that a [policy] table gives; `where` is the file for messages. Raises RulesError."""
    if not isinstance(raw, dict):
        raise RulesError(f"{where}: policy must be a table, as in [policy]")
    return {key: _read(key, value, where) for key, value in raw.items()}


def _read(key: str, value: Any, where: str) -> Any:
    if key in CHOICES:
        if value not in CHOICES[key]:
            raise RulesError(f"{where}: [policy] {key} = {value!r}; it is {' or '.join(map(repr, CHOICES[key]))}")
        return value
    if key == "error_names":
        if not isinstance(value, list) or any(name not in _NAMED_IN_ERRORS for name in value):
            raise RulesError(f"{where}: [policy] error_names is a list of 'index', 'expected', 'received'")
        return tuple(value)
    if key == "range_by_kind":
        if not isinstance(value, dict) or any(policy not in CHOICES["range"] for policy in value.values()):
            raise RulesError(f"{where}: [policy.range_by_kind] gives each kind 'truncate' or 'reject'")
        return dict(value)
    if key == "error_index":
        return _pattern(value, where)
    if key == "error_base":
        if value not in (0, 1) or isinstance(value, bool):
            raise RulesError(
                f"{where}: [policy] error_base = {value!r}; it is the number of the first argument, 0 or 1"
            )
        return value
    if key == "tensor_order":
        return _tensor_order(value, where)
    raise RulesError(f"{where}: [policy] has no key '{key}'; there are {', '.join((*CHOICES, *_OTHER_KEYS))}")


def _pattern(value: Any, where: str) -> re.Pattern[str]:
    key = f"{where}: [policy] error_index"
    if not isinstance(value, str):
        raise RulesError(f"{key} must be a regular expression with a group (?P<index>...), not {value!r}")
    try:
        pattern = re.compile(value)
    except re.error as error:
        raise RulesError(f"{key} = {value!r} is no regular expression: {error}") from None
    if "index" not in pattern.groupindex:
        raise RulesError(
            rf"{key} = {value!r} has no group 'index'; put (?P<index>\d+) where the argument's number stands"
        )
    return pattern


def _tensor_order(value: Any, where: str) -> tuple[str, ...]:
    key = f"{where}: [policy] tensor_order"
    if not isinstance(value, list) or sorted(map(str, value)) != sorted(TENSOR_ORDER):
        raise RulesError(f"{key} lists each of {', '.join(TENSOR_ORDER)} once, in the order in which they are compared")
    if value.index("ndim") > min(value.index("shape"), value.index("strides")):
        raise RulesError(f"{key} must have ndim before shape and strides, which are compared dimension by dimension")
    return tuple(value)
