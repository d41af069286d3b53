"""Plain C calls between compilers, as a user has them checked: who agrees, who does not, and what is said of it."""

from __future__ import annotations

import json
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from conformance.model.case import Case
from tests.e2e.commandline import CommandLine, Ended, one_sentence

DIRECT = ("run", "--check", "DIRECT-*", "--max-examples", "1", "--json", "r.json")
OPEN = "the psABI leaves this open"


class Red(dict[str, Any]):
    """The findings of a run by the end of their keys."""

    def signature(self, tail: str) -> str:
        return str(self[tail]["signature"]["declared"])


def check(cli: CommandLine, caller: str, callee: str, *more: str) -> tuple[Ended, dict[str, Any]]:
    ended = cli(*DIRECT, "--pair", f"{caller}>{callee}", *more)
    result = cli.result("r.json")
    assert result["exit_code"] == ended.returncode, ended.stdout[-2000:]
    assert not result["errors"], result["errors"]
    return ended, result


def findings(result: dict[str, Any]) -> Red:
    return Red({row["key"].split("::", 3)[3]: row for row in result["findings"]})


def direct(result: dict[str, Any]) -> dict[str, Any]:
    return next(row for row in result["checks"] if row["id"] == "DIRECT-PAIR")


@pytest.mark.compiler("gcc")
@pytest.mark.parametrize("sides", [("gcc", "gcc"), ("gcc:-O0", "gcc:-O3"), ("gcc:-O2 -flto", "gcc")])
def test_a_compiler_agrees_with_itself_at_every_level(cli: CommandLine, sides: tuple[str, str]) -> None:
    ended, result = check(cli, *sides)
    assert ended.returncode == 0, ended.stdout[-2000:]
    assert direct(result)["by_verdict"].keys() == {"intact"}
    assert len(direct(result)["kinds"]) > 80


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param(spec, marks=pytest.mark.compiler(spec), id=spec)
        for spec in ("gcc:-m32", "s390x-linux-gnu-gcc-12", "arm-linux-gnueabihf-gcc-12")
    ],
)
def test_other_targets_are_called_where_their_code_runs(cli: CommandLine, spec: str) -> None:
    ended, result = check(cli, spec, spec)
    assert ended.returncode == 0, ended.stdout[-2000:]
    assert direct(result)["by_verdict"]["intact"] > 300


@pytest.mark.compiler("gcc-12", "clang-16", "clang-19")
def test_gcc_and_clang_16_and_what_a_third_compiler_tells(cli: CommandLine) -> None:
    ended, result = check(cli, "gcc-12", "clang-16")
    assert ended.returncode == 1
    found = findings(result)
    wide = found["match(int128)@5"]
    assert wide["signature"]["declared"] == "(i32, i32, i32, i32, i32, i128) -> none"
    assert (wide["verdict"], wide["shrink"]["compiles"] <= 20) == ("silent-wrong", True)
    assert (
        "x86-64 psABI 3.2.3: an __int128 is two INTEGER eightbytes" in wide["required"] and OPEN not in wide["required"]
    )
    assert found.signature("match(struct_flexible)@0") == "(struct_i32_0i32) -> none"
    above = found["narrow<-i32@0"]
    assert above["verdict"] == "unpredicted" and OPEN in above["required"]
    assert above["observed"].startswith(
        "clang-16-O2 takes what lies above for a part of it; gcc-12-O2 heeds the number"
    )
    assert all(row["check"] == "DIRECT-PAIR" and "::direct::" in row["key"] for row in result["findings"])
    (said,) = wide["detail"]
    assert said.startswith("clang-16-O2 is off: clang-19-O2")
    assert f"note       {said}" in ended.stdout
    assert not any(" is off" in line for row in found.values() if OPEN in row["required"] for line in row["detail"])


@pytest.mark.compiler("gcc-12", "clang-19")
def test_clang_19_is_left_with_the_edge_of_the_registers(cli: CommandLine) -> None:
    _, result = check(cli, "gcc-12", "clang-19")
    assert findings(result).signature("match(int128)@5") == "(i32, i32, i32, i32, i32, i128, i32) -> none"


