"""A finding's folder: what is in it, that it is there whole or not at all, and what `read` says of others."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import conformance
from conformance.findings.load import read
from conformance.findings.record import FindingError
from conformance.model.case import Case, Mismatch
from conformance.model.signature import Param, Signature
from conformance.model.value import Value
from conformance.subjects.manifest import load_subject
from conformance.toolchain.fixtures import root
from tests.unit.findings import made
from tests.unit.findings.made import write

CASE = made.SHOWN_BY["unchecked-after-rejection"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A finding's folder of a shipped subject, under `tmp_path`."""
    return write(made.finding(CASE), load_subject("reference"), tmp_path)


def everything_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


# ---- Writing ----------------------------------------------------------------------------------------------


def test_holds_the_case_the_program_and_the_subject(folder: Path) -> None:
    assert folder.name == CASE.id
    assert everything_in(folder) == {
        "case.json",
        "finding.json",
        "caller.c",
        "callee.c",
        "reproducer.h",
        "common.c",
        "common.h",
        "fence.h",
        "machine.c",
        "machine.h",
        "support.c",
        "support.h",
        "Makefile",
        "README.txt",
        "subject/binding.h",
        "subject/packed.c",
    }


def test_the_case_is_pure_and_the_finding_says_of_what(folder: Path) -> None:
    raw = json.loads((folder / "case.json").read_text())
    assert Case.from_json(raw) == CASE
    assert json.loads((folder / "finding.json").read_text()) == {
        "case": raw,
        "subject": "reference",
        "verdict": "silent-wrong",
        "compilers": {},
        "tool": conformance.__version__,
    }


def test_a_subject_of_ones_own_goes_by_its_manifest(tmp_path: Path) -> None:
    manifest = root() / "broken" / "no-checks" / "subject.toml"
    folder = write(made.finding(CASE), load_subject(str(manifest)), tmp_path)
    assert read(str(folder), tmp_path).subject == str(manifest)
    # `#include "../../reference/packed.c"` leads to the copy.
    assert {"subject/broken/no-checks/runtime.c", "subject/reference/packed.c"} <= everything_in(folder)
    assert str(root()) not in (folder / "Makefile").read_text() + (folder / "reproducer.h").read_text()


def test_copies_what_includes_reach(tmp_path: Path) -> None:
    home = tmp_path / "home"
    files = {
        "runtime/subject.toml": '[subject]\nname = "own"\n[build]\nbinding = "b.h"\nsources = ["src/r.c"]\n'
        'include = ["../shared/include"]\n',
        "runtime/b.h": "#include <deep/types.h>\n",
        "runtime/src/r.c": '#include "inner/i.c"\n#include <not_there.h>\n',
        "runtime/src/inner/i.c": "",
        "runtime/src/unrelated.c": "",
        "shared/include/deep/types.h": "",
    }
    for name, text in files.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)
    folder = write(made.finding(CASE), load_subject(str(home / "runtime")), tmp_path / "reports")
    assert {name for name in everything_in(folder) if name.startswith("subject/")} == {
        f"subject/{name}" for name in files if not name.endswith((".toml", "unrelated.c"))
    }
    makefile = (folder / "Makefile").read_text()
    assert "\nSUBJECT = -Isubject/runtime -Isubject/shared/include\n" in makefile
    assert "\nSOURCES = subject/runtime/src/r.c\n" in makefile


def test_replaces_the_folder_of_an_earlier_run(folder: Path, tmp_path: Path) -> None:
    (folder / "litter").write_text("from an earlier run")
    again = write(made.finding(CASE, "late"), load_subject("reference"), tmp_path)
    assert again == folder
    assert not (folder / "litter").exists()
    assert read(CASE.id, tmp_path).verdict == "late"
    assert [path.name for path in tmp_path.iterdir()] == [CASE.id]


def test_replaces_what_is_no_folder(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / CASE.id).symlink_to(elsewhere)
    folder = write(made.finding(CASE), load_subject("reference"), tmp_path / "reports")
    assert folder.is_dir()
    assert not folder.is_symlink()
    assert not any(elsewhere.iterdir())


def test_is_readable_by_all_that_may(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    assert folder.stat().st_mode == (tmp_path / "other").stat().st_mode


def test_leaves_nothing_half_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FindingError, match=r"cannot be written: .*; name another --report-dir"):
        write(made.finding(CASE), load_subject("reference"), tmp_path / "file")
    with pytest.raises(FindingError, match="has no reproducer"):
        write(made.finding(CASE), load_subject("reference-unpacked"), tmp_path / "reports")
    assert list((tmp_path / "reports").iterdir()) == []


# ---- Reading ----------------------------------------------------------------------------------------------


def result_json(*cases: Case) -> dict[str, Any]:
    findings = [{"id": case.id, "verdict": "silent-wrong", "case": case.to_json()} for case in cases]
    return {"schema": "abi-conformance/2", "subject": {"name": "reference"}, "findings": findings}


