"""The process of a subject imports nothing that it does not need, and tells how each of its calls ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conformance.model.signature import Signature
from conformance.model.subject import Call, Reply
from conformance.transport.process.client import Died, ProtocolError, Request, Response, SubjectProcess

SUBJECT = """
import sys
from conformance.model.subject import Reply, SubjectInfo

class Trivial:
    about = SubjectInfo("trivial", "1", "tvm-packed", ("python", "python"))

    def declare(self, signatures, release):
        return list(signatures)

    def call(self, callee, call):
        return Reply(-1, " ".join(sorted({name.partition(".")[0] for name in sys.modules})))
"""


@pytest.fixture
def modules(tmp_path: Path) -> set[str]:
    """The packages that are imported where the calls of a trivial subject are made."""
    (tmp_path / "trivial.py").write_text(SUBJECT)
    with SubjectProcess("trivial:Trivial", (str(tmp_path),)) as process:
        (reply,) = process.run(process.declare([Signature(())]), [Request(0, Call(()))], 5000)
    assert isinstance(reply, Reply)
    return set(reply.error.split())


def test_only_the_standard_library_is_imported(modules: set[str]) -> None:
    assert {"conformance", "trivial"} <= modules
    assert not modules & {
        "numpy",
        "attr",
        "attrs",
        "cattrs",
        "hypothesis",
        "pytest",
        "_pytest",
        "cffi",
        "click",
        "rich",
    }


ENDING = """
import os
import sys
from conformance.model.subject import Reply, SubjectInfo

class Ending:
    about = SubjectInfo("ending", "1", "tvm-packed", ("python", "python"))

    def declare(self, signatures, release):
        return list(signatures)

    def call(self, callee, call):
        if "_exit" in call.nulls:
            os._exit(call.claimed_count)
        if "exit" in call.nulls:
            sys.exit(call.claimed_count)
        return Reply(-1, "x" * call.claimed_count)
"""
SHORT = Call((), 1)
REPLY = Reply(-1, "x")


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., list[Response]]]:
    """Makes calls that come back with a text as long as the count that they claim, or exit with it as the status.

    A thread makes the call `beside` at the same time.
    """
    (tmp_path / "ending.py").write_text(ENDING)
    with SubjectProcess("ending:Ending", (str(tmp_path),)) as process:
        batch = process.declare([Signature(())])

        def made(*calls: Call, beside: Call | None = None) -> list[Response]:
            concurrent = None if beside is None else (0, beside)
            return process.run(batch, [Request(0, call, concurrent) for call in calls], 5000)

        yield made


@pytest.mark.parametrize("how", ["_exit", "exit"])
@pytest.mark.parametrize("status", [0, 1, 77, 255])
def test_a_call_that_exits_is_told_by_its_status_and_the_next_is_made(
    run: Callable[..., list[Response]], status: int, how: str
) -> None:
    assert run(SHORT, Call((), status, (how,)), SHORT) == [REPLY, Died(0, status), REPLY]


@pytest.mark.parametrize(("code", "status"), [(None, 0), (-1, 255), ("no device", 1)])
def test_an_exit_has_the_status_that_python_gives_it(
    run: Callable[..., list[Response]], code: object, status: int
) -> None:
    assert run(Call((), code, ("exit",))) == [Died(0, status)]  # type: ignore[arg-type]


def test_one_of_two_calls_at_a_time_that_exits_is_told_by_its_status(run: Callable[..., list[Response]]) -> None:
    assert run(SHORT, beside=Call((), 9, ("exit",))) == [Died(0, 9)]


def test_replies_that_do_not_fit_at_once_are_all_there(run: Callable[..., list[Response]]) -> None:
    long = Call((), 30 << 20)
    assert [len(reply.error) for reply in run(long, long, long) if isinstance(reply, Reply)] == [30 << 20] * 3


def test_a_reply_that_can_never_fit_is_the_adapters_fault(run: Callable[..., list[Response]]) -> None:
    with pytest.raises(
        ProtocolError, match=r"^the reply takes 73,400,\d+ bytes, where at most 67,108,836 are possible"
    ):
        run(SHORT, Call((), 70 << 20))
