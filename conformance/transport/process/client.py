"""Keeps the process of a subject that is called: starts it, watches it, and begins again when it dies."""

from __future__ import annotations

import itertools
import os
import signal
import socket
import subprocess
import sys
import warnings
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from conformance.model.signature import Signature
from conformance.model.subject import RenamedWarning, SubjectInfo, SubjectUnavailable
from conformance.transport.process.worker import Died, Hung, Request, Response, Unrun

__all__ = [
    "Batch",
    "Caller",
    "DeclareError",
    "Died",
    "Hung",
    "ProcessError",
    "Request",
    "Response",
    "SubjectProcess",
    "Unrun",
]

_START = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); from conformance.transport.process.worker import main; main()"
)
_START_LIMIT, _DECLARE_LIMIT = 120.0, 600.0
_MOST_WORDS = 4000


class ProcessError(Exception):
    """The harness's or the subject's own failure, never a verdict; the message says what could not be done."""


class DeclareError(Exception):
    """A batch that the subject could not declare; the message has its own words."""


class Batch:
    """Declared callees. `refused` says, for each signature, why it cannot be declared, None where it is."""

    def __init__(self, key: int, signatures: Sequence[Signature], release: bool, refused: Sequence[str | None]) -> None:
        self.key = key
        self.signatures = tuple(signatures)
        self.release = release
        self.refused = tuple(refused)


class Caller(Protocol):
    """What declares callees of a subject and has them called."""

    def declare(self, signatures: Sequence[Signature], release: bool = False) -> Batch:
        """Has a batch declared."""
        ...

    def run(self, batch: Batch, requests: Sequence[Request], hang_ms: int) -> list[Response]:
        """Makes calls, in order; one response a request."""
        ...


class SubjectProcess:
    """The process of one subject. `target` is `module:Class`, `folders` go first on its search path.

    `compiler` is the spec of the C compiler for subjects that are made by one.

    Raises SubjectUnavailable where the subject says that something is missing.
    """

    def __init__(self, target: str, folders: Sequence[str] = (), compiler: str = "") -> None:
        self._target = target
        self._folders = tuple(folders)
        self._compiler = compiler
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None
        self._stderr = os.memfd_create("stderr", os.MFD_CLOEXEC)
        self._keys = itertools.count()
        self._last_words = ""
        self.about: SubjectInfo = self._ask("about", timeout=_START_LIMIT)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the process."""
        self._end()
        if self._stderr >= 0:
            os.close(self._stderr)
            self._stderr = -1

    @property
    def pid(self) -> int:
        """The process' id; starts it if need be."""
        self._started()
        assert self._process is not None
        return self._process.pid

    def declare(self, signatures: Sequence[Signature], release: bool = False) -> Batch:
        """Has a batch declared. Raises DeclareError where the subject cannot, or its process ends of it."""
        key = next(self._keys)
        try:
            refused = self._ask("declare", key, tuple(signatures), release, timeout=_DECLARE_LIMIT)
        except ProcessError as error:
            raise DeclareError(str(error)) from None
        return Batch(key, signatures, release, refused)

    def run(self, batch: Batch, requests: Sequence[Request], hang_ms: int) -> list[Response]:
        """Makes calls, in order; one response a request. Raises ProcessError where the harness cannot go on."""
        patience = 60.0 + len(requests) * 0.02 + 10 * hang_ms / 1000
        results = self._ask("run", batch.key, tuple(requests), hang_ms, timeout=patience)
        if results is None:  # another process than the one that declared it, or too long ago
            again = self._ask("declare", batch.key, batch.signatures, batch.release, timeout=_DECLARE_LIMIT)
            if tuple(again) != batch.refused:
                raise ProcessError("the subject declares the same signatures otherwise a second time")
            results = self._ask("run", batch.key, tuple(requests), hang_ms, timeout=patience)
        if len(results) != len(requests):
            raise ProcessError(f"{len(requests)} calls were requested, {len(results)} have a response")
        return list(results)

    def reproducer(self, case: Any) -> dict[str, str]:
        """The files of a stand-alone reproducer, by name."""
        files: dict[str, str] = self._ask("reproducer", case, timeout=60.0)
        return files

    def _started(self) -> Connection:
        if self._connection is not None and self._process is not None and self._process.poll() is None:
            return self._connection
        self._end()
        ours, theirs = socket.socketpair()
        with theirs:
            package = Path(__file__).resolve().parents[3]
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _START, str(package), str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=self._stderr,
                stderr=self._stderr,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        self._connection = Connection(ours.detach())
        self._connection.send((self._target, self._folders, self._compiler))
        for message in self._receive(_START_LIMIT):
            warnings.warn(f"the subject {self._target}: {message}", RenamedWarning, stacklevel=2)
        return self._connection

    def _ask(self, *message: Any, timeout: float) -> Any:
        connection = self._started()
        try:
            connection.send(message)
        except OSError:
            self._end()
            raise ProcessError(f"the subject's process does not stay: {self._last_words}") from None
        return self._receive(timeout)

    def _receive(self, timeout: float) -> Any:
        assert self._connection is not None
        try:
            if not self._connection.poll(timeout):
                self._end()
                raise ProcessError(f"the subject's process gave no answer within {timeout:g} s")
            status, value = self._connection.recv()
        except (EOFError, OSError):
            self._end()
            raise ProcessError(f"the subject's process ended: {self._last_words}") from None
        except BaseException:  # Ctrl-C with an answer still to come
            self._end()
            raise
        if status == "unavailable":
            self._end()
            raise SubjectUnavailable(value)
        if status == "error":
            raise ProcessError(value)
        return value

    def _end(self) -> None:
        """Ends the process, if there is one, and keeps its last words."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._process is None:
            return
        try:
            status = self._process.wait(0.2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        self._process = None
        how = f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
        size = os.lseek(self._stderr, 0, os.SEEK_END)
        said = os.pread(self._stderr, _MOST_WORDS, max(0, size - _MOST_WORDS)).decode(errors="replace").strip()
        self._last_words = f"{how}: {said}" if said else how
        os.ftruncate(self._stderr, 0)
        os.lseek(self._stderr, 0, os.SEEK_SET)
