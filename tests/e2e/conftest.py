"""Every test here has a folder of its own to work in; a cache is shared by all of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.e2e.commandline import CommandLine


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "cache"  # workers' bases lie side by side
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def cli(tmp_path: Path, shared_cache: Path) -> CommandLine:
    (tmp_path / "here").mkdir()
    return CommandLine(tmp_path / "here", shared_cache)
