from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from attrs import evolve

from conformance.checks import CHECKS
from conformance.cli import main, meanings
from conformance.cli.run import arguments, without_output
from conformance.model.case import CLASSES, Case, Mismatch
from conformance.model.kinds import KINDS
from conformance.model.schema import schema
from conformance.model.signature import parse_signature
from conformance.model.value import Value
from conformance.model.verdict import VERDICTS
from conformance.rules.load import names

from ..reports.made import FAILED, FOUND, PASSED, result

CONFORMS = evolve(FAILED, status="pass", findings=())


def save(path: Path, made: dict[str, Any]) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(made))
    return str(path)


@pytest.mark.parametrize("topic", [*CHECKS, *meanings.COSTS, *VERDICTS, *CLASSES, "x0-type", "SWAP"])
def test_everything_can_be_explained(topic: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", topic]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].lower().startswith(topic.lower())
    assert any(line.startswith("  matters   ") and len(line) > 30 for line in lines)
    assert any(line.startswith("  passes") for line in lines)


def test_explain_without_a_word_lists_what_it_can_explain(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain"]) == 0
    listed = [word for line in capsys.readouterr().out.splitlines() for word in line[16:].split(", ")]
    assert {*CHECKS, *VERDICTS, *CLASSES, *KINDS, *names(), "tensor_order"} <= set(listed)
    for word in listed:
        assert main(["explain", word]) == 0, word
        lines = capsys.readouterr().out.splitlines()
        assert lines[0].startswith(f"{word}  ("), word
        assert all(line[16:] for line in lines[1:]), word


def test_every_policy_says_what_it_means() -> None:
    policies = schema("rules")["$defs"]["policy"]["properties"]
    assert [name for name, says in policies.items() if not says.get("description")] == []


def test_no_meaning_is_left_over() -> None:
    assert all(check.why and check.looks_at and check.cannot_see for check in CHECKS.values())
    assert set(meanings.KINDS) == set(KINDS)
    assert set(meanings.VERDICTS) == set(VERDICTS)
    assert set(meanings.CLASSES) == set(CLASSES)


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["explain", "X0-TYPO"], "did you mean X0-TYPE?"),
        (["explain", "zzzz"], "is no check, verdict, mismatch class, kind, rules table or policy"),
        (["explain", "zzzz"], "'abi-conformance explain' lists all words"),
        (["explain", "tensor_ordr"], "did you mean tensor_order?"),
        (["list", "compiler"], "did you mean compilers?"),
        (["rnu"], "did you mean run?"),
        (["run", "stray"], "pytest's go behind --"),
        (["run", "--chek", "X"], "No such option"),
        (["run", "-n", "many"], "-n many: this is no number of processes"),
        (["diff", "one.json"], "Missing argument"),
        (["diff", "none.json", "none.json"], "none.json: cannot be read"),
        (["waivers", "prune"], "result.json: cannot be read"),
        (["matrix", "--pair", "tcc"], "write CALLER/CALLEE"),
    ],
)
def test_bad_input_is_one_sentence_and_4(
    argv: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(argv) == 4
    out, err = capsys.readouterr()
    assert out == ""
    assert says in err
    assert err.startswith("ERROR: ")
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "doctor" in capsys.readouterr().out
    assert main(["--version"]) == 0
    assert "abi-conformance" in capsys.readouterr().out
    assert main(["run", "--help"]) == 0
    assert "--max-failures" in capsys.readouterr().out


def test_an_internal_error_is_3(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("conformance.cli.diff.read_json", broken)
    assert main(["diff", "a", "b"]) == 3
    assert "RuntimeError: boom" in capsys.readouterr().err


@pytest.mark.parametrize("what", ["checks", "kinds", "rules", "subjects"])
def test_lists(what: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", what, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert main(["list", what]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [row["name"] for row in rows]


def test_what_a_subject_lacks_comes_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from conformance.cli import doctor

    monkeypatch.setenv("PATH", str(tmp_path))
    info = tmp_path / "acme-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[abi_conformance.subjects]\nacme = acme:Acme\ntvm-c = acme:Acme\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert main(["list", "subjects"]) == 0
    out, err = capsys.readouterr()
    lines = {line.split()[0]: line for line in out.splitlines()}
    assert lines["reference"].split()[1:3] == ["manifest", "1.0.0"]
    assert lines["acme"].split() == ["acme", "called", "1.0", "of", "the", "package", "acme"]
    assert "g++ (apt install g++)" in lines["tvm-ffi-cpp"]
    assert "WARNING: the subject 'tvm-c' of the package acme has the name of one that ships" in err
    told = {line.name: line for line in doctor._subjects()}
    assert (told["subject acme"].state, told["subject acme"].found) == ("ok", "acme 1.0")
    assert told["subject tvm-ffi-cpp"].mend.endswith("apt install g++")
    assert told["a subject"].mend == "give it another name there"


@pytest.mark.compiler("gcc")
def test_the_runtimes_of_sanitizers_come_with_the_package_that_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    from conformance.cli import doctor
    from conformance.toolchain import resolve, sanitizers

    compiler, offered = resolve("gcc"), ("address", "undefined")
    assert not list(doctor._sanitizers("tcc", resolve("tcc")))

    def told(missing: tuple[str, ...]) -> doctor.Item:
        monkeypatch.setattr(sanitizers, "missing_runtimes", lambda *_: missing)
        (item,) = doctor._sanitizers("gcc", compiler)
        assert item.name == "sanitizers gcc"
        return item

    assert (told(()).state, told(()).found) == ("ok", "address, undefined")
    lacks = told(offered[:1])
    assert (lacks.state, lacks.found) == ("optional", "no runtime of address; undefined there")
    assert lacks.mend.startswith("apt install libgcc-")
    assert told(offered).found == "no runtime of address, undefined"


def test_diff_says_what_got_worse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = save(tmp_path / "a.json", result(CONFORMS)), save(tmp_path / "b.json", {**result(FAILED), "seed": 7})
    assert main(["diff", good, bad]) == 1
    out = capsys.readouterr().out
    assert "note: seed was 0 and is 7" in out
    assert "worse  X0-TYPE" in out
    assert "- → silent-wrong" in out
    assert "2 changed: 1 worse, 1 new, 0 better" in out
    assert main(["diff", bad, good]) == 0
    assert main(["diff", good, good]) == 0
    assert "nothing changed" in capsys.readouterr().out
    assert main(["diff", good, bad, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["changes"][0]["direction"] == "worse"


def test_diff_tells_kinds_of_cases_by_what_became_of_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def group(kind: str, **verdicts: int) -> dict[str, Any]:
        example = {"key": f"type::packed::a>b::{kind}@0", "signature": FOUND.signature, "case": {"payload": [kind]}}
        names = {verdict.replace("_", "-"): n for verdict, n in verdicts.items()}
        return {
            "group": f"type::packed::{kind}", "check": "X0-TYPE", "verdicts": names,
            "examples": dict.fromkeys(names, example),
        }  # fmt: skip

    kinds = [f"i{n}<-f64" for n in range(10)]
    old = evolve(CONFORMS, groups=(*(group(kind, detected=9) for kind in kinds), group("gone", late=1)))
    new = evolve(CONFORMS, groups=tuple(group(kind, detected=8, silent_wrong=1) for kind in kinds))
    one, other = save(tmp_path / "a.json", result(old)), save(tmp_path / "b.json", result(new))
    assert main(["diff", one, other]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == [
        "worse    X0-TYPE  type: detected → silent-wrong (10 kinds)",
        "    i0<-f64  detected 9 → detected 8, silent-wrong 1",
    ]
    assert lines[9] == "    … and 2 more, all of them with --json"
    assert lines[10].startswith("    e.g. type::packed::a>b::i0<-f64@0 [")
    assert lines[11:] == [
        "         declared (i64, f64) -> i64, passed (i64, i64) -> i64",
        "only in OLD: 1 kind of cases (type 1)",
        "1 changed: 1 worse, 0 better",
    ]
    assert main(["diff", other, one]) == 0
    assert "better   X0-TYPE  type: silent-wrong → detected (10 kinds)" in capsys.readouterr().out
    assert main(["diff", one, other, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert len(told["shifts"][0]["moved"]) == 10
    assert told["gone"] == ["type::packed::gone"]


def test_waivers_are_written_filled_and_pruned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    whole = [evolve(PASSED, check=check) for check in CHECKS if check != "X0-TYPE"]
    save(tmp_path / ".abi-conformance" / "result.json", result(FAILED, *whole))
    assert main(["waivers", "update"]) == 0
    file = tmp_path / "abi-waivers.toml"
    assert main(["waivers", "update"]) == 4
    assert "say why it is excused" in capsys.readouterr().err
    file.write_text(file.read_text().replace('reason = ""', 'reason = "known"'))
    before = file.read_text()
    assert main(["waivers", "update"]) == 0
    assert "nothing to add" in capsys.readouterr().out
    assert main(["waivers", "prune"]) == 0
    assert file.read_text() == before
    save(tmp_path / ".abi-conformance" / "result.json", result(CONFORMS, *whole))
    assert main(["waivers", "prune"]) == 0
    assert FOUND.key.replace("@1", "@*") in capsys.readouterr().out
    assert "[[waiver]]" not in file.read_text()


def test_the_matrix_shows_what_differs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from conformance.cli import matrix

    def cell(declared: str, name: str, rules: str, observed: str) -> Any:
        return SimpleNamespace(
            declared=declared, code=ord(name[0]), code_name=name, rules=rules, observed=observed,
            verdict="silent-wrong", conforms=rules == observed,
        )  # fmt: skip

    matrix.show([cell("i32", "int", "accept", "accept"), cell("i32", "float", "reject", "accept"),
                 cell("f64", "int", "coerce", "coerce"), cell("f64", "float", "accept", "crash")])  # fmt: skip
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == ["declared  int  float", "i32       =    =/·", "f64       ~    !/="]
    assert lines[-2] == "differs: i32 under float: accept, the rules say reject (silent-wrong)"


@pytest.mark.parametrize("conforms", [True, False])
def test_replay_tells_and_ends(
    conforms: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    case = Case(
        "X0-TYPE", "packed", "tcc", "tcc", parse_signature("(i64) -> none"), parse_signature("(f64) -> none"),
        Mismatch("type", 0, "f64", "i64"), (Value("i64", 0x1716),),
    )  # fmt: skip
    asked = []

    def replay(target: str, options: Any) -> Any:
        asked.append((target, options.report_dir))
        verdict = "detected" if conforms else "silent-wrong"
        return SimpleNamespace(
            case=case, key=case.key, conforms=conforms, verdict=verdict, recorded="silent-wrong", required="reject",
            observed="returned 0", detail=("a note",), evidence=("what it said", "and where"),
        )  # fmt: skip

    fake = ModuleType("conformance.findings.replay")
    monkeypatch.setattr(fake, "replay", replay, raising=False)
    monkeypatch.setitem(sys.modules, "conformance.findings.replay", fake)
    assert main(["replay", "c7f3a1", "--report-dir", "there"]) == int(not conforms)
    assert asked == [("c7f3a1", Path("there"))]
    out = capsys.readouterr().out
    assert f"{'CONFORMING' if conforms else 'NONCONFORMING'}  X0-TYPE  {case.key}" in out
    assert "  argument 0 i64 0x0000000000001716" in out
    assert ("the verdict has changed" in out) == conforms
    assert main(["replay", "c7f3a1", "--json"]) == int(not conforms)
    assert json.loads(capsys.readouterr().out)["case"] == case.to_json()


def test_run_passes_its_options_on() -> None:
    given = {"compiler": ("gcc:-O3 -m32", "tcc"), "seed": "7", "workers": "auto", "junit": "j.xml", "no_shrink": True,
             "quiet": False, "json": None}  # fmt: skip
    args = arguments(given, own=True)
    for expected in ("--abi-compiler=gcc:-O3 -m32", "--abi-compiler=tcc", "--abi-seed=7", "--abi-junit=j.xml",
                     "--numprocesses=auto"):  # fmt: skip
        assert expected in args
    assert "--abi-no-shrink" in args
    assert "--abi-own-output" in args
    assert not any(arg.startswith(("--abi-quiet", "--abi-json")) for arg in args)


def test_a_light_command_imports_nothing_heavy() -> None:
    code = (
        "import sys; from conformance.cli import main; main(['explain', 'X0-TYPE']);"
        "heavy = {'hypothesis', 'pytest', 'cffi', 'jinja2', 'rich', 'conformance.engine.session'} & set(sys.modules);"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


def test_a_reader_that_goes_away_is_no_error() -> None:
    code = "import sys; from conformance.cli import main; sys.exit(main(['list', 'checks']))"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_a_run_without_output_shows_nothing_and_leaves_its_result(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "result.json"
    given = {"compiler": ("tcc",), "check": ("X0-LAYOUT",), "report_dir": tmp_path, "json": path, "waivers": "none"}
    assert without_output(given) == 0
    assert capfd.readouterr() == ("", "")
    assert json.loads(path.read_text())["exit_code"] == 0
