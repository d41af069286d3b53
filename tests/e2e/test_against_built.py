"""`run --against-built`: whether what is built against the last release still works on what runs."""

from __future__ import annotations

import pytest

from conformance.toolchain.fixtures import root
from tests.e2e.commandline import FOLDER, CommandLine, one_sentence

pytestmark = pytest.mark.compiler("tcc")

FIXTURE = root() / "versions"
QUICK = ("--compiler", "tcc", "--max-examples", "1")


def test_a_build_on_which_the_last_release_works_conforms_and_the_other_way_is_asked_for_apart(
    cli: CommandLine,
) -> None:
    ended = cli("run", "--subject", f"{FIXTURE}==1.5", "--against-built", "1.4", *QUICK)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    result = cli.result()
    assert result["pairs"] == [["tcc@1.4", "tcc@1.4"]]
    assert {c["id"]: c["status"] for c in result["checks"] if c["status"] != "not-run"} == {
        "X0-LAYOUT": "pass",
        "SKEW": "pass",
    }
    ended = cli("run", "--subject", f"{FIXTURE}==1.5", "--against-built", "1.4", "--both", *QUICK, timeout=300)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    result = cli.result()
    assert result["pairs"] == [["tcc@1.4", "tcc@1.4"], ["tcc@1.5", "tcc@1.5"]]
    assert {(f["pair"][0], f["case"]["runtime"]) for f in result["findings"]} == {("tcc@1.5", "1.4")}
    finding = result["findings"][0]
    again = cli("replay", finding["id"])
    assert (again.returncode, "do as with all of 1.5" in again.stdout) == (1, True), again.stdout + again.stderr
    assert cli("replay", finding["id"], "--subject", f"{FIXTURE}==1.6").returncode == 0


def test_a_build_that_breaks_what_is_built_against_the_last_release_fails(cli: CommandLine) -> None:
    ended = cli("run", "--subject", f"{FIXTURE}==1.1", "--against-built", "1.0", *QUICK, timeout=300)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    (cli.cwd / FOLDER / "result.json").rename(cli.cwd / "known.json")
    known = ("--baseline", "known.json")
    assert cli("run", "--subject", f"{FIXTURE}==1.1", "--against-built", "1.0", *QUICK, *known).returncode == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--against-built", "1.0"), "what runs says that it is 1.0 too"),
        (("--against-built", "9"), "has no version '9'"),
        (("--against-built", ""), "--against-built is empty"),
        (("--both",), "--both is about a release that --against-built names"),
        (("--against-built", "1.1", "--built", "1.2"), "leave out the other --built options"),
    ],
)
def test_what_cannot_be_meant_is_one_sentence(cli: CommandLine, options: tuple[str, ...], words: str) -> None:
    assert words in one_sentence(cli("run", "--subject", FIXTURE, "--compiler", "tcc", *options))
