"""The command on compiled libraries: it names the functions that trust their arguments, and none that do not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from importlib import util
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import conformance.audit
from conformance.model import extras
from conformance.toolchain import Cache, Job, Toolchain, resolve, resolve_cxx
from conformance.toolchain.fixtures import root

pytest.importorskip("tvm_ffi", reason=f"apache-tvm-ffi is not installed; {extras.TVM_FFI}")

SCHEMA = Path(conformance.audit.__file__).parent / "schema" / "audit-1.json"

TRUSTING = {
    "aborts": {("argument 0", "crashed", ("smallstr", "str"))},
    "exits": {("count", "crashed", ("0", "2"))},
    "ignores_surplus": {("count", "silent-wrong", ("2",))},
    "trusts_count": {("count", "overrun", ("0", "1")), ("count", "silent-wrong", ("3",))},
}
"""What is found of functions, and of which calls: all that is found."""

EVERY_CODE = {"trusts_type": "argument 0", "trusts_second": "argument 1"}
"""Functions that take whatever comes, and where."""


def audit(*words: str | Path, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(filter(None, (str(folder or ""), os.environ.get("PYTHONPATH", ""))))
    return subprocess.run(
        [sys.executable, "-P", "-m", "conformance", "audit", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "PYTHONPATH": path},
    )


def document(*words: str | Path, folder: Path | None = None) -> tuple[int, dict[str, Any]]:
    ended = audit(*words, "--subject", "tvm-ffi", "--json", folder=folder)
    assert ended.returncode in (0, 1), ended.stderr
    data: dict[str, Any] = json.loads(ended.stdout)
    jsonschema.validate(data, json.loads(SCHEMA.read_text("utf-8")))
    return ended.returncode, data


def found(data: dict[str, Any]) -> dict[str, set[tuple[str, str, tuple[str, ...]]]]:
    out = defaultdict(set)
    for each in data["findings"]:
        index = each["mismatch"]["index"]
        place = "count" if index is None else f"argument {index}"
        out[each["function"]].add((place, each["verdict"], tuple(each["mismatch"]["passed"])))
    return out


def written(name: str, text: str, folder: Path) -> Path:
    """A library of one C text."""
    path = folder / f"{name}.c"
    path.write_text(text, "utf-8")
    built = Toolchain(Cache(folder / "cache"), None, jobs=1).build(Job(resolve("gcc"), name, sources=(path,)))
    return built.path


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library of hand-written functions."""
    job = Job(resolve("gcc"), "by-hand", sources=(root() / "audit" / "library.c",))
    return Toolchain(Cache(tmp_path_factory.mktemp("cache")), None, jobs=1).build(job).path


@pytest.fixture(scope="module")
def audited(by_hand: Path) -> dict[str, Any]:
    """What comes of an audit of it."""
    code, data = document(by_hand)
    assert code == 1
    return data


@pytest.fixture(scope="module")
def typed() -> Path:
    """The library of functions under the headers' own macros; it takes seconds to be compiled, and is kept."""
    spec = util.find_spec("tvm_ffi")
    assert spec is not None and spec.origin is not None
    package = Path(spec.origin).parent
    job = Job(
        resolve_cxx("g++"),
        "typed",
        sources=(root() / "audit" / "typed.cc",),
        include=(package / "include",),
        libraries=(package / "lib" / "libtvm_ffi.so",),
    )
    return Toolchain(Cache(), None, jobs=1).build(job).path


@pytest.mark.compiler("gcc")
def test_the_functions_that_trust_their_arguments_are_named_and_no_others(audited: dict[str, Any]) -> None:
    findings = found(audited)
    assert {name: findings[name] for name in TRUSTING} == TRUSTING
    for name, place in EVERY_CODE.items():
        ((where, verdict, passed),) = findings[name]
        assert (where, verdict) == (place, "silent-wrong")
        assert {"null", "float", "str", "array"} <= set(passed) and not {"int", "bool"} & set(passed)
    assert {place for place, _, _ in findings["follows"]} == {"argument 0"}
    assert {verdict for _, verdict, _ in findings["follows"]} == {"crashed", "silent-wrong"}
    assert {verdict for _, verdict, _ in findings["reads_past"]} == {"overrun"}
    assert set(findings) == {*TRUSTING, *EVERY_CODE, "follows", "reads_past"}