@pytest.mark.compiler("clang-16", "clang-19")
def test_two_versions_of_clang_differ_in_one_thing(cli: CommandLine) -> None:
    _, result = check(cli, "clang-16", "clang-19")
    assert {key.partition("@")[0] for key in findings(result)} == {"match(int128)"}


@pytest.mark.compiler("gcc", "tcc")
def test_gcc_and_tcc(cli: CommandLine) -> None:
    _, result = check(cli, "gcc", "tcc")
    found = findings(result)
    assert found.signature("match(struct_mixed)@ret") == "() -> struct_f64_i32"
    assert {"bool<-i32@0", "narrow<-i32@ret"} <= found.keys()
    assert direct(result)["by_verdict"]["inconclusive"] > 0
    assert direct(result)["why"].startswith("tcc has no __int128, _Complex, vectors of 16 bytes")


@pytest.mark.parametrize(
    "small", [pytest.param(name, marks=pytest.mark.compiler(name), id=name) for name in ("pcc", "chibicc")]
)
@pytest.mark.compiler("gcc")
def test_small_compilers_extend_returns_otherwise(cli: CommandLine, small: str) -> None:
    _, result = check(cli, "gcc", small)
    assert {"bool<-i32@0", "narrow<-i32@ret"} <= findings(result).keys()


@pytest.mark.compiler("gcc")
@pytest.mark.parametrize(
    ("flag", "place", "signature"),
    [
        ("-mavx", "match(vector32)@0", "(f32x8) -> none"),
        ("-fshort-enums", "match(struct_of_enum)@0", "(struct_enumeration_i8) -> none"),
        ("-fpack-struct", "match(struct_ints)@0", "(struct_i8_i32) -> none"),
        ("-funsigned-char", "match(char)@0", "(char) -> none"),
        ("-mlong-double-64", "match(long_double)@0", "(ldouble) -> none"),
    ],
)
def test_a_flag_that_changes_the_convention_on_one_side(
    cli: CommandLine, flag: str, place: str, signature: str
) -> None:
    _, result = check(cli, "gcc:-O2", f"gcc:-O2 {flag}")
    assert findings(result).signature(place) == signature


@pytest.mark.compiler("gcc:-m32")
@pytest.mark.parametrize("turned", [False, True])
def test_arguments_in_registers_on_one_side_of_i386(cli: CommandLine, turned: bool) -> None:
    sides = ["gcc:-m32 -O2", "gcc:-m32 -O2 -mregparm=3"]
    _, result = check(cli, *(reversed(sides) if turned else sides))
    found = findings(result)
    assert found.signature("match(integer)@0") == "(i32) -> none"
    assert "i386 psABI 2.2.3" in found["match(integer)@0"]["required"]


@pytest.mark.compiler("gcc:-m32")
def test_structures_in_registers_on_one_side_of_i386(cli: CommandLine) -> None:
    _, result = check(cli, "gcc:-m32 -O2", "gcc:-m32 -O2 -freg-struct-return")
    assert {key.partition("@")[2] for key in findings(result)} == {"ret"}


@pytest.mark.compiler("gcc-12", "clang-16")
def test_a_finding_is_replayed_reproduced_and_excused(cli: CommandLine) -> None:
    _, result = check(cli, "gcc-12", "clang-16")
    for row in result["findings"]:
        assert Case.from_json(row["case"]).id == row["id"]
        assert cli("replay", row["id"]).returncode == 1
        made = subprocess.run(
            ["make", "-s", "check"], cwd=cli.cwd / row["reproducer"], capture_output=True, text=True, check=False
        )
        assert made.returncode and "NONCONFORMING" in made.stdout, row["key"] + made.stdout + made.stderr[-500:]
        assert not any("reproducer" in line for line in row["detail"])
    assert cli("waivers", "update").returncode == 0
    (cli.cwd / "r.json").rename(cli.cwd / "old.json")
    assert check(cli, "gcc-12", "clang-16", "--waivers", "none", "--baseline", "old.json")[0].returncode == 0
    waivers = cli.cwd / "abi-waivers.toml"
    waivers.write_text(waivers.read_text().replace('reason = ""', 'reason = "known of old"'))
    ended, result = check(cli, "gcc-12", "clang-16")
    assert (ended.returncode, direct(result)["status"]) == (0, "waived")
    # A run that does not make these calls says nothing about what excuses them.
    ended = cli("run", "--pair", "gcc-12/clang-16", "--check", "X0-LAYOUT")
    assert ended.returncode == 0, ended.stdout[-1500:]


