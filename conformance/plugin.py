"""The pytest plugin: options, header, what items leave, the summary and the exit code.

It does nothing in a run that neither gives one of its options nor collects `conformance.suite`; everything heavier than
this module is imported only then.
"""

from __future__ import annotations

import gc
import io
import json
import secrets
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from dataclasses import replace
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.model.option import Option, OptionError, read
from conformance.model.options import OPTIONS, RunOptions

if TYPE_CHECKING:
    from conformance.engine.causes import Excuse
    from conformance.engine.session import Session
    from conformance.gate.decide import Gate
    from conformance.model.case import Case
    from conformance.model.outcome import Finding, Outcome
    from conformance.reports.recorder import Recorder
    from conformance.reports.write import FindingStore

OUTCOME = "abi-outcome"
"""The user property under which an item leaves its outcome, as JSON."""

_SEED = "abi-seed"
_SUITE_ITEM = "abi-suite-item"
_OPTIONS = pytest.StashKey[RunOptions]()
_SESSION = pytest.StashKey["Session"]()


# -- for the suite ----------------------------------------------------------------------------------------------------


def options(config: pytest.Config) -> RunOptions:
    """The options of this run, with the seed settled."""
    if _OPTIONS not in config.stash:
        config.stash[_OPTIONS] = _settled(config, _parse(config))
    return config.stash[_OPTIONS]


def session(config: pytest.Config) -> Session:
    """The run's session, made once a process and closed with it. Raises pytest.UsageError."""
    if _SESSION not in config.stash:
        from conformance.engine.carrier import UsageProblem
        from conformance.engine.session import prepare

        try:
            config.stash[_SESSION] = made = prepare(options(config))
        except UsageProblem as problem:
            raise pytest.UsageError(str(problem)) from problem
        config.add_cleanup(made.close)
    return config.stash[_SESSION]


# -- options ----------------------------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options of `abi-conformance run`, with `--abi-` before the name, but for those that pytest has."""
    group = parser.getgroup("abi-conformance", "abi-conformance: conformance of function-call runtimes")
    for option in OPTIONS:
        if option.pytest:
            continue
        how: dict[str, Any] = {"metavar": option.metavar, "action": "append" if option.repeatable else "store"}
        how = {**how, "default": None} if option.metavar else {"action": "store_true", "default": False}
        text = f"of 'abi-conformance run' only: {option.explained}" if option.only_run else option.explained
        group.addoption(option.pytest_word, dest=f"abi_{option.key}", help=text.replace("%", "%%"), **how)
    group.addoption(
        "--abi-own-output", dest="abi_own_output", action="store_true", default=False,
        help="show progress and summary of abi-conformance only, as its command line does",
    )  # fmt: skip


def is_active(config: pytest.Config) -> bool:
    """Whether this is a run of the suite: an option of it is given, or the suite itself."""
    given = (config.getoption(option.pytest_word) for option in OPTIONS if not option.pytest)
    if config.option.abi_own_output or any(value not in (None, False) for value in given):
        return True
    return any("conformance.suite" in arg or "conformance/suite" in arg for arg in config.args)


def _given(config: pytest.Config, option: Option) -> Any:
    value = config.getoption(option.pytest_word, None)  # pytest may run without the plugin that has it
    return str(value) if type(value) is int else value  # xdist has read its own


def _parse(config: pytest.Config) -> RunOptions:
    """The options as pytest was given them. Raises pytest.UsageError."""
    given = {option.key: _given(config, option) for option in OPTIONS}
    try:
        asked = RunOptions(**read(OPTIONS, given, attrgetter("pytest_word")))
    except OptionError as error:
        raise pytest.UsageError(str(error)) from error
    for option in OPTIONS:
        if option.only_run and given[option.key] is not None:
            raise pytest.UsageError(f"{option.pytest_word} {option.only_run}")
    return asked


def _settled(config: pytest.Config, asked: RunOptions) -> RunOptions:
    """The seed is drawn once a run; xdist's workers are told it by the controller."""
    if asked.seed is not None:
        return asked
    told: int | None = getattr(config, "workerinput", {}).get(_SEED)
    if told is None:
        told = secrets.randbits(32) if asked.profile == "nightly" else 0
    return replace(asked, seed=told)


