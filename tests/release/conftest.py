"""What a release consists of, built once; these tests run where `dev.py release` asks for them, and nowhere else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.release.environment import CHECKOUT, Environment, make, tool


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    if "ABI_TEST_RELEASE" not in os.environ:
        pytest.skip("builds, installs and takes minutes: python3 dev.py release")


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist and the wheel that is made from it, as `uv build` makes them."""
    folder = tmp_path_factory.mktemp("dist")
    tool("uv", "build", "--quiet", "--out-dir", folder, CHECKOUT)
    return folder


@pytest.fixture(scope="session")
def wheel(dist: Path) -> Path:
    (path,) = dist.glob("*.whl")
    return path


@pytest.fixture(scope="session")
def sdist(dist: Path) -> Path:
    (path,) = dist.glob("*.tar.gz")
    return path


@pytest.fixture
def newest(wheel: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Environment:
    """The wheel with the newest of all that it needs, under the Python that a test names."""
    return make(tmp_path, request.param, wheel)
