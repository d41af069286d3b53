"""The wheel, installed in an environment of its own, does outside the checkout what the checkout does."""

from __future__ import annotations

import site
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.e2e.commandline import CHECKOUT, CommandLine


@pytest.mark.compiler("tcc")
def test_the_wheel_runs_by_itself(cli: CommandLine, tmp_path: Path) -> None:
    pytest.importorskip("hatchling", reason="needs hatchling to build the wheel")
    if not (CHECKOUT / "pyproject.toml").is_file():
        pytest.skip("needs the checkout")
    argv = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")]
    subprocess.run(argv, cwd=CHECKOUT, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {"conformance/py.typed", "conformance/_c_fixtures/reference/packed.c"} <= set(names)
    assert not [name for name in names if "__pycache__" in name or name.startswith("tests/")]

    home = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    pip = [sys.executable, "-m", "pip", "--python", str(home / "bin" / "python"), "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "-q", "--no-index", "--no-deps", str(wheel)], check=True, capture_output=True)
    ours = sysconfig.get_path("purelib", vars={"base": str(home), "platbase": str(home)})
    # What it depends on comes from here; its own code cannot, for these folders hold none of it.
    theirs = [path for path in dict.fromkeys([*site.getsitepackages(), *sys.path]) if path.endswith("site-packages")]
    (Path(ours) / "theirs.pth").write_text("\n".join(theirs) + "\n")

    args = ("run", "--compiler", "tcc", "--max-examples", "1")
    ended = cli.plain(home / "bin" / "abi-conformance", *args, env={"PYTHONPATH": ""})
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout
    assert cli.left() == [".abi-conformance"]
    installed = cli.untimed()
    listed = cli.plain(home / "bin" / "abi-conformance", "list", "subjects", "--json", env={"PYTHONPATH": ""})
    assert str(home) in listed.stdout
    assert cli(*args).returncode == 0
    assert cli.untimed() == installed
