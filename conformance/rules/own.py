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


def read(kind: str, raw: Any, codes: Mapping[str, int], where: str) -> OwnKind:
    """One [kinds.KIND] table; `where` is it for messages. Raises RulesError."""
    if not isinstance(raw, dict) or not _KIND.fullmatch(kind) or kind in KINDS or kind == NONE:
        raise RulesError(f"{where} must be a table, under a name of a-z, 0-9 and _ that no kind has yet")
    unknown = sorted(set(raw) - {"code", "like", "values", "sees", "refuses", "converts", "source", "note"})
    if unknown:
        known = "code, like, values, sees, refuses, converts, source"
        raise RulesError(f"{where} has no key '{unknown[0]}'; there are {known}")
    converts = raw.get("converts", {})
    if not isinstance(converts, dict) or not all(
        isinstance(texts, dict) and all(isinstance(text, str) for text in texts.values()) for texts in converts.values()
    ):
        raise RulesError(f"{where}: converts gives each passed kind a table of its texts, and as what each arrives")
    sees, lists = raw.get("sees", {}), [raw.get(name, []) for name in ("values", "refuses")]
    texts = [raw.get("code", ""), raw.get("like", ""), raw.get("source", ""), *raw.get("sees", {})]
    if not isinstance(sees, dict) or not all(isinstance(one, list) for one in lists):
        raise RulesError(f"{where}: sees must be a table, values and refuses lists of texts")
    if not all(isinstance(text, str) for text in [*texts, *sees.values(), *lists[0], *lists[1]]):
        raise RulesError(f"{where}: code, like and all that sees, values and refuses hold must be texts")
    for name in (raw.get("code", ""), *sees):
        if name not in codes:
            raise RulesError(f"{where}: the code '{name}' is not in [codes]; there are {', '.join(codes)}")
    if not raw.get("like") and not lists[0]:
        raise RulesError(f"{where}: has no values; say what it is like, or give values = [...]")
    like, source = raw.get("like", ""), raw.get("source", "")
    return OwnKind(kind, raw["code"], like, tuple(lists[0]), dict(sees), tuple(lists[1]), source, converts)
