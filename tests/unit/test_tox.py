"""tox.ini as tox itself reads it: an environment a compiler, a sanitizer, a target, a runtime and a Python."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.model.target import TARGETS
from conformance.toolchain.every import every_program

ROOT = Path(__file__).parents[2]


def tox(*argv: str) -> str:
    command = [sys.executable, "-m", "tox", *argv]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def commands(*argv: str) -> dict[str, list[str]]:
    """The words of the command of each environment, by name."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in tox("config", "-k", "commands", *argv).splitlines():
        if line.startswith("[testenv:"):
            name = line.removeprefix("[testenv:").removesuffix("]")
        elif line.startswith("commands = "):
            found[name] = shlex.split(line.removeprefix("commands = "))
    return found


def test_a_label_for_each_axis() -> None:
    compilers = commands("-m", "compilers")
    assert {"gcc-11", "gcc-12", "clang-16", "clang-19", "tcc", "pcc", "chibicc", "zig", "cxx"} <= set(compilers)
    assert compilers["cxx"][:6] == ["abi-conformance", "run", "--subject", "reference-cxx", "--compiler", "g++"]
    assert compilers["clang-16"][:4] == ["abi-conformance", "run", "--compiler", "clang-16"]
    targets = commands("-m", "targets")
    assert set(targets) == {"m32", *(name for name, target in TARGETS.items() if target.emulator)}
    assert targets["m32"][3] == "gcc:-O2 -m32"
    assert targets["s390x"][3] == "s390x-linux-gnu-gcc-12"
    for name, words in targets.items():
        if name != "m32":
            assert words[3] == f"{TARGETS[name].triple}-gcc-12"
    sanitizers = commands("-m", "sanitizers")
    assert {name: words[3].partition("=")[2] for name, words in sanitizers.items()} == {
        "asan": "address",
        "ubsan": "undefined",
        "msan": "memory",
    }
    assert set(commands("-m", "runtimes")) == {"tvm-ffi", "tvm-ffi-cpp", "tvm-llvm", "tvm-c"}
    assert set(commands("-m", "pythons")) == {"py311", "py312", "py313", "py314"}


@pytest.mark.parametrize("name", ["gcc12-clang16", "tcc-gcc11", "clang13-zig"])
def test_compilers_are_factors(name: str) -> None:
    (words,) = commands("-e", name).values()
    assert words[:4] == ["python", "dev.py", "pair", name]


@pytest.mark.compiler("gcc", "tcc")
def test_a_pair_of_factors_is_run_both_ways(tmp_path: Path) -> None:
    name = next((program.name for program in every_program() if program.name.startswith("gcc-")), "gcc")
    factors = f"tcc-{name.replace('-', '')}"
    argv = ["dev.py", "pair", factors, "--check", "X0-LAYOUT", "--json", str(tmp_path / "r.json")]
    more = ["--report-dir", str(tmp_path / "report")]
    ended = subprocess.run([sys.executable, *argv, *more], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    pairs = json.loads((tmp_path / "r.json").read_text())["pairs"]
    assert sorted(map(tuple, pairs)) == [(f"{name}-O2", "tcc"), ("tcc", f"{name}-O2")]


def test_a_factor_that_is_missing_fails_with_its_package() -> None:
    ended = subprocess.run(
        [sys.executable, "dev.py", "pair", "tcc-gcc99"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 4
    assert "gcc-99 is not installed; run apt install gcc-99" in ended.stderr
