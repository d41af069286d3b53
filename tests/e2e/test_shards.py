"""The parts of a run and what `merge` makes of them: the result of the whole run, byte for byte but for times."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance import checks
from conformance.model.options import RunOptions
from tests.e2e.ci import GITHUB, Repository
from tests.e2e.commandline import FOLDER, CommandLine, Ended, broken, interrupt, one_sentence, until

pytestmark = pytest.mark.compiler("tcc")

CHECKS = ("X0-ORDER", "X0-COERCE", "X0-LAYOUT")
ONE = ("--compiler", "tcc", *(word for check in CHECKS for word in ("--check", check)), "--max-examples", "1")
SMALL = (*ONE[:-1], "65")
"""Five units: a check that is one, and two streams of each of the others, of which one does not apply."""

LEAST = ("--compiler", "tcc", "--check", "X0-LAYOUT")
RED = ("--subject", broken("int-for-f64"))
MANIFEST = ("--subject", "runtime/subject.toml")


def sharded(cli: CommandLine, count: int, *args: str | Path) -> list[Path]:
    """The results of all parts of a run, each of which comes to its end, whatever it found."""
    results = []
    for number in range(1, count + 1):
        folder = Path(f"parts-{count}") / f"shard {number}"
        ended = cli("run", *args, "--shard", f"{number}/{count}", "--report-dir", folder)
        assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout
        assert f": shard {number}/{count}, " in ended.stdout.splitlines()[-1]
        shard = cli.result(folder / "result.json")
        assert (shard["complete"], shard["shard"]["number"], shard["shard"]["of"]) == (True, number, count)
        results.append(folder / "result.json")
    return results


def files(folder: Path) -> dict[str, bytes]:
    """What lies in a report folder, but the result."""
    found = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "result.json")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def said(ended: Ended) -> str:
    """The last line without the time."""
    return ended.stdout.splitlines()[-1].rpartition(" in ")[0]


def assert_merged_as_whole(cli: CommandLine, counts: tuple[int, ...], code: int, *args: str | Path) -> dict[str, Any]:
    """The merge of so many parts is the whole run: result, folders of findings, last line and exit code."""
    shutil.rmtree(cli.cwd / FOLDER, ignore_errors=True)
    whole = cli("run", *args)
    assert (whole.returncode, whole.stderr) == (code, ""), whole.stdout
    result = cli.untimed()
    folders = files(cli.cwd / FOLDER)
    for count in counts:
        shutil.rmtree(cli.cwd / FOLDER)
        merged = cli("merge", *sharded(cli, count, *args))
        assert (merged.returncode, merged.stderr) == (code, ""), merged.stdout
        assert json.dumps(cli.untimed()) == json.dumps(result)
        again = files(cli.cwd / FOLDER)
        assert [name for name in {*again, *folders} if again.get(name) != folders.get(name)] == []
        assert said(merged) == said(whole)
    return result


def test_a_green_run_is_the_merge_of_its_parts(cli: CommandLine) -> None:
    assert_merged_as_whole(cli, (5,), 0, *SMALL)


def test_so_is_a_red_run_of_a_manifest(tmp_path: Path, shared_cache: Path) -> None:
    cli = Repository(tmp_path / "project", shared_cache, broken=True).cli
    result = assert_merged_as_whole(cli, (2,), 1, *MANIFEST, *SMALL)
    statuses = {check["id"]: check["status"] for check in result["checks"]}
    assert [statuses[check] for check in CHECKS] == ["fail", "not-applicable", "pass"]
    assert result["findings"][0]["place"]["path"] == "runtime/binding.h"
    assert "shard" not in result and "shard" not in result["options"]


def test_waivers_are_judged_of_all_parts_together(cli: CommandLine) -> None:
    assert cli("run", *RED, *ONE).returncode == 1
    shutil.copytree(cli.cwd / FOLDER, cli.cwd / "before")
    assert cli("waivers", "update").returncode == 0
    file = cli.cwd / "abi-waivers.toml"
    file.write_text(file.read_text().replace('reason = ""', 'reason = "known"'))
    result = assert_merged_as_whole(cli, (1,), 0, *RED, *ONE)
    assert "waived" in {check["status"] for check in result["checks"]} and result["gate"]["witnesses"]

    head, mark, verdict = file.read_text().partition('verdict = "')
    file.write_text(f'{head}{mark}hung"{verdict.partition(chr(34))[2]}')
    result = assert_merged_as_whole(cli, (2,), 1, *RED, *ONE, "--require", "packed/1")
    (problem,) = result["gate"]["problems"]
    assert "its witness" in problem and result["requirements"][0]["unmet"]

    file.unlink()
    known = ("--baseline", "before/result.json")
    assert_merged_as_whole(cli, (4,), 0, *RED, *ONE, *known)  # of four, one without a unit


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> tuple[CommandLine, list[Path]]:
    """A repository whose runtime is broken, and the two parts of a run in it."""
    place = tmp_path_factory.mktemp("parts")
    cli = Repository(place / "project", shared_cache, broken=True).cli
    return cli, sharded(cli, 2, *MANIFEST, *ONE)


def test_a_part_that_is_missing_is_said_and_ends_with_2(parts: tuple[CommandLine, list[Path]]) -> None:
    cli, results = parts
    for here, other in (0, 1), (1, 0):
        ended = cli("merge", results[here])
        assert (ended.returncode, ended.stderr) == (2, "")
        why = f"shard {other + 1}/2 is missing"
        assert f"incomplete {why}" in ended.stdout
        result = cli.result()
        assert (result["complete"], result["exit_code"]) == (False, 2)
        missing = {unit.partition("#")[0] for unit in cli.result(results[other])["shard"]["units"]}
        became = {check["id"]: (check["status"], check["why"]) for check in result["checks"] if check["id"] in missing}
        applies = {what for what in became.values() if what[0] != "not-applicable"}
        assert applies <= {("not-run", why), ("fail", "")}


def test_a_part_that_was_interrupted_is_said_and_what_it_found_is_told(cli: CommandLine) -> None:
    args = ("run", *RED, "--compiler", "tcc", "--profile", "nightly", "--seed", "0", "--check", "X0-TYPE")
    process = cli.start(*args, "--shard", "1/3", "--report-dir", "part")
    result = cli.cwd / "part" / "result.json"
    until(result.exists)
    time.sleep(0.5)
    interrupt(process, False)
    process.communicate(timeout=60)
    assert process.returncode == 2
    ended = cli("merge", result)
    assert ended.returncode == 2
    assert "incomplete shard 1/3 did not come to its end; shard 2/3 is missing; " in ended.stdout
    found, there = (
        [finding["key"] for finding in cli.result(path)["findings"]] for path in (f"{FOLDER}/result.json", result)
    )
    assert found == there


def test_reports_are_written_of_the_merge_and_it_alone_speaks_to_github(parts: tuple[CommandLine, list[Path]]) -> None:
    cli, results = parts
    args = (*MANIFEST, *ONE, "--shard", "1/2", "--report-dir", "again")
    assert "::error" not in cli("run", *args, env=GITHUB).stdout and not (cli.cwd / "step.md").exists()
    ended = cli(
        "merge", *results, "-o", "all", "--junit", "all.xml", "--sarif", "all.sarif", "--html", "all.html", env=GITHUB
    )
    assert ended.returncode == 1 and "::error file=runtime/binding.h" in ended.stdout
    assert all((cli.cwd / name).stat().st_size for name in ("all.xml", "all.sarif", "all.html", "step.md"))
    (finding, *_) = cli.result("all/result.json")["findings"]
    assert finding["replay"] == f"abi-conformance replay {finding['id']} --report-dir all"
    assert cli("replay", finding["id"], "--report-dir", "all").returncode == 1
    quiet = cli("merge", *results, "--quiet")
    assert len(quiet.stdout.splitlines()) < len(ended.stdout.splitlines()) and said(quiet) == said(ended)


def changed(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], Path]:
    """The result beside the second part's, changed."""

    def write(second: Path) -> Path:
        result = json.loads(second.read_text())
        change(result)
        other = second.with_name("changed.json")
        other.write_text(json.dumps(result))
        return other

    return write


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda part: part.update(seed=7), "seed is not as in"),
        (
            lambda part: part["options"].update(require={"value": ["packed/1"], "from": "command line"}),
            "what was given as options is not as in",
        ),
        (lambda part: part["shard"].update(of=3), "the number of shards is not as in"),
        (lambda part: part["shard"]["inputs"].update(subject="other"), "the digest of the subject is not as in"),
        (lambda part: part["shard"]["inputs"].update(waivers="other"), "the digest of the waivers is not as in"),
        (lambda part: part["pairs"].pop(), "pairs is not as in"),
        (lambda part: part["tool"].update(version="0.0.1"), "was made by version 0.0.1, and this is"),
        (lambda part: part["shard"].update(number=1), "is shard 1/2, as"),
        (lambda part: part["shard"]["outcomes"][0].pop("check"), "shard.outcomes holds what no run wrote"),
        (lambda part: part.pop("shard"), "is the result of no shard"),
        (lambda part: part["shard"].pop("outcomes"), "shard.outcomes is missing"),
    ],
)
def test_what_does_not_belong_together_is_refused(
    parts: tuple[CommandLine, list[Path]], change: Callable[[dict[str, Any]], object], says: str
) -> None:
    cli, (first, second) = parts
    other = changed(change)(cli.cwd / second).relative_to(cli.cwd)
    sentence = one_sentence(cli("merge", first, other))
    assert sentence.startswith(f"ERROR: {other}: ") and says in sentence


