"""The small commands: list, explain, matrix, doctor, and what they say to programs."""

from __future__ import annotations

import json

import pytest

from conformance.checks import CHECKS
from conformance.model.case import CLASSES
from conformance.model.verdict import VERDICTS
from tests.e2e.commandline import CommandLine


@pytest.mark.parametrize(
    ("what", "has"),
    [("subjects", "reference"), ("compilers", "tcc"), ("checks", "X0-TYPE"), ("kinds", "i64"), ("rules", "tvm-packed")],
)
def test_list(cli: CommandLine, what: str, has: str) -> None:
    shown = cli("list", what)
    assert (shown.returncode, shown.stderr) == (0, "")
    machine = json.loads(cli("list", what, "--json").stdout)
    names = [row["name"] for row in machine]
    assert has in names
    assert [line.split()[0] for line in shown.stdout.splitlines()] == names


def test_explain(cli: CommandLine) -> None:
    for word in ("X0-TYPE", "x0-type", "silent-wrong", "swap"):
        shown = cli("explain", word)
        assert (shown.returncode, shown.stderr) == (0, "")
        assert "matters" in shown.stdout and "passes" in shown.stdout


def test_everything_can_be_explained(capsys: pytest.CaptureFixture[str]) -> None:
    from conformance.cli import main

    for word in (*CHECKS, *VERDICTS, *CLASSES):
        assert main(["explain", word]) == 0, word
        assert "matters" in capsys.readouterr().out, word


@pytest.mark.compiler("tcc")
def test_matrix(cli: CommandLine) -> None:
    shown = cli("matrix", "--compiler", "tcc")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.splitlines()[0].split()[:3] == ["declared", "int", "uint"]
    cells = json.loads(cli("matrix", "--compiler", "tcc", "--json").stdout)
    assert all(cell["conforms"] for cell in cells)
    assert {cell["observed"] for cell in cells} == {"accept", "reject"}


@pytest.mark.compiler("tcc")
def test_doctor(cli: CommandLine) -> None:
    looked = cli("doctor", "--json")
    lines = json.loads(looked.stdout)
    assert looked.returncode == 0, looked.stdout
    assert {"ok"} == {line["state"] for line in lines if line["name"] in ("python", "compiler tcc", "cache")}


def test_help_and_version(cli: CommandLine) -> None:
    assert cli("--version").stdout.startswith("abi-conformance, version ")
    for args in (("--help",), ("run", "--help"), ()):
        shown = cli(*args)
        assert shown.returncode == 0 and "Usage: abi-conformance" in shown.stdout
