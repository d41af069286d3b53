"""A worker: keeps a server process alive, watches it, and loses no case when it dies."""

from __future__ import annotations

import errno
import os
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from conformance.toolchain import fixtures
from conformance.toolchain.embedded import EmbeddedRequest, distribution
from conformance.toolchain.errors import CompileError, MissingCompiler
from conformance.transport.compiled import api
from conformance.transport.compiled.dynamic import Dynamic
from conformance.transport.compiled.program import Program, RunResult, SharedMemory
from conformance.transport.compiled.runner import RunnerProgram
from conformance.transport.server_process import Closing, ServerProcess

RUNNER = "ABI_CONFORMANCE_RUNNER"
"""The environment variable that names a runner compiled before."""

_EMBEDDED = "tcc"
_FAILURES = {
    errno.ENOSPC: "the witness has no room for what the callees record",
    errno.EINVAL: "the sides and the program do not fit each other",
}

Side = Path | Dynamic


class WorkerError(Exception):
    """The harness's own failure, never a subject's; the message says what it could not do."""


class _Died(Exception):
    """The server ended while an answer was due."""


class _Late(Exception):
    """The answer did not come in time; the server is no more."""


class Worker(Closing):
    """Compiles with libtcc and runs stubs, in a server process that is started when it is first needed.

    `runner` is a batch runner compiled before (harness/*.c as a program), for another target or for machines without
    the embedded compiler. By default it is the one that the environment names under RUNNER, or one that the embedded
    compiler makes, or where there is none what `build_runner` gives.
    Safe to use from several threads, which then wait for each other.
    """

    def __init__(
        self, runner: RunnerProgram | None = None, compile_timeout: float = 60.0, *, repeatable: bool = False
    ) -> None:
        before = os.environ.get(RUNNER)
        self._runner = runner or (RunnerProgram((before,)) if before else None)
        self.build_runner: Callable[[], RunnerProgram] | None = None
        self._compile_timeout = compile_timeout
        self._memory = SharedMemory()
        self._lock = threading.RLock()
        self._server = ServerProcess("conformance.transport.compiled.server", repeatable)
        self._killed = False
        self._owed = False  # an answer that was not waited for to the end, as after Ctrl-C
        self._closed = False

    def close(self) -> None:
        """Ends the server and gives the shared memory back."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._end()
                self._memory.close()
                self._server.close()

    @property
    def pid(self) -> int:
        """The server's process id; starts the server if need be."""
        with self._lock:
            self._started()
            return self._server.pid

    def ping(self) -> tuple[int, int, list[str]]:
        """The process ids of the server and of its runner, and the modules that the server has loaded."""
        with self._lock:
            pid, runner, modules = self._answer("ping", timeout=30.0)
            return pid, runner, modules

    def compile(self, request: EmbeddedRequest) -> None:
        """Writes `request.output`, or raises CompileError: `error` with libtcc's words, `crashed` or `hung`."""
        parts = (request.include, request.system_include)
        message = (
            tuple((name, text.encode(errors="surrogateescape")) for name, text in request.texts),
            tuple(map(str, request.sources)),
            *(tuple(map(str, part)) for part in parts),
            request.defines,
            request.options,
            tuple(map(str, request.libraries)),
            str(request.output),
        )
        with self._lock:
            try:
                self._answer("compile", *message, timeout=self._compile_timeout)
            except _Died:
                raise CompileError(
                    _EMBEDDED, f"error: the compiler died: {self._server.last_words}", "crashed"
                ) from None
            except _Late:
                raise CompileError(_EMBEDDED, f"error: no end after {self._compile_timeout:g} s", "hung") from None

    def module_text(self, kinds: tuple[str, ...], packed: bool, count: int) -> str:
        """The C text of an extension module that is Python's side in API mode, for up to `count` signatures."""
        with self._lock:
            try:
                text: str = self._answer("module", kinds, packed, count, timeout=60.0)
            except (_Died, _Late):
                raise WorkerError(f"writing an extension module ended the worker: {self._server.last_words}") from None
            return text

    def layout(self, side: Side) -> tuple[int, ...]:
        """The sizes, alignments and offsets that a side was compiled with, in the order of its template."""
        with self._lock:
            try:
                words: tuple[int, ...] = self._answer("layout", _plain(side), timeout=60.0)
            except (_Died, _Late):
                raise WorkerError(f"loading {_name(side)} {self._how_it_ended}") from None
            return words

    def run(self, caller: Side, callee: Side, program: Program) -> RunResult:
        """Runs the program's cases with these sides; every case has a record afterwards, but those behind three hangs.

        Where the guard took a fault at an address of no page of the harness, verdicts after it might be damage of it:
        then the whole program is run once more without the guard, each fault ending its child, and that result is
        given. Raises WorkerError where the harness itself cannot go on.
        """
        guard = program.guard and not isinstance(caller, Dynamic) and not isinstance(callee, Dynamic)
        with self._lock:
            result = self._run(caller, callee, program, guard)
            return self._run(caller, callee, program, guard=False) if result.unattributed_faults else result

    @property
    def _how_it_ended(self) -> str:
        """What became of a worker that loaded a library."""
        if self._server.last_words.startswith("signal SIGALRM"):
            return f"took longer than {api.LOAD_LIMIT} s: what runs when a library is loaded, a constructor, hangs"
        return f"ended the worker: {self._server.last_words}"

    def _run(self, caller: Side, callee: Side, program: Program, guard: bool) -> RunResult:
        memory = self._memory
        memory.load(program, guard)
        died_at, died_loading = -1, 0
        while not memory.finished:
            forks = memory.forks
            try:
                self._drive(caller, callee, program)
                break
            except (_Died, _Late):
                if memory.forks == forks:
                    died_loading += 1
                    if died_loading == 2:
                        names = f"{_name(caller)} and {_name(callee)}"
                        raise WorkerError(f"loading {names} {self._how_it_ended}") from None
                elif not memory.finished:
                    memory.rewind(died=died_at == memory.mark)
                    died_at = memory.mark
        if memory.failed:
            words = _FAILURES.get(memory.failed, os.strerror(memory.failed))
            raise WorkerError(f"the runner cannot go on: {words}")
        return memory.result()

    def _drive(self, caller: Side, callee: Side, program: Program) -> None:
        """Has the server run what is in memory. No progress for long is a hang of the server itself."""
        memory = self._memory
        self._send("run", memory.size, _plain(caller), _plain(callee))
        patience = 30.0 + 45 * program.hang_ms / 1000
        seen, since = (memory.mark, memory.forks), time.monotonic()
        while not self._poll(1.0):
            now = (memory.mark, memory.forks)
            if now != seen:
                seen, since = now, time.monotonic()
            elif time.monotonic() - since > patience:
                self._end()
                raise _Late
        self._receive()

    # The server and the pipe to it.

    def _started(self, tries: int = 3) -> Connection:
        if self._closed:
            raise WorkerError("this worker is closed")
        if self._server.connection is not None and self._server.alive and not self._owed:
            return self._server.connection
        self._end()
        try:
            parts = distribution()
            tcc = tuple(map(str, (parts.library, parts.lib_path, parts.include, parts.runtime)))
        except MissingCompiler:
            tcc = None
            if self._runner is None and self.build_runner is not None:
                self._runner = self.build_runner()
        root = fixtures.root()
        connection = self._server.start(self._memory.fd)
        try:
            connection.send((str(root), self._memory.fd, tcc, self._runner))
            if not self._poll(60.0):
                raise _Late
            self._receive()
        except (_Died, _Late, OSError):
            self._end()
            if self._killed and tries > 1:  # a kill comes from outside, and says nothing of what is started
                return self._started(tries - 1)
            raise WorkerError(f"the worker does not start: {self._server.last_words}") from None
        return connection

    def _answer(self, *message: Any, timeout: float) -> Any:
        for attempt in (0, 1):
            self._send(*message)
            if not self._poll(timeout):
                self._end()
                raise _Late
            try:
                return self._receive()
            except _Died:
                if attempt or not self._killed:  # a kill comes from outside: once, that is not the request's doing
                    raise
        raise AssertionError

    def _send(self, *message: Any) -> None:
        for attempt in (0, 1):
            connection = self._started()
            try:
                connection.send(message)
            except OSError:  # it had died in peace: that is nobody's request yet
                self._end()
                if attempt:
                    raise WorkerError(f"the worker does not stay: {self._server.last_words}") from None
            else:
                self._owed = True
                return

    def _poll(self, timeout: float) -> bool:
        assert self._server.connection is not None
        return self._server.connection.poll(timeout)

    def _receive(self) -> Any:
        assert self._server.connection is not None
        try:
            status, value = self._server.connection.recv()
        except (EOFError, OSError):
            self._end()
            raise _Died from None
        self._owed = False
        if status == "refused":
            raise CompileError(_EMBEDDED, value)
        if status == "error":
            raise WorkerError(value)
        return value

    def _end(self) -> None:
        """Ends the server, if there is one."""
        self._owed = False
        status = self._server.end(patience=0.05)
        if status is not None:
            self._killed = status == -signal.SIGKILL


def _plain(side: Side) -> str | Dynamic:
    return str(side) if isinstance(side, Path) else side


def _name(side: Side) -> str:
    return side.name if isinstance(side, Path) else "Python's side"
