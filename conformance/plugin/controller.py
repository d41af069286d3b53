"""The process that reports: what items leave is gathered, and at the end concluded, written and shown."""

from __future__ import annotations

import gc
import io
import sys
from contextlib import suppress
from typing import IO, Any

import pytest

from conformance.model.errors import USAGE_ERROR
from conformance.model.outcome import Interrupted
from conformance.plugin.items import OUTCOME, SUITE_ITEM, Failures, is_suite_item, outcomes, step_of
from conformance.plugin.parser import DEADLINE, SEED, WATCHED
from conformance.reports import evidence, github, progress, terminal
from conformance.reports.recorder import Recorder
from conformance.reports.result import Result


def _has_a_line(entry: Any) -> bool:
    """Whether pytest can show an entry: Python 3.11 gives none that a signal cut off between two lines a number."""
    try:
        return bool(entry.lineno >= 0)
    except TypeError:
        return False


class Controller:
    """The hooks of the process that reports."""

    def __init__(self, config: pytest.Config, recorder: Recorder, deadline: float) -> None:
        self._config = config
        self._recorder = recorder
        self._deadline = deadline
        self._result: dict[str, Any] | None = None
        self._foreign_failures = False
        self._failures = Failures(recorder.options.max_failures)
        self._quiet = recorder.options.quiet

    def pytest_report_header(self) -> list[str]:
        """Say what is tested, and with what."""
        facts, asked = self._recorder.facts, self._recorder.options
        compilers = ", ".join(compiler["id"] for compiler in facts.compilers)
        name = f"{facts.subject['name']} {facts.subject['version']} ({facts.subject['convention']})"
        return [f"abi-conformance: {name}; {compilers}; profile {asked.profile}, seed {asked.seed}"]

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker of xdist the seed, when the run is over, and whether anybody watches."""
        node.workerinput[SEED] = self._recorder.options.seed
        node.workerinput[WATCHED] = self._recorder.listener.watches
        node.workerinput[DEADLINE] = self._deadline

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Begin: the items are known."""
        self._recorder.begin(sum(map(is_suite_item, session.items)))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Begin: a worker of xdist knows the items."""
        self._recorder.begin(len(ids))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self) -> None:
        """Make the witnesses of waivers again, whatever else is run."""
        self._recorder.try_witnesses()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Gather what an item left, put evidence in place of it, and tell faults from findings."""
        if (step := step_of(report)) is not None:
            self._recorder.listener.moved(step)
            return
        left = outcomes(report.user_properties)
        ours = bool(left) or any(name == SUITE_ITEM for name, _ in report.user_properties)
        self._recorder.add(report.nodeid, left)
        kept = [pair for pair in report.user_properties if pair[0] not in (OUTCOME, SUITE_ITEM)]
        report.user_properties = kept + [pair for outcome in left for pair in evidence.properties(outcome)]
        distributor = self._config.pluginmanager.get_plugin("dsession")
        if distributor is not None and report.failed and (stop := self._failures.stop(report.nodeid, left)):
            distributor.shouldstop = stop
        if not report.failed or any(outcome.status in ("fail", "error") for outcome in left):
            return
        if ours or report.when not in ("setup", "call", "teardown"):  # xdist says "???" when a worker has died
            self._recorder.fault(report.nodeid, report.longreprtext)
        else:
            self._foreign_failures = True

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep what is wrong with a file of tests."""
        if report.failed:
            self._recorder.fault(report.nodeid or "collection", report.longreprtext)

    def pytest_internalerror(self, excrepr: object) -> None:
        """Keep what is wrong with pytest or a plugin."""
        self._recorder.fault("pytest", str(excrepr))

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Keep why the run ends before its time."""
        excinfo.traceback = excinfo.traceback.filter(_has_a_line)
        # pytest and xdist stop themselves by classes made from it, after --maxfail for one; that is no interruption.
        if type(excinfo.value) in (KeyboardInterrupt, Interrupted, pytest.exit.Exception):
            self._recorder.interrupted = True
            if isinstance(excinfo.value, Interrupted):
                self._recorder.add("what was interrupted", [excinfo.value.outcome])
        else:
            self._recorder.stopped = str(excinfo.value)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Conclude, write the reports, and settle the exit code."""
        if self._recorder.interrupted:
            gc.collect()  # hooks that were cut off end here, while pytest's capture is still there for them
        stop = session.shouldfail or session.shouldstop
        if stop and not self._recorder.stopped:
            self._recorder.stopped = str(stop)
        code = self._conclude()
        if self._foreign_failures and code in (0, 5):
            code = 1
        session.exitstatus = code

    def pytest_unconfigure(self) -> None:
        """Conclude, where the run was interrupted before pytest had begun its session."""
        if self._recorder.interrupted and self._result is None:
            self._conclude()

    def _conclude(self) -> int:
        """Write the reports and print the summary; the exit code."""
        self._result = self._recorder.finish()
        if self._config.option.abi_own_output:
            with suppress(BrokenPipeError), progress.own_stdout() as stream:
                self._show(self._result, stream)
                if lost := progress.dropped(stream):
                    where = self._recorder.options.report_dir
                    print(f"ERROR: standard output cannot be written ({lost.strerror}); see {where}", file=sys.stderr)
                    return USAGE_ERROR
            if self._result["exit_code"] == USAGE_ERROR:
                print(f"ERROR: {self._recorder.short or self._result['errors'][0]}", file=sys.stderr)
        return int(self._result["exit_code"])

    def _show(self, result: Result, stream: IO[str], *, colour: bool = False) -> None:
        dress = github.dressed if github.is_asked(self._recorder.options) else None
        terminal.show(result, terminal.console(stream, colour=colour), quiet=self._quiet, dress=dress)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the summary below pytest's own."""
        if self._result is None or self._config.option.abi_own_output:
            return
        terminalreporter.section("abi-conformance", sep="=")
        text = io.StringIO()
        self._show(self._result, text, colour=terminalreporter.hasmarkup)
        terminalreporter.write(text.getvalue())
