"""What code built against one release of tvm-ffi makes, code built against another uses, on a third."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from conformance.model.case import Case, Mismatch, Mutations
from conformance.model.signature import Param, Signature
from conformance.model.subject import LOADINGS, Call, Headers, Reply, SubjectUnavailable
from conformance.model.value import Value
from conformance.rules.load import load
from conformance.subjects import environments
from conformance.subjects.errors import SubjectError
from conformance.subjects.tvm_ffi import exchange
from conformance.toolchain import MissingCompiler, resolve_cxx
from conformance.transport.process.client import SubjectProcess
from conformance.transport.process.messages import Broke, Died, Request, Response
from tests.unit.subjects.expectations import with_expectation

TARGET = "conformance.subjects.tvm_ffi.cpp:TvmFfiCpp"
OLD, NEW, NEXT = "0.1.5", "0.1.9", "0.1.15.post2"
"""Between the first two errors have got a cause and a context, and after the second a function has other arguments."""


@cache
def headers(version: str) -> Headers:
    try:
        return Headers(version, environments.release("apache-tvm-ffi", version, alone=True))
    except SubjectError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module", autouse=True)
def compiler() -> None:
    try:
        resolve_cxx("g++", "clang++")
    except MissingCompiler as missing:
        pytest.skip(str(missing))


def sides(made_by: Headers, read_by: Headers, runtime: Headers) -> SubjectProcess:
    return SubjectProcess(TARGET, (str(runtime.folder),), built=(made_by, read_by))


def exchanged(process: SubjectProcess, *exchanges: tuple[str, int, str]) -> list[Response]:
    requests = [Request(0, Call(()), exchange=each) for each in exchanges]
    return process.run(process.declare(()), requests, 20_000)


def lines(response: Response) -> dict[str, str]:
    """What was read, by label."""
    assert isinstance(response, Reply) and response.saw is not None, response
    (value,) = response.saw
    assert value is not None and value.data is not None and response.status == 0
    return dict(line.split(": ", 1) for line in value.data.decode().splitlines())


@pytest.fixture(scope="module")
def diagonal() -> Iterator[SubjectProcess]:
    with sides(*[headers(NEW)] * 3) as process:
        yield process


def test_every_exchange_that_is_named_has_a_row_and_every_row_is_named() -> None:
    for file in exchange.EXCHANGES:
        rows = re.findall(r'^    \{"([a-z.-]+)",', (exchange.FOLDER / f"{file}.h").read_text("utf-8"), re.MULTILINE)
        assert sorted(rows) == sorted(exchange.names([file]))


def test_the_sides_are_named_by_what_they_are_built_against(diagonal: SubjectProcess) -> None:
    assert [side.rpartition("@")[2] for side in diagonal.about.sides] == [NEW, NEW]
    assert diagonal.about.exchanges == exchange.names() and diagonal.about.numbers == exchange.NUMBERS
    assert diagonal.unloadable() == ()


def test_everything_that_one_release_makes_it_uses_and_twice_the_same_is_read(diagonal: SubjectProcess) -> None:
    wanted = [(what, 3, "local") for what in diagonal.about.exchanges]
    first, second = ([lines(response) for response in exchanged(diagonal, *wanted)] for _ in range(2))
    assert first == second
    assert not [what for what, read in zip(wanted, first, strict=True) if "threw" in read]
    errors = first[wanted.index(("error.read", 3, "local"))]
    assert errors["Error::kind"] == "'ValueError'" and errors["Error::message"] == "'abc'"


def test_what_both_sides_and_the_runtime_have_is_exchanged() -> None:
    with sides(headers(OLD), headers(NEW), headers(NEW)) as process:
        assert "error.read" in process.about.exchanges
        assert not [what for what in process.about.exchanges if what.startswith(("list", "dict"))]
        assert "list" not in process.about.kinds and "array" in process.about.kinds


def test_a_folder_without_headers_is_told_with_what_to_name(tmp_path: Path) -> None:
    built = headers(NEW)
    with pytest.raises(SubjectUnavailable, match=r"tvm_ffi has no include/tvm/ffi/c_api\.h .*; name a folder"):
        sides(built, Headers("1.0", tmp_path), built)


def test_a_structure_that_grew_is_told_with_the_step_that_it_kills_in() -> None:
    made, asked = headers(NEW), ("error.from-runtime", 3, "local")
    with sides(made, made, headers(OLD)) as process:
        told, alive = exchanged(process, asked, ("array.read", 3, "local"))
    assert isinstance(told, Died) and told.step in ("Error::cause_chain", "Error::extra_context")
    assert lines(alive)["size"] == "3"


def test_a_symbol_that_the_runtime_lacks_is_named_with_who_asks_and_missed_when_it_is_called() -> None:
    built = headers(NEW)
    with sides(built, built, headers(NEXT)) as process:
        lacking = process.unloadable()
        stringify = [sentence for sentence in lacking if sentence.startswith("tvm::ffi::json::Stringify(")]
        assert [sentence.rpartition("), ")[2] for sentence in stringify] == [
            f"asked for by the {side} built against {NEW}" for side in ("callers", "callees")
        ]
        (told,) = exchanged(process, ("json.write", 3, "local"))
    assert told == Died(0, 127, "json::Stringify")


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Headers:
    """A release with one member more at the beginning of an error's structure."""
    folder = tmp_path_factory.mktemp("broken")
    include = folder / "tvm_ffi" / "include"
    shutil.copytree(headers(NEW).folder / "tvm_ffi" / "include", include)
    header = include / "tvm" / "ffi" / "c_api.h"
    text, count = re.subn(
        r"(typedef struct \{|struct TVMFFIErrorCell \{|#endif)(\s*/\*! \\brief The kind of the error)",
        r"\1\n  void* added;\2",
        header.read_text("utf-8"),
    )
    assert count == 1
    header.write_text(text, "utf-8")
    return Headers(f"{NEW}-broken", folder)


