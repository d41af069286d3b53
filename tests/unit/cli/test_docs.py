"""The documentation's worked example does what the page says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[3] / "docs" / "subjects.md"
FILES = dict(re.findall(r"\*\*([^*]+)\*\*\n\n```\w+\n(.*?)```\n", PAGE.read_text(encoding="utf-8"), re.DOTALL))


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "conformance", "run", "--subject", "subject.toml", "--compiler", "tcc"]
    checks = ["--check", "X0-ERROR", "--check", "X0-TYPE", "--check", "X0-COUNT", "--check", "X0-NULL"]
    env = {**os.environ, "PYTHONPATH": str(PAGE.parents[1])}  # also where the package is not installed
    return subprocess.run([*argv, *checks], cwd=folder, env=env, text=True, capture_output=True, check=False)


@pytest.fixture
def subject(tmp_path: Path) -> Path:
    for name in ("subject.toml", "rules.toml", "binding.h", "runtime.c"):
        (tmp_path / name).write_text(FILES[name])
    return tmp_path


@pytest.mark.compiler("tcc")
def test_the_first_runtime_fails_as_shown(subject: Path) -> None:
    ended = run(subject)
    assert ended.returncode == 1, ended.stderr
    (finding,) = re.findall(r"^NONCONFORMING  .*?^  replay +\S+ replay", ended.stdout, re.DOTALL | re.MULTILINE)
    shown = "\n".join(line.removeprefix("    ") for line in PAGE.read_text(encoding="utf-8").splitlines())
    assert finding in shown


@pytest.mark.compiler("tcc")
def test_the_mended_runtime_conforms(subject: Path) -> None:
    (subject / "runtime.c").write_text(FILES["runtime.c, mended"])
    ended = run(subject)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert sorted(path.name for path in subject.iterdir() if path.is_dir()) == [".abi-conformance"]
