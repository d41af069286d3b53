"""A run is compared in bulk: what is judged once for many calls is what each of them would be judged alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import Phase, given, settings

from conformance.engine import execute, plans
from conformance.engine.arena import Arena
from conformance.engine.bundle import Bundle
from conformance.engine.plans import Plan
from conformance.generation.strategies import Drawn, bundles
from conformance.model.signature import parse_signature
from conformance.rules.load import load
from conformance.transport.compiled import layouts
from conformance.transport.compiled import memory as m
from conformance.transport.compiled.program import RunResult

RULES = load("tvm-packed")
PAIR = ("tcc", "tcc")
CLAIMS = RULES.claims


def left(plan: Plan, texts: bool) -> RunResult:
    """What a runtime leaves that does all as it must; its errors say nothing but the argument's number."""
    expected = plan.expected
    row_of = np.where(expected.length > 0, expected.first, m.NOBODY).astype(np.uint32)
    said = [f"argument {index}".encode().ljust(m.TEXT_SIZE, b"\0") for index in expected.records["index"].tolist()]
    text = b"".join(said) if texts else b""
    return RunResult(expected.records.tobytes(), row_of.tobytes(), expected.cells.tobytes(), text, 0, 0, 0, 0)


def spoilt(result: RunResult, at: int) -> RunResult:
    """The same run, but for one call that was let through."""
    records = bytearray(result.records)
    layouts.RECORD.pack_into(records, layouts.RECORD.size * at, m.ACCEPTED, m.NO_INDEX, m.ENTERED, 0, 0x5EED)
    return RunResult(bytes(records), result.row_of, result.witness, result.texts, 0, 0, 0, 0)


def one_by_one(plan: Plan, result: RunResult) -> Iterator[tuple[int, tuple[str, str, str], bool]]:
    """Every call with its count and whether it conforms, judged alone."""
    for at in range(plan.count):
        encoded = plan.encoded(at)
        judgement = execute.judge_one(plan, at, result, CLAIMS)
        yield at, (encoded.convention, encoded.mismatch.cls, judgement.verdict), judgement.conforms


@pytest.mark.parametrize("check", ["X0-TYPE", "X0-ERROR", "X0-RELEASE", "X0-NESTED", "X1-SILENT", "PAIR"])
@pytest.mark.parametrize("wrong", [False, True])
def test_bulk_judges_as_each_call_is_judged_alone(check: str, wrong: bool) -> None:
    @settings(max_examples=2, phases=[Phase.generate], deadline=None)
    @given(bundles(6, 6, RULES.kinds, with_null=True))
    def agree(drawn: Drawn) -> None:
        plan = plans.plan(check, Bundle(drawn.signatures, drawn.salt, RULES, Arena()))
        if not plan.count:
            return
        result = left(plan, plan.texts)
        if wrong:
            result = spoilt(result, plan.count // 2)
        alone = list(one_by_one(plan, result))
        for _ in range(2):  # the second time much is known already
            examined = execute.compare(plan, result, check, PAIR, CLAIMS)
            assert examined.tally == Counter(counted for _, counted, _ in alone)
            assert [at for at, _ in examined.nonconforming] == [at for at, _, conforms in alone if not conforms]
            assert examined.judged == examined.executed == plan.count

    agree()


def test_a_call_of_which_nothing_tells_whose_body_ran_is_inconclusive() -> None:
    signatures = [parse_signature("(i64) -> i64")]
    plan = plans.plan("X0-NESTED", Bundle(signatures, 0, RULES, Arena()))
    result = left(plan, plan.texts)
    records = bytearray(result.records)
    layouts.RECORD.pack_into(records, 0, m.UNTOLD, m.NO_INDEX, m.ENTERED, 0, 0)
    untold = RunResult(bytes(records), result.row_of, result.witness, result.texts, 0, 0, 0, 0)
    examined = execute.compare(plan, untold, "X0-NESTED", PAIR, CLAIMS)
    assert (examined.inconclusive, examined.nonconforming) == (1, [])
    assert examined.judged == examined.executed == examined.tally.total() == plan.count - 1
    assert "threads of the runtime's own" in examined.why
