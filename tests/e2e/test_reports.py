"""Pages and sides as CI asks for them: red, waived, green, interrupted, and sides that do not agree."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pytest

from conformance.cli.run import _plugin_name
from tests.e2e.commandline import FOLDER, CommandLine, broken, interrupt, until

pytestmark = pytest.mark.compiler("tcc")

SMALL = ("--compiler", "tcc", "--check", "X0-TYPE", "--max-examples", "2")


def page(cli: CommandLine) -> str:
    text = (cli.cwd / "r.html").read_text()
    assert text.rstrip().endswith("</html>")
    return text


def test_a_red_run_leaves_its_page(cli: CommandLine) -> None:
    ended = cli("run", "--subject", broken("int-for-f64"), *SMALL, "--html", "r.html")
    assert (ended.returncode, ended.stderr) == (1, "")
    assert "NONCONFORMING" in page(cli) and "f64&lt;-i8@0" in page(cli)


def test_a_waived_run_leaves_its_page(cli: CommandLine) -> None:
    args = ("run", "--subject", broken("int-for-f64"), *SMALL)
    assert cli(*args).returncode == 1
    assert cli("waivers", "update").returncode == 0
    file = cli.cwd / "abi-waivers.toml"
    file.write_text(file.read_text().replace('reason = ""', 'reason = "known"'))
    ended = cli(*args, "--html", "r.html")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "WAIVED" in page(cli)


def test_a_green_run_leaves_its_page(cli: CommandLine) -> None:
    assert cli("run", *SMALL, "--html", "r.html").returncode == 0
    assert "CONFORMING" in page(cli)


def test_an_interrupted_run_leaves_its_page(cli: CommandLine) -> None:
    process = cli.start("run", "--compiler", "tcc", "--profile", "nightly", "--html", "r.html")
    until(lambda: (cli.cwd / FOLDER).exists())
    time.sleep(1.0)
    interrupt(process, False)
    process.communicate(timeout=60)
    assert process.returncode == 2
    assert "INTERRUPTED" in page(cli)


def test_pytest_leaves_the_page_of_a_red_run(cli: CommandLine) -> None:
    options = ("--abi-compiler=tcc", "--abi-check=X0-TYPE", "--abi-max-examples=2", "--abi-html=r.html")
    pytest_ = (sys.executable, "-m", "pytest", "-p", _plugin_name(), "-p", "no:cacheprovider", "--pyargs")
    ended = cli.plain(*pytest_, "conformance.suite", f"--abi-subject={broken('int-for-f64')}", *options)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "NONCONFORMING" in page(cli)


@pytest.mark.compiler("gcc")
def test_sides_that_do_not_agree_are_inconclusive_with_the_reason(cli: CommandLine) -> None:
    ended = cli("run", "--pair", "gcc/gcc:-O2 -mabi=ms", "--check", "X0-TYPE", "--max-examples", "1")
    assert ended.returncode == 5, ended.stdout + ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr
    result = json.loads((Path(cli.cwd) / FOLDER / "result.json").read_text())
    (check,) = [check for check in result["checks"] if check["id"] == "X0-TYPE"]
    assert check["status"] == "not-run"
    assert check["why"].startswith("the sides do not agree on plain C calls: a direct call of (i8) -> none by gcc")
    counts = result["counts"]
    assert counts["inconclusive"] == counts["judged"] == counts["generated"] > 0
    assert counts["executed"] == 0


@pytest.mark.compiler("gcc")
def test_sides_that_lay_structures_out_otherwise_are_told_by_their_layouts(cli: CommandLine) -> None:
    ended = cli("run", "--pair", "gcc/gcc:-fpack-struct", "--check", "X0-LAYOUT")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    findings = cli.result()["findings"]
    assert {finding["check"] for finding in findings} == {"X0-LAYOUT"}
    assert "DLTensor-alignment" in {finding["key"].rpartition("::")[2] for finding in findings}
