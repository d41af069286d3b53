"""How far a campaign has come: a table that moves on a terminal, a line a unit anywhere else."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from conformance.campaign.outcome import STATUSES, UnitOutcome
from conformance.campaign.units import CampaignUnit
from conformance.reports import terminal
from conformance.reports.summary import plural

if TYPE_CHECKING:
    from rich.table import Table

_REFRESH = 2
"""How often a second the table is drawn."""


def is_watched(*, quiet: bool) -> bool:
    """Whether somebody sees a table move."""
    return not quiet and not terminal.is_plain(sys.stderr)


class LiveTable:
    """Tells of units as they are done, on standard error: a row a table of the plan. With `quiet` it tells nothing.

    `outcomes` are those that are known before anything runs.
    """

    def __init__(self, units: Sequence[CampaignUnit], outcomes: Sequence[UnitOutcome], where: str, *, quiet: bool):
        self._all = Counter(unit.run for unit in units)
        runs = {unit.name: unit.run for unit in units}
        self._statuses = {run: Counter[str]() for run in self._all}
        self._calls = Counter[str]()
        self._pending = len(units) - len(outcomes)
        self._told = 0
        self._quiet = quiet
        self._where = where
        self._began = time.monotonic()
        for outcome in outcomes:
            self._count(runs[outcome.name], outcome)
        self._live = None
        if is_watched(quiet=quiet):
            from rich.live import Live

            self._live = Live(
                get_renderable=self._table,
                console=terminal.console(sys.stderr),
                refresh_per_second=_REFRESH,
                redirect_stdout=False,
                redirect_stderr=False,
                transient=True,
            )

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def told(self, unit: CampaignUnit, outcome: UnitOutcome) -> None:
        """Tell what a unit came to; on a terminal only what is not green is a line."""
        self._told += 1
        self._count(unit.run, outcome)
        line = f"[{self._told}/{self._pending}] {unit}  {words(outcome)}"
        if self._live is None:
            if not self._quiet:
                print(line, file=sys.stderr, flush=True)
        elif outcome.status != "conforming":
            self._live.console.print(line)

    def _count(self, run: str, outcome: UnitOutcome) -> None:
        self._statuses[run][outcome.status] += 1
        self._calls[run] += outcome.counts.get("executed", 0)

    def _table(self) -> Table:
        from rich.table import Table

        table = Table(title=self._where, title_justify="left", title_style="dim", box=None, padding=(0, 2, 0, 0))
        table.add_column("runs", no_wrap=True)
        for name in ("done", "nonconforming", "not stored", "calls"):
            table.add_column(name, justify="right", no_wrap=True)
        for run, count in self._all.items():
            found = self._statuses[run]
            stored = found["conforming"] + found["nonconforming"]
            lost = found.total() - stored
            style = "red" if found["nonconforming"] else "yellow" if lost else None
            row = (run, f"{stored:,}/{count:,}", f"{found['nonconforming']:,}", f"{lost:,}", f"{self._calls[run]:,}")
            table.add_row(*row, style=style)
        table.caption = f"{time.monotonic() - self._began:.0f} s, {self._told:,} of {plural(self._pending, 'unit')}"
        table.caption_justify = "left"
        return table


def words(outcome: UnitOutcome) -> str:
    """What a unit came to, in a few words."""
    if not outcome.is_stored:
        return f"{STATUSES[outcome.status]}: {outcome.why}"
    causes = f", {plural(len(outcome.causes), 'cause')}" if outcome.causes else ""
    return f"{STATUSES[outcome.status]}: {outcome.counts['executed']:,} calls in {outcome.seconds:.0f} s{causes}"
