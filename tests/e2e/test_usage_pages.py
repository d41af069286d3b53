"""The commands of docs/usage.md, subjects.md and findings.md are run: of little, on stand-ins for what they name.

Those that take a minute each are run by tests/release/test_usage_pages.py.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from importlib import metadata, util
from pathlib import Path
from typing import Any

import pytest

from conformance.toolchain.build import Toolchain
from conformance.toolchain.cache import Cache
from conformance.toolchain.compilers import resolve, resolve_cxx
from conformance.toolchain.fixtures import root
from conformance.toolchain.jobs import Job
from tests import tvm_releases
from tests.e2e import pages
from tests.e2e.ci import MANIFEST
from tests.e2e.commandline import FOLDER, CommandLine, Ended

pytestmark = [pytest.mark.skipif(not pages.DOCS.is_dir(), reason="needs the checkout"), pytest.mark.compiler("tcc")]

ELSEWHERE = (
    "abi-conformance campaign plan.toml --scheduler tcp://10.0.0.1:8786 --store s3://bucket/nightly",
    "abi-conformance run --subject subject.toml --compiler tcc",
    "abi-conformance run --subject acme-tags",
    "abi-conformance matrix --subject acme-tags",
    "abi-conformance run --subject acme-front-end",
)
"""What test_campaign.py runs, with a scheduler, and tests/unit/cli/test_docs.py, with a package of the page's own."""

LONG = ("--compiler all", "tvm-ffi-cpp", "audit mypackage", "abi-conformance cost ")
"""What takes a minute: every compiler that is found, code against the headers of several releases, costs."""

FAILING = ("audit build/libmine.so", "-mregparm=3")
"""What is told of these fails them: functions trust what they are called with, and a flag changes a convention."""

OPEN = ("'DIRECT-*' --compiler all", "'DIRECT-*' --pair gcc/clang", "built 0.1.", "compat tvm-ffi-cpp")
"""Whether compilers agree on plain calls, and which releases of tvm-ffi work with each other, is theirs to say."""

PLAN = """
store = "results"
[runs.reference]
subjects = ["reference"]
compilers = ["tcc"]
checks = ["X0-TYPE"]
max-examples = 1
"""
MODULE = """
import ctypes, pathlib
ctypes.CDLL(str(pathlib.Path(__file__).with_name("libmine.so")))
"""


def every() -> list[str]:
    """The commands, as the pages have them, each once."""
    found = [line for name in ("usage", "subjects", "findings") for line in pages.commands(pages.DOCS / f"{name}.md")]
    return [line for line in dict.fromkeys(found) if not line.startswith("pip ")]


def compilers(line: str) -> list[str]:
    """The compilers that a command names."""
    words = shlex.split(line)
    values = [words[at + 1] for at, word in enumerate(words) if word in ("--compiler", "--pair")]
    return [each for value in values for each in re.split(r"/(?=\w)|>", value) if each != "all"]


def little(line: str) -> list[str]:
    """The words of a command that makes a thousandth of what the page's makes."""
    program, *words = shlex.split(line)
    if program == "pytest":
        return [program, *words, "--abi-max-examples", "1", "--abi-check", "X0-TYPE", "-p", "no:cacheprovider"]
    if words[0] == "run":
        versions = any(word.endswith("built") for word in words)
        words += [
            "--max-examples",
            "1",
            *(() if "--check" in words else ("--check", "SKEW" if versions else "X0-TYPE")),
        ]
    if words[0] == "compat":
        kept = [word for word in words if word not in ("--html", "versions.html")]
        words = [*kept, "--max-examples", "1", "--shard", "1/40"]
    if words[0] == "campaign":
        words += ["--workers", "1"]
    return [program, *words]


def furnish(cli: CommandLine, line: str) -> None:
    """Put what a command names where it looks for it."""
    here = cli.cwd
    shutil.rmtree(here / "path" / "to")
    (here / "path" / "to").symlink_to(root() / "reference")
    for name in ("acme", "."):
        (here / name).mkdir(exist_ok=True)
        versions = "".join(f'\n[versions."{each}"]\ndefines = []\n' for each in ("1.3", "1.4", "1.5", "2.0"))
        (here / name / "subject.toml").write_text(MANIFEST + versions)
        shutil.copy(root() / "reference" / "binding.h", here / name)
        (here / name / "runtime.c").write_text(f'#include "{root()}/reference/packed.c"\n')
    (here / "plan.toml").write_text(PLAN)
    (here / "other").mkdir()
    (here / "other" / ".venv").symlink_to(sys.prefix)
    if "diff" in line:
        assert cli("run", "--compiler", "tcc", "--check", "X0-TYPE", "--max-examples", "1").returncode == 0
        for place in ("old/result.json", "new/result.json", "OLD.json", "NEW.json"):
            (here / place).parent.mkdir(exist_ok=True)
            shutil.copy(here / FOLDER / "result.json", here / place)


