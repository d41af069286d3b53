"""What one side of a subject makes and the other uses: a child for each, the step of a death, and what is malformed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.model.signature import Signature
from conformance.model.subject import Call, Headers, Reply
from conformance.transport.process.client import ProtocolError, Request, SubjectProcess
from conformance.transport.process.messages import Died, Hung, Response

SUBJECT = """
import mmap
import os
import time

from conformance.model.subject import Reply, SubjectInfo
from conformance.model.value import Value


class Sided:
    def __init__(self, built):
        self.about = SubjectInfo(
            "sided", "1", "tvm-packed", tuple(f"side@{each.version}" for each in built),
            exchanges=("number.read", "number.die", "number.hang", "number.twice", "number.none"), numbers=(0, 1),
        )
        self.prepared, self.calls, self.memory = [], 0, mmap.mmap(-1, 64)

    def declare(self, signatures, release):
        return list(signatures)

    def call(self, callee, call):
        self.calls += 1
        return Reply(0)

    def prepare(self, loading):
        self.prepared.append(loading)

    def step(self):
        return self.memory[:].rstrip(b"\\0").decode()

    def exchange(self, what, number, loading):
        self.calls += 1
        self.memory[:10] = b"the number"
        if what == "number.die":
            os._exit(9)
        if what == "number.hang":
            time.sleep(60)
        if what == "number.none":
            return Reply(0)
        lines = f"number: {number}\\ncalls: {self.calls}\\nprepared: {self.prepared}\\n"
        return Reply(0, saw=(Value(what, data=(lines * (2 if what == "number.twice" else 1)).encode()),))

"""


@pytest.fixture
def process(tmp_path: Path) -> Iterator[SubjectProcess]:
    (tmp_path / "sided.py").write_text(SUBJECT)
    with SubjectProcess(
        "sided:Sided", (str(tmp_path),), built=(Headers("1", tmp_path), Headers("2", tmp_path))
    ) as made:
        yield made


def run(process: SubjectProcess, *exchanges: tuple[str, int, str] | None) -> list[Response]:
    requests = [Request(0, Call(()), exchange=each) for each in exchanges]
    return process.run(process.declare([Signature(())]), requests, 1000)


def read(response: Response) -> list[str]:
    assert isinstance(response, Reply) and response.saw is not None
    (value,) = response.saw
    assert value is not None and value.data is not None
    return value.data.decode().splitlines()


def test_the_sides_are_built_against_what_the_process_was_given(process: SubjectProcess) -> None:
    assert process.about.sides == ("side@1", "side@2")


def test_each_exchange_has_a_child_to_itself_and_what_it_needs_is_prepared_before(process: SubjectProcess) -> None:
    replies = run(process, None, None, ("number.read", 1, "local"), ("number.read", 0, "global"), None)
    assert read(replies[2]) == ["number: 1", "calls: 1", "prepared: ['local', 'global']"]
    assert read(replies[3]) == ["number: 0", "calls: 1", "prepared: ['local', 'global']"]


def test_a_death_says_what_was_about_to_be_done_and_the_others_go_on(process: SubjectProcess) -> None:
    asked = [(f"number.{op}", 1, "local") for op in ("die", "hang", "read")]
    died, hung, alive = run(process, *asked)
    assert died == Died(0, 9, "the number") and hung == Hung("the number")
    assert read(alive)[0] == "number: 1"


def test_a_label_that_is_there_twice_is_the_adapters_fault(process: SubjectProcess) -> None:
    with pytest.raises(ProtocolError, match="the exchange says 'number' twice"):
        run(process, ("number.twice", 0, "local"))


def test_an_exchange_without_what_was_read_is_the_adapters_fault(process: SubjectProcess) -> None:
    with pytest.raises(ProtocolError, match="not one value with the lines that were read"):
        run(process, ("number.none", 0, "local"))


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("exchanges=('read',), numbers=(1,)", "'read'; an exchange is named KIND.OP"),
        ("exchanges=('array.read',)", "`SubjectInfo.numbers` has no number"),
        ("exchanges=('array.read',), numbers=(-1,)", "`SubjectInfo.numbers` is .* not a tuple of whole numbers"),
        ("exchanges=('array.read',), numbers=(1,)", "names some, but the class has no `exchange`"),
    ],
)
def test_what_cannot_be_exchanged_is_told_in_a_sentence(tmp_path: Path, said: str, problem: str) -> None:
    (tmp_path / "wrong.py").write_text(
        "from conformance.model.subject import SubjectInfo\n\n"
        "class Wrong:\n"
        f"    about = SubjectInfo('wrong', '1', 'tvm-packed', ('a', 'b'), {said})\n"
        "    declare = call = None\n"
    )
    with pytest.raises(ProtocolError, match=problem), SubjectProcess("wrong:Wrong", (str(tmp_path),)):
        pass
