"""What each pair made of each kind and code that was passed where another kind is declared, beside the rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from conformance.model.outcome import Outcome
from conformance.model.verdict import VERDICTS

RULES = {
    "match": "accept",
    "coerce": "coerce",
    "type": "reject",
    "unknown-code": "reject",
    "width": "range",
    "sign": "range",
}
"""What the rules decide where an argument is wrong in the way of a class; `range` is by the value, as a policy says."""

UNKNOWN = "unknown code"
"""What is passed under every code outside the table."""

CHECKS = ("X0-MATCH", "X0-TYPE", "X0-COERCE", "X0-RANGE", "X0-UNKNOWN")
"""The checks whose calls are made alone, with checks compiled in."""


def acceptance(outcomes: Iterable[Outcome]) -> list[dict[str, Any]]:
    """The entries of the result, a pair each, in the order of the outcomes."""
    pairs: dict[tuple[str, ...], dict[str, dict[str, tuple[str, Counter[str]]]]] = {}
    for outcome in outcomes:
        if outcome.check not in CHECKS or not outcome.pair:
            continue
        kinds = pairs.setdefault(outcome.pair, {})
        for group in outcome.groups:
            cls, convention, *place = group["group"].split("::", 2)
            cell = cell_of(cls, "".join(place)) if convention == "packed" else None
            if cell is not None:
                row = kinds.setdefault(cell[0], {})
                row.setdefault(cell[1], (RULES[cls], Counter()))[1].update(group["verdicts"])
    return [
        {
            "pair": list(pair),
            "declared": {
                declared: {
                    passed: {"rules": rules, "verdicts": {v: counts[v] for v in VERDICTS if counts[v]}}
                    for passed, (rules, counts) in sorted(row.items())
                }
                for declared, row in sorted(kinds.items())
            },
        }
        for pair, kinds in pairs.items()
        if kinds
    ]


def cell_of(cls: str, place: str) -> tuple[str, str] | None:
    """What is declared and what is passed at a place of a call (model/mark.py, model/groups.py), None if no argument.

    `cls` is the class in which it is wrong.
    """
    if cls not in RULES or not place or "@" in place or "+" in place:
        return None
    declared, _, passed = place.partition("<-")
    return declared, UNKNOWN if cls == "unknown-code" else passed or declared
