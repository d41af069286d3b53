"""Reproducers are built and run: they show the bug of a broken subject, and none in the reference."""

from __future__ import annotations

import shutil
import signal
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.codegen.reproducer import Commands, NoReproducerError, Recipe, render
from conformance.model.case import Case, Mismatch, Mutations
from conformance.model.value import Value
from conformance.subjects.manifest import BuiltSubject, load_subject
from conformance.toolchain.fixtures import root
from tests.e2e.variants import VARIANTS
from tests.unit.findings import made

COMMANDS = {
    "gcc-O0": (("gcc",), ("-O0",)),
    "gcc-O0-DABI_OTHER_FLAGS": (("gcc",), ("-O0", "-DABI_OTHER_FLAGS")),
}


def build(
    case: Case, subject: BuiltSubject, folder: Path, commands: Commands = COMMANDS
) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """Writes a finding of `case` and has make build and run it, without what would lead it elsewhere."""
    if shutil.which("make") is None:
        pytest.skip("needs make: it is not installed")
    found = made.write(made.finding(case, subject=subject.spec), subject, folder, commands)
    ended = subprocess.run(
        ["make", "--no-print-directory", "check"],
        cwd=found,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "warning" not in ended.stderr
    return found, ended


def broken(name: str) -> BuiltSubject:
    return load_subject(str(root() / "broken" / name))


def reference_for(subject: BuiltSubject) -> BuiltSubject:
    return load_subject("reference" if subject.packed else "reference-unpacked")


def status(folder: Path) -> int:
    return subprocess.run([folder / "reproducer"], capture_output=True, timeout=30, check=False).returncode


@pytest.mark.compiler("gcc")
@pytest.mark.parametrize("name", made.SHOWN_BY)
def test_shows_the_bug_and_only_the_bug(name: str, tmp_path: Path) -> None:
    subject, case = broken(name), made.SHOWN_BY[name]
    folder, ended = build(case, subject, tmp_path / "broken")
    assert ended.stdout.splitlines()[-1].startswith(f"NONCONFORMING: {made.TOLD.get(name, '')}"), ended.stdout
    assert ended.returncode != 0
    assert status(folder) == 1

    folder, ended = build(case, reference_for(subject), tmp_path / "reference")
    assert ended.stdout.splitlines()[-1] == "conforms", ended.stdout
    assert (ended.returncode, status(folder)) == (0, 0)


@pytest.mark.compiler("gcc")
@pytest.mark.parametrize("name", made.CONFORMING)
def test_the_reference_conforms(name: str, tmp_path: Path) -> None:
    _, ended = build(made.CONFORMING[name], load_subject("reference"), tmp_path)
    assert ended.stdout.splitlines()[-1] == "conforms", ended.stdout + ended.stderr


@pytest.mark.compiler("gcc")
def test_what_its_parent_has_blocked_is_none_of_the_calls_doing(tmp_path: Path) -> None:
    folder, _ = build(made.case("X0-MATCH", "() -> none", "() -> none"), load_subject("reference"), tmp_path)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    try:
        assert status(folder) == 0
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@pytest.mark.compiler("gcc")
def test_the_runtimes_conversions_conform(tmp_path: Path) -> None:
    payload = (
        Value("i32", 7),
        Value("dtype", 2 | 32 << 8 | 4 << 16),
        Value("bytes", data=b"some"),
        Value("null"),
        Value("str", data=b"int8x4"),
    )
    case = made.case(
        "X0-COERCE",
        "(i32, dtype, bytes, null, str) -> none",
        "(f64, str, str, handle, dtype) -> none",
        Mismatch("coerce", 0, "f64", "i32"),
        payload=payload,
        follow_pointers=True,
    )
    _, ended = build(case, load_subject("reference-runtime"), tmp_path)
    assert ended.stdout.splitlines()[-1] == "conforms", ended.stdout + ended.stderr


COUNTS_FROM_ONE = """
[subject]
name = "counts-from-one"
version = "0"
convention = "packed"
rules = "tvm-packed"
[build]
binding = "{root}/reference/binding.h"
sources = ["{root}/{source}"]
[policy]
error_base = 1
"""


@pytest.mark.compiler("gcc")
@pytest.mark.parametrize(
    ("source", "last"),
    [
        ("broken/index-from-one/runtime.c", "conforms"),
        ("reference/packed.c", "NONCONFORMING: the error does not name argument 2"),
    ],
)
def test_arguments_are_counted_as_the_rules_say(source: str, last: str, tmp_path: Path) -> None:
    manifest = tmp_path / "subject.toml"
    manifest.write_text(COUNTS_FROM_ONE.format(root=root(), source=source))
    case = made.coded("X0-TYPE", "(str, i8) -> none", 1, made.FLOAT)
    _, ended = build(case, load_subject(str(manifest)), tmp_path / "finding")
    assert ended.stdout.splitlines()[-1] == last, ended.stdout


def test_says_that_errors_of_another_pattern_are_not_read(tmp_path: Path) -> None:
    manifest = VARIANTS["parameter-from-one"].write(tmp_path / "variant", broken=True)
    subject, case = load_subject(str(manifest)), made.coded("X0-TYPE", "(i8) -> none", 0, made.FLOAT)
    files = render(made.told(case, subject), subject, "", "")
    assert "by a pattern of its own, which is not looked for here" in files["README.txt"]
    assert "abi_error_index" not in files["caller.c"]


@pytest.mark.compiler("gcc")
def test_two_pairs_are_compared(tmp_path: Path) -> None:
    case = made.case(
        "PAIR",
        "() -> none",
        "() -> none",
        Mismatch("null-ret"),
        wire=Mutations(nulls=("ret",)),
        against=("gcc-O0", "gcc-O0-DABI_OTHER_FLAGS"),
    )
    _, ended = build(case, broken("pair"), tmp_path / "broken")
    assert ended.stdout.splitlines()[-1] == "NONCONFORMING: the two pairs differ"
    assert ended.returncode != 0
    _, ended = build(case, load_subject("reference"), tmp_path / "reference")
    assert ended.stdout.splitlines()[-1] == "conforms"


IN_CXX = {"gcc-O0": (("g++",), ("-O0",))}
PARTS = (
    "value-of-16-bytes", "return-without-code", "str-for-handle", "one-error-for-all", "wrong-in-two-threads",
    "keeps-shape", "keeps-bytes-for-error", "tensor-reads-empty",
)  # fmt: skip
"""Cases that take each part of the templates."""


@pytest.mark.compiler("g++")
@pytest.mark.parametrize("name", PARTS)
def test_of_a_subject_in_cxx_it_is_cxx(name: str, tmp_path: Path) -> None:
    found, ended = build(made.SHOWN_BY[name], load_subject("reference-cxx"), tmp_path, IN_CXX)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.splitlines()[-1] == "conforms"
    assert {"caller.cc", "callee.cc"} <= {path.name for path in found.iterdir()}


@pytest.mark.compiler("g++")
def test_shows_a_bug_that_only_cxx_can_have(tmp_path: Path) -> None:
    _, ended = build(
        made.case("X0-MATCH", "(f32) -> none", "(f32) -> none"), broken("overload-for-float"), tmp_path, IN_CXX
    )
    assert ended.stdout.splitlines()[-1].startswith("NONCONFORMING: argument 0 arrived as ")


@pytest.mark.compiler("gcc")
def test_make_alone_does_not_fail_and_clean_leaves_what_was_there(tmp_path: Path) -> None:
    folder, _ = build(made.SHOWN_BY["accepts-many"], broken("accepts-many"), tmp_path)
    ended = subprocess.run(["make"], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0
    assert "NONCONFORMING" in ended.stdout
    subprocess.run(["make", "clean"], cwd=folder, capture_output=True, timeout=60, check=True)
    left = {path.name for path in folder.iterdir()}
    files = {"caller.c", "callee.c", "reproducer.h", "support.c", "support.h", "fence.h", "Makefile", "README.txt"}
    assert left == {*files, "common.c", "common.h", "machine.c", "machine.h", "subject", "case.json", "finding.json"}


@pytest.mark.compiler("gcc")
def test_works_where_the_subject_is_gone(tmp_path: Path) -> None:
    home = tmp_path / "a subject's $home"
    for name in ("reference", "broken/no-checks"):
        shutil.copytree(root() / name, home / name)
    shutil.copy(root() / "broken" / "subjects.toml", home / "broken")
    subject = load_subject(str(home / "broken/no-checks"))
    folder = made.write(made.finding(made.SHOWN_BY["no-checks"]), subject, tmp_path / "reports", COMMANDS)
    shutil.rmtree(home)
    if shutil.which("make") is None:
        pytest.skip("needs make: it is not installed")
    ended = subprocess.run(["make"], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert "NONCONFORMING: the call was accepted" in ended.stdout, ended.stderr


def test_says_what_it_shows() -> None:
    case = made.coded("X0-TYPE", "(str, i8) -> i64", 1, made.FLOAT, history=(made.ONE_WRONG_CODE,))
    subject = load_subject("reference")
    files = render(made.told(case, subject), subject, "reject, naming argument 1", "returned 0 */ #include <x>")
    assert "abi_pack_str(values, value_codes, 0, value_0);" in files["caller.c"]
    assert "value_codes[1] = 2; /* float, whatever was packed */" in files["caller.c"]
    assert "required   reject, naming argument 1" in files["README.txt"]
    assert "depends on the call before it" in files["README.txt"]
    assert "returned 0 * / #include <x>" in files["caller.c"]
    assert files["callee.c"].count("int callee_") == 2


def test_includes_nothing_but_the_binding_and_libc() -> None:
    for case in (*made.SHOWN_BY.values(), *made.CONFORMING.values()):
        subject = load_subject("reference")
        headers = ("reproducer", "support", "fence", "common", "machine", "layout", "unpacked")
        own = {*(f"{name}.h" for name in headers), str(subject.binding)}
        for name, text in render(made.told(case, subject), subject, "", "").items():
            quoted = [line.split('"')[1] for line in text.splitlines() if line.startswith('#include "')]
            assert set(quoted) <= own, name


def test_the_makefile_names_each_sides_compiler() -> None:
    case = replace(made.SHOWN_BY["no-checks"], caller="clang-O3", callee="dynamic")
    recipe = Recipe("subject/binding.h", commands={"clang-O3": (("/opt/my clang",), ("-O3", "-DX=$Y#"))})
    subject = load_subject("reference")
    files = render(made.told(case, subject), subject, "", "", recipe)
    assert "\nCC_CALLER = '/opt/my clang'\nCFLAGS_CALLER = -O3 '-DX=$$Y\\#'\n" in files["Makefile"]
    assert "\nCC_CALLEE = cc\nCFLAGS_CALLEE = -DABI_DYNAMIC\n" in files["Makefile"]
    assert "Python that was called" in files["README.txt"]


def test_some_cases_have_none() -> None:
    direct = made.case("X0-MATCH", "() -> none", "() -> none", convention="direct")
    with pytest.raises(NoReproducerError, match="a fault of the harness"):
        render(direct, load_subject("reference"), "", "")
    with pytest.raises(NoReproducerError, match="an unpacked runtime"):
        render(made.SHOWN_BY["no-checks"], load_subject("reference-unpacked"), "", "")


@pytest.mark.compiler("gcc")
@pytest.mark.parametrize(
    "case",
    [
        made.case("X0-MATCH", made.ONE_OF_EACH, made.ONE_OF_EACH),
        made.case("X0-MATCH", "() -> tensor", "() -> tensor"),
        made.case("X0-MATCH", "() -> bytes", "() -> bytes"),
        made.case("X0-MATCH", "(tensor, str) -> none", "(tensor, str) -> none", mode="nested"),
        *(
            made.case("X0-REPEAT", signature, signature, **made.released(signature, 0))
            for signature in ("(str) -> str", "(bytes) -> none", "(tensor(f64,2x3,strides=9x2,offset=64)) -> tensor")
        ),
        made.case(
            "X0-COUNT", "(i8) -> none", "(i8) -> none", Mismatch("many", None, "1", "300"), wire=Mutations(count=300)
        ),
    ],
)
def test_a_runtime_that_marshals_conforms(case: Case, tmp_path: Path) -> None:
    manifest = VARIANTS["marshals"].write(tmp_path / "subject", broken=False)
    _, ended = build(case, load_subject(str(manifest)), tmp_path / "finding")
    assert ended.stdout.splitlines()[-1] == "conforms", ended.stdout + ended.stderr
