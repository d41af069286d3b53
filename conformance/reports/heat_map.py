"""The acceptance tables of a run as heat maps: what was observed against what the rules say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.model.kinds import KINDS
from conformance.model.mark import Mark
from conformance.model.verdict import DECISIONS, decided
from conformance.reports.acceptance import CHECKS, UNKNOWN, cell_of
from conformance.reports.causes import Told
from conformance.reports.result import Result
from conformance.reports.summary import histogram

STATES = {
    "ruled": "as the rules say",
    "finding": "does not conform",
    "waived": "does not conform, and is waived",
    "unpromised": "otherwise than the rules say, and not promised",
}
"""What a cell can come to, with what that means."""

LETTERS = {"accept": "A", "coerce": "C", "reject": "R", "crash": "X", "hang": "H"}
"""How each of `DECISIONS` is shown."""

_ALLOWED = {  # a text that cannot be converted is rejected; a range is decided by the value
    "accept": {"accept"},
    "coerce": {"accept", "coerce", "reject"},
    "range": set(DECISIONS),
    "reject": {"reject"},
}
_CODE = re.compile(r"code\((-?\d+)\)")


@dataclass(frozen=True)
class Square:
    """One kind or code, passed where a kind is declared.

    `observed` are the decisions that were seen, `state` one of `STATES`, `finding` the id of the finding that tells of
    it, empty where none does.
    """

    passed: str
    rules: str
    observed: tuple[str, ...]
    state: str
    verdicts: str
    finding: str

    @property
    def letters(self) -> str:
        """What was seen, a letter a decision."""
        return "".join(LETTERS[decision] for decision in self.observed)


@dataclass(frozen=True)
class HeatMap:
    """What some pairs made of every declared kind alike; a row has a cell a column, None where nothing was passed."""

    pairs: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Square | None, ...]], ...]


def heat_maps(result: Result, told: Iterable[Told]) -> list[HeatMap]:
    """The heat maps of a result: one for all pairs whose cells came to the same, with the counts of all of them."""
    findings = _findings(told)
    alike: dict[object, list[Mapping[str, Any]]] = {}
    for table in result.get("acceptance", []):
        alike.setdefault(_shape(table, findings), []).append(table)
    return [_heat_map(tables, findings) for tables in alike.values()]


Findings = Mapping[tuple[str, str, str], tuple[str, bool]]
"""By pair, declared and passed: the id of the finding that tells of a cell, and whether it is waived."""


def _findings(told: Iterable[Told]) -> Findings:
    found: dict[tuple[str, str, str], tuple[str, bool]] = {}
    for cause in told:
        for row in (cause.finding, *cause.folded):
            for mark in map(Mark.from_json, row["marks"]):
                cell = cell_of(mark.cls, mark.place)
                if cell is not None and mark.check in CHECKS and mark.convention == "packed":
                    shown = cause.finding["id"], bool(row["waived_by"])
                    key = (">".join(mark.pair), *cell)
                    found[key] = min(found.get(key, shown), shown, key=lambda each: each[1])
    return found


def _shape(table: Mapping[str, Any], findings: Findings) -> object:
    """What tables that are shown as one have in common: decisions and states of all cells."""
    pair = ">".join(table["pair"])
    return tuple(
        (declared, passed, cell.observed, cell.state)
        for declared, row in table["declared"].items()
        for passed, raw in row.items()
        for cell in [_cell(passed, raw["rules"], raw["verdicts"], findings.get((pair, declared, passed)))]
    )


def _heat_map(tables: list[Mapping[str, Any]], findings: Findings) -> HeatMap:
    first = tables[0]
    pair = ">".join(first["pair"])
    columns = sorted({passed for row in first["declared"].values() for passed in row}, key=_order)
    rows = []
    for declared in sorted(first["declared"], key=_order):
        cells: list[Square | None] = []
        for passed in columns:
            parts = [table["declared"][declared].get(passed) for table in tables]
            if parts[0] is None:
                cells.append(None)
                continue
            counts: Counter[str] = Counter()
            for part in parts:
                counts.update(part["verdicts"])
            cells.append(_cell(passed, parts[0]["rules"], counts, findings.get((pair, declared, passed))))
        rows.append((declared, tuple(cells)))
    return HeatMap(tuple(">".join(table["pair"]) for table in tables), tuple(columns), tuple(rows))


def _cell(passed: str, rules: str, verdicts: Mapping[str, int], shown: tuple[str, bool] | None) -> Square:
    observed = {decided(verdict) for verdict in verdicts}
    if shown is not None:
        state = "waived" if shown[1] else "finding"
    else:
        state = "ruled" if observed <= _ALLOWED[rules] else "unpromised"
    decisions = tuple(decision for decision in DECISIONS if decision in observed)
    return Square(passed, rules, decisions, state, histogram(verdicts), shown[0] if shown else "")


def _order(name: str) -> tuple[int, int, str]:
    """Kinds as they are always listed, then those of one runtime, codes by number, and what is in no table."""
    code = _CODE.fullmatch(name)
    if code:
        return 2, int(code[1]), ""
    if name == UNKNOWN:
        return 3, 0, ""
    return (0, list(KINDS).index(name), "") if name in KINDS else (1, 0, name)
