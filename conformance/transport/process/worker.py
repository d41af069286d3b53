"""The process that holds a subject that is called: declares callees, and forks children that make the calls.

Started by `client.SubjectProcess`, which owns the other end of the pipe. Nothing of Hypothesis, pytest or cffi is
needed here unless the subject itself brings it. A message is a tuple, a verb and its arguments; the answer is
("ok", value), ("unavailable", sentence), ("raised", traceback) where the adapter's own code raised, ("wrong", sentence)
where what it says is of the wrong type, or ("error", words).
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import mmap
import os
import pickle
import resource
import select
import signal
import struct
import sys
import threading
import time
import traceback
import warnings
from collections import OrderedDict
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from conformance.model.signature import Signature
from conformance.model.subject import (
    Call,
    Headers,
    Refused,
    RenamedWarning,
    Reply,
    Subject,
    SubjectInfo,
    SubjectUnavailable,
)
from conformance.transport.process.messages import Broke, Died, Hung, Malformed, Request, Response, Unrun
from conformance.transport.process.validate import callees_problem, exchange_problem, info_problem, reply_problem

MOST_DECLARED = 64
"""Batches of callees that are kept."""

ROUNDS = 25
"""How often two threads make their calls at the same time."""

_SHARED = 64 << 20
_HEAD = struct.Struct("<QQQ")
"""Of a child: the call that is under way, the bytes of replies behind this head, whether it came to its own end."""

_MEMORY, _FILE = 4 << 30, 1 << 20
_POLL = 0.02
_PR_SET_PDEATHSIG = 1
_SIGNALS = tuple(signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP})
_MOST_FRAMES = 8


class WrongAnswer(Exception):
    """What a subject says of itself or declares is of the wrong type; the message is one sentence."""


class SubjectServer:
    """Answers a client's requests one after the other."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._batches: OrderedDict[int, Sequence[Any]] = OrderedDict()
        self._memory = mmap.mmap(-1, _SHARED)
        self._libc = ctypes.CDLL(None)

    def do_about(self) -> tuple[SubjectInfo, bool]:
        """What the subject says of itself, and whether it has callees. Raises WrongAnswer."""
        for name in ("about",) if self._packs_alone else ("about", "declare", "call"):
            if not hasattr(self._subject, name):
                raise WrongAnswer(f"the class has no `{name}`")
        about = self._subject.about
        problem = info_problem(about)
        for field, what, method in _OPTIONAL:
            if not problem and getattr(about, field) and not hasattr(self._subject, method):
                problem = f"`SubjectInfo.{field}` names {what}, but the class has no `{method}`"
        if not problem and self._packs_alone and not about.packs:
            problem = "the class has `pack` alone, and `SubjectInfo.packs` names no kind"
        if problem:
            raise WrongAnswer(problem)
        return about, not self._packs_alone

    @property
    def _packs_alone(self) -> bool:
        return hasattr(self._subject, "pack") and not hasattr(self._subject, "call")

    def do_declare(self, key: int, signatures: Sequence[Signature], release: bool) -> list[str | None]:
        """Declares a batch under a key: for each signature None, or why it cannot be declared."""
        if self._packs_alone:
            callees: Sequence[Any] = [Refused("it packs calls, and has no callees")] * len(signatures)
        else:
            callees = self._subject.declare(signatures, release)
        problem = callees_problem(callees, len(signatures))
        if problem:
            raise WrongAnswer(problem)
        self.keep(key, callees)
        return [callee.why if isinstance(callee, Refused) else None for callee in callees]

    def keep(self, key: int, callees: Sequence[Any]) -> None:
        """Keeps the callees of a batch under its key, and drops the oldest of more than `MOST_DECLARED` batches."""
        self._batches[key] = callees
        while len(self._batches) > MOST_DECLARED:
            self._batches.popitem(last=False)
        gc.collect()
        gc.freeze()  # children share what is here as long as nobody's collector writes to it

    def do_run(
        self, key: int, requests: Sequence[Request], hang_ms: int, most_deaths: int, most_hangs: int
    ) -> list[Response] | None:
        """Makes calls, in order, in as few children as the calls allow; None where the batch is not kept any more.

        After `most_deaths` deaths or `most_hangs` hangs the rest is left unrun.
        """
        callees = self._batches.get(key)
        if callees is None:
            return None
        self._batches.move_to_end(key)
        prepare = getattr(self._subject, "prepare", None)
        for loading in dict.fromkeys(each.exchange[2] for each in requests if each.exchange is not None):
            if prepare is not None:
                prepare(loading)
        results: list[Response] = []
        deaths = hangs = 0
        while len(results) < len(requests):
            ended = self._child(callees, requests, len(results), hang_ms)
            results += self._replies()
            if ended is None or len(results) == len(requests):
                continue
            if requests[len(results)].exchange is not None:
                ended = ended._replace(step=self._step())
            results.append(ended)
            deaths, hangs = deaths + isinstance(ended, Died), hangs + isinstance(ended, Hung)
            if deaths >= most_deaths or hangs >= most_hangs:
                results += [Unrun()] * (len(requests) - len(results))
        return results

    def do_reproducer(self, case: Any) -> dict[str, str]:
        """The files of a stand-alone reproducer; none where the subject has no way to write one."""
        write = getattr(self._subject, "reproducer", None)
        return dict(write(case)) if write is not None else {}

    def do_exchange_reproducer(self, *exchange: Any) -> dict[str, str]:
        """The files of a stand-alone reproducer of an exchange; none where the subject has no way to write one."""
        write = getattr(self._subject, "exchange_reproducer", None)
        return dict(write(*exchange)) if write is not None else {}

    def do_unloadable(self) -> tuple[str, ...]:
        """A sentence for each symbol that a side needs and the runtime lacks."""
        tell = getattr(self._subject, "unloadable", None)
        return tuple(tell()) if tell is not None else ()

    def _step(self) -> str:
        step = getattr(self._subject, "step", None)
        return str(step()) if step is not None else ""

    def _child(
        self, callees: Sequence[Any], requests: Sequence[Request], start: int, hang_ms: int
    ) -> Died | Hung | None:
        """Forks a child for the requests from `start` on and waits: how it died, None if it came to its own end."""
        _HEAD.pack_into(self._memory, 0, start, 0, False)
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                _confine(self._libc)
                self._work(callees, requests, start)
                status = 0
            except SystemExit as error:
                status = _status(error)
            except BaseException:
                status = 1
            finally:
                os._exit(status)
        pidfd = os.pidfd_open(pid)
        try:
            return self._watch(pid, pidfd, hang_ms)
        finally:
            os.close(pidfd)
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)  # what it has forked itself

    def _watch(self, pid: int, pidfd: int, hang_ms: int) -> Died | Hung | None:
        ended = select.poll()
        ended.register(pidfd, select.POLLIN)
        seen, since = _HEAD.unpack_from(self._memory), time.monotonic()
        while not ended.poll(1000 * _POLL):
            now = _HEAD.unpack_from(self._memory)
            if now != seen:
                seen, since = now, time.monotonic()
            elif time.monotonic() - since > hang_ms / 1000:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                return Hung()
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        _, _, came_to_its_end = _HEAD.unpack_from(self._memory)
        if status == 0 and came_to_its_end:
            return None
        return Died(-status, 0) if status < 0 else Died(0, status)

    def _work(self, callees: Sequence[Any], requests: Sequence[Request], start: int) -> None:
        """In the child: makes the calls, as many as one child can, and leaves each reply before the next begins."""
        memory, subject, used = self._memory, self._subject, 0
        dumps, head = pickle.dumps, _HEAD.size
        for place in range(start, len(requests)):
            callee, call, concurrent, take, pack, exchange = requests[place]
            _HEAD.pack_into(memory, 0, place, used, False)
            if place > start and _loading(requests[place]) != _loading(requests[place - 1]):
                break  # sides are loaded in one way only in a process
            try:
                if exchange is not None:
                    reply: Any = subject.exchange(*exchange)  # type: ignore[attr-defined]
                elif take is not None:
                    reply = subject.take(*take)  # type: ignore[attr-defined]
                elif pack:
                    reply = subject.pack(call)  # type: ignore[attr-defined]
                elif concurrent is None:
                    reply = subject.call(callees[callee], call)
                else:
                    reply = _together(subject, (callees[callee], call), (callees[concurrent[0]], concurrent[1]))
                can_judge = concurrent is None and not (pack and isinstance(reply, Refused))
                judge = reply_problem if exchange is None else exchange_problem
                problem = judge(reply) if can_judge else ""
                data = dumps(Malformed(problem) if problem else reply, 5)
            except WrongAnswer as error:
                data = dumps(Malformed(str(error)), 5)
            except Exception as error:
                data = dumps(Broke(told(error)), 5)
            if head + 4 + len(data) > len(memory):
                problem = f"the reply takes {len(data):,} bytes, where at most {len(memory) - head - 4:,} are possible"
                data = dumps(Malformed(problem), 5)
            end = used + 4 + len(data)
            if head + end > len(memory):
                break  # the next child makes this call again, with all of the memory for its reply
            memory[head + used : head + end] = len(data).to_bytes(4, "little") + data
            used = end
        _HEAD.pack_into(memory, 0, place, used, True)

    def _replies(self) -> list[Response]:
        """What the last child left, in order."""
        _, used, _ = _HEAD.unpack_from(self._memory)
        out: list[Response] = []
        at, end = _HEAD.size, _HEAD.size + used
        # A reply that the head does not count yet is of the call that the child died in.
        while at < end:
            size = int.from_bytes(self._memory[at : at + 4], "little")
            out.append(pickle.loads(self._memory[at + 4 : at + 4 + size]))  # noqa: S301 - our own child wrote it
            at += 4 + size
        return out

    def answer(self, verb: str, *arguments: Any) -> tuple[str, Any]:
        """The answer to one message."""
        try:
            return "ok", getattr(self, f"do_{verb}")(*arguments)
        except SubjectUnavailable as error:
            return "unavailable", str(error)
        except WrongAnswer as error:
            return "wrong", str(error)
        except Exception as error:
            return ("raised" if verb in _ADAPTERS else "error"), told(error)


