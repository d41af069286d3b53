"""`run --built` of what TVM emits: by the installed release, run by one that is alike and by one that is not."""

from __future__ import annotations

import json

import pytest

from tests import tvm_releases
from tests.e2e.commandline import FOLDER, CommandLine

pytestmark = [tvm_releases.needs_tvm, pytest.mark.compiler("gcc")]


def skew(cli: CommandLine, subject: str, *options: str, version: str, lacks: str = "") -> tuple[int, str, list[str]]:
    """Exit code, status and verdicts of SKEW on a release whose library may lack a symbol."""
    emitted = tvm_releases.installed()
    tvm_releases.put_into(cli.cache, emitted)
    runtime = tvm_releases.made(cli.cwd / "runtime", version, lacks=lacks)
    ended = cli(
        "run", "--subject", f"{subject}@{runtime.folder}", "--built", emitted.version, "--check", "SKEW",
        "--max-examples", "1", *options, timeout=500,
    )  # fmt: skip
    result = json.loads((cli.cwd / FOLDER / "result.json").read_text("utf-8"))
    check = next(check for check in result["checks"] if check["id"] == "SKEW")
    assert [side.get("built") for side in result["compilers"]] == [None, emitted.version], ended.stdout + ended.stderr
    (pair,) = result["pairs"]
    assert pair[0] == "wire" and pair[1].endswith(f"@{emitted.version}")
    return ended.returncode, check["status"], sorted({finding["verdict"] for finding in result["findings"]})


def test_a_runtime_that_is_alike_conforms(cli: CommandLine) -> None:
    assert skew(cli, "tvm-c", "--compiler", "gcc:-O1", version="98.0") == (0, "pass", [])


def test_a_runtime_that_lacks_a_symbol_does_not_and_its_reproducers_show_it(cli: CommandLine) -> None:
    assert skew(cli, "tvm-llvm", version="99.0", lacks=tvm_releases.NEEDED) == (1, "fail", ["crashed", "unloadable"])
    findings = json.loads((cli.cwd / FOLDER / "result.json").read_text("utf-8"))["findings"]
    died = next(finding for finding in findings if finding["verdict"] == "crashed")
    assert "exited the process with status 127" in died["observed"]
    again = cli("replay", died["id"])
    assert (again.returncode, f"do as with all of {tvm_releases.installed().version}" in again.stdout) == (1, True)


def test_callers_that_are_the_wire_are_built_against_nothing(cli: CommandLine) -> None:
    emitted = tvm_releases.installed()
    tvm_releases.put_into(cli.cache, emitted)
    ended = cli("run", "--subject", f"tvm-llvm=={emitted.version}", "--caller-built", emitted.version)
    assert ended.returncode == 4
    assert "the callers of 'tvm-llvm' are built against no headers; leave out --caller-built" in ended.stderr
