"""A cell of a matrix of versions, and what it came to: plain data."""

from __future__ import annotations

from typing import Literal, NamedTuple

from attrs import field, frozen

Status = Literal["works", "news", "breaks", "unloadable", "itself", "runtime", "unbuilt", "not-run"]


class Shown(NamedTuple):
    """How a status is shown: in one letter, and in words."""

    symbol: str
    meaning: str


STATUSES: dict[Status, Shown] = {
    "works": Shown("✓", "works"),
    "news": Shown("+", "works, and does more than with all of one version"),
    "breaks": Shown("✗", "breaks"),
    "unloadable": Shown("∅", "cannot be loaded: symbols are missing"),
    "itself": Shown("!", "does not work with itself"),
    "runtime": Shown("r", "breaks, as one of the two does on this runtime by itself"),
    "unbuilt": Shown("?", "could not be built"),
    "not-run": Shown("·", "not run"),
}
"""What a cell can come to."""

WORKING: tuple[Status, ...] = ("works", "news")

BREAKING: tuple[Status, ...] = ("breaks", "unloadable", "itself", "runtime")


@frozen
class VersionCell:
    """Three versions that meet: of the headers that callers and callees are built against, and of what runs."""

    caller: str
    callee: str
    runtime: str

    def __str__(self) -> str:
        """`1.0 on 1.1`, or `1.0 calls 1.2 on 1.6`."""
        built = self.caller if self.caller == self.callee else f"{self.caller} calls {self.callee}"
        return f"{built} on {self.runtime}"

    @property
    def is_diagonal(self) -> bool:
        """Whether all is of one version."""
        return self.caller == self.callee == self.runtime


@frozen
class CellCause:
    """Why a cell breaks: a finding that stands for all with the same cause.

    `cause` is what causes of several cells are told to be one by: it has neither pair nor verdict in it. `key` is the
    finding's key without its pair. `of_runtime` says of two sides of several versions that one of them does the same on
    this runtime by itself.
    """

    cause: str
    check: str
    key: str
    verdict: str
    required: str
    observed: str
    findings: int
    id: str
    replay: str
    reproducer: str | None
    of_runtime: bool = False


@frozen
class CellResult:
    """What a cell came to.

    `why` says what kept it from running or from being built, or what else is to be known. `news` counts calls by class
    and place that do something only one version does, and rightly. `folder` holds the reports of its run.
    """

    cell: VersionCell
    status: Status
    why: str = ""
    cases: int = 0
    seconds: float = 0.0
    news: dict[str, int] = field(factory=dict)
    causes: tuple[CellCause, ...] = ()
    folder: str = ""
