"""The main job on the reference: what it says, what it leaves, and that it is the same every time."""

from __future__ import annotations

import re
from typing import Any

import pytest

from conformance.checks import CHECKS
from conformance.model.options import ON_REQUEST
from tests.e2e.commandline import CommandLine, broken, one_sentence

pytestmark = pytest.mark.compiler("tcc")

SMALL = ("run", "--compiler", "tcc", "--max-examples", "2")
LINE = re.compile(r"\[ *\d+/\d+\] (PASS|N/A) +\S+ .*")


def total(result: dict[str, Any], convention: str) -> int:
    return sum(result["counts"]["by_convention"][convention].values())


def test_the_reference_conforms(cli: CommandLine) -> None:
    ended = cli(*SMALL)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert cli.left() == [".abi-conformance"]
    assert sorted(path.name for path in (cli.cwd / ".abi-conformance").iterdir()) == [".gitignore", "result.json"]

    result = cli.result()
    counts = result["counts"]
    assert counts["generated"] == counts["judged"] == counts["executed"] + counts["inconclusive"] > 10_000
    assert counts["inconclusive"] == 0
    assert sum(check["cases"] for check in result["checks"]) == counts["judged"]
    assert (result["exit_code"], result["complete"], result["findings"], result["errors"]) == (0, True, [], [])
    statuses = {check["id"]: check["status"] for check in result["checks"]}
    assert list(statuses) == list(CHECKS)
    others = {"X0-COERCE", "X0-REFS", "PAIR", "SKEW", "DIRECT-PAIR"}
    assert {name for name, status in statuses.items() if status != "pass"} == others
    assert statuses["DIRECT-PAIR"] == "not-run" and "DIRECT-PAIR" not in ended.stdout  # nobody asked for it
    assert all(check["why"] for check in result["checks"] if check["status"] == "not-applicable")

    # Over the same cases: X0 detects all of them, X1 none.
    packed, unpacked = counts["by_convention"]["packed"], counts["by_convention"]["unpacked"]
    assert packed == {"detected": total(result, "unpacked")}
    assert packed["detected"] > 500
    assert "detected" not in unpacked and unpacked["silent-wrong"] > 0
    assert "detected" not in result["release"]


def test_no_terminal_gets_plain_lines(cli: CommandLine) -> None:
    text = cli(*SMALL, "--check", "X0-T*", "--check", "X1-*").stdout
    lines = text.splitlines()
    progress = [line for line in lines if line.startswith("[")]
    assert len(progress) == 5 and all(map(LINE.fullmatch, progress))
    assert "\x1b" not in text and "\r" not in text
    assert "  mismatches          X0 (packed)  X1 (unpacked)" in lines
    assert re.fullmatch(
        rf"CONFORMING: 5 checks passed, {len(CHECKS) - len(ON_REQUEST) - 5} not run; [\d,]+ cases in \d+\.\d s",
        lines[-1],
    )


def test_quiet_says_the_verdict_alone(cli: CommandLine) -> None:
    (line,) = cli(*SMALL, "--check", "X0-TYPE", "--quiet").stdout.splitlines()
    assert line.startswith("CONFORMING: 1 check passed")


@pytest.mark.parametrize("no_color", [False, True])
def test_colours_on_a_terminal_unless_unwanted(cli: CommandLine, no_color: bool) -> None:
    unwanted = {"NO_COLOR": "1"} if no_color else {}
    code, said = cli.on_terminal(*SMALL, "--check", "X0-TYPE", columns=80, **unwanted)
    assert code == 0
    assert "CONFORMING" in said
    assert (re.search(r"\x1b\[[\d;]*3[0-7]m|\x1b\[[\d;]*32m", said) is None) == no_color


CONTROL = re.compile(r"\x1b\[[\d;?]*[A-Za-z]")
RUNNING = re.compile(r"\S (\d+)/\d+ \d:\d\d:\d\d (X0-\w+) (?:tcc>tcc )?(?:(\d+)%|confirming)(?: · (\d+) findings?)?.*")


@pytest.mark.parametrize("processes", [(), ("-n", "2")], ids=["one process", "workers"])
def test_on_a_narrow_terminal_one_line_says_what_runs_and_what_was_found(
    cli: CommandLine, processes: tuple[str, ...]
) -> None:
    some = ("--check", "X0-TYPE", "--check", "X0-MATCH", "--compiler", "tcc", "--max-examples", "60")
    code, said = cli.on_terminal("run", "--subject", broken("int-for-f64"), *some, *processes, columns=50, NO_COLOR="1")
    assert code == 1
    before, _, _ = said.partition("abi-conformance ")
    shown = [CONTROL.sub("", line).strip() for line in re.split(r"[\r\n]+", before)]
    frames = [frame for frame in map(RUNNING.fullmatch, shown) if frame]
    assert max(len(frame[0]) for frame in frames) <= 50
    told = {frame[2] for frame in frames}
    assert told <= {"X0-TYPE", "X0-MATCH"}
    assert processes or told == {"X0-TYPE", "X0-MATCH"}  # of two checks at once it says one
    typed = [frame for frame in frames if frame[2] == "X0-TYPE"]
    shares = [int(frame[3]) for frame in typed if frame[3]]
    assert len(set(shares)) > 1
    assert any(int(frame[4] or 0) > 0 and frame[3] and int(frame[3]) < 100 for frame in typed)  # before its end


