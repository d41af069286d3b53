"""`compat`: what code is built against by what runs, over the versions of a manifest."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import conformance.compat
from conformance.toolchain.fixtures import root
from tests.e2e.commandline import CommandLine, Ended, children, interrupt, one_sentence, until

pytestmark = pytest.mark.compiler("tcc")

FIXTURE = root() / "versions"
SCHEMA = Path(conformance.compat.__file__).parent / "schema" / "compat-1.json"
QUICK = ("--compiler", "tcc", "--max-examples", "1")
FOLDER = Path(".abi-conformance/compat")
RAN = re.compile(r"^\[\d+/\d+\] (.*?)  ", re.MULTILINE)


def compat(cli: CommandLine, versions: str, *options: str | Path, subject: Path = FIXTURE) -> Ended:
    return cli("compat", subject, "--versions", versions, *QUICK, *options, timeout=600)


def told(cli: CommandLine) -> dict[str, Any]:
    """The matrices of the last call, held against the schema that ships."""
    document: dict[str, Any] = json.loads((cli.cwd / FOLDER / "compat.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text())).validate(document)
    return document


def statuses(matrix: list[list[dict[str, Any]]]) -> list[list[str]]:
    return [[cell["status"] for cell in row] for row in matrix]


CHANGES = {
    "a member": (">=1.0,<=1.1", "type", ("breaks", "breaks", "runtime", "works")),
    "a code": (">=1.1,<=1.2", "match", ("works", "works", "breaks", "breaks")),
    "a count": (">=1.2,<=1.3", "match", ("breaks", "breaks", "works", "runtime")),
    "a table": (">=1.3,<=1.4", "type", ("breaks", "breaks", "breaks", "breaks")),
    "an owner": (">=1.4,<=1.5", "type", ("works", "breaks", "works", "works")),
}
"""What a version changes: the two versions, a class of calls that tells it, and what comes of the cells that mix them.

These are the older on the newer, the newer on the older, older callers with newer callees and the other way round.
"""


@pytest.mark.parametrize("what", CHANGES)
def test_what_a_version_changes_is_told_in_its_cells_by_cause(cli: CommandLine, what: str) -> None:
    versions, cls, wanted = CHANGES[what]
    ended = compat(cli, versions)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    document = told(cli)
    assert [release["version"] for release in document["releases"]] == re.findall(r"[\d.]+", versions)
    (first, older_on_newer), (newer_on_older, last) = statuses(document["on_runtimes"])
    (_, older_calls_newer), (newer_calls_older, _) = statuses(document["between_sides"])
    assert (older_on_newer, newer_on_older, older_calls_newer, newer_calls_older) == wanted
    assert (first, last) == ("works", "works")
    assert cls in {cause["key"].partition("::")[0] for cause in _causes(document)}
    for cause in _causes(document):
        assert cause["required"].startswith("do as with all of ")
        assert cause["id"] in cause["replay"]
        assert (cli.cwd / cause["reproducer"] / "Makefile").is_file()


def _causes(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The causes of all cells."""
    return [cause for rows in (document["on_runtimes"], document["between_sides"]) for row in rows for cell in row
            for cause in cell["causes"]]  # fmt: skip


class Cells(HTMLParser):
    """The cells of a page's heat maps, and the places that its links and they name."""

    def __init__(self) -> None:
        super().__init__()
        self.titles: list[str] = []
        self.links: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.ids.add(found.get("id") or "")
        if tag == "td" and found.get("title"):
            self.titles.append(str(found["title"]))
        if tag == "a":
            self.links.append(str(found["href"]))


