"""The options of a run as pytest has them: declared with `--abi-` before the name, and read once it has parsed them."""

from __future__ import annotations

import json
import math
import time
from dataclasses import replace
from operator import attrgetter
from typing import Any

import pytest

from conformance.model.option import Option, OptionError, read
from conformance.model.options import OPTIONS, RunOptions

SEED = "abi-seed"
"""Under which name xdist's workers are told the seed."""

COMMAND_LINE = "command line"
"""Where an option came from that was typed."""

DEADLINE = "abi-deadline"
"""Under which name they are told when the run is over."""

WATCHED = "abi-watched"
"""Under which name they are told whether anybody watches how far they come."""


def declare(parser: pytest.Parser) -> None:
    """Declare all options but those that pytest has itself."""
    group = parser.getgroup("abi-conformance", "abi-conformance: conformance of function-call runtimes")
    for option in OPTIONS:
        if option.pytest:
            continue
        how: dict[str, Any] = {"action": "append" if option.repeatable else "store", "metavar": option.metavar}
        how = how if option.metavar else {"action": "store_true"}
        text = f"of 'abi-conformance run' only: {option.explained}" if option.only_run else option.explained
        group.addoption(option.pytest_word, dest=f"abi_{option.key}", help=text.replace("%", "%%"), **how)
    group.addoption(
        "--abi-origins", dest="abi_origins", default="{}",
        help="in which files 'abi-conformance run' found options that were not typed, as JSON",
    )  # fmt: skip
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


def parse(config: pytest.Config) -> RunOptions:
    """The options as pytest was given them. Raises OptionError."""
    given = {option.key: _given(config, option) for option in OPTIONS}
    asked = RunOptions(**read(OPTIONS, given, attrgetter("pytest_word")))
    for option in OPTIONS:
        if option.only_run and given[option.key] is not None:
            raise OptionError(f"{option.pytest_word} {option.only_run}")
    if asked.shard and asked.max_failures:
        raise OptionError("--shard: a part comes to its end, which --max-failures keeps it from; leave one of them out")
    if asked.shard and asked.seed is None and asked.profile == "nightly":
        raise OptionError("--shard: all parts draw from one seed, and nightly's is random; give them the same --seed N")
    return asked


def told(config: pytest.Config) -> dict[str, dict[str, Any]]:
    """The options that were given and decide what a run comes to: value and origin by name."""
    origins = json.loads(config.option.abi_origins)
    return {
        option.name: {"value": value, "from": origins.get(option.key, COMMAND_LINE)}
        for option in OPTIONS
        if option.scope != "report" and not option.pytest
        if (value := _given(config, option)) not in (None, False, [])
    }


def settled(config: pytest.Config, asked: RunOptions) -> RunOptions:
    """The options with a seed, which is drawn once a run: the controller tells it to the workers of xdist."""
    if asked.seed is not None:
        return asked
    told: int | None = getattr(config, "workerinput", {}).get(SEED)
    if told is None:
        import secrets

        told = secrets.randbits(32) if asked.profile == "nightly" else 0
    return replace(asked, seed=told)


def deadline(config: pytest.Config, asked: RunOptions) -> float:
    """When the run is over, on the monotonic clock of the machine: a worker of xdist is told its controller's."""
    told: float | None = getattr(config, "workerinput", {}).get(DEADLINE)
    return told or time.monotonic() + (math.inf if asked.max_time is None else asked.max_time)


def _given(config: pytest.Config, option: Option) -> Any:
    value = config.getoption(option.pytest_word, None)  # pytest may run without the plugin that has it
    return str(value) if type(value) is int else value  # xdist has read its own