def installed(name: str) -> Path:
    """The folder where a package is; without it the test is skipped."""
    spec = util.find_spec(name)
    if spec is None or spec.origin is None:
        pytest.skip(f"needs {name}")
    return Path(spec.origin).parents[1]


def with_runtimes(cli: CommandLine, line: str) -> str:
    """The command, with the releases, builds and wheels of real runtimes that it names at hand."""
    here = cli.cwd
    if "tvm-ffi" in line:
        installed("tvm_ffi")
    if "tvm-c" in line or "tvm-llvm" in line or line.endswith("audit tvm --subject tvm-ffi"):
        installed("tvm")
        newest = tvm_releases.installed()
        tvm_releases.put_into(cli.cache, newest)
        for version in re.findall(r"0\.2[67]\.0(?:\.post1)?", line):
            if version != newest.version:
                tvm_releases.put_into(cli.cache, tvm_releases.made(here / version, version))
        line = line.replace("VERSION", newest.version).replace("FOLDER", str(newest.folder))
    line = line.replace("VERSION", metadata.version("apache-tvm-ffi")) if "VERSION" in line else line
    if "build/python" in line:
        (here / "build" / "python").mkdir(parents=True)
        for part in installed("tvm_ffi").glob("*tvm_ffi*"):
            (here / "build" / "python" / part.name).symlink_to(part)
    if "dist/x.whl" in line:
        pip = [sys.executable, "-m", "pip", "download", "-qq", "--no-deps", "-d", "dist", "apache-tvm-ffi==0.1.12"]
        ended = cli.plain(*pip)
        if ended.returncode:
            pytest.skip(f"needs a package index: {ended.stderr}")
        (wheel,) = (here / "dist").iterdir()
        line = line.replace("dist/x.whl", f"dist/{wheel.name}")
    if "xgrammar" in line:
        pytest.skip("needs xgrammar, and so PyTorch")
    if "libmine" in line:
        built = Job(resolve("gcc"), "mine", sources=(root() / "audit" / "library.c",))
        put(cli, built, here / "build" / "libmine.so")
    if "mypackage" in line:
        headers = released(cli, "0.1.12")
        source, include, library = root() / "audit" / "typed.cc", headers / "include", headers / "lib" / "libtvm_ffi.so"
        built = Job(resolve_cxx("g++"), "mine", sources=(source,), include=(include,), libraries=(library,))
        put(cli, built, here / "mypackage" / "libmine.so")
        (here / "mypackage" / "__init__.py").write_text(MODULE)
    return line


def put(cli: CommandLine, job: Job, path: Path) -> None:
    """Build a library there."""
    path.parent.mkdir(exist_ok=True)
    shutil.copy(Toolchain(Cache(cli.cache), None, jobs=1).build(job).path, path)


def released(cli: CommandLine, version: str) -> Path:
    """The package of a release of tvm-ffi, installed as a run installs it."""
    first = cli("run", "--subject", f"tvm-ffi=={version}", "--check", "X0-TYPE", "--max-examples", "1", timeout=300)
    if first.returncode == 4 and "package index" in first.stderr:
        pytest.skip(first.stderr)
    (package,) = (cli.cache / "subjects").glob(f"apache-tvm-ffi-{version}-*/tvm_ffi")
    return package


def ran(cli: CommandLine, line: str) -> Ended:
    """What came of a command; where it needs a package index that is not there, the test is skipped."""
    programs = os.environ["PATH"]
    pages.programs(cli)
    furnish(cli, line)
    words = little(with_runtimes(cli, line))
    ended = cli.plain(*words, env={"PATH": f"{cli.cwd / 'bin'}:{programs}", "PYTHONPATH": path(cli)}, timeout=300)
    if ended.returncode == 4 and "package index" in ended.stderr:
        pytest.skip(ended.stderr)
    return ended


def path(cli: CommandLine) -> str:
    """Where modules are looked for: in the folder too, where a module of the user's is."""
    return os.pathsep.join([cli.environment()["PYTHONPATH"], str(cli.cwd)])


def parameters(*, long: bool) -> list[Any]:
    """The commands that are run, the long ones or the others, each with the compilers that it needs."""
    lines = [line for line in every() if line not in ELSEWHERE] if pages.DOCS.is_dir() else []
    lines = [line for line in lines if any(part in line for part in LONG) == long]
    return [pytest.param(line, marks=pytest.mark.compiler(*compilers(line)), id=line[:100]) for line in lines]


def hold(cli: CommandLine, line: str) -> None:
    """Run a command and hold what it ends with against what is due."""
    ended = ran(cli, line)
    due = {0, 1} if any(part in line for part in OPEN) else {int(any(part in line for part in FAILING))}
    assert ended.returncode in due, (ended.args, ended.stdout[-3000:], ended.stderr)
    assert "Traceback" not in ended.stdout + ended.stderr


@pytest.mark.parametrize("line", parameters(long=False))
def test_a_command_of_a_page_runs(cli: CommandLine, line: str) -> None:
    hold(cli, line)


def test_what_another_test_runs_is_still_on_a_page() -> None:
    assert set(every()) >= set(ELSEWHERE)
