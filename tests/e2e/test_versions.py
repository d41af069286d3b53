"""Releases of a runtime in a package of its own, side by side: installed when they are named, compared, waived."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.e2e.commandline import FOLDER, CommandLine, Ended, one_sentence
from tests.unit.subjects.made import installed, wheel

SUBJECT = """
from dataclasses import replace
from pathlib import Path
from tests.called.broken import TakesAnything
from tests.called.honest import Honest

class Subject({base}):
    def __init__(self):
        super().__init__()
        waivers = Path(__file__).with_name("waivers.toml")
        self.about = replace(self.about, name="acme", version="{version}", waivers=waivers)
"""
WAIVERS = """
[[waiver]]
key = "type::*"
verdict = "silent-wrong"
reason = "not yet"
versions = ">=2"
"""
RELEASES = {"1.0": "Honest", "2.0": "TakesAnything", "3.0": "Honest"}


class Acme:
    """The command line where a package with a subject is installed, and three releases of it can be had."""

    def __init__(self, cli: CommandLine, folder: Path) -> None:
        for version, base in RELEASES.items():
            files = {"abi.py": SUBJECT.format(base=base, version=version), "waivers.toml": WAIVERS}
            wheel(folder / "index", "acme-runtime", version, files=files)
        self.site = installed(folder / "site", "acme-runtime", "1.0", "acme = acme_runtime.abi:Subject")
        self.cli = cli
        self.environment = {
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(folder / "index"),
            "PIP_CONFIG_FILE": os.devnull,
            "PYTHONPATH": os.pathsep.join([cli.environment()["PYTHONPATH"], str(self.site)]),
        }

    def __call__(self, *args: str) -> Ended:
        """A command."""
        return self.cli(*args, env=self.environment)

    def run(self, *args: str, checks: tuple[str, ...] = ("X0-TYPE", "X0-MATCH")) -> Ended:
        """A run of few cases."""
        return self("run", *args, "--max-examples", "1", *(f"--check={check}" for check in checks))


@pytest.fixture
def acme(cli: CommandLine, tmp_path: Path) -> Acme:
    return Acme(cli, tmp_path)


def test_a_worse_release_is_told_and_fails(acme: Acme) -> None:
    ended = acme.run("--subject", "acme==2.0", "--against", "acme==1.0", "--waivers", "none")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    told = ended.stdout.partition("acme==1.0 → acme==2.0")[2]
    assert "note: subject was acme 1.0 and is acme 2.0" in told
    assert "X0-TYPE  type: detected → " in told
    assert "e.g. type::packed::test>python::" in told
    group = acme.cli.result()["groups"][0]
    assert set(group) == {"group", "check", "verdicts", "examples"}
    assert acme.cli.result(f"{FOLDER}/against/result.json")["subject"]["version"] == "1.0"

    mended = acme.run("--subject", "acme==1.0", "--against", "acme==2.0", "--waivers", "none")
    assert mended.returncode == 0, mended.stdout + mended.stderr
    assert "0 worse" in mended.stdout


def test_what_ships_with_a_release_excuses_it_until_it_is_mended(acme: Acme) -> None:
    excused = acme.run("--subject", "acme==2.0", "--no-shrink")
    waived = {finding["waived_by"] for finding in acme.cli.result()["findings"] if finding["verdict"] == "silent-wrong"}
    assert waived == {"waivers.toml, which ships with the subject, waiver 1: not yet"}, excused.stdout + excused.stderr
    assert acme.run("--subject", "acme==1.0").returncode == 0
    stale = acme.run("--subject", "acme==3.0", checks=())
    assert stale.returncode == 1
    assert "tell the subject's maintainers" in stale.stdout
    assert acme.run("--subject", "acme==3.0", "--waivers", "none").returncode == 0


def test_a_witness_tells_in_which_release_a_gap_is_closed(acme: Acme) -> None:
    assert acme.run("--subject", "acme==2.0", "--waivers", "none", checks=("X0-TYPE",)).returncode == 1
    assert acme("waivers", "update").returncode == 0
    file = acme.cli.cwd / "abi-waivers.toml"
    file.write_text(file.read_text().replace('reason = ""', 'reason = "known"'))
    for release, conforms, code in (("2.0", False, 0), ("3.0", True, 1)):
        ended = acme.run("--subject", f"acme=={release}", checks=("X0-MATCH",))
        assert ended.returncode == code, ended.stdout + ended.stderr
        witnesses = acme.cli.result()["gate"]["witnesses"]
        assert {witness["conforms"] for witness in witnesses} == {conforms}
        assert ended.stdout.count(" conforms now; remove it") == (len(witnesses) if conforms else 0)


def test_names_that_cannot_be_had_are_one_sentence(acme: Acme) -> None:
    rows = {row["name"]: row for row in json.loads(acme("list", "subjects", "--json").stdout)}
    assert rows["acme"]["version"] == "1.0"
    assert "the newest are 1.0, 2.0, 3.0" in one_sentence(acme.run("--subject", "acme==4.0"))
    assert "did you mean acme?" in one_sentence(acme.run("--subject", "acne==1.0"))
    assert "name a version of acme" in one_sentence(acme.run("--subject", "acme==1.0", "--against", "reference"))
    assert acme.cli.left() == []
