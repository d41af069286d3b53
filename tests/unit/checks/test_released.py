"""Calls that release what an argument leads to: of every callee that takes such a thing, right ones and wrong ones."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from conformance.checks import planned
from conformance.checks.columns import CLASS_NAMES, RELEASED
from conformance.engine import encoded_calls
from conformance.engine.arena import Arena
from conformance.engine.bundle import Bundle
from conformance.engine.plans import plan
from conformance.generation.strategies import Drawn, every_kind, every_tensor, seeded
from conformance.model.kinds import FOLLOWED
from conformance.model.signature import parse_signature
from conformance.rules.load import Rules, load
from conformance.transport.compiled.memory import arena_address, released_address

RULES = load("tvm-packed")
MIXED = Drawn(seeded(1, 24, 8, RULES.kinds), 1)


def bundle(drawn: Drawn, rules: Rules = RULES) -> Bundle:
    return Bundle(drawn.signatures, drawn.salt, rules, Arena(rules.copies_pointees))


@pytest.mark.parametrize("drawn", [every_kind(RULES.kinds, with_null=True), every_tensor(), MIXED])
def test_every_callee_with_a_text_bytes_or_a_tensor_has_a_matched_call(drawn: Drawn) -> None:
    made = bundle(drawn)
    calls = [encoded_calls.encoded_of(made, row) for row in planned("X0-REPEAT", made) if row["mode"] == RELEASED]
    having = [at for at in made.callees if {param.kind for param in drawn.signatures[at].params} & {*FOLLOWED}]
    assert [call.callee for call in calls if call.mismatch.cls == "match"] == having
    for call in calls:
        case = encoded_calls.case(made, call, "X0-REPEAT", ("a", "b"))
        assert [at for at, value in enumerate(case.payload) if value.released] == [call.value_at]
        assert case.payload[call.value_at].kind == case.passed.params[call.value_at].kind in FOLLOWED
        assert case.passed.ret == case.declared.ret
        assert released_address(0) < encoded_calls.arguments(made, call)[call.value_at].bits < arena_address(0)


def test_wrong_ones_are_wrong_here_or_elsewhere_or_in_a_field() -> None:
    made = bundle(MIXED)
    rows = planned("X0-REPEAT", made)
    rows = rows[rows["mode"] == RELEASED]
    wrong = rows[rows["index"] >= 0]
    kinds = Counter((CLASS_NAMES[row["cls"]].partition("-")[0], bool(row["index"] == row["value_at"])) for row in wrong)
    assert {*kinds} == {("type", False), ("type", True), ("tensor", True)}


def test_what_copies_is_asked_for_no_elements_that_are_nowhere_in_the_call_after() -> None:
    large = "tensor(f32,1000000)"
    signatures = [parse_signature(f"({kind}, {large}) -> none") for kind in ("i32", "str")]
    signatures.append(parse_signature("(str, i32) -> none"))
    released = {}
    for rules in (RULES, replace(RULES, pointers="equal")):
        rows = plan("X0-REPEAT", bundle(Drawn(tuple(signatures), 0), rules)).rows
        released[rules.copies_pointees] = set(rows["callee"][rows["mode"] == RELEASED].tolist())
    assert released == {False: {0, 1, 2}, True: {2}}