def test_a_version_that_changes_nothing_is_green_everywhere_and_no_cell_runs_twice(cli: CommandLine) -> None:
    ended = compat(cli, ">=1.5", "--shard", "1/2", "--html", "page.html", "--json", "too.json")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    first = told(cli)
    assert (first["complete"], first["exit_code"]) == (False, 0)
    assert "not run" in ended.stdout
    assert json.loads((cli.cwd / "too.json").read_text()) == first
    ran = RAN.findall(ended.stderr)
    ended = compat(cli, ">=1.5")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    ran += RAN.findall(ended.stderr)
    wanted = ["1.5 on 1.5", "1.5 on 1.6", "1.6 on 1.5", "1.6 on 1.6", "1.5 calls 1.6 on 1.6", "1.6 calls 1.5 on 1.6"]
    assert sorted(ran) == sorted(wanted)
    whole = told(cli)
    assert whole["complete"] and whole["causes"] == []
    assert statuses(whole["on_runtimes"]) == statuses(whole["between_sides"]) == [["works"] * 2] * 2
    assert all(cell["cases"] > 1000 for row in whole["on_runtimes"] for cell in row)
    assert [each["may_declare"] for each in whole["ranges"]] == [">=1.5,<=1.6"] * 2
    assert "code built against 1.5 may declare >=1.5,<=1.6" in ended.stdout
    assert "NO BREAK: 6 of 6 cells work" in ended.stdout
    again = compat(cli, ">=1.5", "--html", "page.html")
    assert (again.returncode, RAN.findall(again.stderr)) == (0, [])
    page = Cells()
    page.feed((cli.cwd / "page.html").read_text("utf-8"))
    assert {title.partition(":")[0] for title in page.titles} == set(wanted)
    assert len(page.titles) == 8
    assert {link.removeprefix("#") for link in page.links} <= page.ids


def test_what_is_edited_runs_again(cli: CommandLine, tmp_path: Path) -> None:
    subject = tmp_path / "subject"
    shutil.copytree(FIXTURE, subject)
    assert compat(cli, "==1.5,==1.5", subject=subject).returncode == 4
    assert len(RAN.findall(compat(cli, ">=1.5", subject=subject).stderr)) == 6
    runtime = subject / "runtime.c"
    runtime.write_text(runtime.read_text() + "\n/* edited */\n")
    assert len(RAN.findall(compat(cli, ">=1.5", subject=subject).stderr)) == 6


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_is_done_is_kept_when_it_is_interrupted(cli: CommandLine, number: signal.Signals) -> None:
    process = cli.start("compat", FIXTURE, "--versions", ">=1.5", *QUICK, "-n", "1")
    kept = (cli.cwd / FOLDER).glob
    until(lambda: len(list(kept("cells/*/cell.json"))) >= 2, 60)
    below = [pid for pid, _ in children(process.pid)]
    interrupt(process, group=False, number=number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2, err
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in below))
    document = told(cli)
    assert (document["complete"], document["exit_code"]) == (False, 2)
    done = len(list(kept("cells/*/cell.json")))
    assert 2 <= done < 6
    assert done - len(RAN.findall(err)) in (0, 1)  # it may end between keeping a cell and telling of it
    ended = compat(cli, ">=1.5")
    assert ended.returncode == 0
    assert len(RAN.findall(ended.stderr)) == 6 - done
    assert told(cli)["complete"]


def cell_of(pid: int) -> list[int]:
    """The process that runs a cell."""
    return [child for child, words in children(pid) if " -m conformance run " in words]


def test_a_cell_that_dies_is_not_run_and_runs_again(cli: CommandLine) -> None:
    process = cli.start("compat", FIXTURE, "--versions", ">=1.5", *QUICK, "-n", "1")
    until(lambda: bool(cell_of(process.pid)), 60)
    os.kill(cell_of(process.pid)[0], signal.SIGKILL)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 3, out + err
    document = told(cli)
    died = [cell for row in document["on_runtimes"] for cell in row if cell["status"] == "not-run"]
    assert [cell["why"] for cell in died] == ["its run was ended by signal 9"]
    assert "its run was ended by signal 9" in out
    assert "INTERNAL ERROR: 5 of 6 cells work, 1 not run" in out
    ended = compat(cli, ">=1.5")
    assert (ended.returncode, len(RAN.findall(ended.stderr))) == (0, 1)


def test_no_cell_outlives_the_command(cli: CommandLine) -> None:
    process = cli.start("compat", FIXTURE, "--versions", ">=1.5", *QUICK)
    until(lambda: bool(cell_of(process.pid)), 60)
    below = [pid for pid, _ in children(process.pid)]
    process.kill()
    process.communicate(timeout=60)
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in below))


