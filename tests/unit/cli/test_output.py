from __future__ import annotations

import click
import pytest

from conformance.cli import extras, main
from conformance.cli.output import table


def test_columns_line_up_and_nothing_is_cut_or_read_as_markup(capsys: pytest.CaptureFixture[str]) -> None:
    long = "x" * 300
    table([("a", "bcd", "last"), ("[bold]", "", long), ("é", "·", "")])
    assert capsys.readouterr().out == f"a       bcd  last\n[bold]       {long}\né       ·\n"


def test_no_rows_are_no_table(capsys: pytest.CaptureFixture[str]) -> None:
    table([])
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("command", ["frame", "inline", "report"])
def test_cost_without_its_extra_says_how_to_get_it(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(extras, "COST", {"capstone": "no_module_of_that_name"})
    assert main(["cost", command]) == 4
    assert "needs capstone; pip install 'capstone>=5.0.2' 'matplotlib" in capsys.readouterr().err


def test_wheels_without_their_extra_say_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    extras.need_compat()
    monkeypatch.setattr(extras, "COMPAT", {"pyelftools": "no_module_of_that_name"})
    with pytest.raises(click.UsageError, match=r"needs pyelftools; pip install 'pyelftools>=0\.33'"):
        extras.need_compat()
