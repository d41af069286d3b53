"""The values of a finding as rows of bytes, one below the other: sent, required and seen, with what differs marked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_UNITS = re.compile(r"(code -?\d+)?(?:: )?((?:[0-9a-f]{2} )*[0-9a-f]{2})?")


@dataclass(frozen=True)
class Row:
    """One form of a value: bytes, or words as one cell. `cells` have whether they differ."""

    label: str
    cells: tuple[tuple[str, bool], ...]
    is_bytes: bool


@dataclass(frozen=True)
class ShownValue:
    """One value as it was sent, as it had to arrive, and as it was seen."""

    title: str
    rows: tuple[Row, ...]

    @property
    def width(self) -> int:
        """How many cells the longest row has."""
        return max(len(row.cells) for row in self.rows)


def shown_values(finding: Mapping[str, Any]) -> Iterator[ShownValue]:
    """The values of a finding, each in three rows.

    What was seen is held against what had to be, or where that is nothing, against what was sent.
    """
    nothing_due = "to be rejected" if finding["required"].startswith("reject") else "cannot be told"
    for value in finding.get("values", ()):
        sent, required, seen = (_units(value[name]) for name in ("sent", "required", "seen"))
        against = required or sent
        differs = [at >= len(against) or unit != against[at] for at, unit in enumerate(seen)]
        rows = (
            _row("sent", sent, "nothing"),
            _row("required", required, nothing_due),
            _row("seen", seen, "not seen", differs),
        )
        yield ShownValue(_title(value), rows)


def _row(label: str, units: list[str], otherwise: str, differs: list[bool] | None = None) -> Row:
    if not units:
        return Row(label, ((otherwise, False),), False)
    return Row(label, tuple(zip(units, differs or [False] * len(units), strict=True)), len(units[-1]) == 2)


def _units(text: str | None) -> list[str]:
    """The bytes of a value, each alone, behind its code where that is told; words are not taken apart."""
    if text is None:
        return []
    code, data = found.groups() if (found := _UNITS.fullmatch(text)) else (text, None)
    return [*([code] if code else []), *(data.split() if data else [])]


def _title(value: Mapping[str, Any]) -> str:
    passed, declared = value["passed"], value["declared"]
    if not declared:
        return f"{value['name']}: {passed} is passed, nothing is declared"
    if not passed:
        return f"{value['name']}: {declared} is declared, nothing is passed"
    return f"{value['name']}: {passed}" if passed == declared else f"{value['name']}: {declared} ← {passed}"
