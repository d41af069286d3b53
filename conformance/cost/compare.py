"""What became dearer or cheaper between two cost results of the same kind."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Document = Mapping[str, Any]


@dataclass(frozen=True)
class CostChange:
    """One figure that changed, smaller being better; `percent` of the old one, infinite where that was nothing."""

    what: str
    old: float
    new: float
    unit: str

    @property
    def percent(self) -> float:
        """The change in per cent of the old figure; above zero is dearer."""
        if self.old == 0:
            return math.inf if self.new > 0 else 0.0
        return 100 * (self.new - self.old) / self.old

    def direction(self, tolerance: float) -> Literal["worse", "better", "within"]:
        """How it changed, changes of up to `tolerance` per cent set aside."""
        if abs(self.percent) <= tolerance:
            return "within"
        return "worse" if self.new > self.old else "better"


@dataclass(frozen=True)
class CostChanges:
    """Every figure that changed, and the names of those that only one of the results has."""

    changed: tuple[CostChange, ...]
    gone: tuple[str, ...]
    come: tuple[str, ...]


def compare(old: Document, new: Document) -> CostChanges:
    """Compare two documents of one schema of MEASURES, figure by figure."""
    measure = MEASURES[str(old["schema"])]
    before, after = dict(measure.figures(old)), dict(measure.figures(new))
    changed = (CostChange(what, before[what], after[what], measure.unit) for what in before if what in after)
    return CostChanges(
        tuple(change for change in changed if change.old != change.new),
        tuple(what for what in before if what not in after),
        tuple(what for what in after if what not in before),
    )


def _frames(document: Document) -> Iterator[tuple[str, float]]:
    for table in document["tables"]:
        for curve in table["curves"]:
            for frame in curve["frames"]:
                yield f"{table['configuration']['id']} {curve['convention']} n={frame['n']}", frame["bytes"]


def _differing(document: Document) -> Iterator[tuple[str, float]]:
    # The share that differs rather than the one that is the same, so that smaller is better here too.
    for table in document["tables"]:
        for one in table["comparisons"]:
            what = f"{table['configuration']['id']} {table['sight']} {one['convention']}"
            yield what, round(100 - 100 * one["share"], 3)


def _ratios(document: Document) -> Iterator[tuple[str, float]]:
    # Nanoseconds of two runs say nothing of each other; ratios to the direct call of the same run do.
    for cost in document["costs"]:
        for call in cost["calls"]:
            yield f"{cost['compiler']} {call['route']} n={call['n']}", call["ratio"]["median"]


@dataclass(frozen=True)
class Measure:
    """How a document is compared: its figures by name, smaller being better, and their unit."""

    figures: Callable[[Document], Iterator[tuple[str, float]]]
    unit: str


MEASURES: dict[str, Measure] = {
    "abi-conformance-cost-frame/1": Measure(_frames, "bytes"),
    "abi-conformance-cost-inline/1": Measure(_differing, "% differ"),
    "abi-conformance-cost-call/1": Measure(_ratios, "times direct"),
}
"""What can be compared, by the schema of its documents."""
