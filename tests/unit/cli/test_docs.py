"""The documentation's worked example does what the page says."""

from __future__ import annotations

import os
import re
import shutil
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
    findings = re.findall(r"^NONCONFORMING  .*?^  replay +\S+ replay \w+", ended.stdout, re.DOTALL | re.MULTILINE)
    shown = "\n".join(line.removeprefix("    ") for line in PAGE.read_text(encoding="utf-8").splitlines())
    assert len(findings) == 3
    assert all(finding in shown for finding in findings)


@pytest.mark.compiler("tcc")
def test_the_mended_runtime_conforms(subject: Path) -> None:
    (subject / "runtime.c").write_text(FILES["runtime.c, mended"])
    ended = run(subject)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert sorted(path.name for path in subject.iterdir() if path.is_dir()) == [".abi-conformance"]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package of the page's second part, installed into a folder of its own by pip."""
    source = tmp_path_factory.mktemp("acme-tags")
    names = ("runtime.py", "rules.toml", "subject.py", "packer.py")
    for name in ("pyproject.toml", *(f"acme_tags/{name}" for name in names)):
        (source / name).parent.mkdir(exist_ok=True)
        (source / name).write_text(FILES[name])
    (source / "acme_tags" / "__init__.py").touch()
    target = source / "installed"
    pip = [sys.executable, "-m", "pip", "install", "-qq", "--no-index", "--no-build-isolation", "--no-deps"]
    subprocess.run([*pip, "--target", str(target), str(source)], check=True)
    return target


def called(package: Path, folder: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(package), str(PAGE.parents[1])])}
    full = [sys.executable, "-m", "conformance", *argv]
    return subprocess.run(full, cwd=folder, env=env, text=True, capture_output=True, check=False)


@pytest.mark.compiler("tcc")
def test_a_runtime_in_another_language_conforms(package: Path, tmp_path: Path) -> None:
    lines = FILES["acme_tags/subject.py"].count("\n") + FILES["acme_tags/rules.toml"].count("\n")
    assert lines < 100
    ended = called(package, tmp_path, "run", "--subject", "acme-tags")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "PASS     X0-COERCE" in ended.stdout
    shown = called(package, tmp_path, "matrix", "--subject", "acme-tags")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert shown.stdout.splitlines()[2].split() == ["f64", "~", "=", "·", "·"]
    assert "acme-tags" in called(package, tmp_path, "list", "subjects").stdout


@pytest.mark.compiler("tcc")
def test_a_mistake_in_it_is_found_and_replayed(package: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(package, broken)
    runtime = broken / "acme_tags" / "runtime.py"
    runtime.write_text(runtime.read_text().replace("elif tag != wanted:", "elif tag < wanted:"))
    ended = called(broken, tmp_path, "run", "--subject", "acme-tags")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "NONCONFORMING  X0-TYPE  type::packed::python>acme::i64<-" in ended.stdout
    (found, *_) = re.findall(r"abi-conformance replay (\w+)", ended.stdout)
    assert called(broken, tmp_path, "replay", found).returncode == 1
    assert called(package, tmp_path, "replay", found).returncode == 0


def test_its_front_end_conforms_and_a_mistake_is_found_and_replayed(package: Path, tmp_path: Path) -> None:
    ended = called(package, tmp_path, "run", "--subject", "acme-front-end")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "CONFORMING: 1 check passed" in ended.stdout
    assert "acme-front-end      called" in called(package, tmp_path, "list", "subjects").stdout
    assert "acme-front-end is a packer" in called(package, tmp_path, "matrix", "--subject", "acme-front-end").stderr
    broken = tmp_path / "broken"
    shutil.copytree(package, broken)
    runtime = broken / "acme_tags" / "runtime.py"
    runtime.write_text(runtime.read_text().replace("float: FLOAT", "float: INT"))
    ended = called(broken, tmp_path, "run", "--subject", "acme-front-end")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "NONCONFORMING  X0-MATCH  match::packed::acme>wire::match(f64)@0" in ended.stdout
    assert "argument 0 travels under code 1 where 2 is due" in ended.stdout
    (found,) = re.findall(r"abi-conformance replay (\w+)", ended.stdout)
    assert called(broken, tmp_path, "replay", found).returncode == 1
    assert called(package, tmp_path, "replay", found).returncode == 0
