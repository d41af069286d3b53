"""What an adapter does wrong after its first call, as the command line tells it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.called import adapters
from tests.e2e.commandline import CommandLine
from tests.unit.subjects.made import installed

QUIET = ("--check", "X0-TYPE", "--max-examples", "1", "--quiet")


@pytest.fixture
def acme(cli: CommandLine, tmp_path: Path) -> CommandLine:
    """A command line beside a package of somebody else's that registers adapters."""
    classes = adapters.WrongOnRejection, adapters.RaisesInLaterDeclare
    entries = "\n".join(f"{one.__name__} = {one.__module__}:{one.__name__}" for one in classes)
    cli.folders = (installed(tmp_path / "site", "acme-adapters", "1.0", entries),)
    return cli


def test_a_reply_that_is_wrong_later_on_is_one_sentence_on_standard_error(acme: CommandLine) -> None:
    ended = acme("run", "--subject", "WrongOnRejection", *QUIET)
    why = "the adapter of the subject 'wrongonrejection' is wrong: `Reply.error` is None, not a text"
    assert (ended.returncode, ended.stderr) == (4, f"ERROR: X0-TYPE test>python: {why}; see docs/subjects.md\n")
    assert "internal" not in ended.stdout


def test_why_nothing_could_be_declared_is_told_however_quiet(acme: CommandLine) -> None:
    ended = acme("run", "--subject", "RaisesInLaterDeclare", *QUIET)
    assert (ended.returncode, ended.stderr) == (5, "")
    told, *_ = [line for line in ended.stdout.splitlines() if line.startswith("  NOT RUN  X0-TYPE")]
    assert told.endswith(" · some bundles cannot be declared: ZeroDivisionError: cannot declare two")
