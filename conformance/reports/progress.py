"""What is shown while a run goes on: one live line on a terminal, a line an item elsewhere, nothing when quiet."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, Any

from conformance.model.outcome import Outcome
from conformance.reports.summary import STATUS_WORDS, histogram, plural

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID


class Listener:
    """Hears what happens in a run, in order; by itself it shows nothing."""

    def started(self, items: int) -> None:
        """The items of the run are known."""

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
        self._out.print(f"{place} {word:<7}  {outcome.check:<10}  {'>'.join(outcome.pair):<24}  {told}".rstrip())

    def finished(self) -> None:
        """End with an empty line."""
        if self._done:
            self._out.print()


class Live(Listener):
    """One line that moves, and is gone at the end; failing items leave a line of their own."""

    def __init__(self, out: Console) -> None:
        self._out = out
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._cases = self._failed = 0

    def started(self, items: int) -> None:
        """Show the line."""
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        columns = (
            SpinnerColumn(),
            MofNCompleteColumn(),
            BarColumn(24),
            TimeElapsedColumn(),
            TextColumn("{task.description}"),
        )
        self._progress = Progress(
            *columns,
            console=self._out,
            transient=True,
            refresh_per_second=8,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._progress.add_task("starting", total=items)
        self._progress.start()

    def item(self, outcome: Outcome) -> None:
        """Move the line on."""
        self._cases += outcome.judged
        if self._progress is None or self._task is None:
            return
        if outcome.status in ("fail", "error"):
            self._failed += 1
            told = histogram(outcome.by_verdict) if outcome.status == "fail" else outcome.why
            self._progress.print(f"{outcome.status.upper()}  {outcome.check}  {'>'.join(outcome.pair)}  {told}")
        failed = f" · {self._failed} failed" if self._failed else ""
        text = f"{plural(self._cases, 'case')}{failed} · {outcome.check} {'>'.join(outcome.pair)}"
        self._progress.update(self._task, advance=1, description=text)

    def finished(self) -> None:
        """Take the line away."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None


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