def test_a_version_that_cannot_be_had_fails_its_cells_alone(cli: CommandLine, tmp_path: Path) -> None:
    subject = tmp_path / "subject"
    shutil.copytree(FIXTURE, subject)
    with (subject / "subject.toml").open("a") as manifest:
        manifest.write('\n[versions."1.7"]\nrevision = "no-such-tag"\n')
    ended = compat(cli, ">=1.6", subject=subject)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    document = told(cli)
    assert statuses(document["on_runtimes"]) == [["works", "unbuilt"], ["unbuilt", "unbuilt"]]
    assert "[versions.1.7]" in document["on_runtimes"][1][1]["why"]
    assert "1.6 may declare ==1.6; what it does on 1.7 is not known" in document["ranges"][0]["sentence"]
    assert "NONCONFORMING: 1 of 6 cells works, 5 could not be built" in ended.stdout


def wheel(cli: CommandLine, requires: str) -> Path:
    """A wheel that needs the fixture's runtime, and has no code."""
    path = cli.cwd / "mine-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        head = "Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n"
        archive.writestr("mine-1.0.dist-info/METADATA", f"{head}Requires-Dist: versions{requires}\n")
    return path


def test_a_wheel_that_declares_too_much_is_refused_with_one_sentence(cli: CommandLine) -> None:
    wide = compat(cli, ">=1.4", "--wheel", wheel(cli, ">=1.4,<=1.6"), "--built", "1.5")
    assert sorted(RAN.findall(wide.stderr)) == ["1.5 on 1.4", "1.5 on 1.5", "1.5 on 1.6"]
    assert wide.returncode == 1, wide.stdout + wide.stderr
    (sentence,) = wide.stdout.splitlines()
    assert sentence.startswith(
        "mine-1.0-py3-none-any.whl declares versions>=1.4,<=1.6, but code built against 1.5 breaks on 1.4 ("
    )
    assert sentence.endswith("; declare >=1.5,<=1.6")
    right = compat(cli, ">=1.4", "--wheel", wheel(cli, ">=1.5,<=1.6"), "--built", "1.5")
    assert (right.returncode, RAN.findall(right.stderr)) == (0, [])
    assert "code built against 1.5 works on 1.5 and 1.6" in right.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("no-such-subject",), "there is no subject 'no-such-subject'"),
        (("reference",), "is in one version only"),
        ((f"{FIXTURE}==1.0",), "leave out '==1.0'"),
        (("tvm-ffi-cpp==0.1.9",), "leave out '==0.1.9'"),
        (("tvm-ffi",), "always built against the release that runs; name tvm-ffi-cpp, "),
        ((FIXTURE, "--versions", "1.0 to 1.2"), "this is no range of versions; write it like '>=0.1.5,<0.1.12'"),
        ((FIXTURE, "--versions", ">2"), "none of them is in >2; there are 1.0, 1.1"),
        ((FIXTURE, "--versions", "<=1.0"), "in <=1.0 there is only 1.0"),
        ((FIXTURE, "--versions", ""), "--versions is empty"),
        ((FIXTURE, "--compiler", "no-such-cc"), "no-such-cc"),
        (("tvm-ffi-cpp", "--compiler", "gcc"), "tvm-ffi-cpp compiles its sides itself; leave out --compiler"),
        ((FIXTURE, "--check", "SKEWED"), "--check SKEWED: there is no such check; did you mean SKEW?"),
        ((FIXTURE, "--profile", "nightly"), "there is no such profile; there are quick, ci"),
        ((FIXTURE, "--built", "1.5"), "--built is about a wheel"),
        ((FIXTURE, "--wheel", "no.whl", "--built", "1.5"), "no.whl is not named as a wheel is"),
        ((FIXTURE, "--wheel", "x-1-py3-none-any.whl", "--built", "1.5"), "x-1-py3-none-any.whl cannot be read"),
        ((FIXTURE, "--cell-time", "soon"), "this is no time"),
        ((FIXTURE, "--shard", "3/2"), "--shard 3/2"),
        ((FIXTURE, "--html", "."), "is a folder"),
    ],
)
def test_bad_input_is_one_sentence(cli: CommandLine, arguments: tuple[str, ...], words: str) -> None:
    assert words in one_sentence(cli("compat", *arguments))
    assert not (cli.cwd / FOLDER / "cells").exists()
