"""Keeps the process of a subject that is called: starts it, watches it, and begins again when it dies."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Protocol

from conformance.model.errors import UserError
from conformance.model.observation import MOST_DEATHS, MOST_HANGS
from conformance.model.signature import Signature
from conformance.model.subject import Headers, RenamedWarning, SubjectInfo, SubjectUnavailable
from conformance.transport.process.messages import (
    Broke,
    Died,
    Hung,
    Malformed,
    Request,
    Response,
    Unrun,
)
from conformance.transport.server_process import Closing, ServerProcess

__all__ = [
    "AdapterError",
    "Batch",
    "Broke",
    "Caller",
    "DeclareError",
    "Died",
    "Hung",
    "Malformed",
    "ProcessError",
    "ProtocolError",
    "Request",
    "Response",
    "Spending",
    "SubjectProcess",
    "Unrun",
]

START_LIMIT = 120.0
"""Seconds that a subject's constructor may take, the import of its module included."""

_DECLARE_LIMIT = 600.0


class ProcessError(Exception):
    """The harness's or the subject's own failure, never a verdict; the message says what could not be done."""


class AdapterError(ProcessError, UserError):
    """The adapter's own code raised; the message is its traceback."""


class ProtocolError(ProcessError, UserError):
    """What the adapter says or replies is of the wrong type; the message is one sentence that names the field."""


class DeclareError(Exception):
    """A batch that the subject could not declare; the message has its own words."""


@dataclass
class Spending:
    """How many calls of one check and pair may still end in a death or a hang before the rest of it is left unrun."""

    deaths: int = MOST_DEATHS
    hangs: int = MOST_HANGS

    @property
    def is_spent(self) -> bool:
        """Whether nothing more is run."""
        return self.deaths <= 0 or self.hangs <= 0

    def charge(self, responses: Sequence[Response]) -> None:
        """Takes off what calls have cost."""
        self.deaths -= sum(isinstance(response, Died) for response in responses)
        self.hangs -= sum(isinstance(response, Hung) for response in responses)


_FAILURES = {"error": ProcessError, "raised": AdapterError, "wrong": ProtocolError}


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

    def run(
        self, batch: Batch, requests: Sequence[Request], hang_ms: int, budget: Spending | None = None
    ) -> list[Response]:
        """Makes calls, in order; one response a request."""
        ...


