"""`run --built`: sides that are built against other versions of a subject's headers than the one that runs."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from conformance.toolchain.fixtures import root
from tests.e2e.commandline import FOLDER, CommandLine, one_sentence

FIXTURE = root() / "versions"
RUNS = ("--compiler", "tcc", "--check", "SKEW", "--max-examples", "2")


def skew(cli: CommandLine, runtime: str, *options: str, subject: Path = FIXTURE, code: int) -> dict[str, Any]:
    """The result of SKEW between versions."""
    ended = cli("run", "--subject", f"{subject}=={runtime}", *RUNS, *options, timeout=300)
    assert ended.returncode == code, ended.stdout + ended.stderr
    result: dict[str, Any] = json.loads((cli.cwd / FOLDER / "result.json").read_text("utf-8"))
    return result


WORKS = {
    "one version": ("1.3", "--built", "1.3"),
    "codes that only headers know": ("1.2", "--built", "1.1"),
    "nothing, between sides": ("1.6", "--caller-built", "1.5"),
}


@pytest.mark.parametrize("what", WORKS)
def test_what_a_version_does_not_change_works(cli: CommandLine, what: str) -> None:
    runtime, *built = WORKS[what]
    result = skew(cli, runtime, *built, code=0)
    check = next(check for check in result["checks"] if check["id"] == "SKEW")
    assert (check["status"], result["findings"]) == ("pass", [])
    assert check["cases"] > 1000


def test_a_break_can_be_replayed_and_its_reproducer_passes_with_one_version(cli: CommandLine) -> None:
    result = skew(cli, "1.2", "--caller-built", "1.1", code=1)
    finding = next(f for f in result["findings"] if f["mismatch"]["class"] == "match")
    folder = cli.cwd / FOLDER / finding["id"]
    again = cli("replay", finding["id"])
    assert (again.returncode, "do as with all of 1.1" in again.stdout) == (1, True)
    made = subprocess.run(["make", "-s", "check"], cwd=folder, capture_output=True, text=True, check=False)
    assert made.returncode != 0
    assert "NONCONFORMING" in made.stdout
    makefile = (folder / "Makefile").read_text()
    (folder / "Makefile").write_text(makefile.replace("SUBJECT_1_2 =", "UNUSED =").replace("_1_2", "_1_1"))
    alike = subprocess.run(["make", "-s", "check"], cwd=folder, capture_output=True, text=True, check=False)
    assert (alike.returncode, alike.stdout.splitlines()[-1]) == (0, "conforms")


def lacking(folder: Path) -> Path:
    """A runtime whose second version has a function that the headers of the third need, and the first has not."""
    for name in ("binding.h", "runtime.c", "rules.toml"):
        text = (FIXTURE / name).read_text("utf-8").replace("VERSION >= 12 ? 20 : 2", "2")
        text = text.replace("static inline int fail(", "void runtime_fail(const char*, int);\nstatic inline int fail(")
        text = text.replace(
            "  runtime_table()->fail(text, index);\n",
            """
#if VERSION >= 17
  runtime_fail(text, index);
#else
  runtime_table()->fail(text, index);
