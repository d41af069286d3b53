"""The process that compiles with libtcc and has a runner fork children for the cases of a program.

Started by `client.Worker`, which owns the other end of the pipe. A message is a tuple, a verb and its arguments; the
answer is ("ok", value), or ("refused", words) for a compile, or ("error", sentence). Where both sides are libraries,
the small process of `runner` runs them; where one of them is Python's, `host` does, in here.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import traceback
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.transport.compiled import runner
from conformance.transport.compiled.embedded import CompileRefused, Libtcc
from conformance.transport.compiled.errors import CannotGoOn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.transport.compiled.dynamic import Dynamic
    from conformance.transport.compiled.host import Host

_COMPILE_LIMIT = 120
"""Seconds after which a compile ends this process, should the client that watches it be gone."""


class StubServer:
    """Answers a client's requests one after the other."""

    def __init__(
        self, fixtures: Path, shared: int, client: int, tcc: tuple[str, ...] | None, ready: runner.RunnerProgram | None
    ) -> None:
        """`shared` and `client` are the descriptors of the shared memory and of the pipe.

        `tcc` is (library, lib path, include, runtime) of the embedded compiler; `ready` a runner made before.
        """
        self._fixtures = fixtures
        self._shared = shared
        self._host: Host | None = None
        self._tcc: Libtcc | None = None
        if tcc is not None:
            library, lib_path, include, self._runtime = tcc
            self._tcc = Libtcc(library, lib_path)
            self._include = [fixtures / "include" / "embedded", Path(include)]
        if ready is not None:
            self._runner = runner.Runner(ready, shared, client)
        elif self._tcc is not None:
            with runner.made(self._tcc, fixtures, self._include, self._runtime) as path:
                self._runner = runner.Runner(runner.RunnerProgram((path,)), shared, client)
        else:
            raise CannotGoOn("there is no batch runner: neither the embedded compiler nor a compiled one")

    def _for(self, *sides: str | Dynamic) -> runner.Runner | Host:
        if all(isinstance(side, str) for side in sides):
            return self._runner
        if self._host is None:
            if self._tcc is None:
                raise CannotGoOn("Python can be a side only where the embedded compiler is installed")
            from conformance.transport.compiled.host import Host

            self._host = Host(self._tcc, self._fixtures, self._include, self._runtime, self._shared, self._runner.pid)
        return self._host

    # What a client asks for: one method a verb.

    def do_ping(self) -> tuple[int, int, list[str]]:
        """The ids of this process and of the runner, and the modules that are loaded here."""
        return os.getpid(), self._runner.pid, sorted(sys.modules)

    def do_compile(self, *request: Any) -> None:
        """One library by libtcc; the arguments are those of `embedded.Libtcc.make_library`."""
        if self._tcc is None:
            raise CannotGoOn("the embedded compiler is not installed")
        signal.alarm(_COMPILE_LIMIT)
        try:
            with _inside(Path(request[-1]).parent):
                self._tcc.make_library(*request)
        finally:
            signal.alarm(0)

    def do_module(self, kinds: tuple[str, ...], packed: bool, count: int) -> str:
        """The C text of an extension module; the arguments are those of `api.module_text`."""
        from conformance.transport.compiled.api import module_text

        return module_text(self._fixtures, kinds, packed, count)

    def do_layout(self, which: Any) -> tuple[int, ...]:
        """The sizes and offsets that a side was compiled with."""
        return self._for(which).layout(which)

    def do_run(self, size: int, caller: Any, callee: Any) -> int:
        """Runs the program in shared memory; gives 0 or an errno."""
        return self._for(caller, callee).run(size, caller, callee)

    def answer(self, verb: str, *arguments: Any) -> tuple[str, Any]:
        """The answer to one message."""
        try:
            return "ok", getattr(self, f"do_{verb}")(*arguments)
        except CompileRefused as error:
            return "refused", str(error)
        except Exception as error:
            return "error", _words(error)


@contextmanager
def _inside(folder: Path) -> Iterator[None]:
    """The current folder is another meanwhile.

    libtcc looks there first for what a text includes. As with compilers that are programs it is the one of the output:
    a header that happens to lie where the run was started is none of the subject's.
    """
    before = os.open(".", os.O_PATH | os.O_DIRECTORY)
    try:
        os.chdir(folder)
        yield
    finally:
        os.fchdir(before)
        os.close(before)


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, CannotGoOn) else "".join(traceback.format_exception(error, limit=-4))


def main() -> None:
    """Serves the pipe whose descriptor is the first argument until it closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    connection = Connection(int(sys.argv[1]))
    try:
        fixtures, shared, tcc, ready = connection.recv()
        try:
            server = StubServer(Path(fixtures), shared, connection.fileno(), tcc, ready)
        except Exception as error:
            connection.send(("error", _words(error)))
            return
        connection.send(("ok", None))
        while True:
            message = connection.recv()
            connection.send(server.answer(*message))
    except (EOFError, ConnectionError):
        return


if __name__ == "__main__":
    main()
