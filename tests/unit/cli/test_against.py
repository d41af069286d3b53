from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from conformance.cli import main, run
from conformance.cli.options import command_line

from ..reports.made import FAILED, PASSED, result


class Runs:
    """Two runs that are not made, with what each was given and what each leaves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.argv: list[str] = []
        self.environment: dict[str, str] = {}
        self.given: dict[str, Any] = {}
        self.old, self.new = result(PASSED), result(PASSED)
        self.codes = (0, 0)
        monkeypatch.setattr(subprocess, "run", self._other)
        monkeypatch.setattr(run, "_run", self._this)

    def _other(self, argv: Sequence[str], env: Mapping[str, str], **_: Any) -> Any:
        self.argv, self.environment = list(argv), dict(env)
        self._leave(Path(argv[argv.index("--report-dir") + 1]), self.old)
        return subprocess.CompletedProcess(argv, self.codes[0], "many words\nCONFORMING: all is well\n")

    def _this(self, given: Mapping[str, Any], passed: Sequence[str], origins: object) -> int:
        self.given = {**given, "passed": list(passed)}
        self._leave(Path(given["report_dir"] or ".abi-conformance"), self.new)
        return self.codes[1]

    def _leave(self, folder: Path, made: dict[str, Any]) -> None:
        folder.mkdir(exist_ok=True)
        (folder / "result.json").write_text(json.dumps(made))


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runs:
    monkeypatch.chdir(tmp_path)
    return Runs(monkeypatch)


def test_the_other_does_not_speak_to_github(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert main(["run", "--against", "reference", "--github"]) == 0
    assert "--github" not in runs.argv and "GITHUB_ACTIONS" not in runs.environment
    assert runs.given["github"] is True


def test_both_are_run_alike_and_what_changed_is_told(runs: Runs, capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["run", "--against", "reference", "--check", "X0-*", "--profile", "ci", "-n", "2", "--json", "new.json"]
    assert main([*argv, "--quiet", "--no-shrink", "--", "-k", "x"]) == 0
    other = runs.argv[runs.argv.index("run") :]
    assert other == [
        "run", "--subject", "reference", "--report-dir", ".abi-conformance/against", "--config", "none",
        "--check", "X0-*", "--profile", "ci", "-n", "2", "--no-shrink", "--seed", "0", "--", "-k", "x",
    ]  # fmt: skip
    assert runs.given["seed"] == "0"
    assert runs.given["json"] == "new.json"
    assert runs.given["passed"] == ["-k", "x"]
    assert "against" not in runs.given
    assert capsys.readouterr().out.splitlines() == [
        "reference first, then reference", "CONFORMING: all is well", "", "reference → reference", "nothing changed",
    ]  # fmt: skip
    assert Path(".abi-conformance/.gitignore").exists()


def test_a_random_seed_is_drawn_once(runs: Runs) -> None:
    assert main(["run", "--against", "reference", "--profile", "nightly"]) == 0
    assert runs.given["seed"] == runs.argv[runs.argv.index("--seed") + 1] != "0"


def test_what_got_worse_fails_though_each_run_passes(runs: Runs, capsys: pytest.CaptureFixture[str]) -> None:
    runs.old, runs.new = result(evolve(FAILED, status="pass", findings=())), result(FAILED)
    assert main(["run", "--against", "reference", "--report-dir", "there"]) == 1
    assert "worse  X0-TYPE" in capsys.readouterr().out
    assert main(["run", "--against", "reference", "--report-dir", "there", "--report-only"]) == 0
    assert "worse  X0-TYPE" in capsys.readouterr().out
    runs.old, runs.new = runs.new, runs.old
    assert main(["run", "--against", "reference"]) == 0


@pytest.mark.parametrize(
    ("codes", "code", "compared"),
    [((1, 0), 0, True), ((0, 1), 1, True), ((4, 0), 4, False), ((0, 3), 3, False), ((5, 0), 5, False)],
)
def test_the_exit_code_is_that_of_what_went_wrong(
    codes: tuple[int, int], code: int, compared: bool, runs: Runs, capsys: pytest.CaptureFixture[str]
) -> None:
    runs.codes = codes
    assert main(["run", "--against", "reference"]) == code
    assert ("nothing changed" in capsys.readouterr().out) == compared


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["--subject", "tvm-ffi", "--against", "tvm-c==0.27"], "is another subject; name a version of tvm-ffi"),
        (["--against", "reference==1"], "leave out '==1'"),
        (["--against", "tvm-ffi==0.1"], "name a version of reference"),
        (["--subject", "tvm-fii", "--against", "tvm-fii==1"], "did you mean tvm-ffi?"),
    ],
)
def test_what_cannot_be_compared_is_told_before_anything_runs(
    argv: list[str], says: str, runs: Runs, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", *argv]) == 4
    assert says in capsys.readouterr().err
    assert list(Path().iterdir()) == []


def test_a_manifest_is_compared_with_whatever_one_likes(runs: Runs, tmp_path: Path) -> None:
    (tmp_path / "subject.toml").touch()
    assert main(["run", "--subject", "subject.toml", "--against", "reference"]) == 0


def test_under_pytest_it_is_refused_in_one_sentence(pytester: pytest.Pytester) -> None:
    argv = [sys.executable, "-m", "pytest", "-p", run._plugin_name(), "--abi-against=tvm-ffi==0.1.10"]
    ended = pytester.run(*argv)
    assert ended.ret == 4
    assert "use 'abi-conformance run --against'" in ended.stderr.str()


def test_options_are_typed_as_they_were_given() -> None:
    given = {"compiler": ("gcc:-O3 -m32", "tcc"), "workers": "auto", "no_shrink": True, "quiet": False, "seed": None}
    assert command_line(given) == ["--compiler", "gcc:-O3 -m32", "--compiler", "tcc", "-n", "auto", "--no-shrink"]