#endif
""",
        )
        if name == "runtime.c":
            text += "#if VERSION >= 17\nvoid runtime_fail(const char* text, int index) { set(text, index); }\n#endif\n"
        (folder / name).write_text(text, "utf-8")
    (folder / "subject.toml").write_text(
        '[subject]\nname = "lacking"\nrules = "rules.toml"\n[build]\nbinding = "binding.h"\nsources = ["runtime.c"]\n'
        '[versions."1"]\ndefines = ["VERSION=16"]\n[versions."2"]\ndefines = ["VERSION=17"]\n'
    )
    return folder


def test_a_missing_symbol_is_named_with_who_needs_it_and_which_calls_die(cli: CommandLine, tmp_path: Path) -> None:
    result = skew(cli, "1", "--built", "2", subject=lacking(tmp_path), code=1)
    loads = {f["key"].rpartition("::")[2]: f for f in result["findings"] if f["verdict"] == "unloadable"}
    assert set(loads) == {"load-caller", "load-callee"}
    assert "it has no runtime_fail" in loads["load-callee"]["observed"]
    assert "headers of 2 need in the runtime of 1" in loads["load-callee"]["required"]
    died = [f for f in result["findings"] if f["verdict"] == "crashed"]
    assert died
    assert all("exited the process with status 127" in f["observed"] for f in died)


def growing(folder: Path) -> Path:
    """A runtime whose second version has kinds that the first has not."""
    shutil.copy(root() / "reference" / "binding.h", folder)
    (folder / "runtime.c").write_text(f'#include "{root()}/reference/packed.c"\n')
    (folder / "subject.toml").write_text(
        '[subject]\nname = "growing"\nversion = "1"\nkinds = ["i64", "f64"]\n'
        '[build]\nbinding = "binding.h"\nsources = ["runtime.c"]\n[versions."2"]\nkinds = ["i8", "i64", "str", "f64"]\n'
    )
    return folder


@pytest.mark.parametrize(("runtime", "built"), [("1", "2"), ("2", "1")])
def test_kinds_that_not_all_versions_have_are_drawn_and_counted_and_not_called(
    cli: CommandLine, tmp_path: Path, runtime: str, built: str
) -> None:
    result = skew(cli, runtime, "--built", built, subject=growing(tmp_path), code=0)
    assert result["notes"]["not in all versions"] == "i8, str"
    check = next(check for check in result["checks"] if check["id"] == "SKEW")
    assert check["kinds"] == ["f64", "i64", "none", "null"]
    assert re.search(r"\d signatures have kinds that not all versions have, and are not called", check["why"])
    assert result["counts"]["not_run"] > 0
    alone = skew(cli, "2", "--built", "2", subject=tmp_path, code=0)
    check = next(check for check in alone["checks"] if check["id"] == "SKEW")
    assert set(check["kinds"]) == {"f64", "i64", "i8", "str", "none", "null"}
    assert alone["counts"]["not_run"] == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--built", "9"), "has no version '9'; there are 1.0, 1.1"),
        (("--caller-built", ""), "--caller-built is empty"),
        (("--built", "1.1", "--compiler", "no-such-cc"), "no-such-cc"),
    ],
)
def test_a_version_that_is_not_there_is_one_sentence(cli: CommandLine, options: tuple[str, ...], words: str) -> None:
    assert words in one_sentence(cli("run", "--subject", FIXTURE, *options))


def test_a_subject_in_one_version_has_none_to_be_built_against(cli: CommandLine) -> None:
    assert "has no version '1', and no [versions.X] at all" in one_sentence(cli("run", "--built", "1"))


def test_calls_are_judged_by_the_rules_of_the_headers_that_callees_have(cli: CommandLine) -> None:
    check = ("--check", "X0-MATCH", "--check", "X0-TYPE")
    plain = ("--subject", f"{FIXTURE}==1.2", "--compiler", "tcc", *check, "--max-examples", "1")
    ended = cli("run", *plain, "--built", "1.1")
    assert ended.returncode == 0, ended.stdout
    said = one_sentence(cli("run", *plain, "--built", "1.1", "--callee-built", "1.1", "--callee-built", "1.2"))
    assert "1.1 and 1.2 have others; run them apart" in said


def test_a_waived_break_is_green_and_its_entries_name_the_runtime(cli: CommandLine) -> None:
    built = "--built", "1.5"  # whose errors belong to who asks for them
    for finding in skew(cli, "1.4", *built, code=1)["findings"]:
        assert finding["required"].startswith("do as with all of ")
        assert finding["pair"][0].endswith("@1.5")
        assert finding["case"]["runtime"] == "1.4"
    assert cli("waivers", "update").returncode == 0
    waivers = cli.cwd / "abi-waivers.toml"
    waivers.write_text(waivers.read_text("utf-8").replace('reason = ""', 'reason = "known"'), "utf-8")
    assert waivers.read_text("utf-8").count("[[waiver]]") == waivers.read_text("utf-8").count('runtime = "==1.4"') > 0
    waived = skew(cli, "1.4", *built, code=0)
    assert [check["status"] for check in waived["checks"] if check["id"] == "SKEW"] == ["waived"]
    skew(cli, "1.5", *built, code=0)  # where nothing breaks, no entry is stale