# -- a run ------------------------------------------------------------------------------------------------------------


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Prepare a run: everything that can be wrong with the options is said here, and nothing is half-done."""
    if not is_active(config) or config.option.help or getattr(config.option, "version", 0):
        return
    config.add_cleanup(_end_orderly(hasattr(config, "workerinput")))
    asked = options(config)
    gate = _gate(asked)
    try:
        made = session(config)
    except KeyboardInterrupt:
        print("INTERRUPTED: before the first case", file=sys.stderr)
        raise
    gate = _with_shipped(gate, asked, made)
    made.excuse = _excuse(gate, str(made.facts.subject["version"]))
    items = _Items(gate, made.facts.subject["version"], asked.max_failures)
    config.pluginmanager.register(items, "abi-conformance-items")
    if not hasattr(config, "workerinput") and not config.option.collectonly:
        config.pluginmanager.register(_Controller(config, _recorder(config, asked, gate, made)), "abi-conformance-run")


def _end_orderly(worker: bool) -> Callable[[], None]:
    """Has SIGTERM and SIGHUP end a run as Ctrl-C does, with the report of what there is; gives what undoes that.

    The first of them is heard once, so that another does not cut off the report. A worker of xdist leaves it to the
    controller to end it.
    """
    if threading.current_thread() is not threading.main_thread():
        return lambda: None
    signals = (signal.SIGTERM, signal.SIGHUP)

    def interrupt(number: int, frame: object) -> None:  # noqa: ARG001 - what a handler is given
        for heard in signals:
            signal.signal(heard, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.getsignal(number) for number in signals}
    for number in signals:
        if before[number] is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, signal.SIG_IGN if worker else interrupt)

    def undo() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    return undo


def _gate(asked: RunOptions) -> Gate:
    from datetime import UTC, datetime

    from conformance.gate.decide import Gate
    from conformance.gate.files import GateError

    try:
        return Gate.load(asked.waivers, asked.baseline, datetime.now(UTC).date())
    except GateError as error:
        raise pytest.UsageError(str(error)) from error


def _excuse(gate: Gate, version: str) -> Excuse:
    """What the explorer asks of every nonconforming case."""

    def excuse(case: Case, key: str, verdict: str) -> str | None:
        return gate.excuses(key, verdict, version, check=case.check, mode=case.mode)

    return excuse


def _with_shipped(gate: Gate, asked: RunOptions, made: Session) -> Gate:
    from conformance.gate.files import GateError
    from conformance.gate.waivers import NONE

    try:
        return gate.with_shipped(None if asked.waivers == NONE else made.subject.waivers)
    except GateError as error:
        raise pytest.UsageError(str(error)) from error


def _recorder(config: pytest.Config, asked: RunOptions, gate: Gate, made: Session) -> Recorder:
    from conformance.reports import progress, terminal, write
    from conformance.reports.files import ReportError
    from conformance.reports.recorder import Recorder

    try:
        write.prepare_folder(asked)
    except ReportError as error:
        raise pytest.UsageError(str(error)) from error
    listener = progress.Listener()
    if config.option.abi_own_output and not asked.quiet:
        out = terminal.console(progress.own_stdout())
        listener = progress.Live(out) if out.is_terminal else progress.Plain(out)
    return Recorder(asked, made.facts, gate, listener, _store(made))


def _store(made: Session) -> FindingStore:
    verified = 0

    def write(finding: Finding, report_dir: Path) -> tuple[Path, str]:
        nonlocal verified
        from conformance.findings import store, verify

        transport = made.transport
        folder = store.write(finding, made.subject.spec, transport.specs(finding), report_dir, transport.reproducer)
        confirmed = finding.shrink.get("compiles", 0) > 0
        if not confirmed or verified >= verify.MOST_VERIFIED:
            return folder, ""
        verified += 1
        return folder, verify.REMARK if verify.verify(folder) == verify.NOT_SHOWN else ""

    return write


def _outcomes(properties: Iterable[tuple[str, object]]) -> list[Outcome]:
    from conformance.model.outcome import Outcome

    return [Outcome.from_json(json.loads(str(text))) for name, text in properties if name == OUTCOME]


def _is_suite_item(item: pytest.Item) -> bool:
    return (_SUITE_ITEM, "1") in item.user_properties


class _Failures:
    """Counts the checks that failed; each once, on however many pairs. With xdist a worker knows of its own only."""

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._names: set[str] = set()

    def stop(self, item: str, left: Iterable[Outcome]) -> str:
        """Why the run stops after an item that failed, or nothing."""
        self._names |= {outcome.check for outcome in left} or {item}
        enough = self._most is not None and len(self._names) >= self._most
        return f"stopping after {len(self._names)} failures" if enough else ""


class _Items:
    """In every process that runs items: marks the suite's own, and turns excused failures into expected ones."""

    def __init__(self, gate: Gate, version: str, most: int | None) -> None:
        self._gate = gate
        self._version = version
        self._failures = _Failures(most)

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        if getattr(getattr(item, "module", None), "__name__", "").startswith("conformance.suite"):
            item.user_properties.append((_SUITE_ITEM, "1"))

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        # Where no check of a file is selected, pytest puts one skipped item in place of its parameters.
        items[:] = [item for item in items if not (_is_suite_item(item) and "NOTSET" in item.name)]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if report.when == "call" and report.failed:
            left = [outcome for outcome in _outcomes(item.user_properties) if outcome.status != "pass"]
            findings = [finding.to_json() for outcome in left for finding in outcome.findings]
            excuses = [self._gate.excuse(finding, self._version)[0] for finding in findings]
            if excuses and all(excuses) and all(outcome.findings for outcome in left):
                report.outcome = "skipped"
                report.wasxfail = "; ".join(dict.fromkeys(excuse for excuse in excuses if excuse))
        if report.failed and (stop := self._failures.stop(item.nodeid, _outcomes(item.user_properties))):
            item.session.shouldfail = stop
        return report