def test_the_same_every_time(cli: CommandLine) -> None:
    wanted = None
    for more, seed in ((), "1"), (("-n", "2"), "2"):
        name = f"{seed}.json"
        assert cli(*SMALL[:-1], "1", "--json", name, *more, env={"PYTHONHASHSEED": seed}).returncode == 0
        result = cli.untimed(name)
        wanted = wanted or result
        assert result == wanted
    assert cli.left() == [".abi-conformance", "1.json", "2.json"]


def test_another_seed_is_another_run(cli: CommandLine) -> None:
    signatures = []
    for seed in ("0", "1"):
        cli(*SMALL, "--check", "X0-MATCH", "--seed", seed, "--json", f"{seed}.json")
        signatures.append(cli.untimed(f"{seed}.json"))
    assert signatures[0]["seed"] != signatures[1]["seed"]
    assert signatures[0]["counts"] != signatures[1]["counts"]


def test_both_columns_hold_the_same_cases(cli: CommandLine) -> None:
    assert cli(*SMALL, "--check", "X*").returncode == 0
    result = cli.result()
    assert total(result, "packed") == total(result, "unpacked") > 0


def test_a_second_compiler_makes_pairs(cli: CommandLine) -> None:
    more = ("--compiler", "tcc:-DTHE_OTHER", "--max-examples", "1", "--check", "PAIR", "--check", "X0-MATCH")
    assert cli("run", "--compiler", "tcc", *more).returncode == 0
    result = cli.result()
    assert result["pairs"] == [[one, two] for one in ("tcc", "tcc-DTHE_OTHER") for two in ("tcc", "tcc-DTHE_OTHER")]
    assert {check["id"] for check in result["checks"] if check["status"] == "pass"} == {"X0-MATCH", "PAIR"}


def test_pages_and_junit(cli: CommandLine) -> None:
    args = ("--html", "out/page.html", "--junit", "out/j.xml", "--json", "out/r.json", "--report-dir", "there")
    assert cli(*SMALL, "--check", "X0-TYPE", *args).returncode == 0
    assert cli.left() == ["out", "there"]
    page = (cli.cwd / "out/page.html").read_text("utf-8")
    assert "X0-TYPE" in page and "</html>" in page and 'src="http' not in page
    assert 'failures="0"' in (cli.cwd / "out/j.xml").read_text("utf-8")
    assert cli.result("out/r.json") == cli.result("there/result.json")


def test_the_configuration_of_the_folder_is_left_alone(cli: CommandLine) -> None:
    (cli.cwd / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    (cli.cwd / "conftest.py").write_text("raise RuntimeError('not mine')\n")
    assert cli(*SMALL, "--check", "X0-TYPE").returncode == 0


def test_what_follows_goes_to_pytest(cli: CommandLine) -> None:
    ended = cli(*SMALL, "--", "--collect-only", "-q", "-k", "X0-TYPE")
    assert ended.returncode == 0
    assert "test_rejection[X0-TYPE-tcc>tcc]" in ended.stdout
    assert not cli.left()


def test_nothing_ran(cli: CommandLine) -> None:
    assert cli(*SMALL, "--check", "PAIR").returncode == 5
    assert cli.result()["checks"][-2]["why"]


def test_requirement_sets(cli: CommandLine) -> None:
    run = ("run", "--compiler", "tcc")
    ended = cli(*run, "--require", "unpacked/1", "--subject", "reference-unpacked", "--check", "X1-*")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "meets unpacked/1" in ended.stdout.splitlines()[-1]
    few = cli(*run, "--require", "unpacked/1", "--max-examples", "1", "--check", "X1-MATCH")
    assert few.returncode == 1
    assert "unpacked/1: X1-SILENT must pass; it is not-run: not selected" in few.stdout
    assert "unpacked/1: X1-MATCH must have at least 15,000 cases, not " in few.stdout
    assert few.stdout.splitlines()[-1].startswith("NONCONFORMING: ")
    assert len(cli.result()["requirements"][0]["unmet"]) == 3
    assert "there are packed/1, unpacked/1, tensor/1" in one_sentence(cli(*run, "--require", "packed/2"))
