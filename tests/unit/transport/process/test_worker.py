"""The process of a subject holds nothing that the subject does not need: a fork costs what is mapped."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.model.signature import Signature
from conformance.model.subject import Call, Reply
from conformance.transport.process.client import Request, SubjectProcess

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
