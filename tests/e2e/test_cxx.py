"""A subject whose binding header is C++: green, red with a reproducer, waived, and with a compiler for C."""

from __future__ import annotations

import json
import re
import subprocess

import pytest

from conformance.findings import verify
from conformance.toolchain.fixtures import root
from tests.e2e.commandline import CommandLine

SUBJECT = ("--subject", "reference-cxx")
BROKEN = ("--subject", str(root() / "broken" / "overload-for-float"))
SMALL = ("--max-examples", "1")
AARCH64 = "aarch64-linux-gnu-g++-12"


@pytest.mark.compiler("g++", "clang++")
def test_the_reference_in_cxx_conforms_between_both_compilers(cli: CommandLine) -> None:
    ended = cli("run", *SUBJECT, "--pair", "g++/clang++:-O3", "--pair", "clang++:-O3/g++", *SMALL, "--json", "r.json")
    assert ended.returncode == 0, ended.stdout[-2000:]
    result = json.loads((cli.cwd / "r.json").read_text())
    assert sorted(map(tuple, result["pairs"])) == [("clang++-O3", "g++-O2"), ("g++-O2", "clang++-O3")]
    assert result["counts"]["inconclusive"] == 0
    came = {check["id"]: (check["status"], check["why"]) for check in result["checks"]}
    assert {came[check][0] for check in ("X0-LAYOUT", "X0-TYPE", "X0-RELEASE", "X1-SILENT", "PAIR", "STUBS")} == {
        "pass"
    }
    assert came["DYNAMIC"] == ("not-applicable", "Python reaches C functions only, and the subject's header is C++")


@pytest.mark.compiler("g++", "clang++")
def test_without_a_compiler_named_those_for_cxx_are_taken(cli: CommandLine) -> None:
    ended = cli("run", *SUBJECT, "--check", "X0-LAYOUT", "--json", "r.json")
    assert ended.returncode == 0, ended.stdout[-1500:]
    assert {side["id"] for side in json.loads((cli.cwd / "r.json").read_text())["compilers"]} == {
        "g++-O2",
        "clang++-O2",
    }


@pytest.mark.compiler("g++")
def test_all_compilers_are_all_for_cxx(cli: CommandLine) -> None:
    ended = cli("run", *SUBJECT, "--compiler", "all", "--pairs", "full", "--check", "X0-LAYOUT", "--json", "r.json")
    assert ended.returncode == 0, ended.stdout[-1500:]
    names = {side["name"] for side in json.loads((cli.cwd / "r.json").read_text())["compilers"]}
    assert all("++" in name for name in names) and any(name.startswith("g++") for name in names)


@pytest.mark.compiler("g++")
def test_covering_pairs_of_one_compiler_have_all_its_levels(cli: CommandLine) -> None:
    asked = (*SUBJECT, "--compiler", "g++", "--pairs", "covering", "--check", "X0-LAYOUT")
    cut_short = cli("run", *asked, "--max-time", "1s", "--json", "r.json")
    assert cut_short.returncode == 2, cut_short.stdout[-1500:]
    ids = {side for pair in json.loads((cli.cwd / "r.json").read_text())["pairs"] for side in pair}
    assert {"g++-O0", "g++-O3", "g++-Os", "g++-O2-flto", "g++-O2-fshort-enums"} <= ids


@pytest.mark.compiler("g++")
def test_a_defect_that_only_cxx_can_have_is_found_replayed_reproduced_and_waived(cli: CommandLine) -> None:
    asked = ("run", *BROKEN, "--compiler", "g++", "--check", "X0-MATCH", *SMALL)
    assert cli(*asked, "--json", "r.json").returncode == 1
    findings = json.loads((cli.cwd / "r.json").read_text())["findings"]
    finding = next(one for one in findings if one["signature"]["declared"] == "(f32) -> none")
    assert finding["key"] == "match::packed::g++-O2>g++-O2::match(f32)@0"
    assert verify.REMARK not in finding["detail"]
    assert cli("replay", finding["id"]).returncode == 1
    folder = cli.cwd / finding["reproducer"]
    made = subprocess.run(["make", "-s", "check"], cwd=folder, capture_output=True, text=True, check=False)
    assert made.stdout.splitlines()[-1].startswith("NONCONFORMING: argument 0 arrived as "), made.stderr[-500:]
    assert "warning" not in made.stderr
    assert cli("waivers", "update", "--waivers", "w.toml").returncode == 0
    waivers = cli.cwd / "w.toml"
    waivers.write_text(re.sub(r'reason = ""[^\n]*', 'reason = "known"', waivers.read_text()))
    assert cli(*asked, "--waivers", "w.toml").returncode == 0


C_ONLY = "compiles C, and the header of reference-cxx is C++, as language in [build] of "
INSTEAD = "says; name g++ or clang++"


@pytest.mark.compiler("tcc", "g++")
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((*SUBJECT, "--compiler", "tcc"), (f"tcc {C_ONLY}", INSTEAD)),
        ((*SUBJECT, "--pair", "g++/tcc"), (f"tcc {C_ONLY}", INSTEAD)),
        ((*SUBJECT, "--compiler", "all", "--compiler", "tcc"), (f"tcc {C_ONLY}", INSTEAD)),
        ((*SUBJECT, "--compiler", "dynamic"), ("dynamic is Python, which reaches C functions only, and", INSTEAD)),
        (("--compiler", "g++"), ("g++ compiles C++, and the header of reference is C; name gcc or clang, or say",)),
        (("--pair", "tcc/g++"), ("g++ compiles C++", 'say language = "c++" in [build] of ')),
        (("--compiler", "g++", "--pairs", "covering"), ("g++ compiles C++", 'say language = "c++" in [build] of ')),
    ],
)  # fmt: skip
def test_a_compiler_for_the_other_language_is_refused_in_one_sentence(
    cli: CommandLine, arguments: tuple[str, ...], says: tuple[str, ...]
) -> None:
    ended = cli("run", *arguments)
    assert ended.returncode == 4
    assert ended.stderr.strip().count("\n") == 0
    assert all(part in ended.stderr for part in says), ended.stderr


@pytest.mark.compiler("g++")
def test_what_is_not_built_from_a_manifest_takes_no_compiler_for_cxx(cli: CommandLine) -> None:
    ended = cli("cost", "frame", "--compiler", "g++")
    assert ended.returncode == 4
    assert "g++ compiles C++, and what is compiled here is C; name gcc" in ended.stderr


@pytest.mark.compiler(AARCH64)
def test_a_subject_in_cxx_on_another_target(cli: CommandLine) -> None:
    ended = cli("run", *SUBJECT, "--compiler", AARCH64, "--check", "X0-*", *SMALL, "--json", "r.json")
    assert ended.returncode == 0, ended.stdout[-1500:]
    assert json.loads((cli.cwd / "r.json").read_text())["counts"]["inconclusive"] == 0
