"""The commands of the documentation that take a minute each: see tests/e2e/test_usage_pages.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.commandline import CommandLine
from tests.e2e.test_usage_pages import hold, parameters


@pytest.fixture
def cli(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A folder of the test's own, and a cache that the tests here share."""
    cache = tmp_path_factory.getbasetemp() / "cache"
    cache.mkdir(exist_ok=True)
    return CommandLine(tmp_path, cache)


@pytest.mark.parametrize("line", parameters(long=True))
def test_a_long_command_of_a_page_runs(cli: CommandLine, line: str) -> None:
    hold(cli, line)
