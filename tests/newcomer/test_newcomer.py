"""A subject for somebody else's runtime, written from docs/subjects.md alone: runtime and adapter are two packages."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.subjects.made import installed

SITE = Path(__file__).with_name("site")
PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"

Ended = subprocess.CompletedProcess[str]
Run = Callable[..., Ended]

pytestmark = pytest.mark.compiler("tcc")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder in which both are installed."""
    folder = tmp_path / "site"
    shutil.copytree(SITE, folder)
    installed(folder, "abi-toy-vm", "0.2", "toy-vm = abi_toy_vm.subject:ToyVm")
    return installed(folder, "toy-vm", "3.10.0")


@pytest.fixture
def command(site: Path, tmp_path: Path) -> Run:
    """`abi-conformance ARGS` where they are installed."""

    def run(*args: str) -> Ended:
        path = os.pathsep.join([str(site), str(Path(__file__).parents[2])])
        argv = [sys.executable, "-m", "conformance", *args]
        env = {**os.environ, "PYTHONPATH": path}
        return subprocess.run(argv, cwd=tmp_path, env=env, text=True, capture_output=True, check=False)

    return run


def edit(file: Path, old: str, new: str) -> None:
    """Replaces what is there once."""
    text = file.read_text()
    assert text.count(old) == 1
    file.write_text(text.replace(old, new))


def test_it_conforms_and_is_listed_with_both_versions(command: Run) -> None:
    (line,) = [line for line in command("list", "subjects").stdout.splitlines() if line.startswith("toy-vm ")]
    assert line.split(maxsplit=3) == [
        "toy-vm", "called", "3.10.0", "The toy virtual machine, by its own invoke; adapter abi-toy-vm 0.2"
    ]  # fmt: skip
    ended = command("run", "--subject", "toy-vm")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "N/A      X0-UNKNOWN      0  the type codes of toy-vm cannot be made to lie" in ended.stdout
    shown = command("matrix", "--subject", "toy-vm")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert shown.stdout.splitlines()[0].split() == ["declared", "int", "float", "text", "nothing"]


@pytest.mark.parametrize(
    ("old", "new", "check", "observed"),
    [
        ('not {given}", index)', 'not {given}", index + 1)', "X0-TYPE", "rejected, naming argument 1: "),
        ("    return results\n", "    return results * 2\n", "X0-RETURN", "the caller finds 2 results ("),
        ("        converted.append(argument)\n", "        converted.append(argument)\n        kept.append(argument)\n",
         "X0-REFS", "the reference counts of what was passed changed by +1"),
    ],
)  # fmt: skip
def test_a_mistake_of_the_runtime_is_found(
    old: str, new: str, check: str, observed: str, site: Path, command: Run
) -> None:
    runtime = site / "toy" / "vm" / "__init__.py"
    edit(runtime, old, new)
    edit(runtime, "class InvokeError", "kept = []\n\n\nclass InvokeError")
    ended = command("run", "--subject", "toy-vm", "--check", check, "--max-examples", "1")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert observed in ended.stdout


def test_a_mistake_of_the_adapter_ends_the_run_with_its_traceback(site: Path, command: Run) -> None:
    adapter = site / "abi_toy_vm" / "subject.py"
    edit(adapter, "vm.invoke(", "vm.call(")
    for ended in (command("run", "--subject", "toy-vm"), command("matrix", "--subject", "toy-vm")):
        assert (ended.returncode, ended.stdout) == (4, "")
        assert "ERROR: the adapter of the subject 'toy-vm' raised in the call of (i32) -> i32:" in ended.stderr
        assert f'File "{adapter}", line ' in ended.stderr
        assert "AttributeError: module 'toy.vm' has no attribute 'call'" in ended.stderr
        assert "conformance/" not in ended.stderr.partition(str(adapter))[2]


def test_a_reply_of_the_wrong_type_is_one_sentence(site: Path, command: Run) -> None:
    edit(site / "abi_toy_vm" / "subject.py", "results=found", "results=list(found)")
    ended = command("run", "--subject", "toy-vm")
    assert ended.returncode == 4
    assert ended.stderr.startswith(
        "ERROR: the adapter of the subject 'toy-vm' is wrong: `Reply.results` is [Value(kind="
    )
    assert ended.stderr.strip().endswith("(of the type list), not a tuple of Value, or None; see docs/subjects.md")


def test_a_runtime_in_an_environment_of_its_own_is_found(site: Path, command: Run, tmp_path: Path) -> None:
    inside = tmp_path / "venv" / "lib" / PYTHON / "site-packages"
    shutil.copytree(site / "toy", inside / "toy")
    (tmp_path / "venv" / "pyvenv.cfg").touch()
    edit(inside / "toy" / "vm" / "__init__.py", 'not {given}", index)', 'not {given}")')
    ended = command("run", "--subject", "toy-vm@venv", "--check", "X0-TYPE", "--max-examples", "1")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "rejected, naming no argument" in ended.stdout
