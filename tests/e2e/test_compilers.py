"""Compilers of every kind as sides: small ones, covering pairs, and one that is wrong, which is named."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from tests.e2e.commandline import CommandLine

SMALL = ("--max-examples", "1")

WRONG_AT_O2 = r"""#!/bin/sh
# gcc, but at -O2 a packed callee loses the lowest bit of an i16.
case " $* " in *" -O2 "*)
  was='abi_unpack_i16(args, codes, \([0-9]*\), &\(a[0-9]*\))'
  wrong="s/$was/abi_unpack_i16(args, codes, \1, \&\2), \2 \&= ~1, error/"
  [ ! -f callees.c ] || sed -i "$wrong" callees.c ;;
esac
exec gcc "$@"
"""


@pytest.mark.compiler("pcc")
def test_pcc_builds_sides(cli: CommandLine) -> None:
    ended = cli("run", "--pair", "pcc/tcc", "--pair", "tcc/pcc", "--check", "X0-TYPE", "--check", "X1-WRITE", *SMALL)
    assert ended.returncode == 0, ended.stdout[-1500:]


@pytest.mark.compiler("chibicc")
def test_chibicc_is_told_to_disagree_with_itself_and_is_no_error_of_the_suite(cli: CommandLine) -> None:
    asked = ("--check", "X0-TYPE", "--stubs", "compiled", "--max-examples", "2", "--json", "r.json")
    ended = cli("run", "--compiler", "chibicc", *asked)
    assert ended.returncode == 0, ended.stdout[-1500:]
    check = next(c for c in json.loads((cli.cwd / "r.json").read_text())["checks"] if c["id"] == "X0-TYPE")
    assert check["by_verdict"]["inconclusive"] > 0
    assert "the sides do not agree on plain C calls: a direct call of (" in check["why"]


@pytest.mark.compiler("tcc", "gcc")
def test_covering_pairs_share_what_is_drawn_and_are_shown_as_a_matrix(cli: CommandLine) -> None:
    reports = ("--json", "r.json", "--html", "r.html", "--markdown", "r.md")
    ended = cli(
        "run", "--compiler", "tcc", "--compiler", "gcc", "--pairs", "covering", "--check", "X0-LAYOUT", *reports
    )
    assert ended.returncode == 0, ended.stdout[-1500:]
    result = json.loads((cli.cwd / "r.json").read_text())
    assert len(result["pairs"]) > 20
    assert result["notes"]["pairs"].endswith("of 2 compilers on 1 targets, which share what one pair draws")
    ids = {side for pair in result["pairs"] for side in pair}
    assert {"tcc", "gcc-O0", "gcc-O3", "gcc-Os", "gcc-O2-flto", "gcc-O2-fshort-enums", "gcc-O0-fpack-struct"} <= ids
    assert "── compilers" in ended.stdout
    assert "  gcc              ok   ok" in ended.stdout
    assert "| gcc | ok | ok |" in (cli.cwd / "r.md").read_text()
    page = (cli.cwd / "r.html").read_text()
    assert '<a href="#compilers">' in page
    assert '<tr><th scope="row"><code>gcc</code></th><td class="pass">ok</td><td class="pass">ok</td></tr>' in page


@pytest.mark.compiler("gcc")
def test_structures_without_gaps_are_an_agreement_of_both_sides(cli: CommandLine) -> None:
    packing = "gcc:-fpack-struct"
    agreed = cli("run", "--pair", f"{packing}/{packing}", "--check", "X0-LAYOUT")
    assert agreed.returncode == 0, agreed.stdout[-1500:]
    assert cli("run", "--pair", f"{packing}/gcc", "--check", "X0-LAYOUT").returncode == 1


@pytest.mark.compiler("tcc", "gcc")
def test_all_with_all_takes_the_usual_flags(cli: CommandLine) -> None:
    ended = cli(
        "run", "--compiler", "tcc", "--compiler", "gcc", "--pairs", "full", "--check", "X0-LAYOUT", "--json", "r"
    )
    assert ended.returncode == 0
    pairs = json.loads((cli.cwd / "r").read_text())["pairs"]
    assert sorted(map(tuple, pairs)) == [("gcc-O2", "gcc-O2"), ("gcc-O2", "tcc"), ("tcc", "gcc-O2"), ("tcc", "tcc")]


def test_a_way_to_pair_that_there_is_not_is_one_sentence(cli: CommandLine) -> None:
    ended = cli("run", "--pairs", "some")
    assert ended.returncode == 4
    assert "--pairs some: there is no such way to pair; there are covering, full" in ended.stderr


@pytest.mark.compiler("tcc", "gcc")
def test_a_compiler_that_miscompiles_a_kind_at_one_level_is_named(cli: CommandLine, tmp_path: Path) -> None:
    wrapper = tmp_path / "wrapcc"
    wrapper.write_text(WRONG_AT_O2)
    wrapper.chmod(wrapper.stat().st_mode | stat.S_IXUSR)
    sides = ("--compiler", "tcc", "--compiler", f"{wrapper}:-O0", "--compiler", f"{wrapper}:-O2")
    ended = cli("run", *sides, "--check", "X0-MATCH", *SMALL, "--json", "r.json", "--html", "r.html")
    assert ended.returncode == 1, ended.stdout[-1500:]
    result = json.loads((cli.cwd / "r.json").read_text())
    wrong = next(side["id"] for side in result["compilers"] if side["id"].endswith("-O2"))
    assert {finding["pair"][1] for finding in result["findings"]} == {wrong}
    assert {finding["signature"]["declared"] for finding in result["findings"]} == {"(i16) -> none"}
    assert f"sides      only with {wrong} as callee" in ended.stdout
