"""The command line and pytest know the same options, read them alike, and refuse a blank value of any."""

from __future__ import annotations

import re
from typing import Any

import pytest

from conformance.cli import main, run
from conformance.model.option import Option, OptionError, read
from conformance.model.options import OPTIONS, RunOptions
from conformance.plugin import parser

WITH_VALUE = [option for option in OPTIONS if option.metavar]
OF_A_RUN = [option for option in OPTIONS if option.field]
SAMPLES = {"generic|compiled|both": "generic", "covering|full": "covering",
           "SPEC": "tcc", "CALLER/CALLEE": "gcc/tcc", "ID": "X0-*", "quick|ci|nightly": "ci", "N": "7", "T": "5m",
           "K/N": "2/5", "N|auto": "2", "NAME=PATH": "html=page.html",
           "packed/1|unpacked/1|tensor/1": "packed/1"}  # fmt: skip
FROM_RUN = {"--abi-own-output", "--abi-origins"}


def name(option: Option) -> str:
    return option.name


def sample(option: Option) -> str:
    return SAMPLES.get(option.metavar, "some")


def typed(option: Option, word: str) -> list[str]:
    """An option as one types it; one that can be repeated twice."""
    return [f"{word}={sample(option)}"] * (1 + option.repeatable) if option.metavar else [word]


class Ways:
    """What both ways make of their arguments, without a run."""

    def __init__(self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
        self._pytester = pytester
        self._given: list[dict[str, Any]] = []
        monkeypatch.setattr(run, "_run", self._keep)

    def _keep(self, given: dict[str, Any], passed: object, origins: object) -> int:
        self._given.append(given)
        return 0

    def command(self, *args: str) -> RunOptions:
        """The options of `abi-conformance run ARGS`."""
        assert main(["run", *args]) == 0
        return RunOptions(**read(OPTIONS, self._given[-1]))

    def pytest(self, *args: str) -> RunOptions:
        """The options of `pytest ARGS`, the seed not yet settled."""
        return parser.parse(self._pytester.parseconfig("-p", run._plugin_name(), *args))

    def handed(self) -> RunOptions:
        """The options that pytest reads when the command hands it what it was given last."""
        return self.pytest(*(arg for arg in run.arguments(self._given[-1], own=True) if arg.startswith("--abi-")))


@pytest.fixture
def ways(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Ways:
    return Ways(pytester, monkeypatch)


def words(text: str) -> set[str]:
    """The long options that a help text declares."""
    return set(re.findall(r"^ +(?:-\w, )?(--[a-z-]+|-n\b)", text, re.MULTILINE))


def test_both_declare_the_same_options(pytester: pytest.Pytester, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--help"]) == 0
    assert words(capsys.readouterr().out) == {option.run_word for option in OPTIONS} | {"--help"}
    pytester.runpytest_inprocess("-p", run._plugin_name(), "--help")
    declared = {word for word in words(capsys.readouterr().out) if word.startswith("--abi-")}
    assert declared == {option.pytest_word for option in OPTIONS if not option.pytest} | FROM_RUN


def test_both_have_the_same_defaults(ways: Ways) -> None:
    assert ways.command() == ways.pytest() == ways.handed() == RunOptions()


@pytest.mark.parametrize("option", OF_A_RUN, ids=name)
def test_both_read_an_option_alike(option: Option, ways: Ways) -> None:
    asked = ways.command(*typed(option, option.run_word))
    assert asked == ways.pytest(*typed(option, option.pytest_word)) == ways.handed()
    assert getattr(asked, option.field) != option.default


@pytest.mark.parametrize("option", WITH_VALUE, ids=name)
@pytest.mark.parametrize("blank", ["", "  "])
def test_a_blank_value_is_refused_by_the_command(
    option: Option, blank: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for args in ([option.run_word, blank], *([[f"{option.run_word}={blank}"]] if option.run_word != "-n" else [])):
        assert main(["run", *args]) == 4
        said = capsys.readouterr()
        assert said.err == f"ERROR: {option.run_word} is empty; give it a value, or leave it out\n"
        assert not said.out


@pytest.mark.parametrize("option", WITH_VALUE, ids=name)
@pytest.mark.parametrize("blank", ["", "  "])
def test_a_blank_value_is_refused_by_pytest(option: Option, blank: str, ways: Ways) -> None:
    if option.pytest == "--numprocesses":
        says = "invalid parse_numprocesses value"  # of xdist, before the plugin is asked
    else:
        says = f"^{option.pytest_word} is empty; give it a value, or leave it out$"
    with pytest.raises((OptionError, pytest.UsageError), match=says):
        ways.pytest(f"{option.pytest_word}={blank}")


@pytest.mark.parametrize("option", [option for option in OPTIONS if option.only_run], ids=name)
def test_what_pytest_cannot_have_says_why(option: Option, ways: Ways) -> None:
    with pytest.raises(OptionError, match=f"{option.pytest_word} {option.only_run}"):
        ways.pytest(*typed(option, option.pytest_word))


@pytest.mark.parametrize(
    ("args", "word"),
    [
        (("matrix", "--subject", ""), "--subject"),
        (("matrix", "--pair", "tcc"), "--pair tcc"),
        (("replay", "c7f3a1", "--report-dir="), "--report-dir"),
        (("waivers", "prune", "--waivers", " "), "--waivers"),
        (("cost", "frame", "--compiler", ""), "--compiler"),
    ],
)
def test_commands_that_share_options_refuse_what_run_refuses(
    args: tuple[str, ...], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(args) == 4
    assert capsys.readouterr().err.startswith(f"ERROR: {word}")
