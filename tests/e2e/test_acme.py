"""The example of a runtime's repository: green as it is, red after a change of one line, replayed elsewhere."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.e2e.commandline import CHECKOUT, FOLDER, CommandLine

ACME = CHECKOUT / "examples" / "acme"
SMALL = ("--compiler", "tcc", "--max-examples", "1")
CONVERTS = "  return tag == ACME_INT ? (double)value.integer : value.number;"

pytestmark = [
    pytest.mark.compiler("tcc"),
    pytest.mark.skipif(not ACME.is_dir(), reason="needs the checkout"),
]


@pytest.fixture
def acme(cli: CommandLine) -> CommandLine:
    """A command line in a checkout of acme."""
    shutil.copytree(ACME, cli.cwd, dirs_exist_ok=True)
    return cli


def change(folder: Path, old: str, new: str) -> None:
    source = folder / "src" / "acme.c"
    assert source.read_text().count(old) == 1
    source.write_text(source.read_text().replace(old, new))


def test_it_conforms_with_a_waived_gap_and_a_baseline(acme: CommandLine) -> None:
    ended = acme("run", *SMALL)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "waived by  abi/waivers.toml, waiver 1: issue 31" in ended.stdout
    assert "waived by  the baseline abi/baseline.json" in ended.stdout
    assert ended.stdout.splitlines()[-1].startswith("CONFORMING: 16 checks passed, 2 waived, 5 not applicable")


def test_a_change_of_one_line_is_told_as_the_page_shows(acme: CommandLine) -> None:
    change(acme.cwd, CONVERTS, "  return value.number;")
    ended = acme("run", *SMALL, "--check", "X0-COERCE", "--check", "X0-RETURN")
    assert ended.returncode == 1
    page = [line.removeprefix("    ") for line in (ACME / "README.md").read_text().splitlines()]
    start = page.index(next(line for line in page if line.startswith("NONCONFORMING")))
    assert "\n".join(page[start : start + 5]) in ended.stdout
    assert ended.stdout.count("\nNONCONFORMING  ") == 1  # one cause, told once


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "  if (tag == ACME_INT) return 0;",
            "  if (tag <= ACME_FLOAT) return 0;",
            ("X0-TYPE  type::packed::tcc>tcc::i64<-", "required   reject, naming argument 0, before the body runs"),
        ),
        (
            "  if (num_args != expected) return",
            "  if (num_args < expected) return",
            ("X0-COUNT  many::packed::tcc>tcc::", "required   reject"),
        ),
        (
            '  else snprintf(last_error, sizeof last_error, "argument %d: %s", index, what);',
            '  else snprintf(last_error, sizeof last_error, "argument %d: %s", index + 1, what);',
            ("misattributed", "naming argument 1: 'argument 1: expected"),
        ),
    ],
)
def test_other_changes_of_one_line(acme: CommandLine, old: str, new: str, told: tuple[str, ...]) -> None:
    change(acme.cwd, old, new)
    ended = acme("run", *SMALL, "--check", "X0-TYPE", "--check", "X0-COUNT")
    assert ended.returncode == 1
    assert all(words in ended.stdout for words in told), ended.stdout


def test_a_finding_of_a_ci_is_replayed_on_another_machine(acme: CommandLine, tmp_path: Path) -> None:
    change(acme.cwd, CONVERTS, "  return value.number;")
    assert acme("run", *SMALL, "--check", "X0-COERCE").returncode == 1
    finding = next((acme.cwd / FOLDER).glob("*/case.json")).parent.name
    shutil.copy(acme.cwd / FOLDER / "result.json", acme.cwd)
    there = CommandLine(tmp_path / "there", acme.cache)
    acme.cwd.rename(there.cwd)  # what the CI had checked out is nowhere any more
    for place in (f"{FOLDER}/{finding}/case.json", f"{FOLDER}/result.json#{finding}", f"result.json#{finding}"):
        ended = there("replay", place)
        assert (ended.returncode, ended.stderr) == (1, ""), place
        assert ended.stdout.startswith("NONCONFORMING  X0-COERCE  coerce::packed::tcc>tcc::")
