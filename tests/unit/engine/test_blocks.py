"""What is planned in bulk is what the oracle's general rules say of every single call."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import Phase, given, settings

from conformance.checks import CHECKS
from conformance.engine import blocks, plans, shots
from conformance.engine.arena import Arena
from conformance.engine.bundle import Bundle
from conformance.generation.strategies import Drawn, bundles
from conformance.model.kinds import DECLARABLE
from conformance.oracle import classify
from conformance.rules.load import load

RULES = {name: load(name) for name in ("tvm-packed", "tvm-packed-runtime")}
RESULT = slice(22, 24)  # of an operation: the slot of a return value, which a rejected call never reads


def without_result(ops: bytes) -> list[bytes]:
    """The operations but for the slot of the value that the body returns."""
    cut = [ops[at : at + 32] for at in range(0, len(ops), 32)]
    return [op[: RESULT.start] + op[RESULT.stop :] for op in cut]


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("check", [check for check in CHECKS if check not in ("X0-LAYOUT", "X0-REFS")])
def test_bulk_plans_agree_with_the_general_oracle(check: str, rules: str) -> None:
    @settings(max_examples=4, phases=[Phase.generate], deadline=None)
    @given(bundles(12, 16, RULES[rules].kinds, with_null=True))
    def agree(drawn: Drawn) -> None:
        bundle = Bundle(drawn.signatures, drawn.salt, RULES[rules], Arena())
        for block in plans.plan(check, bundle).blocks:
            made = [block.shot(k) for k in range(block.count)]
            seen = [shots.foresee(bundle, shot) for shot in made]
            both = list(zip(made, seen, strict=True))
            assert block.records == b"".join(shots.record(bundle, shot, one) for shot, one in both)
            rows = [row for shot, one in both for row in blocks.witness_rows(bundle, shot, one)]
            assert block.witness == b"".join(rows)
            assert block.tally == Counter((s.convention, s.mismatch.cls, one.verdict) for s, one in both)
            assert without_result(block.ops) == without_result(b"".join(shots.op(bundle, shot) for shot in made))

    agree()


@settings(max_examples=10, phases=[Phase.generate], deadline=None)
@given(bundles(16, 16, DECLARABLE, with_null=True))
def test_decisions_by_columns_are_those_of_the_classifier(drawn: Drawn) -> None:
    rules = RULES["tvm-packed"]
    bundle = Bundle(drawn.signatures, drawn.salt, rules, Arena())
    for callee in bundle.callees:
        for caller, passed in enumerate(drawn.signatures):
            assert bundle.mismatch(callee, caller) == classify.pair(passed, drawn.signatures[callee], rules)


@settings(max_examples=10, phases=[Phase.generate], deadline=None)
@given(bundles(16, 16, DECLARABLE, with_null=True))
def test_both_conventions_make_the_same_mismatched_calls(drawn: Drawn) -> None:
    bundle = Bundle(drawn.signatures, drawn.salt, RULES["tvm-packed"], Arena())
    classes = {"type", "few", "many", "ret-type", "ret-none"} | {c for c in CHECKS["X0-TENSOR"].classes if c != "match"}
    counted: dict[str, Counter[str]] = {"packed": Counter(), "unpacked": Counter()}
    for check in ("X0-TYPE", "X0-COUNT", "X0-RETURN", "X0-TENSOR", "X1-SILENT", "X1-WRITE"):
        for block in plans.plan(check, bundle).blocks:
            if block.paired:
                for (convention, cls, _), number in block.tally.items():
                    counted[convention][cls] += number if cls in classes else 0
    assert +counted["packed"] == +counted["unpacked"]
