"""Building: what is linked and found again, what counts as the same job, and how compilers fail."""

from __future__ import annotations

import ctypes
import os
import pickle
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.toolchain import Built, Cache, CompileError, Job, MissingCompiler, Toolchain, resolve, resolve_cxx

from .libtcc import InProcess

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Fake

PROGRAMS = [pytest.param(spec, marks=pytest.mark.compiler(spec)) for spec in ("gcc", "clang", "tcc")]


def failure(toolchain: Toolchain, job: Job) -> CompileError:
    with pytest.raises(CompileError) as error:
        toolchain.build(job)
    return error.value


@pytest.mark.parametrize("spec", PROGRAMS)
def test_a_library_finds_the_one_it_was_linked_with(spec: str, root: Path, tmp_path: Path) -> None:
    toolchain = Toolchain(Cache(root), InProcess())
    compiler = resolve(spec)
    (tmp_path / "include").mkdir()
    (tmp_path / "include" / "twice.h").write_text("int twice(int x);\n")
    (tmp_path / "three.c").write_text('#include "twice.h"\nint four(void) { return twice(THREE - 1); }\n')
    lower = toolchain.build(Job(compiler, "lower", texts=(("a.c", "int twice(int x) { return 2 * x; }"),)))
    upper = toolchain.build(
        Job(
            compiler,
            "upper",
            texts=(
                ("a.c", '#include "own.h"\n#include <twice.h>\nint ten(void) { return twice(FIVE); }'),
                ("b.c", "int five(void) { return 5; }"),
                ("own.h", "#define FIVE 5\n"),
            ),
            sources=(tmp_path / "three.c",),
            include=(tmp_path / "include",),
            defines=("THREE=3",),
            libraries=(lower.path,),
        )
    )
    library = ctypes.CDLL(str(upper.path))
    assert (library.ten(), library.five(), library.four()) == (10, 5, 4)
    assert (lower.cached, upper.cached, toolchain.starts) == (False, False, 2)


@pytest.mark.parametrize("spec", ["g++", "clang++"])
def test_a_text_of_cxx_is_compiled_as_such_and_found_again(spec: str, root: Path) -> None:
    try:
        compiler = resolve_cxx(spec)
    except MissingCompiler as missing:
        pytest.skip(str(missing))
    text = 'template <class T> T twice(T x) { return 2 * x; }\nextern "C" int four() { return twice(2); }\n'
    toolchain = Toolchain(Cache(root), None)
    job = Job(compiler, "lib", texts=(("a.cc", text),))
    assert ctypes.CDLL(str(toolchain.build(job).path)).four() == 4
    assert toolchain.build(job).cached


@pytest.mark.parametrize("spec", [pytest.param(s, marks=pytest.mark.compiler(s)) for s in ("g++", "clang++")])
def test_a_file_named_c_is_cxx_to_a_compiler_for_cxx(spec: str, root: Path, tmp_path: Path) -> None:
    (tmp_path / "four.c").write_text(
        'template <class T> T two() { return 2; }\nextern "C" int four() { return two<int>() * 2; }\n'
    )
    toolchain = Toolchain(Cache(root), None)
    compiler = resolve(f"{spec}:-Werror", cxx=True)
    four = toolchain.build(Job(compiler, "lib", sources=(tmp_path / "four.c",)))
    text = 'extern "C" int four();\nextern "C" int five() { return four() + 1; }\n'
    (tmp_path / "five.c").write_text(text)
    five = toolchain.build(Job(compiler, "lib", sources=(tmp_path / "five.c",), libraries=(four.path,)))
    assert ctypes.CDLL(str(five.path)).five() == 5


@pytest.mark.parametrize("spec", PROGRAMS)
def test_an_error_carries_the_compilers_own_words(spec: str, root: Path) -> None:
    toolchain = Toolchain(Cache(root), InProcess())
    error = failure(toolchain, Job(resolve(spec), "lib", texts=(("broken.c", "int f(void) { return nowhere }\n"),)))
    assert error.reason == "error"
    assert error.compiler_id == resolve(spec).id
    assert "broken.c:1" in error.words
    assert str(root) not in error.words
    assert "\n" not in str(error)
    again = pickle.loads(pickle.dumps(error))
    assert (again.compiler_id, again.words, again.reason) == (error.compiler_id, error.words, error.reason)
    assert [path for path in root.rglob("*") if path.is_file()] == []


