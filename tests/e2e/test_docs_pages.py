"""What the pages of docs/ say holds: the tutorial is followed, commands are run or at least read, programs run."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click
import pytest

from conformance.cli import root
from conformance.model.option import OptionError, read
from conformance.model.options import OPTIONS
from tests.e2e import pages
from tests.e2e.commandline import CHECKOUT, CommandLine

pytestmark = pytest.mark.skipif(not pages.DOCS.is_dir(), reason="needs the checkout")

EVERY = [CHECKOUT / "README.md", *sorted(pages.DOCS.glob("*.md"))] if pages.DOCS.is_dir() else []


@pytest.mark.compiler("tcc")
def test_the_tutorial_can_be_followed(cli: CommandLine) -> None:
    assert pages.follow(cli, pages.DOCS / "tutorial.md") == 5
    assert (cli.cwd / "installed" / "conformance").is_dir()
    assert (cli.cwd / "junit.xml").is_file()


def test_a_page_that_shows_what_is_not_so_is_told(cli: CommandLine) -> None:
    page = cli.cwd / "page.md"
    page.write_text("Look:\n\n    abi-conformance --version\n\n    abi-conformance, version 0.0.0\n")
    with pytest.raises(AssertionError, match=r"0\.0\.0"):
        pages.follow(cli, page)


def test_a_page_whose_command_ends_otherwise_is_told(cli: CommandLine) -> None:
    page = cli.cwd / "page.md"
    page.write_text("Look:\n\n    abi-conformance --version    # ends with 1\n")
    with pytest.raises(AssertionError, match="--version"):
        pages.follow(cli, page)


@pytest.mark.compiler("tcc")
def test_the_commands_of_the_questions_run(cli: CommandLine) -> None:
    assert pages.follow(cli, pages.DOCS / "faq.md") == 2


@pytest.mark.compiler("tcc")
def test_the_programs_of_the_api_page_run(cli: CommandLine) -> None:
    gate, one_case, own = [step.text for step in pages.steps(pages.DOCS / "api.md") if step.what == "python"]
    (cli.cwd / "abi-conformance.toml").write_text('max-examples = 1\ncheck = ["X0-TYPE"]\ncompiler = ["tcc"]\n')
    manifest = CHECKOUT / "c_fixtures" / "reference" / "subject.toml"
    (cli.cwd / "abi").symlink_to(manifest.parent)
    waived = gate.replace("abi/waivers.toml", "none")
    assert waived != gate
    for program in (waived, one_case):
        ended = cli.plain(sys.executable, "-c", program)
        assert (ended.returncode, ended.stderr) == (0, ""), program
    (cli.cwd / "test_own.py").write_text(own)
    ended = cli.plain(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_own.py")
    assert ended.returncode == 0, ended.stdout


@pytest.mark.parametrize("page", EVERY, ids=lambda path: path.name)
def test_every_command_of_a_page_can_be_read(page: Path) -> None:
    """Its words are options that there are, with values that they take; most of them take minutes to run."""
    for line in pages.commands(page):
        hold(line)


@pytest.mark.parametrize("line", ["rum", "run --no-such-option", "run --seed many", "waivers forget"])
def test_a_command_that_there_is_not_is_told(line: str) -> None:
    with pytest.raises((AssertionError, OptionError, pytest.fail.Exception)):
        hold(f"abi-conformance {line}")


def hold(line: str) -> None:
    """Hold a command against the options that there are."""
    words = shlex.split(line.partition(" | ")[0])
    if words[0] != "abi-conformance" or len(words) == 1:
        return
    command = root.get_command(click.Context(root), words[1])
    assert command is not None, line
    given = _read(command, words[2:], line)
    if words[1] == "run":
        read(OPTIONS, {key: value for key, value in given.items() if key != "stray"})


def _read(command: click.Command, words: list[str], line: str) -> dict[str, object]:
    """The values that a command is given, without running it."""
    if isinstance(command, click.Group):
        below = command.get_command(click.Context(command), words[0])
        assert below is not None, line
        return _read(below, words[1:], line)
    try:
        return command.make_context(command.name, words).params
    except click.ClickException as error:
        pytest.fail(f"{line}: {error.format_message()}")
