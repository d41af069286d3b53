"""A Python process that answers over a pipe: how it is started and ended, and what it said last."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Self

_MOST_SAID = 4096
"""Bytes of the end of its standard error that are kept."""


_FIXED = "import ctypes, os, sys; ctypes.CDLL(None).personality(0x0040000); os.execv(sys.argv[1], sys.argv[1:])"
"""Becomes another program, without address randomisation (ADDR_NO_RANDOMIZE) where the system allows to ask for it."""

_PERTURB = "165"
"""What glibc fills memory with that is taken back, and the complement of what it fills new memory with (mallopt(3))."""


class Closing:
    """What is closed when the block ends that it was opened for, however that ends."""

    def close(self) -> None:
        """Gives back all that it holds."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class ServerProcess:
    """Runs `main` of a module, with this package as it is here, and a pipe to it.

    If it is `repeatable`, memory lies and is filled alike in every process, so that what a program does that reads or
    writes the wrong memory is more often the same.

    `connection` is None while there is no process. `last_words` are how the last one ended, with the end of what it
    wrote to standard output and error.
    """

    def __init__(self, module: str, repeatable: bool = False) -> None:
        self._repeatable = repeatable
        self._start = f"import sys; sys.path.insert(0, sys.argv.pop(1)); from {module} import main; main()"
        self._process: subprocess.Popen[bytes] | None = None
        self._stderr = os.memfd_create("stderr", os.MFD_CLOEXEC)
        self.connection: Connection | None = None
        self.last_words = ""

    @property
    def alive(self) -> bool:
        """Whether it runs, with a pipe to it."""
        return self.connection is not None and self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The id of the process, which must have been started."""
        assert self._process is not None
        return self._process.pid

    def start(self, *descriptors: int) -> Connection:
        """Starts it and gives the pipe; it inherits `descriptors`."""
        ours, theirs = socket.socketpair()
        with theirs:
            package = Path(__file__).resolve().parents[2]
            argv = [sys.executable, "-P", "-c", self._start, str(package), str(theirs.fileno())]
            fixed = {"MALLOC_PERTURB_": _PERTURB, "PYTHONHASHSEED": "0"}
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _FIXED, *argv] if self._repeatable else argv,
                env=os.environ | fixed if self._repeatable else None,
                stdin=subprocess.DEVNULL,
                stdout=self._stderr,
                stderr=self._stderr,
                pass_fds=(theirs.fileno(), *descriptors),
                start_new_session=True,
            )
        self.connection = Connection(ours.detach())
        return self.connection

    def end(self, patience: float) -> int | None:
        """Closes the pipe, and kills the process where that does not end it within `patience` seconds.

        Its exit status, negative for a signal; None where there is no process.
        """
        if self.connection is not None:
            self.connection.close()
            self.connection = None
        if self._process is None:
            return None
        try:
            status = self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        self._process = None
        how = f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
        size = os.lseek(self._stderr, 0, os.SEEK_END)
        said = os.pread(self._stderr, _MOST_SAID, max(0, size - _MOST_SAID)).decode(errors="replace").strip()
        self.last_words = f"{how}: {said}" if said else how
        os.ftruncate(self._stderr, 0)
        os.lseek(self._stderr, 0, os.SEEK_SET)
        return status

    def close(self) -> None:
        """Gives back what keeps its words; it must have been ended."""
        if self._stderr >= 0:
            os.close(self._stderr)
            self._stderr = -1