@pytest.mark.compiler("tcc")
def test_the_embedded_compiler_is_asked_with_plain_data(root: Path) -> None:
    embedded = InProcess()
    toolchain = Toolchain(Cache(root), embedded)
    text = "double half(unsigned long long x) { return (double)x / TWO; }"
    built = toolchain.build(Job(resolve("tcc:-DTWO=2"), "lib", texts=(("a.c", text),)))
    half = ctypes.CDLL(str(built.path)).half
    half.restype, half.argtypes = ctypes.c_double, [ctypes.c_ulonglong]
    assert half(2**64 - 1) == 2.0**63  # a conversion that calls into libtcc1.a
    (request,) = embedded.requests
    assert pickle.loads(pickle.dumps(request)) == request
    assert failure(Toolchain(Cache(root), None), Job(resolve("tcc"), "lib", texts=(("a.c", ""),))).reason == "error"


@pytest.mark.compiler("tcc")
def test_a_worker_that_is_lost_is_a_crash_of_the_embedded_compiler(root: Path) -> None:
    class Lost:
        def compile(self, request: object) -> None:
            raise BrokenPipeError("gone")

    cache = Cache(root)
    assert failure(Toolchain(cache, Lost()), Job(resolve("tcc"), "lib", texts=(("a.c", ""),))).reason == "crashed"
    assert cache.warnings == []


