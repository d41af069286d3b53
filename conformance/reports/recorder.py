"""Gathers what the items of a run leave, and turns it into the result, the reports and the exit code at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import Any

from conformance.checks import CHECKS
from conformance.gate.decide import Gate, apply, exit_code
from conformance.gate.witness import Tried
from conformance.machine import short_of
from conformance.model.errors import CONFORMING, INTERRUPTED, NOTHING_RAN
from conformance.model.facts import RunFacts
from conformance.model.options import RESULT_FILE, RunOptions
from conformance.model.outcome import INTERRUPTED as CUT_OFF
from conformance.model.outcome import NOT_BUILT, Finding, Outcome, Reproduced
from conformance.reports import json_report, write
from conformance.reports.files import ReportError
from conformance.reports.places import with_places
from conformance.reports.progress import Listener
from conformance.reports.proven import only_proven
from conformance.reports.result import Result, RunRecord, build
from conformance.reports.shard import Shard
from conformance.reports.write import FindingStore

_LONGEST_ERROR = 25
_WIDEST_LINE = 300

_PLAIN, _FOUND = 20, 2
"""What is known is kept again once so many times as long as that takes has gone by: for an item, for a red one."""

MOST_TRIED = 8
"""Reproducers of a run that are built: each costs a few compiles."""


def _stopwatch() -> Callable[[], float]:
    begun = monotonic()
    return lambda: monotonic() - begun


def _is_confirmed(finding: Finding) -> bool:
    return finding.shrink.get("compiles", 0) > 0 or finding.mismatch["class"] == "layout"


@dataclass
class Recorder:
    """The controller's memory of one run.

    `errors` are faults of the suite itself, any of which makes the run end with 3, or with 4 where one of them is the
    adapter's of a subject in Python, or the machine's: `short` is the last of those, such as the result for which a
    full disk has no room. `witnesses` makes those of waivers again. `given` are the options that were given, with where
    they came from. `seconds` tells how long the run has taken. `lacking` says which part of what was asked is not here,
    "" where all is.
    """

    options: RunOptions
    facts: RunFacts
    gate: Gate
    listener: Listener
    store: FindingStore
    witnesses: Callable[[], tuple[Tried, ...]] = tuple
    given: Mapping[str, Any] = field(default_factory=dict)
    shard: Shard | None = None
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    seconds: Callable[[], float] = field(default_factory=_stopwatch)
    lacking: str = ""
    errors: list[str] = field(default_factory=list)
    items: int = 0
    adapter: bool = False
    short: str = ""
    interrupted: bool = False
    stopped: str = ""
    _outcomes: dict[str, list[Outcome]] = field(default_factory=dict)
    _folders: dict[str, Path] = field(default_factory=dict)
    _remarks: dict[str, str] = field(default_factory=dict)
    _kept_at: float = 0.0
    _keeping: float = 0.0

    def __post_init__(self) -> None:
        self._jobs = write.jobs(self.options)

    def begin(self, items: int) -> None:
        """The number of items is known (under xdist every worker says it; once is enough)."""
        if not self.items:
            self.items = items
            self._keep()
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
                self.adapter |= outcome.adapter
                self.fault(f"{outcome.check} {'>'.join(outcome.pair)}".rstrip(), outcome.why)
            self._store_findings(outcome)
            self.listener.item(outcome)
        if self._is_due(_FOUND if any(outcome.findings for outcome in outcomes) else _PLAIN):
            self._keep()

    def fault(self, where: str, text: str) -> None:
        """An error that is not the subject's; long ones keep their end."""
        lines = [line[:_WIDEST_LINE] for line in text.strip().splitlines()]
        if len(lines) > _LONGEST_ERROR:
            lines = ["…", *lines[-_LONGEST_ERROR:]]
        self.errors.append(f"{where}: " + "\n".join(lines) if lines else where)

    def finish(self) -> Result:
        """Write everything and return the result with its exit code; what cannot be written becomes an error."""
        if self.interrupted:
            self._keep()  # whoever ends a run may not wait for the rest
        self.listener.finished()
        outcomes = self._ordered()
        if not self.interrupted:
            self._keep_proven()
            outcomes = self._ordered()
            self._try_reproducers(outcomes)
        result = self._result(self._record())
        for report, path in self._jobs:
            try:
                report.write(result, path)
            except ReportError as error:
                self._unwritten(str(error), error)
                result = self._concluded(result)
        return result

    def _ordered(self) -> list[Outcome]:
        return [outcome for item in sorted(self._outcomes) for outcome in self._outcomes[item]]

    def _store_findings(self, outcome: Outcome) -> None:
        """Put what an item found where it can be replayed, however the run ends."""
        for finding in outcome.findings:
            if finding.id not in self._folders:
                try:
                    self._folders[finding.id] = self.store.write(finding, self.options.report_dir)
                except Exception as error:  # whatever is wrong with one folder, the result is still to be written
                    self._unwritten(f"the folder of finding {finding.id} could not be written: {error}", error)

    def _unwritten(self, said: str, error: Exception) -> None:
        """Keep why something could not be written; a full disk is told once, by the last that it has no room for.

        That is the result itself, where it has none for it: whoever is told to look there knows why it is missing.
        """
        cause = error.__cause__ or error
        if isinstance(cause, OSError) and short_of(cause):
            self.errors = [known for known in self.errors if known != self.short]
            self.short = said
        self.errors.append(said)

    def _try_reproducers(self, outcomes: Iterable[Outcome]) -> None:
        """Try the first of what is confirmed, in an order that a shard keeps: first streams before second ones."""
        ordered = sorted(outcomes, key=lambda outcome: (outcome.stream, outcome.check, outcome.pair))
        found = {finding.id: finding for outcome in ordered for finding in outcome.findings if _is_confirmed(finding)}
        for finding in islice((known for known in found.values() if known.id in self._folders), MOST_TRIED):
            try:
                self._remarks[finding.id] = self.store.remark(finding, self._folders[finding.id])
            except Exception as error:
                self._unwritten(f"the reproducer of finding {finding.id} could not be tried: {error}", error)

    def _keep_proven(self) -> None:
        """Of the checks that need it, keep the findings that their reproducers show; the others become notes."""
        for outcomes in self._outcomes.values():
            for at, outcome in enumerate(outcomes):
                if outcome.findings and CHECKS[outcome.check].proven:
                    outcomes[at] = only_proven(outcome, self._tried, _is_confirmed)
                    if outcomes[at].status == "error":
                        self.adapter = True  # what is missing is the user's to install
                        self.fault(f"{outcome.check} {'>'.join(outcome.pair)}".rstrip(), outcomes[at].why)

    def _tried(self, finding: Finding) -> Reproduced:
        """What the reproducer of a finding comes to, where that is asked before anything is told."""
        folder = self._folders.get(finding.id)
        try:
            return NOT_BUILT if folder is None else self.store.tried(folder)
        except Exception as error:
            self._unwritten(f"the reproducer of finding {finding.id} could not be tried: {error}", error)
            return NOT_BUILT

    def _is_due(self, times: int) -> bool:
        """Whether so many times as long has gone by as it takes to keep what is known, which grows with the run."""
        return self.seconds() - self._kept_at >= times * self._keeping

    def _keep(self) -> None:
        """Leave what is known so far as a result that is not complete: a process that is killed writes nothing more."""
        began = self.seconds()
        why = CUT_OFF if self.interrupted else "the run has not come to its end"
        record = replace(self._record(), complete=False, not_run=why, by_kind=False)
        with suppress(ReportError):  # it is told at the end
            json_report.keep({**self._result(record), "exit_code": INTERRUPTED}, self.options.report_dir / RESULT_FILE)
        self._kept_at = self.seconds()
        self._keeping = self._kept_at - began

    def _result(self, record: RunRecord) -> Result:
        outcomes = self._ordered()
        result = write.with_folders(build(outcomes, record), self._folders, self._remarks)
        if self.shard is not None:
            kept = (outcome if record.by_kind else outcome.changed(groups=()) for outcome in outcomes)
            result["shard"] = self.shard.to_json(kept, self._remarks)
        return self._concluded(result)

    def _record(self) -> RunRecord:
        why = CUT_OFF if self.interrupted else self.stopped or self.lacking
        return RunRecord(
            facts=self.facts,
            options=self.options,
            given=self.given,
            started=self.started.isoformat(timespec="seconds"),
            seconds=self.seconds(),
            units=self.shard.units if self.shard else None,
            complete=not (why or self.errors or self._out_of_time()),
            not_run=why or RunRecord.not_run,
        )

    def _concluded(self, result: Result) -> Result:
        result = apply({**result, "errors": list(self.errors)}, self.gate)
        result = with_places(result, self.facts, self.options.anchor)
        unended = self.interrupted or bool(self.lacking)
        code = exit_code(result, errors=self.errors, mendable=self.adapter or bool(self.short), interrupted=unended)
        if self._out_of_time() and code in (CONFORMING, NOTHING_RAN):
            code = INTERRUPTED
        return {**result, "exit_code": code}

    def _out_of_time(self) -> bool:
        return any(outcome.out_of_time for outcomes in self._outcomes.values() for outcome in outcomes)
