"""A correct runtime conforms however its codes, slots and errors differ from TVM's; with one mistake it does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.commandline import CommandLine
from tests.e2e.variants import VARIANTS

pytestmark = pytest.mark.compiler("tcc")

SMALL = ("--max-examples", "2")
NAMES = [
    pytest.param(name, marks=[pytest.mark.program("g++")] if variant.cpp else []) for name, variant in VARIANTS.items()
]


@pytest.mark.parametrize("name", NAMES)
def test_a_correct_runtime_conforms(cli: CommandLine, tmp_path: Path, name: str) -> None:
    manifest = VARIANTS[name].write(tmp_path / "variant", broken=False)
    ended = cli("run", "--subject", manifest, "--compiler", "tcc", *SMALL)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    statuses = {check["id"]: check["status"] for check in cli.result()["checks"]}
    assert statuses["X0-MATCH"] == statuses["X0-TYPE"] == statuses[VARIANTS[name].check] == "pass"


@pytest.mark.parametrize("name", NAMES)
def test_a_mistake_is_found(cli: CommandLine, tmp_path: Path, name: str) -> None:
    variant = VARIANTS[name]
    manifest = variant.write(tmp_path / "variant", broken=True)
    ended = cli("run", "--subject", manifest, "--compiler", "tcc", "--check", variant.check, *SMALL)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert {finding["check"] for finding in cli.result()["findings"]} == {variant.check}


@pytest.mark.compiler("gcc")
def test_halves_arrive_whoever_calls_and_only_under_their_own_code(cli: CommandLine, tmp_path: Path) -> None:
    manifest = VARIANTS["halves"].write(tmp_path / "variant", broken=False)
    pairs = [word for pair in ("tcc/gcc", "gcc/tcc", "dynamic/tcc", "tcc/dynamic") for word in ("--pair", pair)]
    ended = cli("run", "--subject", manifest, *pairs, *SMALL)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    statuses = {check["id"]: check["status"] for check in cli.result()["checks"]}
    assert {"X0-MATCH", "X0-TYPE", "X1-MATCH"} <= {check for check, status in statuses.items() if status == "pass"}
    ended = cli("matrix", "--subject", manifest, "--compiler", "tcc", "--json")
    cells = [cell for cell in json.loads(ended.stdout) if cell["declared"] == "f16"]
    assert {cell["code_name"]: cell["observed"] for cell in cells if cell["observed"] != "reject"} == {"f16": "accept"}


def test_a_half_that_loses_its_low_bit_is_named(cli: CommandLine, tmp_path: Path) -> None:
    manifest = VARIANTS["halves"].write(tmp_path / "variant", broken=True)
    cli("run", "--subject", manifest, "--compiler", "tcc", "--check", "X0-MATCH", *SMALL)
    keys = {finding["key"] for finding in cli.result()["findings"]}
    assert keys == {f"match::packed::tcc>tcc::match(f16)@{place}" for place in ("0", "ret")}