def _status(error: SystemExit) -> int:
    """The status that a process of Python ends with where nobody catches this."""
    if isinstance(error.code, int):
        return error.code & 0xFF
    return 0 if error.code is None else 1


def _loading(request: Request) -> str:
    """How the sides of an exchange are loaded, "" for a call."""
    return "" if request.exchange is None else request.exchange[2]


_OPTIONAL = (("takes", "kinds", "take"), ("packs", "kinds", "pack"), ("exchanges", "some", "exchange"))
"""What a subject may say that it can do, and the method that it then has."""

_ADAPTERS = ("about", "declare", "reproducer", "exchange_reproducer", "unloadable")
"""Verbs that run the adapter's code: what they raise is its own."""


def told(error: BaseException) -> str:
    """The traceback of what an adapter raised, from its own code on; of what is deep, the innermost frames."""
    trace = error.__traceback__
    while trace is not None and _is_ours(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    error.__traceback__ = trace
    return "".join(traceback.format_exception(error, limit=-_MOST_FRAMES)).strip()


def _is_ours(file: str) -> bool:
    return file in (__file__, importlib.__file__) or file.startswith("<frozen importlib")


def _together(subject: Subject, one: tuple[Any, Call], other: tuple[Any, Call]) -> tuple[Reply, Reply]:
    """Two threads make a call each, time and again from a common start: the first replies that differ, or the last."""
    start = threading.Barrier(2)
    replies: list[list[Reply]] = [[], []]
    raised: list[BaseException] = []

    def work(which: int, callee: Any, call: Call) -> None:
        try:
            for _ in range(ROUNDS):
                start.wait()
                reply = subject.call(callee, call)
                problem = reply_problem(reply)
                if problem:
                    raise WrongAnswer(problem)
                replies[which].append(reply)
        except BaseException as error:  # an exit too ends the process, and must not leave the other thread waiting
            raised.append(error)
            start.abort()

    threads = [threading.Thread(target=work, args=(which, *made)) for which, made in enumerate((one, other))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    broken = [error for error in raised if not isinstance(error, threading.BrokenBarrierError)]
    if broken:
        raise broken[0]
    first, second = (next((r for r in some if r != some[0]), some[0]) for some in replies)
    return first, second


def _confine(libc: ctypes.CDLL) -> None:
    """In a child: nothing to read or write, no core dump, bounded memory and files, gone when the server goes."""
    os.setpgid(0, 0)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.closerange(3, 4096)
    for what, limit in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, _FILE)):
        resource.setrlimit(what, (limit, limit))
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * mmap.PAGESIZE
    resource.setrlimit(resource.RLIMIT_AS, (taken + _MEMORY, taken + _MEMORY))
    gc.disable()
    # A handler of the runtime's, of faulthandler's or of Python's would print a backtrace, or go on, where a call dies.
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def load(target: str, folders: Sequence[str], compiler: str, built: tuple[Headers, Headers] | None) -> Subject:
    """Makes the subject `module:Class` with these folders searched first.

    By a compiler where there is a choice, and with sides that are built against releases of their own if `built` is
    given, the caller's and the callee's.
    """
    sys.path[:0] = folders
    module, _, name = target.partition(":")
    chosen: dict[str, Any] = {"compiler": compiler} if compiler else {}
    if built is not None:
        chosen["built"] = built
    made: Subject = getattr(importlib.import_module(module), name)(**chosen)
    return made


def main() -> None:
    """Serves the pipe whose descriptor is the first argument until it closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    connection = Connection(int(sys.argv[1]))
    try:
        target, folders, compiler, built = connection.recv()
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always", RenamedWarning)
                server = SubjectServer(load(target, folders, compiler, built))
        except SubjectUnavailable as error:
            connection.send(("unavailable", str(error)))
            return
        except Exception as error:
            connection.send(("raised", told(error)))
            return
        renamed = dict.fromkeys(str(each.message) for each in caught if issubclass(each.category, RenamedWarning))
        connection.send(("ok", tuple(renamed)))
        while True:
            message = connection.recv()
            connection.send(server.answer(*message))
    except (EOFError, ConnectionError):
        return


if __name__ == "__main__":
    main()
