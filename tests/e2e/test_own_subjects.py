"""A runtime in a folder of its own, written from the outside contract: it conforms, and with a mistake it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e import own
from tests.e2e.commandline import CommandLine

pytestmark = pytest.mark.compiler("tcc")

SMALL = ("--max-examples", "2")


def files(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("compiler", ["tcc", pytest.param("gcc", marks=pytest.mark.compiler("gcc"))])
def test_it_conforms(cli: CommandLine, tmp_path: Path, compiler: str) -> None:
    manifest = own.packed(tmp_path / "a folder; of its own")
    before = files(manifest.parent)
    ended = cli("run", "--subject", manifest, "--compiler", compiler, *SMALL)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    result = cli.result()
    assert result["subject"] == {"name": "acme-runtime", "version": "1.4.0", "convention": "packed"}
    # Its rules convert, and it has no tensors.
    statuses = {check["id"]: (check["status"], check["why"]) for check in result["checks"]}
    assert statuses["X0-COERCE"][0] == statuses["X0-RANGE"][0] == "pass"
    assert statuses["X0-TENSOR"] == ("not-applicable", "the subject has no tensors")
    assert set(result["counts"]["by_convention"]["packed"]) == {"detected"}
    assert files(manifest.parent) == before


@pytest.mark.parametrize("compiler", ["tcc", pytest.param("gcc", marks=pytest.mark.compiler("gcc"))])
def test_a_header_where_the_run_is_started_is_not_taken_for_its_own(
    cli: CommandLine, tmp_path: Path, compiler: str
) -> None:
    manifest = own.packed(tmp_path / "acme")
    (cli.cwd / "binding.h").write_text("#error this is another runtime's\n")
    ended = cli("run", "--subject", manifest, "--compiler", compiler, "--check", "X0-TYPE", *SMALL)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize(
    ("mistake", "check", "key"),
    [
        ("MISTAKE_I64_TAKES_FLOAT", "X0-TYPE", "type::packed::tcc>tcc::i64<-"),
        ("MISTAKE_F64_READS_BITS", "X0-COERCE", "coerce::packed::tcc>tcc::f64<-"),
        ("MISTAKE_I64_RETURNED_AS_FLOAT", "X0-MATCH", "match::packed::tcc>tcc::match"),
    ],
)
def test_a_mistake_is_found(cli: CommandLine, tmp_path: Path, mistake: str, check: str, key: str) -> None:
    manifest = own.packed(tmp_path / "acme", mistake)
    ended = cli("run", "--subject", manifest.parent, "--compiler", "tcc", "--check", check, *SMALL)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    findings = cli.result()["findings"]
    found = next(each for each in findings if each["check"] == check and each["key"].startswith(key))
    assert cli("replay", found["id"]).returncode == 1
    own.packed(tmp_path / "acme")  # mended, where it lies
    assert cli("replay", found["id"]).returncode == 0


@pytest.mark.compiler("gcc")  # for Python's API mode
def test_a_binding_need_not_pack_null_where_its_convention_has_none(cli: CommandLine, tmp_path: Path) -> None:
    manifest = own.packed(tmp_path / "acme")
    own.without_null(manifest.parent)
    ended = cli("run", "--subject", manifest, "--compiler", "tcc", *SMALL)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    statuses = {check["id"]: check["status"] for check in cli.result()["checks"]}
    assert statuses["DYNAMIC"] == "pass"


def test_an_unpacked_one(cli: CommandLine, tmp_path: Path) -> None:
    ended = cli("run", "--subject", own.unpacked(tmp_path / "bare"), "--compiler", "tcc", *SMALL)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    result = cli.result()
    assert {check["id"] for check in result["checks"] if check["status"] == "pass"} >= {"X1-MATCH", "X1-SILENT"}
    assert all(check["why"] for check in result["checks"] if check["status"] == "not-applicable")

    mistaken = own.unpacked(tmp_path / "bad", "MISTAKE_NO_HANDLE")
    bad = cli("run", "--subject", mistaken, "--compiler", "tcc", "--check", "X1-MATCH", *SMALL)
    assert bad.returncode == 1
    assert "NONCONFORMING  X1-MATCH  match::unpacked::tcc>tcc::match" in bad.stdout


def test_its_matrix(cli: CommandLine, tmp_path: Path) -> None:
    manifest = own.packed(tmp_path / "acme")
    shown = cli("matrix", "--subject", manifest, "--compiler", "tcc")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    rows = {line.split()[0]: line.split()[1:] for line in shown.stdout.splitlines()[1:5]}
    header = shown.stdout.split("\n")[0].split()
    assert header[:5] == ["declared", "int", "float", "handle", "null"]
    assert (rows["f64"][:4], rows["handle"][:4]) == (["~", "=", "·", "·"], ["·", "·", "=", "~"])
    wrong = cli("matrix", "--subject", own.packed(tmp_path / "w", "MISTAKE_I64_TAKES_FLOAT"), "--compiler", "tcc")
    assert wrong.returncode == 1
    assert "differs: i64 under float: accept, the rules say reject" in wrong.stdout
