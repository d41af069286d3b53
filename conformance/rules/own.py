"""Kinds that only one runtime has, as the tables [kinds.KIND] of its rules say them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.model.kinds import KINDS, NONE


class RulesError(ValueError):
    """A rules table that cannot be used; the message names the file, the key and the mend."""


@dataclass(frozen=True)
class OwnKind:
    """A kind that only one runtime has, such as an array of integers or an optional one.

    `code` is the name of the code that it packs as. Its values are those of the kind `like`, or the texts `values`:
    data of such a kind, or, where it is like none, what only the subject understands. `sees` says as which kind a value
    arrives under each code that a declared one accepts (its own code, and others, unless they are listed: cannot be
    predicted). `refuses` are passed kinds that it rejects although it accepts their code.
    `converts` are those of which each element is converted: their texts, with the one as which each arrives.
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


def read(kind: str, raw: Mapping[str, Any], codes: Mapping[str, int], where: str) -> OwnKind:
    """One [kinds.KIND] table whose shape is right; `where` is it for messages. Raises RulesError."""
    if not _KIND.fullmatch(kind) or kind in KINDS or kind == NONE:
        raise RulesError(f"{where} must be a table, under a name of a-z, 0-9 and _ that no kind has yet")
    values, sees, like = raw.get("values", []), raw.get("sees", {}), raw.get("like", "")
    for name in (raw["code"], *sees):
        if name not in codes:
            raise RulesError(f"{where}: the code '{name}' is not in [codes]; there are {', '.join(codes)}")
    if not like and not values:
        raise RulesError(f"{where}: has no values; say what it is like, or give values = [...]")
    return OwnKind(
        kind, raw["code"], like, tuple(values), dict(sees), tuple(raw.get("refuses", [])), raw.get("source", ""),
        raw.get("converts", {}),
    )  # fmt: skip
