"""What is shown while a run goes on: one live line on a terminal, a line an item elsewhere, nothing when quiet."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from conformance.model.headway import Headway
from conformance.model.outcome import Outcome
from conformance.model.unit import Unit
from conformance.reports.summary import STATUS_WORDS, histogram, plural

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID


class Listener:
    """Hears what happens in a run, in order; by itself it shows nothing.

    `watches` says whether it does anything with how far an item has come.
    """

    watches = False

    def started(self, items: int) -> None:
        """The items of the run are known."""

    def moved(self, step: Headway) -> None:
        """An item has come so far."""

    def item(self, outcome: Outcome) -> None:
        """One item has left its outcome."""

    def finished(self) -> None:
        """Nothing more will come."""


class Plain(Listener):
    """A line an item: for logs, which are read afterwards."""

    def __init__(self, out: Console) -> None:
        self._out = out
        self._done = self._items = 0

    def started(self, items: int) -> None:
        """Remember how many there will be."""
        self._items = items

    def item(self, outcome: Outcome) -> None:
        """Print the item's line."""
        self._done += 1
        word = STATUS_WORDS.get(outcome.status, outcome.status.upper())
        place = f"[{self._done:>{len(str(self._items))}}/{self._items}]"
        told = f"{plural(outcome.judged, 'case')}  {outcome.seconds:.1f} s" if outcome.judged else outcome.why
        unit, pair = str(Unit(outcome.check, outcome.stream)), ">".join(outcome.pair)
        self._out.print(f"{place} {word:<7}  {unit:<10}  {pair:<24}  {told}".rstrip())

    def finished(self) -> None:
        """End with an empty line."""
        if self._done:
            self._out.print()


class Live(Listener):
    """One line that moves, and is gone at the end; failing items leave a line of their own.

    It says what is running, how far that has come, and what was found so far. `terminal` is the descriptor of the
    terminal, whose width is followed.
    """

    watches = True

    def __init__(self, out: Console, terminal: int) -> None:
        self._out = out
        self._terminal = terminal
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._running: dict[tuple[str, tuple[str, ...], int], Headway] = {}
        self._items = self._done = self._cases = self._found = 0

    def started(self, items: int) -> None:
        """Show the line."""
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        self._items = items
        wide = self._fit() >= _WIDE
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.fields[done]}"),
            *([BarColumn(_BAR)] if wide else []),
            TimeElapsedColumn(),
            TextColumn("{task.description}"),
            console=self._out,
            transient=True,
            refresh_per_second=8,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._progress.add_task("starting", total=items, done=f"0/{items}")
        self._progress.start()

    def moved(self, step: Headway) -> None:
        """Move the line on within an item."""
        running = step.check, step.pair, step.stream
        self._running.pop(running, None)
        self._running[running] = step  # the last is the one that moved last
        self._show()

    def item(self, outcome: Outcome) -> None:
        """Move the line on to the next item."""
        self._running.pop((outcome.check, outcome.pair, outcome.stream), None)
        self._done += 1
        self._cases += outcome.judged
        self._found += len(outcome.findings)
        if self._progress is not None and outcome.status in ("fail", "error"):
            told = histogram(outcome.by_verdict) if outcome.status == "fail" else outcome.why
            unit = Unit(outcome.check, outcome.stream)
            self._progress.print(f"{outcome.status.upper()}  {unit}  {'>'.join(outcome.pair)}  {told}")
        self._show()

    def finished(self) -> None:
        """Take the line away."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    def _show(self) -> None:
        if self._progress is None or self._task is None:
            return
        width, done = self._fit(), f"{self._done}/{self._items}"
        room = width - len(done) - _BESIDE - (_BAR + 1 if len(self._progress.columns) > 4 else 0)
        self._progress.update(
            self._task,
            completed=self._done + sum(step.share for step in self._running.values()),
            done=done,
            description=line(tuple(self._running.values()), self._cases, self._found, room),
        )

    def _fit(self) -> int:
        """The width of the terminal now, which is made the console's."""
        with suppress(OSError):
            if width := os.get_terminal_size(self._terminal).columns:
                self._out.width = width
        return self._out.width


_WIDE = 80
_BAR = 20
_BESIDE = 12  # the spinner, the time, and the blanks between the parts


def line(running: Sequence[Headway], cases: int, found: int, room: int) -> str:
    """What runs, how far it has come and what was found, as much of it as there is room for; what matters most stays.

    `cases` and `found` are those of items that are done.
    """
    cases += sum(step.cases for step in running)
    found += sum(step.found for step in running)
    findings = [plural(found, "finding")] if found else []
    if not running:
        return " · ".join([*findings, plural(cases, "case")])[: max(0, room)]
    step = running[-1]
    share = f"{step.share:.0%}" if step.share < 1 or not step.found else "confirming"
    pair = ">".join(step.pair)
    others = [f"{len(running) - 1} more"] if len(running) > 1 else []
    unit = str(Unit(step.check, step.stream))
    short, named = f"{unit} {share}", " ".join(filter(None, (unit, pair, share)))
    forms = (
        [named, *findings, plural(cases, "case"), *others],
        [named, *findings, plural(cases, "case")],
        [named, *findings],
        [short, *findings],
        [short],
    )
    texts = [" · ".join(parts) for parts in forms]
    return next((text for text in texts if len(text) <= room), texts[-1][: max(0, room)])


class _Unheard(io.FileIO):
    """A descriptor whose writes never fail: what its reader or its disk can no longer take is dropped.

    `failed` is why something was dropped that a reader waits for.
    """

    failed: OSError | None = None

    def write(self, data: Any, /) -> int:
        """Write, or drop what nobody can have."""
        try:
            return super().write(data)
        except OSError as error:
            if not isinstance(error, BrokenPipeError):
                self.failed = error
            return len(data)


def own_stdout() -> io.TextIOWrapper:
    """Standard output as it is now, out of reach of whoever captures descriptor 1 later."""
    raw = _Unheard(os.dup(sys.__stdout__.fileno() if sys.__stdout__ else 1), "w")
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding="utf-8", errors="replace")


def dropped(stream: io.TextIOWrapper) -> OSError | None:
    """Why something of what was written to `own_stdout` is lost, if it is."""
    stream.flush()
    raw = stream.buffer.raw  # type: ignore[attr-defined]
    return raw.failed if isinstance(raw, _Unheard) else None
