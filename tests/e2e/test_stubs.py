"""Generic stubs and compiled ones: what a run makes its calls with, and what it says where they differ."""

from __future__ import annotations

import importlib.util
import json
from typing import Any

import pytest

from conformance.toolchain.fixtures import root
from tests.e2e.commandline import CommandLine

BROKEN = root() / "broken"
FEW = ("--max-examples", "3", "--json", "r.json")


def checks(cli: CommandLine) -> dict[str, dict[str, Any]]:
    result = json.loads((cli.cwd / "r.json").read_text())
    return {check["id"]: check for check in result["checks"]}


@pytest.mark.parametrize("stubs", ["generic", "compiled", "both"])
def test_every_form_conforms_and_finds_what_is_wrong(cli: CommandLine, stubs: str) -> None:
    asked = ("--compiler", "tcc", "--stubs", stubs, "--check", "X0-TYPE", "--check", "STUBS", *FEW)
    ended = cli("run", *asked)
    assert ended.returncode == 0, ended.stdout[-1500:]
    found = checks(cli)
    assert found["STUBS"]["status"] == ("pass" if stubs == "both" else "not-applicable")
    compiled = json.loads((cli.cwd / "r.json").read_text())["counts"]["compiled"]
    assert (compiled > 0) == (stubs != "generic")
    if stubs != "both":
        assert found["STUBS"]["why"] == f"'--stubs {stubs}' leaves nothing to hold its stubs against"
    ended = cli("run", "--subject", str(BROKEN / "int-for-f64"), *asked)
    assert ended.returncode == 1
    assert checks(cli)["X0-TYPE"]["status"] == "fail"


def test_what_generic_stubs_show_is_replayed_with_them_and_reproduced_by_c_alone(cli: CommandLine) -> None:
    asked = ("--subject", str(BROKEN / "int-for-f64"), "--compiler", "tcc", "--check", "X0-TYPE")
    assert cli("run", *asked, "--stubs", "generic", *FEW).returncode == 1
    finding = json.loads((cli.cwd / "r.json").read_text())["findings"][0]
    assert finding["case"]["stubs"] == "generic"
    assert not any("reproducer" in line for line in finding["detail"])
    replayed = cli("replay", finding["id"])
    assert replayed.returncode == 1
    assert "verdict" in replayed.stdout


def test_what_only_generic_stubs_show_says_so(cli: CommandLine) -> None:
    header = root() / "reference" / "binding.h"
    (cli.cwd / "binding.h").write_text(
        f'#include "{header}"\n'
        "#define abi_check_f64(codes, index) (__builtin_constant_p(index) ? abi_check_f64(codes, index) : 0)\n"
    )
    (cli.cwd / "subject.toml").write_text(
        '[subject]\nname = "by-variable"\nversion = "1"\nconvention = "packed"\nrules = "tvm-packed"\n'
        f'[build]\nbinding = "binding.h"\nsources = ["{root() / "reference" / "packed.c"}"]\n'
    )
    asked = ("--compiler", "tcc", "--check", "X0-UNKNOWN", "--stubs", "generic", *FEW)
    assert cli("run", "--subject", "subject.toml", *asked).returncode == 1
    finding = json.loads((cli.cwd / "r.json").read_text())["findings"][0]
    assert finding["detail"][0].startswith("generic stubs show it; its stand-alone reproducer")
    assert cli("run", "--subject", "subject.toml", *asked, "--stubs", "compiled").returncode == 0


def test_forms_that_differ_are_told_with_what_a_third_compiler_does(cli: CommandLine) -> None:
    ended = cli("run", "--subject", str(BROKEN / "unchecked-constants"), "--compiler", "tcc", "--check", "STUBS", *FEW)
    assert ended.returncode == 1
    finding = json.loads((cli.cwd / "r.json").read_text())["findings"][0]
    assert finding["observed"].startswith("generic stubs: rejected, naming argument 1")
    assert "; compiled ones: returned 0" in finding["observed"]


@pytest.mark.compiler("gcc")
def test_a_third_compiler_says_whose_a_difference_is(cli: CommandLine) -> None:
    subject = ("--subject", str(BROKEN / "unchecked-constants"))
    assert cli("run", *subject, "--compiler", "tcc", "--check", "STUBS", *FEW).returncode == 1
    finding = json.loads((cli.cwd / "r.json").read_text())["findings"][0]
    assert "with gcc-O2 the forms differ too: so it is the subject" in " ".join(finding["detail"])


def test_a_waived_difference_is_no_failure(cli: CommandLine) -> None:
    (cli.cwd / "abi-waivers.toml").write_text(
        '[[waiver]]\nkey = "type::packed::tcc>tcc::i32<-*@*"\nverdict = "unpredicted"\nreason = "known"\n'
    )
    subject = ("--subject", str(BROKEN / "unchecked-constants"))
    ended = cli("run", *subject, "--compiler", "tcc", "--check", "STUBS", *FEW)
    assert ended.returncode == 0, ended.stdout[-1500:]
    assert checks(cli)["STUBS"]["status"] == "waived"


def test_stubs_are_no_matter_of_a_subject_in_python(cli: CommandLine) -> None:
    if importlib.util.find_spec("tvm_ffi") is None:
        pytest.skip("needs apache-tvm-ffi: it is not installed")
    ended = cli("run", "--subject", "tvm-ffi", "--stubs", "generic")
    assert ended.returncode == 4
    assert "tvm-ffi is called, not compiled against; leave out --stubs" in ended.stderr
