"""Empty environments of each Python that is found, the wheel in them, and the small runs that each has to do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.e2e.commandline import BROKEN, Ended

CHECKOUT = Path(__file__).parents[2]
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
FEW = ("--compiler", "tcc", "--check", "X0-TYPE", "--max-examples", "1")

MANIFEST = """
[subject]
name = "broken"
version = "0"
rules = "tvm-packed"

[build]
binding = "../../reference/binding.h"
sources = ["runtime.c"]
"""


def lacking(name: str, sentence: str) -> None:
    """Skip, since something is missing here; or fail, where ABI_REQUIRED (a comma list) has its name."""
    asked = name in os.environ.get("ABI_REQUIRED", "").split(",")
    (pytest.fail if asked else pytest.skip)(f"needs {name}: {sentence}")


def tool(module: str, *argv: str | Path, cwd: Path = CHECKOUT) -> Ended:
    """A program of this environment, which has to end well."""
    return passed(plain([sys.executable, "-m", module, *argv], cwd))


def plain(argv: Sequence[str | Path], cwd: Path, path: str = "", **more: str) -> Ended:
    """Any program, with nothing in its environment by which Python finds this checkout or its packages."""
    dropped = ("PYTHON", "VIRTUAL_ENV", "PYTEST_", "HYPOTHESIS_", "COV_", "UV_PYTHON", "GITHUB_", "ABI_", "CI")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    before = os.pathsep.join(filter(None, (path, kept.get("PATH", ""))))
    return subprocess.run(
        list(map(str, argv)),
        cwd=cwd,
        env={**kept, "PATH": before, **more},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=1800,
    )


def passed(ended: Ended) -> Ended:
    """What has to have ended with 0."""
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended


@cache
def interpreter(version: str) -> Path | None:
    """A Python of that version: on PATH, or among those of pyenv; None where there is none."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    on_path = shutil.which(f"python{version}")
    found = [*([Path(on_path)] if on_path else []), *sorted(pyenv.glob(f"{version}.*/bin/python{version}"))]
    asks = "import sys, venv; print('%d.%d' % sys.version_info[:2])"
    for path in found:  # what pyenv has on PATH may be a stub that starts nothing
        if plain([path, "-c", asks], CHECKOUT).stdout.strip() == version:
            return path
    return None


def newest_python() -> str:
    """The newest version of which there is an interpreter, the newest of all if there is none."""
    return next((version for version in reversed(PYTHONS) if interpreter(version)), PYTHONS[-1])


@dataclass(frozen=True)
class Environment:
    """An environment of one Python with the wheel in it, and a folder to work in."""

    home: Path
    folder: Path

    def run(self, *argv: str | Path, cwd: Path | None = None) -> Ended:
        """A program of the environment."""
        programs = self.home / "bin"
        name, *rest = argv
        cache = str(self.folder / "cache")
        found = programs / name
        return plain([found, *rest], cwd or self.folder, str(programs), ABI_CONFORMANCE_CACHE=cache)

    def versions(self) -> dict[str, str]:
        """What is installed, by the name as it is asked for."""
        asks = "from importlib.metadata import distributions as d; [print(x.name.lower(), x.version) for x in d()]"
        lines = passed(self.run("python", "-c", asks)).stdout.splitlines()
        return {name.replace("_", "-"): version for name, version in map(str.split, lines)}


def make(folder: Path, version: str, wheel: Path, *, lowest: bool = False, extras: Sequence[str] = ()) -> Environment:
    """A fresh environment of a Python with the wheel and what it needs, by its lowest or newest versions; or skips.

    What `extras` need is there by its lowest versions too.
    """
    python = interpreter(version)
    if python is None:
        lacking(f"python{version}", "it is neither on PATH nor among the versions of pyenv")
    home = folder / "venv"
    tool("uv", "venv", "--quiet", "--no-python-downloads", "--python", str(python), home)
    if lowest:  # what is lowest are the requirements that are named, which those of a named wheel are not
        named = [word for extra in extras for word in ("--extra", extra)]
        install(home, "--resolution", "lowest-direct", "-r", CHECKOUT / "pyproject.toml", *named)
        install(home, "--no-deps", wheel)
    else:
        install(home, wheel)
    (folder / "here").mkdir()
    return Environment(home, folder / "here")


def install(home: Path, *what: str | Path) -> None:
    """Install into an environment, with uv."""
    tool("uv", "pip", "install", "--quiet", "--python", home / "bin" / "python", *what)


def small_runs(environment: Environment) -> None:
    """What everyone does first: the version, the doctor, a green run, a red one, and pytest with the plugin."""
    from conformance import __version__

    run = environment.run
    said = passed(run("abi-conformance", "--version")).stdout
    assert __version__ in said
    assert "all that 'abi-conformance run' needs is there" in passed(run("abi-conformance", "doctor")).stdout
    green = passed(run("abi-conformance", "run", *FEW))
    assert "CONFORMING: 1 check passed" in green.stdout and green.stderr == ""

    fixtures = environment.folder / "c_fixtures"
    shutil.copytree(BROKEN.parent / "reference", fixtures / "reference")
    shutil.copytree(BROKEN / "int-for-f64", fixtures / "broken" / "mine")
    subject = fixtures / "broken" / "mine" / "subject.toml"
    subject.write_text(MANIFEST)
    red = run("abi-conformance", "run", "--subject", subject, *FEW)
    assert red.returncode == 1 and red.stderr == "", red.stdout + red.stderr
    assert "NONCONFORMING  X0-TYPE  type::packed::tcc>tcc::f64<-" in red.stdout

    options = [f"--abi-{word[2:]}" if word.startswith("--") else word for word in FEW]
    plugin = ["pytest", "-q", "-p", "no:cacheprovider", "--pyargs", "conformance.suite"]
    assert "CONFORMING: 1 check passed" in passed(run(*plugin, *options)).stdout
    failed = run(*plugin, "--abi-subject", subject, *options)
    assert failed.returncode == 1 and "NONCONFORMING" in failed.stdout, failed.stdout + failed.stderr