@pytest.mark.compiler("gcc")
def test_what_cannot_be_judged_is_told(audited: dict[str, Any]) -> None:
    unjudged = {(each["function"], each["mismatch"]["index"], each["verdict"]) for each in audited["unjudged"]}
    assert unjudged == {("looks_into", 1, "inconclusive"), ("looks_up", 1, "misattributed")}
    functions = {each["name"]: each for each in audited["functions"]}
    assert "cannot be read" in functions["garbled"]["why"]
    assert functions["undeclared"]["calls"] == functions["garbled"]["calls"] == 0
    assert functions["checked"]["signature"] == functions["terse"]["signature"] == "(int, int) -> int"


@pytest.mark.compiler("gcc")
def test_bodies_are_run_where_that_is_asked_for(by_hand: Path, audited: dict[str, Any]) -> None:
    _, data = document(by_hand, "--probe", "--call-matched")
    more = {(each["function"], *each["mismatch"]["classes"]) for each in data["findings"]}
    more -= {(each["function"], *each["mismatch"]["classes"]) for each in audited["findings"]}
    assert more == {("undeclared", "probe"), ("reads_past", "match")}
    assert "intact" not in audited["calls"] and data["calls"]["intact"] > 8


@pytest.mark.compiler("gcc")
def test_the_terminal_has_a_line_for_each_finding(by_hand: Path) -> None:
    ended = audit(by_hand, "--subject", "tvm-ffi")
    assert ended.returncode == 1
    lines = [line.split(maxsplit=2)[:2] for line in ended.stdout.splitlines() if line]
    assert ["trusts_count", "overrun"] in lines and ["trusts_count", "silent-wrong"] in lines
    assert "8 of 15 functions trust their arguments: aborts, exits, follows, " in ended.stdout
    assert "not called: 1 function without a schema (--probe calls them)" in ended.stdout
    assert "not called: garbled: its schema cannot be read" in ended.stdout


@pytest.mark.compiler("g++")
def test_typed_functions_trust_nothing(typed: Path) -> None:
    code, data = document(typed, "--probe", "--call-matched")
    assert code == 0
    assert not data["findings"] and not data["unjudged"]
    origins = {each["origin"] for each in data["functions"] if each["calls"]}
    assert origins == {"exported", "registered", "method"}
    assert set(data["calls"]) == {"detected", "intact"}


@pytest.mark.compiler("g++")
def test_a_module_is_what_it_registers_when_it_is_imported(typed: Path, tmp_path: Path) -> None:
    (tmp_path / "levels.py").write_text(f"import ctypes\nctypes.CDLL({str(typed)!r})\n", "utf-8")
    code, data = document("levels", folder=tmp_path)
    assert code == 0
    assert {each["name"] for each in data["functions"]} == {"audit.levels", "audit.packed", "audit.Level::above"}


def test_a_module_that_registers_nothing_is_not_green() -> None:
    ended = audit("json", "--subject", "tvm-ffi")
    assert ended.returncode == 5
    assert "nothing was judged" in ended.stdout


UNRESOLVED = "extern int nobody_has_this; int* f(void) { return &nobody_has_this; }"
DYING = "#include <stdlib.h>\n__attribute__((constructor)) static void begin(void) { abort(); }"


@pytest.mark.compiler("gcc")
@pytest.mark.parametrize(("text", "words"), [(UNRESOLVED, "nobody_has_this"), (DYING, "SIGABRT")])
def test_a_library_that_does_not_load_is_one_sentence(text: str, words: str, tmp_path: Path) -> None:
    ended = audit(written("broken", text, tmp_path), "--subject", "tvm-ffi")
    assert ended.returncode == 4
    assert words in ended.stderr and ended.stderr.count("\n") == 1 and ended.stdout == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere.so", "--subject", "tvm-ffi"], "there is no file nowhere.so"),
        ([__file__, "--subject", "tvm-ffi"], "is no shared library that can be read"),
        (["no_such_module", "--subject", "tvm-ffi"], "the module no_such_module cannot be imported"),
        (["json", "--subject", "reference"], "audit knows libraries of tvm-ffi, not of 'reference'"),
        (["json", "--subject", "tvm-ffi@no/such/folder"], "there is nothing at that path"),
        (["json", "--subject", ""], "--subject is empty"),
    ],
)
def test_bad_input_is_one_sentence(words: list[str], said: str) -> None:
    ended = audit(*words)
    assert ended.returncode == 4
    assert said in ended.stderr and ended.stderr.count("\n") == 1 and ended.stdout == ""
