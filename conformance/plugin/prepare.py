"""Prepares a run: what excuses findings, the session, the report folder, and the hooks that make up the run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.gate.decide import Gate
from conformance.gate.waivers import NONE
from conformance.gate.witness import tried
from conformance.model.case import Case
from conformance.model.options import RunOptions
from conformance.model.outcome import NOT_SHOWN, Finding, Reproduced
from conformance.plugin import parser
from conformance.plugin.controller import Controller
from conformance.plugin.items import Items, Steps
from conformance.reports import progress, terminal
from conformance.reports.places import within
from conformance.reports.recorder import Recorder
from conformance.reports.shard import Shard
from conformance.reports.write import prepare_folder

if TYPE_CHECKING:
    from conformance.engine.causes import Excuse
    from conformance.engine.session import Session


def register(config: pytest.Config, asked: RunOptions, session: Callable[[], Session]) -> None:
    """Register the hooks of a run once all that they need is there. Raises UserError."""
    today = datetime.now(UTC).date()
    gate = Gate.load(asked.waivers, asked.baseline, today, report_only=asked.report_only, require=asked.require)
    deadline = parser.deadline(config, asked)
    run = session()
    gate = gate.with_shipped(None if asked.waivers == NONE else run.subject.waivers)
    version = str(run.facts.subject["version"])
    run.excuse = _excuse(gate, version)
    run.deadline = deadline
    config.pluginmanager.register(Items(gate, version, asked.max_failures), "abi-conformance-items")
    if config.pluginmanager.hasplugin("xdist"):
        from conformance.plugin.deal import Deal

        config.pluginmanager.register(Deal(asked), "abi-conformance-deal")
    if getattr(config, "workerinput", {}).get(parser.WATCHED):
        steps = Steps(config)
        config.pluginmanager.register(steps, "abi-conformance-steps")
        run.moved = steps.moved
    if not hasattr(config, "workerinput") and not config.option.collectonly:
        junit = config.getoption("--junitxml", None)  # pytest may run without the plugin that has it
        prepare_folder(asked, {"--junitxml of pytest": Path(junit)} if junit else {})
        listener = _listener(config, asked)
        run.moved = listener.moved
        recorder = Recorder(
            asked,
            run.facts,
            gate,
            listener,
            _Store(run),
            lambda: tried(gate.witnesses(version), run),
            given=parser.told(config),
            shard=_shard(run, gate) if asked.shard else None,
        )
        config.pluginmanager.register(Controller(config, recorder, deadline), "abi-conformance-run")


def _shard(run: Session, gate: Gate) -> Shard:
    """What the result of a shard tells `merge`."""
    from conformance.engine.units import dealt
    from conformance.subjects.digest import digest

    number, count = run.options.shard or (1, 1)
    shipped = run.subject.waivers if gate.shipped_file else None
    return Shard(
        number,
        count,
        tuple(map(str, dealt(run.options, count)[number - 1])),
        {"subject": digest(run.options.subject, run.subject.rules), **gate.digests},
        (shipped.name, shipped.read_text("utf-8")) if shipped else None,
        within(run.facts.manifest),
        within(run.facts.binding),
    )


def _excuse(gate: Gate, version: str) -> Excuse:
    """What the explorer asks of every nonconforming case."""

    def excuse(case: Case, key: str, verdict: str) -> str | None:
        return gate.excuses(key, verdict, version, check=case.check, mode=case.mode)

    return excuse


def _listener(config: pytest.Config, asked: RunOptions) -> progress.Listener:
    if not config.option.abi_own_output or asked.quiet:
        return progress.Listener()
    stream = progress.own_stdout()
    out = terminal.console(stream)
    return progress.Live(out, stream.fileno()) if out.is_terminal else progress.Plain(out)


class _Store:
    """Puts findings into the report folder, and tries the reproducers of the first."""

    def __init__(self, run: Session) -> None:
        self._run = run

    def write(self, finding: Finding, report_dir: Path) -> Path:
        """Write the case and its stand-alone reproducer; where they are."""
        from conformance.findings import store

        transport, spec = self._run.transport, self._run.subject.spec
        return store.write(finding, spec, transport.specs(finding), report_dir, transport.reproducer)

    def tried(self, folder: Path) -> Reproduced:
        """What the reproducer in a finding's folder comes to; it is built and run."""
        from conformance.findings import verify

        return verify.verify(folder)

    def remark(self, finding: Finding, folder: Path) -> str:
        """What is to be said of the reproducer, or nothing; it is built and run."""
        from conformance.findings import verify

        if self.tried(folder) != NOT_SHOWN:
            return ""
        return verify.GENERIC if finding.case.get("stubs") == "generic" else verify.REMARK