@pytest.mark.parametrize("what", ["error.read", "error.catch"])
def test_what_only_the_reader_lays_out_otherwise_is_told(diagonal: SubjectProcess, broken: Headers, what: str) -> None:
    (due,) = exchanged(diagonal, (what, 3, "local"))
    with sides(headers(NEW), broken, headers(NEW)) as process:
        assert process.about.sides[1].endswith("@0.1.9-broken")
        got, other = exchanged(process, (what, 3, "local"), ("shape.read", 3, "local"))
    assert isinstance(got, Died) or lines(got) != lines(due)
    assert lines(other)["extents"] == "shape(2,3,4)"


def made(folder: Path, files: dict[str, str], goal: str, *releases: Headers) -> subprocess.CompletedProcess[str]:
    """What `make` comes to where the releases are installed already."""
    for name, text in files.items():
        (folder / name).write_text(text)
    (folder / "packages").mkdir(exist_ok=True)
    for each in releases:
        link = folder / "packages" / f"apache-tvm-ffi-{each.version}"
        if not link.exists():
            link.symlink_to(each.folder)
    return subprocess.run(["make", "-C", str(folder), goal], capture_output=True, text=True, check=False)


def test_a_reproducer_fails_on_the_pair_and_passes_on_the_diagonal(
    diagonal: SubjectProcess, broken: Headers, tmp_path: Path
) -> None:
    made_by = headers(NEW)
    (due,) = exchanged(diagonal, ("error.read", 3, "local"))
    required = "".join(f"{label}: {said}\n" for label, said in lines(due).items())
    files = diagonal.exchange_reproducer("error.read", 3, "local", made_by, broken, made_by, required)
    run, same = (made(tmp_path, files, goal, made_by, broken) for goal in ("run", "diagonal"))
    assert run.returncode != 0 and "NONCONFORMING" in run.stdout, run.stderr
    assert same.returncode == 0 and "conforms" in same.stdout, same.stderr


def test_a_call_of_a_callee_that_was_built_against_another_release_is_reproduced_with_both(tmp_path: Path) -> None:
    declared = Signature((Param("i64"),))
    mismatch = Mismatch("unknown-code", 0, "i64", "code(300)")
    with sides(headers(NEW), headers(NEW), headers(OLD)) as process:
        case = Case("X0-UNKNOWN", "packed", *process.about.sides, declared, declared, mismatch, (Value("i64", 1),),
                    wire=Mutations(codes=((0, 300),)))  # fmt: skip
        files = process.reproducer(with_expectation(case, load("tvm-ffi-cpp")))
    run = made(tmp_path, files, "run", headers(NEW), headers(OLD))
    assert run.returncode != 0 and "NONCONFORMING: the call exited the process" in run.stdout, run.stderr
    assert f"apache-tvm-ffi-{OLD}/tvm_ffi/lib" in run.stdout


def test_code_that_is_loaded_for_all_reads_only_its_own(diagonal: SubjectProcess) -> None:
    replies = exchanged(diagonal, *[("string.read", 3, loading) for loading in LOADINGS[1:]])
    first, second = map(lines, replies)
    assert first == second
    assert first["caller's side, content"] == first["callee's side, content"] == "'abc'"


def test_an_exchange_that_no_side_has_is_the_adapters_fault(diagonal: SubjectProcess) -> None:
    (told,) = exchanged(diagonal, ("error.forgotten", 3, "local"))
    assert isinstance(told, Broke) and "a side has no exchange error.forgotten" in told.words


def test_memory_is_filled_and_lies_alike_in_every_process(diagonal: SubjectProcess) -> None:
    assert b"MALLOC_PERTURB_=165" in Path(f"/proc/{diagonal.pid}/environ").read_bytes().split(b"\0")
    asks = "import ctypes; print(ctypes.CDLL(None).personality(0x0040000))"
    if subprocess.run([sys.executable, "-c", asks], capture_output=True, check=True).stdout.strip() == b"-1":
        pytest.skip("this system does not let a program ask for memory that is always put at the same place")
    assert int(Path(f"/proc/{diagonal.pid}/personality").read_text(), 16) & 0x0040000
