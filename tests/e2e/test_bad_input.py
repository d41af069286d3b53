"""What cannot be used ends with one clear sentence and code 4, and leaves nothing behind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import own
from tests.e2e.commandline import FOLDER, CommandLine, broken, one_sentence

pytestmark = pytest.mark.compiler("tcc")


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("run", "--subject", "nobody"), "there is no subject 'nobody'; name one of reference, "),
        (("run", "--compiler", "nocc"), "unknown compiler 'nocc'"),
        (("run", "--compiler", "clang-99"), "clang-99 is not installed; run apt install"),
        (("run", "--compiler", "tcc:-no-such-flag"), "invalid option -- '-no-such-flag'"),
        (("run", "--pair", "tcc"), "CALLER/CALLEE"),
        (("run", "--check", "X0-TYP"), "did you mean X0-TYPE?"),
        (("run", "--profile", "slow"), "there are quick, ci, nightly"),
        (("run", "--no-such-option"), "--no-such-option"),
        (("run", "-n", "many"), "no number of processes"),
        (("run", "--waivers", "none.toml"), "none.toml: cannot be read"),
        (("run", "--baseline", "none.json"), "none.json: cannot be read"),
        (("run", "--junit", "/proc/j.xml"), "/proc/j.xml cannot be written"),
        (("run", "--json", "/dev/null"), "/dev/null is no file that can be replaced"),
        (("run", "--report-dir", "/proc/none"), "/proc/none/result.json cannot be written"),
        (("replay", "abcdef"), "there is no finding 'abcdef'"),
        (("replay", "none/case.json"), "neither the id of a finding"),
        (("matrix", "--subject", "nobody"), "there is no subject 'nobody'"),
        (("explain", "X0-NOTHING"), "is no check, verdict, mismatch class, kind, rules table or policy"),
        (("list", "everything"), "cannot be listed"),
        (("diff", "a.json", "b.json"), "a.json: cannot be read"),
        (("launch",), "there is no command 'launch'"),
        (
            ("matrix", "--subject", "reference-unpacked", "--compiler", "tcc"),
            "the unpacked convention, which carries no",
        ),
        (("run", "--subject="), "--subject is empty"),
        (("run", "--html", "  "), "--html is empty"),
        (("run", "-n", ""), "-n is empty"),
        (("matrix", "--subject", ""), "--subject is empty"),
        (("replay", ""), "an argument is empty"),
        (("replay", "abc", "--subject", ""), "--subject is empty"),
        (("waivers", "update", "--waivers", ""), "--waivers is empty"),
    ],
)
def test_arguments(cli: CommandLine, args: tuple[str, ...], says: str) -> None:
    assert says in one_sentence(cli(*args))
    assert not cli.left()


def test_one_path_for_two_reports(cli: CommandLine) -> None:
    run = ("run", "--compiler", "tcc", "--json", "r", "--html", "p")
    assert "r is to be both the report 'junit' and the report 'json'" in one_sentence(cli(*run, "--junit", "r"))
    assert "p is to be both the report 'junit' and the report 'html'" in one_sentence(cli(*run, "--junit", "./p"))
    assert not cli.left()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("[subject]", "[subject", "is not valid TOML"),
        ('version = "1.4.0"', 'verison = "1.4.0"', "[subject] has no key 'verison'"),
        ('"i64", ', '"i63", ', "'i63' is no kind to declare"),
        ('"i64", ', '"u8", ', "the rules 'rules' have no [accept.u8]"),
        ('convention = "packed"', 'convention = "boxed"', "it is 'packed' or 'unpacked'"),
        ('"src/runtime.c"', '"src/none.c"', "sources: there is no file"),
        ('include = ["include"]', 'include = ["none"]', "include: there is no folder"),
        ("[build]", "[builds]", "[builds] is no part of a manifest"),
        ("rules.toml", "none.toml", "neither a named table"),
    ],
)
def test_a_manifest(cli: CommandLine, tmp_path: Path, old: str, new: str, says: str) -> None:
    manifest = own.packed(tmp_path / "acme")
    manifest.write_text(own.MANIFEST.replace(old, new))
    said = one_sentence(cli("run", "--subject", manifest, "--compiler", "tcc"))
    assert says in said and str(manifest) in said
    assert not cli.left()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("[codes]", "[codes", "is not valid TOML"),
        ('exact = ["float"]', 'exact = ["flaot"]', "flaot"),
        ("[accept.handle]", "[accept.hanlde]", "'hanlde' is no kind"),
        ('range = "reject"', 'range = "wrap"', "range = 'wrap'; it is 'truncate' or 'reject'"),
        ("float = 20", 'float = "20"', "float"),
        ("[policy]", "[policies]", "[policies] is no part of a rules table"),
    ],
)
def test_a_rules_table(cli: CommandLine, tmp_path: Path, old: str, new: str, says: str) -> None:
    manifest = own.packed(tmp_path / "acme")
    (manifest.parent / "rules.toml").write_text(own.RULES.replace(old, new))
    said = one_sentence(cli("run", "--subject", manifest, "--compiler", "tcc"))
    assert says in said and "rules.toml" in said
    assert not cli.left()


@pytest.mark.parametrize("compiler", ["tcc", pytest.param("gcc", marks=pytest.mark.compiler("gcc"))])
def test_a_binding_that_does_not_compile(cli: CommandLine, tmp_path: Path, compiler: str) -> None:
    manifest = own.packed(tmp_path / "acme")
    header = manifest.parent / "include" / "binding.h"
    header.write_text(own.BINDING.replace("static inline int abi_check_i64", "static inline itn abi_check_i64"))
    said = one_sentence(cli("run", "--subject", manifest, "--compiler", compiler))
    line = header.read_text()[: header.read_text().index("itn")].count("\n") + 1
    assert f"binding.h:{line}" in said and "error" in said
    assert str(manifest) in said
    assert not cli.left()


def test_a_binding_that_lacks_a_function(cli: CommandLine, tmp_path: Path) -> None:
    manifest = own.packed(tmp_path / "acme")
    header = manifest.parent / "include" / "binding.h"
    header.write_text(own.BINDING.replace("abi_take_handle", "abi_tkae_handle"))
    assert "abi_take_handle" in one_sentence(cli("run", "--subject", manifest, "--compiler", "tcc"))


@pytest.mark.compiler("s390x-linux-gnu-gcc")
def test_a_cross_compiler(cli: CommandLine) -> None:
    said = one_sentence(cli("run", "--compiler", "s390x-linux-gnu-gcc"))
    assert "makes code for s390x" in said
    assert not cli.left()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "is not valid JSON"),
        ("[]", "holds a list, not an object"),
        ("{}", "schema is missing"),
        ('{"schema": "abi-conformance/1", "findings": []}', "nothing to replay"),
    ],
)
def test_a_replay_file(cli: CommandLine, text: str, says: str) -> None:
    (cli.cwd / "case.json").write_text(text)
    assert says in one_sentence(cli("replay", "case.json"))
    assert cli.left() == ["case.json"]


def test_a_replay_file_that_was_changed(cli: CommandLine) -> None:
    assert cli("run", "--subject", broken("int-for-f64"), "--compiler", "tcc", "--check", "X0-TYPE").returncode == 1
    finding = cli.result()["findings"][0]
    path = cli.cwd / FOLDER / finding["id"] / "finding.json"
    recorded = path.read_text()
    changes: list[dict[str, Any]] = [
        {"check": "X0-NOTHING"},
        {"declared": "(f65) -> none"},
        {"payload": []},
        {"mismatch": {"class": "odd", "index": 0, "declared": "f64", "passed": "i64"}},
        {"pair": ["gcc-99", "tcc"]},
        {"wire": 3},
    ]
    for change in changes:
        raw = json.loads(recorded)
        raw["case"].update(change)
        path.write_text(json.dumps(raw))
        one_sentence(cli("replay", finding["id"]))
    path.write_text(recorded[: len(recorded) // 2])
    assert "is not valid JSON" in one_sentence(cli("replay", finding["id"]))
