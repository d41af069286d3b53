"""Keeps the process that holds what is audited: starts it, has calls made there, ends it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from conformance.model.subject import Call
from conformance.subjects.audited import AuditError, LibraryInfo
from conformance.subjects.registry import Found
from conformance.transport.process.messages import Response
from conformance.transport.server_process import Closing, ServerProcess

LOAD_LIMIT = 120.0
"""Seconds that runtime and library may take to be loaded."""

_MOST_SAID = 400
"""Characters that are told of the last words of a process."""


class AuditProcess(Closing):
    """A runtime with a library or module, loaded in a process of its own. `info` is what it has.

    Raises AuditError where it cannot be loaded, its process ends of that, or does not answer in time.
    """

    def __init__(self, target: str, found: Found, what: str) -> None:
        """`target` is the class that loads it, as `module:Class`; `found` the subject that was asked for."""
        self._what = what
        self._server = ServerProcess("conformance.audit.server")
        try:
            self._server.start().send((target, [str(folder) for folder in found.folders], what))
            self.info: LibraryInfo = self._receive(LOAD_LIMIT)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Ends the process."""
        self._server.end(patience=0.2)
        self._server.close()

    def run(self, calls: Sequence[tuple[int, Call]], hang_ms: int) -> list[Response]:
        """One response for each call: a function by its place in `info.functions`, and what it is called with.

        All are made in one child process, to the first that is accepted, dies or does not end; the responses behind
        that one say nothing.
        """
        connection = self._server.connection
        assert connection is not None
        connection.send((tuple(calls), hang_ms))
        responses: list[Response] = self._receive(60.0 + len(calls) + hang_ms / 1000)
        return responses

    def _receive(self, limit: float) -> Any:
        connection = self._server.connection
        assert connection is not None
        try:
            if not connection.poll(limit):
                raise AuditError(f"the process that loads {self._what} gave no answer within {limit:g} s")
            status, value = connection.recv()
        except (EOFError, OSError):
            self._server.end(patience=0.2)
            words = " ".join(self._server.last_words.split())[:_MOST_SAID]
            raise AuditError(
                f"the process that loads {self._what} ended ({words}); load it by itself to see why"
            ) from None
        if status == "wrong":
            raise AuditError(value)
        if status != "ok":
            raise RuntimeError(value)
        return value
