"""What was measured of detectors: how every call ended under each, by column and class."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from conformance.detectors.catalogue import Detector

End = Literal["caught", "rejected", "crashed", "silent"]
"""How a call ended: the detector spoke; the call was refused by the convention itself; the process ended otherwise
(a signal, or no end in time); nothing happened."""

MATCH = "match"


@dataclass(frozen=True)
class MeasuredDetector:
    """One detector on all calls.

    `ends` counts calls by (column, class, end). `slowdown` is the processor time of matched calls by column, divided by
    that of the program without the detector; `build` the compile's; both empty or 0 where they were not measured.
    """

    detector: Detector
    compiler: str
    version: str
    ends: Counter[tuple[str, str, End]]
    slowdown: dict[str, float] = field(default_factory=dict)
    build: float = 0.0

    def count(self, column: str, cls: str = "", end: End | None = None) -> int:
        """Calls of a column, of a class or of all but matched ones, that ended so or at all."""
        return sum(
            number
            for (where, what, how), number in self.ends.items()
            if where == column and (what == cls if cls else what != MATCH) and end in (None, how)
        )

    def speaks_of(self, column: str) -> bool:
        """Whether the detector can say anything of a column: type codes travel with packed calls only."""
        return column == "X0" or not self.detector.by_codes

    def caught(self, column: str, cls: str = "") -> float | None:
        """The share of wrong calls, from 0 to 1, that were caught; None where there were none to catch."""
        total = self.count(column, cls)
        end: End = "rejected" if self.detector.by_codes else "caught"
        return self.count(column, cls, end) / total if total and self.speaks_of(column) else None

    def false_alarms(self, column: str) -> int:
        """Matched calls that did not end silently."""
        return self.count(column, MATCH) - self.count(column, MATCH, "silent")


@dataclass(frozen=True)
class UnmeasuredDetector:
    """A detector that this machine does not have, and why."""

    detector: Detector
    why: str


@dataclass(frozen=True)
class DetectorComparison:
    """All detectors on the same calls. `plain` is the program without any; `calls` counts them by class."""

    seed: int
    calls: dict[str, int]
    plain: MeasuredDetector
    measured: tuple[MeasuredDetector, ...]
    missing: tuple[UnmeasuredDetector, ...]

    @property
    def classes(self) -> tuple[str, ...]:
        """The mismatch classes that were drawn."""
        return tuple(cls for cls in self.calls if cls != MATCH)
