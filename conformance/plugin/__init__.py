"""The pytest plugin: the options of a run, and what is registered with pytest once there is one.

It does nothing in a run that neither gives one of its options nor collects `conformance.suite`; everything heavier than
this module and the options is imported only then.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from conformance.model.errors import UserError
from conformance.plugin.parser import declare, is_active, parse, settled

if TYPE_CHECKING:
    from conformance.engine.session import Session
    from conformance.model.options import RunOptions

_OPTIONS = pytest.StashKey["RunOptions"]()
_SESSION = pytest.StashKey["Session"]()


@contextmanager
def _told_by_pytest() -> Iterator[None]:
    """What the user can mend becomes pytest's own usage error, which is told in one sentence and ends with 4."""
    try:
        yield
    except UserError as error:
        raise pytest.UsageError(str(error)) from error


@_told_by_pytest()
def options(config: pytest.Config) -> RunOptions:
    """The options of this run, with the seed settled. Raises pytest.UsageError."""
    if _OPTIONS not in config.stash:
        config.stash[_OPTIONS] = settled(config, parse(config))
    return config.stash[_OPTIONS]


@_told_by_pytest()
def session(config: pytest.Config) -> Session:
    """The run's session, made once a process and closed with it. Raises pytest.UsageError."""
    if _SESSION not in config.stash:
        from conformance.engine.session import prepare

        config.stash[_SESSION] = prepared = prepare(options(config))
        config.add_cleanup(prepared.close)
    return config.stash[_SESSION]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options of `abi-conformance run`, with `--abi-` before the name."""
    declare(parser)


@pytest.hookimpl(tryfirst=True)
@_told_by_pytest()
def pytest_configure(config: pytest.Config) -> None:
    """Prepare a run: everything that can be wrong with the options is said here, and nothing is half-done."""
    if not is_active(config) or config.option.help or getattr(config.option, "version", 0):
        return
    config.add_cleanup(_end_orderly(hasattr(config, "workerinput")))
    try:
        from conformance.plugin.prepare import register

        register(config, options(config), lambda: session(config))
    except KeyboardInterrupt:
        print("INTERRUPTED: before the first case", file=sys.stderr)
        raise


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