@pytest.mark.compiler("gcc-12", "clang-16")
def test_the_same_seed_finds_the_same(cli: CommandLine) -> None:
    rows = [check(cli, "gcc-12", "clang-16", "--seed", "5")[1]["findings"] for _ in range(2)]
    assert rows[0] == rows[1] and rows[0]


def wrapped(folder: Path, script: str) -> str:
    """A gcc that first does something else."""
    program = folder / "cc"
    program.write_text(f'#!/bin/sh\n{script}\nexec gcc "$@"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return str(program)


@pytest.mark.compiler("gcc")
def test_a_compiler_that_gets_one_kind_wrong_is_found_out(cli: CommandLine, tmp_path: Path) -> None:
    wrong = r"[ ! -f callees.c ] || sed -i 's/TELL_i16(\(.*\), \(a[0-9]*\));/TELL_i16(\1, \2 ^ 1);/' callees.c"
    ended, result = check(cli, "gcc", wrapped(tmp_path, wrong))
    assert ended.returncode == 1
    found = findings(result)
    assert found.signature("match(narrow)@0") == "(i16) -> none"
    assert found["match(narrow)@0"]["verdict"] == "silent-wrong"  # of the number itself nothing is left open


@pytest.mark.compiler("gcc")
def test_what_a_compiler_refuses_is_inconclusive_and_the_rest_is_called(cli: CommandLine, tmp_path: Path) -> None:
    refuses = "grep -q struct_i32_f64 callees.c 2>/dev/null && { echo 'error: not that one' >&2; exit 1; }"
    ended, result = check(cli, "gcc", wrapped(tmp_path, refuses))
    assert ended.returncode == 0, ended.stdout[-1500:]
    came = direct(result)["by_verdict"]
    assert 0 < came["inconclusive"] < 40 and came["intact"] > 300
    assert "could not compile this: error: not that one" in direct(result)["why"]


@pytest.mark.compiler("gcc", "tcc")
def test_many_compilers_meet_over_it_too(cli: CommandLine) -> None:
    ended = cli(*DIRECT, "--compiler", "tcc", "--compiler", "gcc", "--pairs", "full")
    result = json.loads((cli.cwd / "r.json").read_text())
    assert ended.returncode == 1
    assert {tuple(row["pair"]): row["status"] for row in direct(result)["pairs"]} == {
        ("gcc-O2", "gcc-O2"): "pass", ("gcc-O2", "tcc"): "fail", ("tcc", "gcc-O2"): "fail", ("tcc", "tcc"): "pass",
    }  # fmt: skip


@pytest.mark.compiler("tcc")
def test_it_is_listed_and_explained_and_runs_only_where_it_is_asked_for(cli: CommandLine) -> None:
    assert "DIRECT-PAIR" in cli("list", "checks").stdout
    assert "two compilers agree on a plain C call" in cli("explain", "DIRECT-PAIR").stdout
    ended = cli("run", "--compiler", "tcc", "--max-examples", "1", "--json", "r.json")
    assert direct(cli.result("r.json"))["why"] == "not selected"
    assert "DIRECT" not in ended.stdout
    assert "did you mean DIRECT-PAIR?" in one_sentence(cli("run", "--check", "DIRECT-PAR"))


@pytest.mark.compiler("gcc:-fsanitize=undefined")
def test_a_side_with_a_sanitizer_makes_no_plain_calls(cli: CommandLine) -> None:
    asked = ("--check", "DIRECT-PAIR", "--compiler", "gcc:-fsanitize=undefined", "--max-examples", "1")
    ended = cli("run", *asked)
    assert ended.returncode == 5, ended.stdout[-1500:]
    assert "plain C calls are made without sanitizers, and gcc-fsanitize=undefined has one" in ended.stdout


@pytest.mark.compiler("g++")
def test_it_is_not_about_subjects_in_cpp(cli: CommandLine) -> None:
    ended = cli(
        "run", "--subject", "reference-cxx", "--check", "DIRECT-PAIR", "--compiler", "g++", "--max-examples", "1"
    )
    assert "it is about C compilers, and the subject's are those of C++" in ended.stdout