@pytest.mark.parametrize("name", ["", "finding.json", "case.json"])
def test_reads_by_path(name: str, folder: Path, tmp_path: Path) -> None:
    found = read(str(folder / name), tmp_path / "nowhere")
    assert (found.case, found.subject, found.verdict) == (CASE, "reference", "silent-wrong")


@pytest.mark.parametrize("schema", ["abi-conformance/1", "abi-conformance/2"])
def test_reads_a_result_of_every_schema(schema: str, tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text(json.dumps({**result_json(CASE), "schema": schema}))
    assert read(str(tmp_path / "result.json"), tmp_path).case == CASE


@pytest.mark.parametrize("length", [12, 4, 1])
def test_reads_by_id(length: int, folder: Path, tmp_path: Path) -> None:
    assert read(folder.name[:length], tmp_path).case == CASE


def test_reads_a_case_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text(json.dumps(CASE.to_json()))
    found = read(str(tmp_path / "mine.json"), tmp_path)
    assert (found.case, found.subject, found.verdict) == (CASE, "", "")


def test_reads_a_case_with_kinds_that_only_one_runtime_has(tmp_path: Path) -> None:
    passed = Signature((Param("rvalue"), Param("i8")), "opt_i64")
    payload = Value("rvalue", data=b"[1]"), Value("i8", 0xFF)
    case = Case("X0-MATCH", "packed", "wire", "runtime", passed, passed, Mismatch("match"), payload,
                result=Value("opt_i64", (1 << 64) - 1))  # fmt: skip
    path = tmp_path / "one.json"
    path.write_text(json.dumps(case.to_json()))
    assert read(str(path), tmp_path).case == case


def test_reads_a_result(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_text(json.dumps(result_json(CASE)))
    assert read(str(path), tmp_path).case == CASE
    assert read(str(path), tmp_path).subject == "reference"
    other = made.SHOWN_BY["no-checks"]
    path.write_text(json.dumps(result_json(CASE, other)))
    assert read(f"{path}#{other.id}", tmp_path).case == other
    assert read(f"{path}#{other.id[:5]}", tmp_path).case == other


def test_the_subject_of_a_result_is_that_of_its_folders(tmp_path: Path) -> None:
    subject = load_subject(str(root() / "broken" / "no-checks"))
    write(made.finding(CASE), subject, tmp_path)
    path = tmp_path / "result.json"
    path.write_text(json.dumps(result_json(CASE)))
    assert read(str(path), tmp_path).subject == str(subject.manifest)


def says(target: str, report_dir: Path) -> str:
    with pytest.raises(FindingError) as caught:
        read(target, report_dir)
    words = str(caught.value)
    assert "\n" not in words
    return words


def test_says_which_findings_there_are(folder: Path, tmp_path: Path) -> None:
    wrong = "0" if not folder.name.startswith("0") else "1"
    assert says(wrong, tmp_path) == f"{tmp_path}: there is no finding '{wrong}'; there are {folder.name}"
    empty = tmp_path / "none"
    assert says("abc", empty) == (
        f"{empty}: there is no finding 'abc'; there are none: run 'abi-conformance run' first"
    )


def test_says_that_an_id_begins_several(folder: Path, tmp_path: Path) -> None:
    twin = folder.name[:3] + "0" * 9
    (tmp_path / twin).mkdir()
    assert says(folder.name[:3], tmp_path).endswith("; give more of it")


def test_says_that_there_is_nothing(tmp_path: Path) -> None:
    words = "is neither the id of a finding in"
    assert words in says("no/such/file.json", tmp_path)
    assert words in says("", tmp_path)
    assert words in says(str(tmp_path / "gone.json#abc"), tmp_path)
    assert words in says("a\0b", tmp_path)
    assert says(str(tmp_path), tmp_path) == (
        f"{tmp_path}: has neither finding.json nor case.json; name the folder of a finding"
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"\xff{}", "is not UTF-8 (byte 0)"),
        (b"{", "is not valid JSON: line 1"),
        (b"[1]", "holds a list, not an object"),
        (b"[" * 100_000, "is nested too deeply"),
        (b"{}", "schema is missing; it must be 'abi-conformance/case/1'"),
        (b'{"findings": []}', "schema is None; a result has 'abi-conformance/1' or 'abi-conformance/2'"),
        (b'{"schema": "abi-conformance/1", "findings": []}', "nothing to replay"),
        (b'{"schema": "abi-conformance/1", "findings": {}}', "findings must be a list"),
        (b'{"schema": "abi-conformance/1", "findings": [{"id": "a"}]}', "a has no case"),
        (b'{"case": 1}', "case: this must be a case, not 1"),
    ],
)
def test_says_what_is_wrong_with_a_file(text: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "it.json"
    path.write_bytes(text)
    said = says(str(path), tmp_path)
    assert said.startswith(f"{path}: ")
    assert words in said


def test_says_which_of_several_findings_to_name(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_text(json.dumps(result_json(CASE, made.SHOWN_BY["no-checks"])))
    assert says(str(path), tmp_path).endswith(f"name one of them, as in {path}#{CASE.id}")
    assert "there is no finding 'fff'" in says(f"{path}#fff", tmp_path)
    (tmp_path / "case.json").write_text(json.dumps(CASE.to_json()))
    assert "says nothing; leave it out" in says(f"{tmp_path / 'case.json'}#{CASE.id}", tmp_path)


def change(key: str, value: object) -> Callable[[dict[str, Any]], None]:
    """Puts `value` where `key` leads, as in `wire.count`."""

    def apply(raw: dict[str, Any]) -> None:
        *way, last = key.split(".")
        at: Any = raw
        for step in way:
            at = at[int(step)] if step.isdigit() else at[step]
        at[int(last) if last.isdigit() else last] = value

    return apply


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("schema", "abi-conformance/case/2", "schema must be 'abi-conformance/case/1', not 'abi-conformance/case/2'"),
        ("check", "X9", "check is 'X9'; it is one of X0-LAYOUT"),
        ("passed", "(i9) -> none", "'i9' is no kind"),
        ("passed", 7, "passed must be a text, not 7"),
        ("passed", "(i8, i8) -> none", "the payload has 1 values"),
        ("declared", "(null) -> none", "declared holds null"),
        ("declared", f"({', '.join(['i8'] * 258)}) -> none", "declared has 258 arguments; there may be 257"),
        ("pair", [], "pair must be a list of two texts"),
        ("mismatch", {}, "mismatch.class is missing; it must be a text"),
        ("mismatch.class", "odd", "'odd' is no mismatch class"),
        ("mismatch.index", "0", "mismatch.index must be a number or null, not '0'"),
        ("mismatch.index", 9, "mismatch.index is 9"),
        ("mismatch.passed", None, "mismatch.passed must be a text, not null"),
        ("mismatch.class", "swap", "must name two arguments"),
        ("mode", "sideways", "no such mode"),
        ("payload", [{"kind": "i16"}], "payload [0] is of kind i16 where the signature has i8"),
        ("payload", [{"kind": "i8", "bits": "0x100"}], "payload [0] has bits 0x100, which do not fit"),
        ("payload", [{}], "payload[0].kind is missing"),
        ("payload", [{"kind": "str", "data": "xyz"}], "payload[0].data must be bytes in hexadecimal, not 'xyz'"),
        ("second", [{"kind": "f64"}], "second [0] is of kind f64"),
        ("result", {"kind": "i8"}, "result is of kind i8 where the signature has none"),
        ("wire.count", 2**31, "wire.count must be a 32-bit number or null, not 2147483648"),
        ("wire.count", 1.5, "wire.count must be a 32-bit number or null, not 1.5"),
        ("wire.codes", [[1, 2]], "wire.codes names argument 1 where 1 are passed"),
        ("wire.codes", [[0, 1], [-1, 256]], "wire.codes names the result (-1), which goes alone, and in a packed call"),
        ("wire.codes", [[0, 2**31]], "wire.codes[0][1] must be a 32-bit number"),
        ("wire.codes", [[0, 1]] * 3, "wire.codes must be a list of at most two changes"),
        ("wire.codes", 5, "wire.codes must be a list of at most two changes"),
        ("wire.nulls", ["all"], "wire.nulls[0] is 'all'; it is one of args, codes, ret"),
        ("history", [{}], "history[0].schema is missing"),
        ("history.0.check", "X9", "history[0]: check is 'X9'"),
        ("history", None, "history must be a list, not null"),
    ],
)
def test_says_what_is_wrong_with_a_case(key: str, value: object, words: str, tmp_path: Path) -> None:
    raw = CASE.to_json()
    change(key, value)(raw)
    path = tmp_path / "case.json"
    path.write_text(json.dumps(raw))
    said = says(str(path), tmp_path)
    assert said.startswith(f"{path}: ")
    assert words in said


# Without `against` a case is one from before there was such a key.
@pytest.mark.parametrize("key", sorted(set(CASE.to_json()) - {"against"}))
def test_misses_every_key(key: str, tmp_path: Path) -> None:
    raw = {name: value for name, value in CASE.to_json().items() if name != key}
    path = tmp_path / "case.json"
    path.write_text(json.dumps(raw))
    assert key in says(str(path), tmp_path)


def test_a_verdict_and_a_subject_must_be_such(tmp_path: Path) -> None:
    path = tmp_path / "finding.json"
    path.write_text(json.dumps({"case": CASE.to_json(), "verdict": "fine"}))
    assert "verdict is 'fine'; it is one of intact" in says(str(path), tmp_path)
    path.write_text(json.dumps({"case": CASE.to_json(), "subject": 5}))
    assert "subject must be a name or a path, not 5" in says(str(path), tmp_path)


def test_a_history_has_none_of_its_own(tmp_path: Path) -> None:
    raw = CASE.to_json()
    raw["history"][0]["history"] = [made.ONE_WRONG_CODE.to_json()]
    path = tmp_path / "case.json"
    path.write_text(json.dumps(raw))
    assert "history[0]: has a history of its own" in says(str(path), tmp_path)
