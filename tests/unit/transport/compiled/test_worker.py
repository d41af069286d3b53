"""The server behind a worker: what it holds, and what becomes of requests when it dies."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.toolchain import fixtures
from conformance.toolchain.embedded import EmbeddedRequest
from conformance.toolchain.errors import CompileError
from conformance.transport.compiled import layouts, runner
from conformance.transport.compiled import memory as m
from conformance.transport.compiled.client import Worker, WorkerError
from conformance.transport.compiled.runner import RunnerProgram

from .tiny import Tiny, op, program, unpack


def request(text: str, output: Path) -> EmbeddedRequest:
    return EmbeddedRequest(
        texts=(("it.c", f'#line 1 "it.c"\n{text}'),),
        sources=(),
        include=(),
        system_include=(),
        defines=(),
        options=("-nostdlib", "-nostdinc"),
        libraries=(),
        output=output,
    )


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Tiny]:
    """A worker that a test may maltreat."""
    with Worker(compile_timeout=1.0) as worker:
        yield Tiny(worker, tmp_path)


def test_the_server_is_lean(worker: Worker) -> None:
    *_, modules = worker.ping()
    heavy = ("hypothesis", "pytest", "jinja2", "click", "rich", "asyncio", "importlib.metadata")
    assert [name for name in heavy if name in modules] == []


def test_a_compile_error_has_the_compilers_words(worker: Worker, tmp_path: Path) -> None:
    pid = worker.pid
    with pytest.raises(CompileError) as caught:
        worker.compile(request("int f(void) { return nothing; }", tmp_path / "it.so"))
    assert caught.value.reason == "error"
    assert "it.c:1: error: 'nothing' undeclared" in caught.value.words
    assert worker.pid == pid


def test_a_compile_writes_the_library(worker: Worker, tmp_path: Path) -> None:
    worker.compile(request("int f(void) { return 1; }", tmp_path / "it.so"))
    assert (tmp_path / "it.so").read_bytes().startswith(b"\x7fELF")


def test_a_compiler_that_crashes_is_told_and_replaced(own: Tiny, tmp_path: Path) -> None:
    nested = "int f(void) { return " + "(" * 200_000 + "1" + ")" * 200_000 + "; }"
    with pytest.raises(CompileError) as caught:
        own.worker.compile(request(nested, tmp_path / "it.so"))
    assert caught.value.reason == "crashed"
    own.worker.compile(request("int f(void) { return 1; }", tmp_path / "it.so"))


def test_a_compiler_that_hangs_is_stopped(own: Tiny, tmp_path: Path) -> None:
    fifo = tmp_path / "endless.c"
    os.mkfifo(fifo)
    with pytest.raises(CompileError) as caught:
        own.worker.compile(replace(request("", tmp_path / "it.so"), sources=(fifo,)))
    assert caught.value.reason == "hung"
    own.worker.compile(request("int f(void) { return 1; }", tmp_path / "it.so"))


NAP = "usleep(10000)"


def kill_soon(pid: int, number: int, after: float = 0.15) -> threading.Thread:
    def kill() -> None:
        time.sleep(after)
        os.kill(pid, number)

    thread = threading.Thread(target=kill)
    thread.start()
    return thread


def test_a_child_killed_in_a_run_loses_no_case(own: Tiny) -> None:
    sides = own.sides(before=NAP)
    _, runner, _ = own.worker.ping()

    def kill() -> None:
        time.sleep(0.15)
        children = Path(f"/proc/{runner}/task/{runner}/children").read_text(encoding="ascii").split()
        os.kill(int(children[0]), signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    ran = unpack(own.worker.run(*sides, program([op()] * 36)), 2)
    thread.join()
    assert [c.outcome for c in ran.cases] == [m.ACCEPTED] * 36
    assert (ran.result.forks, ran.result.killed) == (2, 1)
    assert len(ran.result.witness) == 36 * 48


@pytest.mark.parametrize("which", [0, 1], ids=["server", "runner"])
def test_a_server_killed_in_a_run_loses_no_case(own: Tiny, which: int) -> None:
    sides = own.sides(before=NAP)
    thread = kill_soon(own.worker.ping()[which], signal.SIGKILL)  # type: ignore[arg-type]
    ops = [op(), op(row=1), op(codes={0: 9})] * 12
    ran = unpack(own.worker.run(*sides, program(ops)), 2)
    thread.join()
    assert [c.outcome for c in ran.cases] == [m.ACCEPTED, m.ACCEPTED, m.REJECTED] * 12
    assert ran.result.forks > 1
    assert len(ran.result.witness) == 24 * 48
    undisturbed = unpack(own.worker.run(*sides, program(ops)), 2)
    assert (ran.cases, ran.result.witness) == (undisturbed.cases, undisturbed.result.witness)


def test_a_case_at_which_the_server_dies_twice(own: Tiny) -> None:
    before = "if (args[0].i == 77) kill(getppid(), SIGKILL), usleep(100000)"
    ran = own.run([op(), op(value_at=0, value=1), op()], before=before)
    assert [c.outcome for c in ran.cases] == [m.ACCEPTED, m.DIED, m.ACCEPTED]


def test_a_server_that_dies_between_requests(own: Tiny) -> None:
    first = own.worker.pid
    os.kill(first, signal.SIGKILL)
    assert own.run([op()])[0].outcome == m.ACCEPTED
    assert own.worker.pid != first


def test_a_library_that_cannot_be_loaded(own: Tiny, tmp_path: Path) -> None:
    (tmp_path / "broken.so").write_bytes(b"not an object")
    sides = own.sides()
    with pytest.raises(WorkerError, match=r"cannot load .*broken\.so: .*"):
        own.worker.run(sides[0], tmp_path / "broken.so", program([op()]))
    with pytest.raises(WorkerError, match=r"cannot load .*missing\.so: .*No such file"):
        own.worker.layout(tmp_path / "missing.so")
    with pytest.raises(WorkerError, match="has no abi_side"):
        own.worker.layout(own.build("tiny"))
    assert own.run([op()])[0].outcome == m.ACCEPTED


def test_a_library_that_dies_as_it_is_loaded(own: Tiny) -> None:
    sides = own.sides()
    for words, loading in (("signal SIGABRT", "abort()"), ("exit status 3", "exit(3)")):
        library = own.build("loading", f"LOADING={loading}")
        with pytest.raises(WorkerError, match=rf"loading .*loading-\d+\.so ended the worker: {words}"):
            own.worker.run(sides[0], library, program([op()]))
        with pytest.raises(WorkerError, match=f"ended the worker: {words}"):
            own.worker.layout(library)


def test_sides_that_do_not_fit_the_program(own: Tiny) -> None:
    callers, callees = own.sides()
    with pytest.raises(WorkerError, match="do not fit"):
        own.worker.run(callees, callers, program([op()]))
    with pytest.raises(WorkerError, match="do not fit"):
        own.worker.run(callers, callees, program([op()], segments=layouts.SEGMENT.pack(9, 0, 0, 1, 0)))
    with pytest.raises(WorkerError, match="do not fit"):
        own.worker.run(callers, callees, program([op(caller=9)]))
    with pytest.raises(WorkerError, match="no room"):
        own.worker.run(callers, callees, program([op()] * 3, witness_size=100))
    assert own.run([op()])[0].outcome == m.ACCEPTED


def test_an_answer_that_nobody_waited_for_confuses_no_later_request(own: Tiny) -> None:
    sides = own.sides(before=NAP)
    thread = kill_soon(os.getpid(), signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        own.worker.run(*sides, program([op()] * 100))
    thread.join()
    assert own.run([op(), op()])[1].outcome == m.ACCEPTED


def test_many_libraries_and_growing_memory(own: Tiny, tmp_path: Path) -> None:
    callers, callees = own.sides()
    for i in range(80):
        copy = tmp_path / f"copy{i}.so"
        shutil.copy(callees, copy)
        count = 1 << i % 14
        ran = own.worker.run(callers, copy, program([op()] * count))
        assert ran.records == layouts.RECORD.pack(m.ACCEPTED, m.NO_INDEX, m.ENTERED, 0, 0) * count


def test_a_closed_worker_says_so(tmp_path: Path) -> None:
    worker = Worker()
    pid = worker.pid
    worker.close()
    worker.close()
    with pytest.raises(WorkerError, match="closed"):
        worker.ping()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


ORPHAN = """
import os, sys
sys.path[:0] = sys.argv[1:3]
from pathlib import Path
from conformance.transport.compiled.client import Worker
from compiled.tiny import Tiny, op
worker = Worker()
tiny = Tiny(worker, Path(sys.argv[3]))
tiny.sides(before="pause_for_ever(0)")
print(worker.pid, flush=True)
tiny.run([op()], before="pause_for_ever(0)", hang_ms=60000)
"""


def ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_nothing_outlives_a_killed_parent(tmp_path: Path) -> None:
    here = Path(__file__).resolve()
    paths = [str(fixtures.root().parent), str(here.parents[1])]
    parent = subprocess.Popen([sys.executable, "-c", ORPHAN, *paths, str(tmp_path)], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    server = int(parent.stdout.readline())
    time.sleep(0.3)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    for _ in range(100):
        if ended(server):
            break
        time.sleep(0.05)
    assert ended(server)


@pytest.mark.compiler("gcc")
def test_a_runner_by_another_compiler_is_as_good(tmp_path: Path) -> None:
    sources = runner.sources(fixtures.root(), program=True)
    subprocess.run(
        [
            "gcc",
            "-std=gnu99",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-O1",
            "-o",
            tmp_path / "runner",
            *sources,
            "-pthread",
            "-ldl",
        ],
        check=True,
    )
    with Worker(RunnerProgram((str(tmp_path / "runner"),))) as other:
        assert Tiny(other, tmp_path).run([op(), op()], before="write_at(8)", guard=True).result.guarded == 2


def test_a_runner_that_cannot_be_started(tmp_path: Path) -> None:
    with (
        Worker(RunnerProgram((str(tmp_path / "nothing"),))) as other,
        pytest.raises(WorkerError, match="cannot be started: No such"),
    ):
        other.ping()
