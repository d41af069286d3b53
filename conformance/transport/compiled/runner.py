"""The batch runner as a process of its own (harness/main.c): small, so that forking it for every child is cheap."""

from __future__ import annotations

import os
import re
import select
import signal
import socket
import struct
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from conformance.transport.compiled import memory
from conformance.transport.compiled.errors import CannotGoOn

if TYPE_CHECKING:
    from conformance.transport.compiled.embedded import Libtcc

SOURCES = ("runner", "child", "modes", "calls", "sanitizer", "machine", "witness", "state", "common")
"""The files of the runner in harness/, without its main."""

_RUN, _LAYOUT = 1, 2
_REQUEST, _ANSWER = "IIIIQ", "iI"


def sources(fixtures: Path, *, program: bool) -> list[Path]:
    """The C files of the runner, with the main of its own where it is to be a program."""
    return [fixtures / "harness" / f"{name}.c" for name in (*SOURCES, *(("main",) if program else ()))]


def c_library() -> list[str]:
    """The parts of the C library that this process has loaded: what a program made by libtcc links."""
    part = re.compile(r"/lib(?:c|dl|m|pthread)[.-][^/]*$")
    lines = Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()
    return sorted({line[line.index("/") :] for line in lines if part.search(line)})


@contextmanager
def made(tcc: Libtcc, fixtures: Path, include: Iterable[Path], runtime: str) -> Iterator[str]:
    """A runner made by libtcc: the path of a file that is in memory and goes with this process."""
    fd = os.memfd_create("abi-runner", os.MFD_CLOEXEC)
    path = f"/proc/self/fd/{fd}"
    try:
        tcc.program(sources(fixtures, program=True), include, "ABI_NO_CRT", [runtime, *c_library()], path)
        yield path
    finally:
        os.close(fd)


@dataclass(frozen=True)
class RunnerProgram:
    """How a runner is started, and the target that it was built for.

    `command` are the words before its own arguments, an emulator's first where there is one. The memory of a run is
    mapped at `base`, and is in `byte_order`. `is_sanitized` says that it is built with sanitizers and has options for
    them, which the user's would overrule.
    """

    command: tuple[str, ...]
    base: int = memory.BASE
    byte_order: str = sys.byteorder
    is_sanitized: bool = False

    @property
    def environment(self) -> dict[str, str]:
        """The variables that it is started with."""
        return {
            name: value
            for name, value in os.environ.items()
            if not (self.is_sanitized and name.endswith("SAN_OPTIONS"))
        }


class Runner:
    """A running runner. Should it die, this process dies of the same: its client then sees why, and starts afresh."""

    def __init__(self, program: RunnerProgram, shared: int, client: int) -> None:
        """`client` is the descriptor of the pipe to our own client: should it close, nobody waits for answers."""
        order = {"little": "<", "big": ">"}[program.byte_order]
        self._order = order
        self._request, self._answer_head = struct.Struct(order + _REQUEST), struct.Struct(order + _ANSWER)
        ours, theirs = socket.socketpair()
        with theirs:
            theirs.set_inheritable(True)
            numbers = theirs.fileno(), shared, program.base, memory.guard_pages(program.base)
            argv = [*program.command, *map(str, numbers)]
            try:
                self.pid = os.posix_spawn(argv[0], argv, program.environment, setsigdef=[signal.SIGINT, signal.SIGPIPE])
            except OSError as error:
                raise CannotGoOn(f"the batch runner cannot be started: {error.strerror}") from None
        self._socket = ours
        self._ready = select.poll()
        self._ready.register(ours, select.POLLIN)
        self._ready.register(client, 0)
        self._answer()

    def run(self, size: int, caller: str, callee: str) -> int:
        """Runs the program in `size` bytes of shared memory; gives 0 or an errno."""
        failed, _ = self._ask(_RUN, size, caller, callee)
        return failed

    def layout(self, path: str) -> tuple[int, ...]:
        """The layout table of the side in a library."""
        _, words = self._ask(_LAYOUT, 0, path)
        return struct.unpack(f"{self._order}{len(words) // 4}I", words)

    def _ask(self, verb: int, size: int, *paths: str) -> tuple[int, bytes]:
        data = [os.fsencode(path) + b"\0" for path in paths]
        lengths = [len(part) for part in data] + [0]
        try:
            self._socket.sendall(self._request.pack(verb, *lengths[:2], 0, size) + b"".join(data))
        except OSError:
            self._follow()
        return self._answer()

    def _answer(self) -> tuple[int, bytes]:
        failed, length = self._answer_head.unpack(self._get(self._answer_head.size))
        data = self._get(length)
        if failed < 0:
            raise CannotGoOn(data.decode(errors="replace"))
        return failed, data

    def _get(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            if any(event & select.POLLHUP and fd != self._socket.fileno() for fd, event in self._ready.poll()):
                os._exit(0)  # the runner dies with us
            try:
                part = self._socket.recv(size - len(data))
            except OSError:
                part = b""
            if not part:
                self._follow()
            data += part
        return data

    def _follow(self) -> NoReturn:
        _, status = os.waitpid(self.pid, 0)
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            if number != signal.SIGKILL:
                signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        os._exit(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 1)
