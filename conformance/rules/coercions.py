"""How a code is converted for a declared kind where the rules do not say it: by the kinds that travel under it."""

from __future__ import annotations

from collections.abc import Set

from conformance.model.kinds import KINDS

_TEXTS = {"str", "bytes"}


def default_conversion(declared: str, is_null: bool, kinds: Set[str]) -> str:
    """The conversion of a code for a declared kind, "" where the value arrives as it is.

    `is_null` says whether null packs as the code, `kinds` which kinds do.
    """
    if is_null:
        return "null"
    if declared not in KINDS or not kinds:
        return "unknown"
    families = {KINDS[kind].family if kind in KINDS else "" for kind in kinds}
    if families <= {"int", "uint", "float", "bool"}:
        return _of_numbers(declared, families)
    if declared in ("dtype", "device") and kinds <= _TEXTS:
        return "parse"
    if declared in _TEXTS and kinds <= _TEXTS:
        return "format"
    if declared == "str" and kinds == {"dtype"}:
        return "format"
    return "" if kinds == {declared} else "unknown"


def _of_numbers(declared: str, families: Set[str]) -> str:
    family = KINDS[declared].family
    if family == "bool":
        return "nonzero"
    if family in ("int", "uint"):
        if families == {"bool"}:
            return "nonzero"
        return "unknown" if "float" in families else "number"
    return "number" if family == "float" else "unknown"


def becomes(kind: str, how: str) -> bool:
    """Whether a value can become one of a kind in a way of `coerce_as`; of kinds of a runtime's own it is not known."""
    if kind not in KINDS:
        return True
    if how in ("number", "nonzero"):
        return KINDS[kind].family in ("int", "uint", "float", "bool")
    known = {"parse": kind in ("dtype", "device"), "format": kind in _TEXTS}
    return known.get(how, how != "null" or KINDS[kind].is_pointer or kind == "dtype")