def _has_a_line(entry: Any) -> bool:
    """Whether pytest can show an entry: Python 3.11 gives none that a signal cut off between two lines a number."""
    try:
        return bool(entry.lineno >= 0)
    except TypeError:
        return False


class _Controller:
    """In the process that reports: gathers, concludes and prints."""

    def __init__(self, config: pytest.Config, recorder: Recorder) -> None:
        self._config = config
        self._recorder = recorder
        self._result: dict[str, Any] | None = None
        self._foreign_failures = False
        self._failures = _Failures(recorder.options.max_failures)
        self._quiet = recorder.options.quiet

    def pytest_report_header(self) -> list[str]:
        facts, asked = self._recorder.facts, self._recorder.options
        compilers = ", ".join(compiler["id"] for compiler in facts.compilers)
        name = f"{facts.subject['name']} {facts.subject['version']} ({facts.subject['convention']})"
        return [f"abi-conformance: {name}; {compilers}; profile {asked.profile}, seed {asked.seed}"]

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput[_SEED] = self._recorder.options.seed

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._recorder.begin(sum(map(_is_suite_item, session.items)))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        self._recorder.begin(len(ids))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        from conformance.reports import junit

        left = _outcomes(report.user_properties)
        ours = bool(left) or any(name == _SUITE_ITEM for name, _ in report.user_properties)
        self._recorder.add(report.nodeid, left)
        kept = [pair for pair in report.user_properties if pair[0] not in (OUTCOME, _SUITE_ITEM)]
        report.user_properties = kept + [pair for outcome in left for pair in junit.properties(outcome)]
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
        if report.failed:
            self._recorder.fault(report.nodeid or "collection", report.longreprtext)

    def pytest_internalerror(self, excrepr: object) -> None:
        self._recorder.fault("pytest", str(excrepr))

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        excinfo.traceback = excinfo.traceback.filter(_has_a_line)
        # pytest and xdist stop themselves by classes made from it, after --maxfail for one; that is no interruption.
        if type(excinfo.value) in (KeyboardInterrupt, pytest.exit.Exception):
            self._recorder.interrupted = True
        else:
            self._recorder.stopped = str(excinfo.value)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        from conformance.reports import progress, terminal

        if self._recorder.interrupted:
            gc.collect()  # hooks that were cut off end here, while pytest's capture is still there for them
        stop = session.shouldfail or session.shouldstop
        if stop and not self._recorder.stopped:
            self._recorder.stopped = str(stop)
        self._result = self._recorder.finish()
        code = self._result["exit_code"]
        if self._foreign_failures and code in (0, 5):
            code = 1
        session.exitstatus = code
        if self._config.option.abi_own_output:
            with suppress(BrokenPipeError), progress.own_stdout() as stream:
                terminal.show(self._result, terminal.console(stream), quiet=self._quiet)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        from conformance.reports import terminal

        if self._result is None or self._config.option.abi_own_output:
            return
        terminalreporter.section("abi-conformance", sep="=")
        text = io.StringIO()
        terminal.show(self._result, terminal.console(text, colour=terminalreporter.hasmarkup), quiet=self._quiet)
        terminalreporter.write(text.getvalue())
