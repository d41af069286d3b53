"""Gathers what the items of a run leave, and turns it into the result, the reports and the exit code at the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from time import monotonic

from conformance.gate.decide import Gate, apply, exit_code
from conformance.gate.witness import Tried
from conformance.model.facts import RunFacts
from conformance.model.options import RunOptions
from conformance.model.outcome import Outcome
from conformance.reports import write
from conformance.reports.files import ReportError
from conformance.reports.places import with_places
from conformance.reports.progress import Listener
from conformance.reports.result import Result, RunRecord, build
from conformance.reports.write import FindingStore

_LONGEST_ERROR = 25
_WIDEST_LINE = 300


@dataclass
class Recorder:
    """The controller's memory of one run.

    `errors` are faults of the suite itself, any of which makes the run end with 3, or with 4 where the last of them is
    the adapter's of a subject in Python. `witnesses` makes those of waivers again.
    """

    options: RunOptions
    facts: RunFacts
    gate: Gate
    listener: Listener
    store: FindingStore
    witnesses: Callable[[], tuple[Tried, ...]] = tuple
    errors: list[str] = field(default_factory=list)
    items: int = 0
    adapter: bool = False
    interrupted: bool = False
    stopped: str = ""
    _outcomes: dict[str, list[Outcome]] = field(default_factory=dict)
    _started: datetime = field(default_factory=lambda: datetime.now(UTC))
    _clock: float = field(default_factory=monotonic)

    def __post_init__(self) -> None:
        self._jobs = write.jobs(self.options)

    def begin(self, items: int) -> None:
        """The number of items is known (under xdist every worker says it; once is enough)."""
        if not self.items:
            self.items = items
            self.listener.started(items)

    def try_witnesses(self) -> None:
        """Make the witnesses of waivers again, which the gate then asks."""
        self.gate = replace(self.gate, tried=self.witnesses())

    def add(self, item: str, outcomes: Sequence[Outcome]) -> None:
        """What an item left; a later report of the same item repeats the earlier one."""
        if item in self._outcomes or not outcomes:
            return
        self._outcomes[item] = list(outcomes)
        for outcome in outcomes:
            if outcome.status == "error":
                self.adapter = outcome.adapter
                self.fault(f"{outcome.check} {'>'.join(outcome.pair)}".rstrip(), outcome.why)
            self.listener.item(outcome)

    def fault(self, where: str, text: str) -> None:
        """An error that is not the subject's; long ones keep their end."""
        lines = [line[:_WIDEST_LINE] for line in text.strip().splitlines()]
        if len(lines) > _LONGEST_ERROR:
            lines = ["…", *lines[-_LONGEST_ERROR:]]
        self.errors.append(f"{where}: " + "\n".join(lines) if lines else where)

    def finish(self) -> Result:
        """Write everything and return the result with its exit code; what cannot be written becomes an error."""
        self.listener.finished()
        outcomes = [outcome for item in sorted(self._outcomes) for outcome in self._outcomes[item]]
        folders, unwritten = write.folders(outcomes, self.options.report_dir, self.store)
        self.errors += unwritten
        result = self._concluded(write.with_folders(build(outcomes, self._record()), folders))
        for report, path in self._jobs:
            try:
                report.write(result, path)
            except ReportError as error:
                self.errors.append(str(error))
                result = self._concluded(result)
        return result

    def _record(self) -> RunRecord:
        why = "interrupted" if self.interrupted else self.stopped
        return RunRecord(
            facts=self.facts,
            options=self.options,
            started=self._started.isoformat(timespec="seconds"),
            seconds=monotonic() - self._clock,
            complete=not (why or self.errors),
            not_run=why or RunRecord.not_run,
        )

    def _concluded(self, result: Result) -> Result:
        result = apply({**result, "errors": list(self.errors)}, self.gate)
        result = with_places(result, self.facts, self.options.anchor)
        return {
            **result,
            "exit_code": exit_code(result, errors=self.errors, adapter=self.adapter, interrupted=self.interrupted),
        }
