"""The pytest plugin: the options of a run, and what is registered with pytest once there is one.

It does nothing in a run that neither gives one of its options nor collects `conformance.suite`; everything heavier than
this module and the options is imported only then.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from conformance.model.errors import UserError
from conformance.plugin.parser import declare, is_active, parse, settled
from conformance.signals import EARLY, end_in_order

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
        if hasattr(config, "workerinput"):  # a process of xdist ends with it, sooner where nothing is collected before
            config.add_cleanup(gc.freeze)
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
    worker = hasattr(config, "workerinput")
    config.add_cleanup(end_in_order(worker=worker))
    try:
        from conformance.machine import keep_to_a_processor, look
        from conformance.plugin.prepare import register

        look()
        if told := getattr(config, "workerinput", None):
            number = told["workerid"].removeprefix("gw")
            if number.isdecimal():  # where xdist is told to name its processes otherwise, nobody knows which this is
                keep_to_a_processor(int(number), told["workercount"])
        register(config, options(config), lambda: session(config))
    except KeyboardInterrupt:
        if not worker:  # which its controller ends like that
            print(EARLY, file=sys.stderr)
        raise
