"""What a response to a call comes to, and which calls are made of a function."""

from __future__ import annotations

import signal

import pytest

from conformance.audit.judge import judge
from conformance.audit.plan import AuditCall, planned
from conformance.model.subject import Call, Reply
from conformance.subjects.audited import AuditedFunction, LibraryInfo
from conformance.transport.process.messages import Died, Hung, Response
from tests.unit.audit.pretend import FLOAT, INT, PARAMETER, STAND_IN, TEXT, WRONG, function

TYPE = AuditCall("type", Call((INT, FLOAT)), "int", "float", index=1)
BESIDE = AuditCall("type", Call((INT, FLOAT)), "int", "float", index=1, is_real=False)
FEW = AuditCall("few", Call((INT,)), "2", "1")
MATCH = AuditCall("match", Call((INT, INT)), "", "", plain=(0,))
PROBE = AuditCall("probe", Call(()), "", "no argument")


@pytest.mark.parametrize(
    ("call", "response", "verdict"),
    [
        (TYPE, Reply(-1, "argument #1 is no int", "TypeError", named=1), "detected"),
        (TYPE, Reply(-1, "argument #1 is no int", "ValueError", named=1), "detected"),
        (TYPE, Reply(-1, "no int", "TypeError"), "detected"),
        (TYPE, Reply(-1, "argument #0 is no int", "TypeError", named=0), "misattributed"),
        (TYPE, Reply(-1, "no such name", "ValueError"), "misattributed"),
        (TYPE, Reply(-1), "misattributed"),
        (TYPE, Reply(0), "silent-wrong"),
        (TYPE, Died(signal.SIGBUS, 0), "overrun"),
        (TYPE, Died(signal.SIGSEGV, 0), "crashed"),
        (TYPE, Died(0, 3), "crashed"),
        (TYPE, Hung(), "hung"),
        (BESIDE, Reply(0), "silent-wrong"),
        (BESIDE, Died(signal.SIGBUS, 0), "overrun"),
        (BESIDE, Died(signal.SIGSEGV, 0), "inconclusive"),
        (BESIDE, Hung(), "inconclusive"),
        (FEW, Reply(-1, "Expected 2 but got 1 arguments", "ValueError"), "detected"),
        (FEW, Reply(-1, "wrong", "TypeError"), "detected"),
        (FEW, Reply(-1, "no such name", "ValueError"), "misattributed"),
        (FEW, Reply(0), "silent-wrong"),
        (MATCH, Reply(0), "intact"),
        (MATCH, Reply(-1, "argument #0 is no int", "TypeError", named=0), "false-alarm"),
        (MATCH, Reply(-1, "argument #1 is null", "TypeError", named=1), "inconclusive"),
        (MATCH, Died(signal.SIGSEGV, 0), "crashed"),
        (PROBE, Reply(0), "intact"),
        (PROBE, Reply(-1, "no argument", "ValueError"), "detected"),
        (PROBE, Died(signal.SIGSEGV, 0), "crashed"),
    ],
)
def test_a_response_comes_to_a_verdict(call: AuditCall, response: Response, verdict: str) -> None:
    assert judge(call, response, signal.SIGBUS)[0] == verdict


def plan(of: AuditedFunction, matched: bool = False, probe: bool = False) -> list[tuple[str, str, int]]:
    info = LibraryInfo("1.0", (), signal.SIGBUS, INT, WRONG)
    calls = planned(of, info, matched=matched, probe=probe)
    return [(call.mismatch, call.passed, len(call.call.slots)) for call in calls]


def test_counts_are_none_one_too_few_and_one_too_many() -> None:
    takes_any = PARAMETER.__class__("Any", INT, True, ())
    assert plan(function("f")) == [("many", "1", 1)]
    assert plan(function("f", takes_any)) == [("few", "0", 0), ("many", "2", 2)]
    assert plan(function("f", *[takes_any] * 3)) == [("few", "0", 0), ("few", "2", 2), ("many", "4", 4)]


def test_each_argument_is_wrong_in_turn_and_the_others_are_right() -> None:
    info = LibraryInfo("1.0", (), signal.SIGBUS, INT, WRONG)
    calls = planned(function("f", PARAMETER, PARAMETER), info, matched=False, probe=False)
    wrong = [(call.index, call.call.slots) for call in calls if call.mismatch == "type"]
    assert wrong == [(0, (FLOAT, INT)), (0, (TEXT, INT)), (1, (INT, FLOAT)), (1, (INT, TEXT))]


def test_matched_calls_have_no_stand_in_and_probes_no_schema() -> None:
    undeclared = AuditedFunction("f", "exported")
    unread = AuditedFunction("f", "exported", why="its schema cannot be read")
    assert ("match", "", 1) in plan(function("f", PARAMETER), matched=True)
    assert all(call[0] != "match" for call in plan(function("f", PARAMETER, STAND_IN), matched=True))
    assert plan(undeclared) == plan(unread, probe=True) == []
    assert plan(undeclared, probe=True) == [("probe", "no argument", 0), ("probe", "float", 1), ("probe", "str", 1)]