class SubjectProcess(Closing):
    """The process of one subject. `target` is `module:Class`, `folders` go first on its search path.

    `compiler` is the spec of the C compiler for subjects that are made by one. `built` are the releases that its
    caller's and its callee's side are built against, for one that is `versioned`; what goes wrong with code of several
    releases often depends on where memory lies and what was in it before, so the process then runs without address
    randomisation, and with memory that is filled when it is given out and taken back. `about` is what the subject says
    of itself, `has_callees` is False for one that is a packer alone. `renamed` are sentences about old names of the
    protocol that the adapter uses.

    Raises SubjectUnavailable where the subject says that something is missing, AdapterError where its constructor
    raises, ProtocolError where what it says of itself is of the wrong type, and ProcessError where it does not answer
    within `start_limit` seconds.
    """

    def __init__(
        self,
        target: str,
        folders: Sequence[str] = (),
        compiler: str = "",
        start_limit: float = START_LIMIT,
        built: tuple[Headers, Headers] | None = None,
    ) -> None:
        self._target = target
        self._folders = tuple(folders)
        self._compiler = compiler
        self._start_limit = start_limit
        self.renamed: tuple[str, ...] = ()
        self._built = built
        self._server = ServerProcess("conformance.transport.process.worker", repeatable=built is not None)
        self._keys = itertools.count()
        try:
            about: tuple[SubjectInfo, bool] = self._ask("about", timeout=start_limit)
            self.about, self.has_callees = about
        except AdapterError as error:
            self.close()
            raise AdapterError(f"when it was made:\n{error}") from None
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Ends the process."""
        self._end()
        self._server.close()

    @property
    def pid(self) -> int:
        """The process' id; starts it if need be."""
        self._started()
        return self._server.pid

    def declare(self, signatures: Sequence[Signature], release: bool = False) -> Batch:
        """Has a batch declared. Raises DeclareError where the subject cannot, or its process ends of it.

        The error's cause is an AdapterError where the adapter raised. Raises ProtocolError where what it gave is of the
        wrong type.
        """
        key = next(self._keys)
        try:
            refused = self._ask("declare", key, tuple(signatures), release, timeout=_DECLARE_LIMIT)
        except ProtocolError:
            raise
        except ProcessError as error:
            raise DeclareError(str(error)) from error
        return Batch(key, signatures, release, refused)

    def run(
        self, batch: Batch, requests: Sequence[Request], hang_ms: int, budget: Spending | None = None
    ) -> list[Response]:
        """Makes calls, in order; one response a request. What the budget does not allow is left unrun.

        Raises ProtocolError for a reply of the wrong type, ProcessError where the harness cannot go on.
        """
        budget = budget or Spending()
        if budget.is_spent:
            return [Unrun()] * len(requests)
        limits = hang_ms, budget.deaths, budget.hangs
        patience = 60.0 + len(requests) * 0.02 + 10 * hang_ms / 1000
        if any(request.exchange is not None for request in requests):
            patience += _DECLARE_LIMIT  # both sides may have to be compiled for it first
        responses = self._ask("run", batch.key, tuple(requests), *limits, timeout=patience)
        if responses is None:  # another process than the one that declared it, or too long ago
            again = self._ask("declare", batch.key, batch.signatures, batch.release, timeout=_DECLARE_LIMIT)
            if tuple(again) != batch.refused:
                raise ProcessError("the subject declares the same signatures otherwise a second time")
            responses = self._ask("run", batch.key, tuple(requests), *limits, timeout=patience)
        if len(responses) != len(requests):
            raise ProcessError(f"{len(requests)} calls were requested, {len(responses)} have a response")
        malformed = next((each for each in responses if isinstance(each, Malformed)), None)
        if malformed is not None:
            raise ProtocolError(malformed.words)
        budget.charge(responses)
        return list(responses)

    def reproducer(self, case: Any) -> dict[str, str]:
        """The files of a stand-alone reproducer, by name."""
        files: dict[str, str] = self._ask("reproducer", case, timeout=60.0)
        return files

    def exchange_reproducer(
        self, what: str, number: int, loading: str, made_by: Headers, read_by: Headers, runtime: Headers, due: str
    ) -> dict[str, str]:
        """The files of a stand-alone reproducer of an exchange, by name; `due` is what had to be read."""
        files: dict[str, str] = self._ask(
            "exchange_reproducer", what, number, loading, made_by, read_by, runtime, due, timeout=60.0
        )
        return files

    def unloadable(self) -> tuple[str, ...]:
        """A sentence for each symbol that a side needs and the runtime lacks; what need be is compiled for it."""
        sentences: tuple[str, ...] = self._ask("unloadable", timeout=_DECLARE_LIMIT)
        return sentences

    def _started(self) -> Connection:
        if self._server.connection is not None and self._server.alive:
            return self._server.connection
        self._end()
        connection = self._server.start()
        connection.send((self._target, self._folders, self._compiler, self._built))
        self.renamed = tuple(self._receive(self._start_limit))
        for message in self.renamed:
            warnings.warn(f"the subject {self._target}: {message}", RenamedWarning, stacklevel=2)
        return connection

    def _ask(self, *message: Any, timeout: float) -> Any:
        connection = self._started()
        try:
            connection.send(message)
        except OSError:
            self._end()
            raise ProcessError(f"the subject's process does not stay: {self._server.last_words}") from None
        return self._receive(timeout)

    def _receive(self, timeout: float) -> Any:
        connection = self._server.connection
        assert connection is not None
        try:
            if not connection.poll(timeout):
                self._end()
                raise ProcessError(f"the subject's process gave no answer within {timeout:g} s")
            status, value = connection.recv()
        except (EOFError, OSError):
            self._end()
            raise ProcessError(f"the subject's process ended: {self._server.last_words}") from None
        except BaseException:  # Ctrl-C with an answer still to come
            self._end()
            raise
        if status == "unavailable":
            self._end()
            raise SubjectUnavailable(value)
        if status != "ok":
            raise _FAILURES[status](value)
        return value

    def _end(self) -> None:
        self._server.end(patience=0.2)
