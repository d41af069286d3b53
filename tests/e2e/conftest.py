"""Every test here has a folder of its own to work in; a cache is shared by the tests of a process."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.commandline import CommandLine


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def cli(tmp_path: Path, shared_cache: Path) -> CommandLine:
    (tmp_path / "here").mkdir()
    return CommandLine(tmp_path / "here", shared_cache)
