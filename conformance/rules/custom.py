"""Kinds that only one runtime has, as the tables [kinds.KIND] of its rules say them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.model.kinds import KINDS, NONE
from conformance.rules.errors import RulesError


@dataclass(frozen=True)
class CustomKind:
    """A kind that only one runtime has, such as an array of integers or an optional one.

    `code`: the name of the code that it packs as.
    `like`: the kind of the suite whose values it has; "" if it has the texts `values`, which the subject alone reads.
    `values`: its values as texts, or, with `like` str or bytes, what they hold.
    `sees`: code -> the kind as which an argument under it arrives where this kind is declared; under a code that is not
    listed it cannot be predicted.
    `refuses`: passed kinds that it rejects although it accepts their code.
    `converts`: passed kind -> {text of its value: text of the value that arrives}, for containers whose elements are
    converted.
    """

    name: str
    code: str
    like: str = ""
    values: tuple[str, ...] = ()
    sees: Mapping[str, str] = field(default_factory=dict)
    refuses: tuple[str, ...] = ()
    source: str = ""
    converts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


_KIND = re.compile(r"[a-z][a-z0-9_]*")


def read_custom_kind(kind: str, raw: Mapping[str, Any], codes: Mapping[str, int], where: str) -> CustomKind:
    """One [kinds.KIND] table whose shape is right; `where` is it for messages. Raises RulesError."""
    if not _KIND.fullmatch(kind) or kind in KINDS or kind == NONE:
        raise RulesError(f"{where} must be a table, under a name of a-z, 0-9 and _ that no kind has yet")
    values, sees, like = raw.get("values", []), raw.get("sees", {}), raw.get("like", "")
    for name in (raw["code"], *sees):
        if name not in codes:
            raise RulesError(f"{where}: the code '{name}' is not in [codes]; there are {', '.join(codes)}")
    if not like and not values:
        raise RulesError(f"{where}: has no values; say what it is like, or give values = [...]")
    return CustomKind(
        kind, raw["code"], like, tuple(values), dict(sees), tuple(raw.get("refuses", [])), raw.get("source", ""),
        raw.get("converts", {}),
    )  # fmt: skip