@pytest.mark.compiler("gcc")
def test_flags_of_the_spec_come_last(root: Path) -> None:
    job = Job(
        resolve("gcc:-DX=2 -UY"), "lib", texts=(("a.c", "int x = X;\nint y =\n#ifdef Y\n1\n#else\n0\n#endif\n;"),)
    )
    built = Toolchain(Cache(root), None).build(Job(**{**vars(job), "flags": ("-DY",), "defines": ("X=2",)}))
    library = ctypes.CDLL(str(built.path))
    assert (ctypes.c_int.in_dll(library, "x").value, ctypes.c_int.in_dll(library, "y").value) == (2, 0)


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize(
    "flags",
    ["-Iinc -DASKS", "-I inc -DASKS", "-iquote inc -DASKS", "-idirafter inc -DASKS", "-include inc/width.h"],
)
def test_folders_and_files_of_a_spec_are_those_of_the_folder_where_it_is_given(
    program: str, flags: str, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if program == "tcc" and "-i" in flags.replace("-include", ""):
        pytest.skip("tcc has no such option")
    (tmp_path / "inc").mkdir()
    (tmp_path / "inc" / "width.h").write_text("enum { width = 8 };\n")
    monkeypatch.chdir(tmp_path)
    text = '#ifdef ASKS\n#include "width.h"\n#endif\nint width_of(void) { return width; }\n'
    built = Toolchain(Cache(root), InProcess()).build(Job(resolve(f"{program}:{flags}"), "lib", texts=(("a.c", text),)))
    assert ctypes.CDLL(str(built.path)).width_of() == 8


@pytest.mark.compiler("gcc")
def test_an_executable_is_built_and_runs(root: Path) -> None:
    job = Job(resolve("gcc"), "tool", texts=(("a.c", "int main(void) { return 7; }"),), kind="executable")
    built = Toolchain(Cache(root), None).build(job)
    assert os.waitstatus_to_exitcode(os.waitpid(os.posix_spawn(built.path, ["tool"], {}), 0)[1]) == 7


def test_what_was_built_is_found_without_starting_anything(fake: Callable[..., Fake], root: Path) -> None:
    compiler = fake()
    first = Toolchain(Cache(root), None).build(compiler.job())
    warm = Toolchain(Cache(root), None)
    second = warm.build(compiler.job())
    assert (first.path, first.cached, second.cached, warm.starts) == (second.path, False, True, 0)
    assert len(compiler.starts) == 1
    assert first.path.parent.parent == root
    assert first.path.name.startswith("lib-")
    assert [path for path in root.rglob("*") if path.is_file() and path.name != ".swept"] == [first.path]


def test_everything_that_decides_the_object_is_in_its_name(
    fake: Callable[..., Fake], root: Path, tmp_path: Path
) -> None:
    compiler = fake()
    library = tmp_path / "lib.so"
    library.write_bytes(b"1")
    toolchain = Toolchain(Cache(root), None)
    jobs = [
        compiler.job(),
        compiler.job("int y;"),
        compiler.job(defines=("X=1",)),
        compiler.job(flags=("-O1",)),
        compiler.job(include=(tmp_path,)),
        compiler.job(libraries=(library,)),
        compiler.job(kind="executable"),
    ]
    paths = [toolchain.build(job).path for job in jobs]
    library.write_bytes(b"2")
    paths.append(toolchain.build(jobs[5]).path)
    os.utime(compiler.path, (1, 1))
    paths.append(toolchain.build(jobs[0]).path)
    assert len(set(paths)) == len(jobs) + 2 == toolchain.starts


@pytest.mark.parametrize(
    "include",
    [
        '#include "a.h"',
        "  #  include <a.h>",
        '#inc\\\nlude "a.h"',
        '#define A "a.h"\n#include A',
        "#if 0\n#include <a.h>\n#endif",
    ],
)
@pytest.mark.parametrize("changed", ["a.h", "deep/b.h"])
def test_a_changed_header_builds_again(
    include: str, changed: str, fake: Callable[..., Fake], toolchain: Toolchain, tmp_path: Path
) -> None:
    headers = tmp_path / "include"
    (headers / "deep").mkdir(parents=True)
    (headers / "a.h").write_text('#include "deep/b.h"\n')
    (headers / "deep" / "b.h").write_text("#define N 1\n")
    (headers / "unused.h").write_text("\n")
    job = fake().job(include + "\n", include=(headers,))
    first = toolchain.build(job).path
    with (headers / changed).open("r+") as file:  # same size, same second
        text = file.read()
        file.seek(0)
        file.write(text.replace("1", "2").replace('"\n', '" '))
    second = toolchain.build(job).path
    assert first != second
    assert toolchain.starts == 2
    assert toolchain.build(job).cached


def test_a_header_that_appears_or_hides_another_builds_again(
    fake: Callable[..., Fake], toolchain: Toolchain, tmp_path: Path
) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    first.mkdir()
    second.mkdir()
    job = fake().job('#include "a.h"\n', include=(first, second))
    paths = [toolchain.build(job).path]
    for folder in (second, first):
        (folder / "a.h").write_text("\n")
        paths.append(toolchain.build(job).path)
    assert len(set(paths)) == 3


def test_headers_beside_a_source_and_by_flag_count(
    fake: Callable[..., Fake], toolchain: Toolchain, tmp_path: Path
) -> None:
    source, forced = tmp_path / "a.c", tmp_path / "forced.h"
    source.write_text('#include "beside.h"\n')
    job = fake().job(sources=(source,), flags=("-include", str(forced)))
    paths = [toolchain.build(job).path]
    for file in (source, tmp_path / "beside.h", forced):
        with file.open("a") as text:
            text.write("/* more */\n")
        paths.append(toolchain.build(job).path)
    assert len(set(paths)) == 4


@pytest.mark.parametrize(
    ("behaviour", "reason", "words"),
    [
        ("echo 'a.c:1: error: no' >&2; exit 1", "error", "a.c:1: error: no"),
        ("exit 3", "error", "exit code 3"),
        ("kill -SEGV $$", "crashed", f"signal {signal.SIGSEGV.value}"),
        ("echo 'internal compiler error: Killed signal terminated program cc1'; exit 1", "crashed", "cc1"),
        ("exit 139", "crashed", ""),
        ("exit 0", "error", "wrote no whole object"),
        ("head -c 40 {folder}/elf >$out", "error", "wrote no whole object"),
        ("yes 'error: on and on'", "error", "without end"),
    ],
)
def test_a_failing_compiler_is_told_from_a_crashing_one(
    behaviour: str, reason: str, words: str, fake: Callable[..., Fake], toolchain: Toolchain
) -> None:
    error = failure(toolchain, fake(behaviour).job())
    assert (error.reason, error.compiler_id) == (reason, "fake")
    assert words in error.words
    assert len(error.words) < 5000
    assert toolchain.cache.warnings == []


def test_a_family_that_is_known_to_hang_is_given_less_time(
    fake: Callable[..., Fake], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conformance.toolchain.build._LIMITS", {"pcc": 0.5})
    job = fake("sleep 1000").job()
    error = failure(Toolchain(Cache(root), None), replace(job, compiler=replace(job.compiler, family="pcc")))
    assert (error.reason, error.words.splitlines()[0]) == ("hung", "error: no end after 0.5 s")


def test_a_hanging_compiler_is_killed_with_all_its_children(fake: Callable[..., Fake], root: Path) -> None:
    compiler = fake("sleep 1000 & echo $! >{folder}/child; sleep 1000")
    started = time.monotonic()
    error = failure(Toolchain(Cache(root), None, timeout=0.5), compiler.job())
    assert error.reason == "hung"
    assert time.monotonic() - started < 20
    child = int((compiler.path.parent / "child").read_text())
    for _ in range(200):
        try:
            state = Path(f"/proc/{child}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            break
        if state in "ZX":
            break
        time.sleep(0.02)
    else:
        pytest.fail("the compiler's child lives on")


def test_a_compiler_that_leaves_a_child_with_its_pipe_is_not_waited_for(
    fake: Callable[..., Fake], toolchain: Toolchain
) -> None:
    started = time.monotonic()
    toolchain.build(fake("cat {folder}/elf >$out; sleep 1000 &").job())
    assert time.monotonic() - started < 20


def test_a_compiler_has_no_input_no_core_and_a_session_of_its_own(
    fake: Callable[..., Fake], toolchain: Toolchain
) -> None:
    behaviour = "cat; sleep 0.2; ulimit -c; echo session $(cut -d' ' -f6 /proc/$$/stat) $$; echo $LC_ALL; exit 1"
    lines = failure(toolchain, fake(behaviour).job()).words.split()
    assert lines[0] == "0"
    assert lines[-1] == "C"
    assert lines[2] == lines[3]


def test_a_compiler_that_vanished_is_an_error_with_words(fake: Callable[..., Fake], toolchain: Toolchain) -> None:
    compiler = fake()
    job = compiler.job()
    compiler.path.unlink()
    assert "cannot be started" in failure(toolchain, job).words


def test_many_jobs_are_answered_in_order_and_equal_ones_built_once(fake: Callable[..., Fake], root: Path) -> None:
    toolchain = Toolchain(Cache(root), None, jobs=3)
    good, bad = fake(), fake("exit 1", name="bad")
    jobs = [good.job(), bad.job(), good.job("int y;"), good.job(), Job(resolve("dynamic"), "lib"), bad.job()]
    built = toolchain.build_all(jobs)
    assert [type(answer) for answer in built] == [Built, CompileError, Built, Built, CompileError, CompileError]
    assert built[0] == built[3]
    assert built[0] != built[2]
    assert (len(good.starts), len(bad.starts), toolchain.starts) == (2, 1, 3)
    assert toolchain.build_all([]) == []


def test_programs_run_side_by_side(fake: Callable[..., Fake], root: Path) -> None:
    # Each waits until the other has started too.
    compiler = fake(
        "i=0; while [ $(wc -l <{folder}/log) -lt 2 ] && [ $i -lt 400 ]; do sleep 0.05; i=$((i+1)); done\n"
        "[ $i -lt 400 ] && cat {folder}/elf >$out"
    )
    built = Toolchain(Cache(root), None, jobs=2).build_all([compiler.job("int x;"), compiler.job("int y;")])
    assert all(isinstance(answer, Built) for answer in built)


@pytest.mark.compiler("tcc")
def test_an_interruption_stops_what_is_running(fake: Callable[..., Fake], root: Path) -> None:
    class Interrupted:
        def compile(self, request: object) -> None:
            for _ in range(500):
                if compiler.starts:
                    break
                time.sleep(0.01)
            raise KeyboardInterrupt

    compiler = fake("sleep 1000")
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        Toolchain(Cache(root), Interrupted()).build_all(
            [compiler.job(), Job(resolve("tcc"), "lib", texts=(("a.c", ""),))]
        )
    assert time.monotonic() - started < 20
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("compile")]
    assert list((root / "tmp").iterdir()) == []


def test_names_that_would_leave_the_folder_are_refused(fake: Callable[..., Fake]) -> None:
    compiler = fake().compiler
    for name, file in (("../x", "a.c"), ("A", "a.c"), ("lib", "../a.c"), ("lib", "/a.c"), ("lib", "-o.c")):
        with pytest.raises(ValueError, match="name"):
            Job(compiler, name, texts=((file, ""),))