def test_what_was_changed_meanwhile_or_lost_is_refused(parts: tuple[CommandLine, list[Path]]) -> None:
    cli, results = parts
    waivers = cli.cwd / "abi-waivers.toml"
    waivers.write_text("")
    assert "waivers: is not as it was for the shards" in one_sentence(cli("merge", *results))
    waivers.unlink()
    assert "would take its place" in one_sentence(cli("merge", *results, "-o", results[0].parent))
    assert "cannot be read" in one_sentence(cli("merge", results[0], "nothing.json"))
    copy = cli.cwd / "alone.json"
    red = next(path for path in results if cli.result(path)["findings"])
    shutil.copyfile(cli.cwd / red, copy)
    found = cli.result(red)["findings"][0]["id"]
    assert f"the folder of finding {found} is not beside it" in one_sentence(cli("merge", copy.name))
    assert "RESULT.json" in one_sentence(cli("merge"))


def test_a_subject_that_was_changed_is_another(tmp_path: Path, shared_cache: Path) -> None:
    cli = Repository(tmp_path / "project", shared_cache, broken=False).cli
    run = ("run", *MANIFEST, *LEAST)
    assert cli(*run, "--shard", "1/2", "--report-dir", "one").returncode == 0
    with (cli.cwd / "runtime" / "runtime.c").open("a") as source:
        source.write("/* changed */\n")
    assert cli(*run, "--shard", "2/2", "--report-dir", "two").returncode == 0
    told = one_sentence(cli("merge", "one/result.json", "two/result.json"))
    assert "two/result.json: the digest of the subject is not as in one/result.json" in told


