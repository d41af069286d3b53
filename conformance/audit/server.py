"""The warm process that holds a runtime and the library that is audited; calls are made in forked children of it.

Started by `process.AuditProcess`. A message is what to call in one child, as pairs of a function's place and a call,
and the limit in milliseconds. The answer is ("ok", one response for each). When the library is loaded, it may also be
("wrong", sentence) for what the user can mend, or ("error", traceback).
"""

from __future__ import annotations

import importlib
import resource
import signal
import sys
import traceback
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any

from conformance.model.errors import UserError
from conformance.model.subject import Call, Reply
from conformance.subjects.audited import AuditedLibrary
from conformance.transport.process.messages import Request, Response
from conformance.transport.process.worker import SubjectServer


class _Caller:
    """Calls the functions of a library, in one child none behind a call that was accepted."""

    def __init__(self, library: AuditedLibrary) -> None:
        self._library = library
        self._accepted = False

    def call(self, callee: object, call: Call) -> Reply:
        """Makes a call. Raises RuntimeError behind one whose body has run."""
        if self._accepted:
            raise RuntimeError("a call before this one was accepted")
        reply = self._library.call(callee, call)
        self._accepted = reply.status == 0
        return reply


class AuditServer:
    """Makes calls of the functions of one library."""

    def __init__(self, library: AuditedLibrary) -> None:
        subject: Any = _Caller(library)  # of a subject, nothing but `call` is asked
        self._server = SubjectServer(subject)
        self._server.keep(0, library.callees)

    def run(self, calls: Sequence[tuple[int, Call]], hang_ms: int) -> list[Response]:
        """One response for each call, made in one child as far as to the first that is accepted, dies or hangs.

        What follows that one is not made, and its response says nothing.
        """
        requests = [Request(place, call) for place, call in calls]
        responses = self._server.do_run(0, requests, hang_ms, most_deaths=1, most_hangs=1)
        assert responses is not None  # the one batch of callees is kept
        return responses


def main() -> None:
    """Serves the pipe whose descriptor is the first argument until it closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    connection = Connection(int(sys.argv[1]))
    try:
        target, folders, what = connection.recv()
        sys.path[:0] = folders
        module, _, name = target.partition(":")
        try:
            library: AuditedLibrary = getattr(importlib.import_module(module), name)(what)
        except UserError as error:
            connection.send(("wrong", str(error)))
            return
        except Exception:
            connection.send(("error", traceback.format_exc()))
            return
        server = AuditServer(library)
        connection.send(("ok", library.info))
        while True:
            connection.send(("ok", server.run(*connection.recv())))
    except (EOFError, ConnectionError):
        return
