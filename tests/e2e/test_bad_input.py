"""What cannot be used ends with one clear sentence and code 4, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import shlex
import time
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
        (("run", "--max-time", "5x"), "--max-time 5x: this is no time; write it like 90s, 5m or 2h"),
        (("run", "--max-time", "0s"), "this is no time"),
        (("run", "-n", "100000"), f"give at most {(os.cpu_count() or 1) * 8}, or auto"),
        (("run", "-n", "9" * 5000), ", or auto"),
        (("run", "--max-examples", "9" * 5000), "no whole number from 1 up"),
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


SMALL = ("run", "--compiler", "tcc", "--check", "X0-MATCH", "--max-examples", "1")


@pytest.mark.parametrize(
    ("before", "says"),
    [
        ("mkdir gone; cd gone; rmdir ../gone", "the current folder is not there any more; change to one that is"),
        ("ulimit -n 10", "only 10 files may be open at a time; a run needs 64: ulimit -n 64"),
        ("ulimit -f 8", "a run needs 67,108,864: ulimit -f unlimited"),
    ],
)
def test_a_machine_that_cannot_run_it(cli: CommandLine, before: str, says: str) -> None:
    assert says in one_sentence(cli(*SMALL, wrap=("bash", "-c", f'{before}; exec "$@"', "bash")))
    assert not cli.left()


@pytest.mark.parametrize("args", [SMALL, ("list", "checks")], ids=["run", "list"])
def test_a_full_standard_output(cli: CommandLine, args: tuple[str, ...]) -> None:
    said = one_sentence(cli(*args, wrap=("sh", "-c", 'exec "$@" > /dev/full', "sh")))
    assert "standard output" in said
    assert "No space left on device" in said
    if args == SMALL:
        assert cli.result()["complete"]


def test_a_number_of_thousands_of_digits(cli: CommandLine) -> None:
    (cli.cwd / "big.json").write_text(f'{{"schema": "abi-conformance/2", "seed": {"9" * 5000}}}')
    for args in (("diff", "big.json", "big.json"), (*SMALL, "--baseline", "big.json"), ("replay", "big.json")):
        assert "big.json" in one_sentence(cli(*args))


def test_a_constructor_that_hangs(cli: CommandLine, tmp_path: Path) -> None:
    manifest = own.packed(tmp_path / "acme")
    hang = "__attribute__((constructor)) static void hang(void) { for (;;) pause(); }"
    with (manifest.parent / "src" / "runtime.c").open("a") as source:
        source.write(f"\n#include <unistd.h>\n{hang}\n")
    started = time.monotonic()
    said = one_sentence(cli(*SMALL, "--subject", manifest.parent))
    assert "took longer than 5 s: what runs when a library is loaded, a constructor, hangs" in said
    assert time.monotonic() - started < 30


def test_quotes_in_a_path(cli: CommandLine) -> None:
    folder = "a'b\"c d"
    run = (*SMALL[:4], "X0-COUNT", *SMALL[5:], "--subject", broken("accepts-few"), "--report-dir", folder)
    ended = cli(*run, "--junit", f"{folder}/j.xml", "--html", f"{folder}/p.html")
    assert ended.returncode == 1, ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr
    command = cli.result(f"{folder}/result.json")["findings"][0]["replay"]
    assert cli(*shlex.split(command)[1:]).returncode == 1


def test_too_many_warnings_of_pytest_fail_the_run(cli: CommandLine) -> None:
    (cli.cwd / "test_mine.py").write_text("import warnings\ndef test_mine(): warnings.warn('mine')\n")
    mine = str(cli.cwd / "test_mine.py")
    assert cli(*SMALL, "--", mine, "-W", "default", "--max-warnings=0").returncode == 1


def test_one_path_for_two_reports(cli: CommandLine) -> None:
    run = ("run", "--compiler", "tcc", "--json", "r", "--html", "p")
    assert "r is to be both the report 'junit' and the report 'json'" in one_sentence(cli(*run, "--junit", "r"))
    assert "p is to be both the report 'html' and the report 'junit'" in one_sentence(cli(*run, "--junit", "./p"))
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
    assert cli(*SMALL[:4], "X0-TYPE", *SMALL[5:], "--subject", broken("int-for-f64")).returncode == 1
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
