"""Sides for other targets: 32 bits on this kernel, little and big endian in an emulator, as users run them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from conformance.model.case import Case
from conformance.toolchain.fixtures import root
from tests.e2e.commandline import CommandLine

I386, ARMHF, S390X = "gcc:-m32", "arm-linux-gnueabihf-gcc-12", "s390x-linux-gnu-gcc-12"
TARGETS = [pytest.param(spec, marks=pytest.mark.compiler(spec), id=spec) for spec in (I386, ARMHF, S390X)]
SMALL = ("--max-examples", "1")
BROKEN = root() / "broken"


@pytest.mark.parametrize("spec", TARGETS)
def test_the_reference_conforms_on_every_target(cli: CommandLine, spec: str) -> None:
    ended = cli("run", "--compiler", spec, *SMALL, "--json", "r.json")
    assert ended.returncode == 0, ended.stdout[-2000:]
    result = json.loads((cli.cwd / "r.json").read_text())
    came = {check["id"]: check["status"] for check in result["checks"]}
    assert came.pop("DIRECT-PAIR") == "not-run"  # nobody asked for it
    assert came.pop("SKEW") == "not-applicable"  # one version
    assert {check for check, status in came.items() if status != "pass"} == {"X0-REFS", "PAIR", "DYNAMIC", "X0-COERCE"}
    assert {came[check] for check in came if came[check] != "pass"} == {"not-applicable"}
    assert result["counts"]["inconclusive"] == 0
    why = next(check["why"] for check in result["checks"] if check["id"] == "DYNAMIC")
    assert "Python is of another target" in why


@pytest.mark.compiler(S390X)
def test_x1_narrowing_is_latent_here_and_silently_wrong_on_big_endian(cli: CommandLine) -> None:
    groups = []
    for number, spec in enumerate(("tcc", S390X)):
        ended = cli("run", "--check", "X1-SILENT", "--compiler", spec, *SMALL, "--json", f"{number}.json")
        assert ended.returncode == 0, ended.stdout[-2000:]
        found = json.loads((cli.cwd / f"{number}.json").read_text())["groups"]
        groups.append({group["group"]: group["verdicts"] for group in found})
    here, there = groups
    assert here.keys() == there.keys()  # a group has no pair: keys differ in nothing else
    narrow = "width::unpacked::i8<-i32"
    assert here[narrow]["silent-equal"] == there[narrow]["silent-wrong"] - here[narrow]["silent-wrong"] > 0
    assert "silent-equal" not in there[narrow]


@pytest.fixture
def red(cli: CommandLine) -> Any:
    """Runs a broken subject with all reports; gives the result and the command line."""

    def run(subject: str, spec: str, *more: str) -> dict[str, Any]:
        reports = ("--html", "r.html", "--junit", "r.xml", "--json", "r.json", "--sarif", "r.sarif")
        ended = cli("run", "--subject", str(BROKEN / subject), "--compiler", spec, *SMALL, *reports, *more)
        assert ended.stderr == ""
        result: dict[str, Any] = json.loads((cli.cwd / "r.json").read_text())
        assert ended.returncode == result["exit_code"]
        return result

    return run


@pytest.mark.parametrize("spec", [TARGETS[0], TARGETS[2]])
def test_a_red_run_elsewhere_has_reports_a_replay_and_a_reproducer(cli: CommandLine, red: Any, spec: str) -> None:
    result = red("int-for-f64", spec, "--check", "X0-TYPE")
    assert result["exit_code"] == 1
    assert "int-for-f64" in (cli.cwd / "r.html").read_text()
    assert ET.parse(cli.cwd / "r.xml").getroot()[0].get("failures") == "1"
    finding = result["findings"][0]
    assert Case.from_json(finding["case"]).id == finding["id"]
    assert cli("replay", finding["id"]).returncode == 1
    folder = cli.cwd / finding["reproducer"]
    made = subprocess.run(["make", "-s", "check"], cwd=folder, capture_output=True, text=True, check=False)
    assert "NONCONFORMING: the call was accepted" in made.stdout, made.stderr[-500:]
    assert cli("waivers", "update", "--waivers", "w.toml").returncode == 0
    waivers = cli.cwd / "w.toml"
    waivers.write_text(re.sub(r'reason = ""[^\n]*', 'reason = "known"', waivers.read_text()))
    assert red("int-for-f64", spec, "--check", "X0-TYPE", "--waivers", "w.toml")["exit_code"] == 0


@pytest.mark.compiler(I386, S390X)
@pytest.mark.parametrize(
    ("subject", "shows", "hides"), [("i32-by-memcpy", S390X, ("tcc", I386)), ("i64-through-long", I386, ("tcc", S390X))]
)
def test_what_one_kind_of_target_shows_turns_red_there_alone(
    red: Any, subject: str, shows: str, hides: tuple[str, ...]
) -> None:
    assert red(subject, shows, "--check", "X0-MATCH", "--no-shrink")["exit_code"] == 1
    for spec in hides:
        assert red(subject, spec, "--check", "X0-MATCH")["exit_code"] == 0


@pytest.mark.compiler(S390X)
def test_a_stack_that_ran_out_is_told_in_an_emulator_as_at_home(red: Any) -> None:
    told = []
    for spec in ("tcc", S390X):
        result = red("recurses", spec, "--check", "X0-NULL", "--no-shrink")
        told.append({(finding["verdict"], finding["observed"]) for finding in result["findings"]})
    assert any("as the stack ran out" in observed for _, observed in told[1]), told[1]
    assert told[0] == told[1]


@pytest.mark.compiler(S390X)
def test_sides_of_two_targets_cannot_call_each_other(cli: CommandLine) -> None:
    ended = cli("run", "--pair", f"{S390X}/tcc", *SMALL)
    assert ended.returncode == 4
    assert ended.stderr.strip().count("\n") == 0
    assert "s390x code cannot call x86-64 code" in ended.stderr


@pytest.mark.compiler(S390X)
def test_a_run_of_two_targets_pairs_each_with_its_own(cli: CommandLine) -> None:
    ended = cli("run", "--compiler", "tcc", "--compiler", S390X, "--check", "X0-LAYOUT", "--json", "r.json")
    assert ended.returncode == 0
    pairs = json.loads((cli.cwd / "r.json").read_text())["pairs"]
    assert [len(set(pair)) for pair in pairs] == [1, 1]


@pytest.mark.compiler(S390X)
def test_a_missing_emulator_is_told_with_its_package(
    cli: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = shutil.which(S390X)
    assert found is not None
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / S390X).symlink_to(found)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    ended = cli("run", "--compiler", S390X, *SMALL)
    assert ended.returncode == 4
    assert "qemu-s390x-static is not installed; run apt install qemu-user-static" in ended.stderr
