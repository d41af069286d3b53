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
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.model.options import PROFILES, OptionError, RunOptions, parse_pair

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

_TEXTS = {
    "subject": ("SPEC", "the runtime under test: NAME, NAME==VERSION, NAME@PATH, a subject.toml (default: reference)"),
    "profile": ("|".join(PROFILES), "how much is run (default: quick)"),
    "max-examples": ("N", "examples of each property, instead of the profile's"),
    "seed": ("N", "where drawing starts (default: 0; random in nightly)"),
    "report-dir": ("DIR", "where reports and findings go (default: .abi-conformance)"),
    "json": ("PATH", "write the result there too"),
    "html": ("PATH", "write the result as one HTML page"),
    "waivers": ("FILE|none", "known findings with reasons, or none at all (default: abi-waivers.toml if there)"),
    "baseline": ("FILE", "an earlier result: only what it does not have fails the run"),
    "against": ("SPEC", "of 'abi-conformance run' only: another version, and what changed"),
    "max-failures": ("N", "stop after N failing checks"),
}
_LISTS = {
    "compiler": ("SPEC", "gcc, clang-16, tcc, 'gcc:-O3 -m32', dynamic, … (repeatable; default: all found)"),
    "pair": ("CALLER/CALLEE", "compilers of caller and callee (repeatable; default: all pairs)"),
    "check": ("ID", "a check, or a glob over their ids (repeatable; default: all)"),
}
_FLAGS = {"no-shrink": "report findings as they were drawn", "quiet": "only failing checks, findings and the verdict"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options of `abi-conformance run`, with `--abi-` before the name."""
    group = parser.getgroup("abi-conformance", "abi-conformance: conformance of function-call runtimes")
    for name, (metavar, text) in _TEXTS.items():
        group.addoption(f"--abi-{name}", dest=_dest(name), metavar=metavar, default=None, help=text)
    for name, (metavar, text) in _LISTS.items():
        group.addoption(f"--abi-{name}", dest=_dest(name), metavar=metavar, action="append", default=None, help=text)
    for name, text in _FLAGS.items():
        group.addoption(f"--abi-{name}", dest=_dest(name), action="store_true", default=False, help=text)
    group.addoption(
        "--abi-own-output", dest="abi_own_output", action="store_true", default=False,
        help="show progress and summary of abi-conformance only, as its command line does",
    )  # fmt: skip


def _dest(name: str) -> str:
    return "abi_" + name.replace("-", "_")


def _given(config: pytest.Config, name: str) -> Any:
    return getattr(config.option, _dest(name), None)


def is_active(config: pytest.Config) -> bool:
    """Whether this is a run of the suite: an option of it is given, or the suite itself."""
    if config.option.abi_own_output or any(_given(config, name) for name in (*_LISTS, *_FLAGS)):
        return True
    if any(_given(config, name) is not None for name in _TEXTS):
        return True
    return any("conformance.suite" in arg or "conformance/suite" in arg for arg in config.args)


def _refuse_blanks(config: pytest.Config) -> None:
    """An unset variable of a script must not become the default. Raises pytest.UsageError."""
    for name in (*_TEXTS, *_LISTS):
        given = _given(config, name)
        values = given if isinstance(given, list) else [given]
        if any(isinstance(value, str) and not value.strip() for value in values):
            raise pytest.UsageError(f"--abi-{name} is empty; give it a value, or leave it out")


def _parse(config: pytest.Config) -> RunOptions:
    _refuse_blanks(config)
    if _given(config, "against"):
        raise pytest.UsageError(
            "--abi-against takes two runs, and pytest makes one; use 'abi-conformance run --against', or compare two "
            "results with 'abi-conformance diff'"
        )
    try:
        return RunOptions(
            subject=_given(config, "subject") or "reference",
            compilers=tuple(_given(config, "compiler") or ()),
            pairs=tuple(parse_pair(text) for text in _given(config, "pair") or ()),
            checks=_checks(_given(config, "check") or ()),
            profile=_profile(_given(config, "profile") or "quick"),
            max_examples=_number("max-examples", _given(config, "max-examples"), 1),
            seed=_number("seed", _given(config, "seed"), 0),
            shrink=not _given(config, "no-shrink"),
            report_dir=Path(_given(config, "report-dir") or RunOptions.report_dir),
            json=_path(_given(config, "json")),
            html=_path(_given(config, "html")),
            waivers=_path(_given(config, "waivers")),
            baseline=_path(_given(config, "baseline")),
            max_failures=_number("max-failures", _given(config, "max-failures"), 1),
            quiet=bool(_given(config, "quiet")),
        )
    except OptionError as error:
        raise pytest.UsageError(str(error)) from error


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None


def _number(name: str, text: str | int | None, least: int) -> int | None:
    if text is None:
        return None
    with suppress(ValueError):
        if int(text) >= least:
            return int(text)
    raise OptionError(f"--{name} {text}: this is no whole number from {least} up")


def _profile(name: str) -> str:
    if name not in PROFILES:
        raise OptionError(f"--profile {name}: there is no such profile; there are {', '.join(PROFILES)}")
    return name


def _checks(patterns: Iterable[str]) -> tuple[str, ...]:
    from difflib import get_close_matches
    from fnmatch import fnmatchcase

    from conformance.checks import CHECKS

    for pattern in patterns:
        if not any(fnmatchcase(check, pattern) for check in CHECKS):
            near = get_close_matches(pattern.upper(), CHECKS, 1)
            hint = f"did you mean {near[0]}?" if near else "'abi-conformance list checks' shows all"
            raise OptionError(f"--check {pattern}: there is no such check; {hint}")
    return tuple(patterns)


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
