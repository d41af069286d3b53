"""A correct runtime conforms however its codes, slots and errors differ from TVM's; with one mistake it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.commandline import CommandLine
from tests.e2e.variants import VARIANTS

pytestmark = pytest.mark.compiler("tcc")

SMALL = ("--max-examples", "4")


@pytest.mark.parametrize("name", VARIANTS)
def test_a_correct_runtime_conforms(cli: CommandLine, tmp_path: Path, name: str) -> None:
    manifest = VARIANTS[name].write(tmp_path / "variant", broken=False)
    ended = cli("run", "--subject", manifest, "--compiler", "tcc", *SMALL)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    statuses = {check["id"]: check["status"] for check in cli.result()["checks"]}
    assert statuses["X0-MATCH"] == statuses["X0-TYPE"] == statuses[VARIANTS[name].check] == "pass"


@pytest.mark.parametrize("name", VARIANTS)
def test_a_mistake_is_found(cli: CommandLine, tmp_path: Path, name: str) -> None:
    variant = VARIANTS[name]
    manifest = variant.write(tmp_path / "variant", broken=True)
    ended = cli("run", "--subject", manifest, "--compiler", "tcc", "--check", variant.check, *SMALL)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert {finding["check"] for finding in cli.result()["findings"]} == {variant.check}