def test_a_part_without_a_unit_is_complete_and_says_so(cli: CommandLine) -> None:
    ended = cli("run", *LEAST, "--shard", "2/2", "--report-dir", "two")
    assert (ended.returncode, ended.stderr) == (0, "")
    asked = sum(RunOptions().wants(check) for check in checks.CHECKS)
    assert ended.stdout.splitlines()[-1].startswith(
        f"NOTHING RAN: shard 2/2, {asked} not run, there are fewer units than shards"
    )
    result = cli.result("two/result.json")
    assert (result["complete"], result["shard"]["units"], result["shard"]["outcomes"]) == (True, [], [])
    assert cli("run", *LEAST, "--shard", "1/2", "--report-dir", "one").returncode == 0
    assert cli("merge", "one/result.json", "two/result.json").returncode == 0


def test_pytest_has_it_too(cli: CommandLine) -> None:
    args = ("--abi-compiler=tcc", "--abi-check=X0-LAYOUT", "--abi-check=X0-NULL", "--abi-max-examples=1")
    for number in (1, 2):
        ended = cli.pytest(*args, f"--abi-shard={number}/2", f"--abi-report-dir={number}")
        assert ended.returncode == 0 and "1 passed" in ended.stdout
    merged = cli("merge", "1/result.json", "2/result.json")
    assert merged.returncode == 0 and said(merged).startswith("CONFORMING: 2 checks passed")


@pytest.mark.parametrize("shard", ["0/2", "3/2", "x", "1/2/3", "", "1/99999999999999999999"])
def test_a_bad_part_is_refused(cli: CommandLine, shard: str) -> None:
    assert "--shard" in one_sentence(cli("run", *LEAST, "--shard", shard))


@pytest.mark.parametrize(
    ("other", "says"),
    [
        (("--max-failures", "1"), "which --max-failures keeps it from"),
        (("--profile", "nightly"), "give them the same --seed N"),
        (("--against", "reference"), "--against compares whole runs"),
    ],
)
def test_what_has_no_parts_is_refused(cli: CommandLine, other: tuple[str, ...], says: str) -> None:
    assert says in one_sentence(cli("run", *LEAST, *other, "--shard", "1/2"))
