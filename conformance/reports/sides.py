"""Which sides do well with which: the matrix of compilers by compilers, and the side that findings have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.reports.causes import Told
from conformance.reports.result import SHARED, Result

Pair = tuple[str, str]

_WORST = ("fail", "waived", "not-run", "pass")
"""What a pair comes to over its checks: the first of these that any has."""


@dataclass(frozen=True)
class Matrix:
    """Callers by callees, or targets alone: a head and rows of texts, the first of each being its name."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def matrices(result: Result) -> tuple[Matrix, ...]:
    """Compilers by compilers, then targets; none for a run whose pairs the user has named."""
    if SHARED not in result.get("notes", {}):
        return ()
    sides, states = _sides(result), _states(result)
    names = list(dict.fromkeys(side["name"] for side in result["compilers"]))
    cells: dict[Pair, Counter[str]] = {}
    targets: dict[str, Counter[str]] = {}
    for (caller, callee), state in states.items():
        if not {caller, callee} <= sides.keys():
            continue  # Python's own side of DYNAMIC, which is no compiler
        cells.setdefault((sides[caller]["name"], sides[callee]["name"]), Counter())[state] += 1
        targets.setdefault(sides[callee]["machine"], Counter())[state] += 1
    compilers = Matrix(
        ("caller, callee:", *names),
        tuple((name, *(_cell(cells.get((name, other))) for other in names)) for name in names),
    )
    rows = tuple((target, _cell(counts), f"{counts.total()} pairs") for target, counts in targets.items())
    return compilers, Matrix(("target", "", ""), rows)


def _states(result: Result) -> dict[Pair, str]:
    """What every pair came to over all checks; one with nothing but inconclusive cases did not run."""
    found: dict[Pair, set[str]] = {}
    for check in result["checks"]:
        for row in check["pairs"]:
            if len(row["pair"]) == 2 and row["status"] != "not-applicable":
                caller, callee = row["pair"]
                found.setdefault((caller, callee), set()).add(row["status"])
    return {pair: next((word for word in _WORST if word in states), "pass") for pair, states in found.items()}


def _cell(counts: Counter[str] | None) -> str:
    if counts is None:
        return "·"
    red = counts["fail"]
    if red:
        return "FAIL" if red == counts.total() else f"FAIL {red}/{counts.total()}"
    if counts["not-run"]:
        return "part" if counts["pass"] or counts["waived"] else "not built"
    return "waived" if counts["waived"] else "ok"


def _sides(result: Result) -> dict[str, Mapping[str, Any]]:
    return {side["id"]: side for side in result["compilers"]}


def culprit(told: Told, result: Result) -> str:
    """What the pairs that show a cause have in common and few others have, in words; empty where that is nothing.

    A compiler in one role, under all flags or under these; the same on either side; or a target. Of several the one
    that the fewest pairs have, and none where more of these pairs are well than not.
    """
    red = {(row["pair"][0], row["pair"][1]) for row in (told.finding, *told.folded) if len(row["pair"]) == 2}
    ran = {(pair[0], pair[1]) for pair in result["pairs"]}
    if not red or red >= ran:
        return ""
    found = [(words, {pair for pair in ran if holds(pair)}) for words, holds in _suspects(red, _sides(result))]
    found = [(words, pairs) for words, pairs in found if red <= pairs < ran and 2 * len(red) >= len(pairs)]
    if not found:
        return ""
    words, pairs = min(found, key=lambda suspect: len(suspect[1]))
    return f"only {words}" + ("" if red == pairs else f", in {len(red)} of its {len(pairs)} pairs")


def _suspects(red: set[Pair], sides: Mapping[str, Mapping[str, Any]]) -> Iterable[tuple[str, Callable[[Pair], bool]]]:
    """What all of these pairs have in common: words, and whether another pair has it too."""
    roles = {"as caller": 0, "as callee": 1}
    for what in ("name", "id"):
        for role, at in roles.items():
            values = {_value(sides, pair[at], what) for pair in red}
            if len(values) == 1:
                value = values.pop()
                yield (
                    f"with {value} {role}",
                    lambda pair, at=at, value=value, what=what: (  # type: ignore[misc]
                        _value(sides, pair[at], what) == value
                    ),
                )
        common = set.intersection(*({_value(sides, side, what) for side in pair} for pair in red))
        for value in sorted(common):
            yield (
                f"with {value} on one side",
                lambda pair, value=value, what=what: any(  # type: ignore[misc]
                    _value(sides, side, what) == value for side in pair
                ),
            )
    machines = {_value(sides, pair[1], "machine") for pair in red}
    if len(machines) == 1:
        machine = machines.pop()
        yield f"on {machine}", lambda pair: _value(sides, pair[1], "machine") == machine


def _value(sides: Mapping[str, Mapping[str, Any]], side: str, what: str) -> str:
    """The program, the id or the target of a side; of one that a result says nothing of, its id."""
    return str(sides.get(side, {}).get(what) or side)
