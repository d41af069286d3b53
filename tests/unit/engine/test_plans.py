"""What is planned in columns is what the oracle's general rules say of every single call."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import Phase, given, settings

from conformance.checks import CHECKS, columns
from conformance.engine import encoded_calls, plans
from conformance.engine.arena import Arena
from conformance.engine.bundle import Bundle
from conformance.engine.cases import CaseBundle
from conformance.engine.encoded_calls import EncodedCall
from conformance.engine.expected import VERDICT_NAMES
from conformance.engine.plans import Plan
from conformance.generation.presets import presets
from conformance.generation.strategies import Drawn, bundles
from conformance.model.case import CONVENTIONS, INTERPOSED, MATCH, MODES, Case
from conformance.model.groups import groups_of
from conformance.model.observation import MOST_HANGS
from conformance.model.signature import Param, Signature, parse_signature
from conformance.model.subject import Slot
from conformance.model.value import Value
from conformance.oracle import mismatch
from conformance.oracle.sendable import MOST_COPIED, MOST_DATA, forbidden
from conformance.rules.load import load
from conformance.transport.compiled import memory as m
from conformance.transport.compiled.encode import EncodedExpectation
from conformance.transport.compiled.layouts import constants

RULES = {name: load(name) for name in ("tvm-packed", "tvm-packed-runtime")}
RULES |= {f"{name}-copying": replace(rules, pointers="equal", arrays="copied") for name, rules in RULES.items()}
RULES["tvm-packed-reading"] = replace(RULES["tvm-packed"], contents="read")
PLANNED = [*(name for name, check in CHECKS.items() if check.plan is not None), "blind spots"]


def record(bundle: Bundle, encoded: EncodedCall, seen: EncodedExpectation) -> tuple[int, ...]:
    """What the runner must leave of one call (harness/run.h)."""
    if encoded.mode == "nested":
        inner = m.INNER if seen.outcome != "accepted" else 0
        ret_code = bundle.rules.code(bundle.signatures[encoded.callee].ret)
        return m.ACCEPTED, m.NO_INDEX, m.ENTERED | inner, 0, ret_code
    entered = m.ENTERED if seen.entered else 0
    if seen.outcome == "rejected":
        stale = m.STALE if encoded.mode == "after" and bundle.rules.after_success == "kept" else 0
        return m.REJECTED, m.NO_INDEX if seen.named is None else seen.named, entered | stale, 0, 0
    outcome = m.ACCEPTED if seen.outcome == "accepted" else m.TAKE_REJECTED
    return outcome, m.NO_INDEX, m.ENTERED, 0, seen.ret_code or 0


def kind_key(encoded: EncodedCall, released: bool) -> str:
    """The key of a call that conforms, by which it is counted."""
    tail = encoded.mismatch.tail
    if tail == MATCH.tail:
        tail += ("" if encoded.mode == "plain" else f"+{encoded.mode}") + ("+released" if released else "")
    return f"{encoded.mismatch.cls}::{encoded.convention}::::{tail}"


def assert_as_the_oracle_says(plan: Plan) -> None:
    """Compares every column of a plan with the prediction of each of its calls."""
    expected, bundle = plan.expected, plan.bundle
    every = [plan.encoded(at) for at in range(plan.count)]
    predictions = [encoded_calls.foresee(bundle, encoded) for encoded in every]
    both = list(zip(every, predictions, strict=True))
    assert expected.records.tolist() == [record(bundle, encoded, seen) for encoded, seen in both]
    rows = [encoded_calls.witness_rows(bundle, encoded, seen) for encoded, seen in both]
    assert expected.cells.tobytes() == b"".join(row for several in rows for row in several)
    assert (16 * expected.length).tolist() == [sum(map(len, several)) for several in rows]
    assert [VERDICT_NAMES[number] for number in expected.verdicts] == [seen.verdict for seen in predictions]
    assert plan.tally == Counter((encoded.convention, encoded.mismatch.cls, seen.verdict) for encoded, seen in both)
    assert Counter(dict(plan.kinds.items())) == Counter(
        (group, seen.verdict)
        for encoded, seen in both
        for group in groups_of(kind_key(encoded, plan.release), bundle.signatures[encoded.callee])
    )
    lost = [
        int(first) + 1 + place
        for first, seen in zip(expected.first, predictions, strict=True)
        for place, argument in enumerate(seen.seen or ())
        if argument.bits is None
    ]
    assert expected.unknown.tolist() == lost


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("check", PLANNED)
def test_columns_agree_with_the_general_oracle(check: str, rules: str) -> None:
    @settings(max_examples=4, phases=[Phase.generate], deadline=None)
    @given(bundles(12, 16, RULES[rules].kinds, with_null=True))
    def agree(drawn: Drawn) -> None:
        bundle = Bundle(drawn.signatures, drawn.salt, RULES[rules], Arena(RULES[rules].reads_contents))
        assert_as_the_oracle_says(plans.plan(check, bundle))

    agree()


@settings(max_examples=3, phases=[Phase.generate], deadline=None)
@given(bundles(12, 16, RULES["tvm-packed"].kinds, with_null=True))
def test_what_is_left_out_by_columns_is_what_the_oracle_forbids(drawn: Drawn) -> None:
    rules = RULES["tvm-packed-copying"]
    strict = Bundle(drawn.signatures, drawn.salt, RULES["tvm-packed"], Arena())
    for check in ("X0-TYPE", "X0-COUNT", "X0-MATCH", "X0-RETURN", "X0-TENSOR", "blind spots"):
        whole = plans.plan(check, strict)
        allowed = 0
        for at in range(whole.count):
            encoded = whole.encoded(at)
            args, codes = encoded_calls.arguments(strict, encoded), encoded_calls.codes(strict, encoded)
            slots = [Slot(code, arg.value) for code, arg in zip(codes, args, strict=True)]
            declared, passed = drawn.signatures[encoded.callee], drawn.signatures[encoded.caller]
            allowed += not forbidden(rules, declared, passed, slots, encoded.claimed_count)
        copying = plans.plan(check, Bundle(drawn.signatures, drawn.salt, rules, Arena(elements=True)))
        assert (copying.count, copying.left_out) == (allowed, whole.count - allowed), check
        assert bool(copying.why) == bool(copying.left_out)


def test_a_bundle_of_tensors_finds_room_in_an_arena_that_is_not_full() -> None:
    arena = Arena()
    arena.arg(Value("bytes", data=bytes(500_000)))
    assert not arena.full
    shapes = [[f"tensor(f32,{a}x{b}x{c})" for c in range(1, 13)] for a in range(1, 13) for b in range(2, 4)]
    drawn = [parse_signature(f"({', '.join(several)}) -> none") for several in shapes]
    assert plans.plan("X0-TENSOR", Bundle(drawn, 0, RULES["tvm-packed"], arena)).count > 10_000


def test_bundles_that_share_an_arena_find_room_in_it_when_their_tensors_are_planned_at_last() -> None:
    arena, per = Arena(), 24
    shapes = [
        f"({', '.join(f'tensor(f32,{a}x{b}x{c})' for c in range(1, 13))}) -> none"
        for a in range(1, 13)
        for b in range(8)
    ]
    several = [
        Bundle([parse_signature(text) for text in shapes[at : at + per]], at, RULES["tvm-packed"], arena)
        for at in range(0, len(shapes), per)
    ]
    assert not arena.full
    for bundle in several:
        assert plans.plan("X0-TENSOR", bundle).count > 10_000
    assert len(arena.image) > 4 << 20


def test_of_a_bundle_that_is_forgotten_nothing_stays() -> None:
    arena = Arena()
    first, second = (
        Bundle([parse_signature(f"({kind}) -> none")], 0, RULES["tvm-packed"], arena) for kind in ("i8", "f64")
    )
    for check in ("X0-MATCH", "X0-TYPE"):
        plans.plan(check, first)
    kept = plans.plan("X0-MATCH", second)
    plans.forget(first)
    assert list(arena.plans.values()) == [kept]
    assert arena.plan_bytes == kept.size


@pytest.mark.parametrize("check", PLANNED)
def test_calls_without_arguments_are_sent_to_a_runtime_that_copies(check: str) -> None:
    bundle = Bundle([parse_signature("() -> none")], 0, RULES["tvm-packed-copying"], Arena(elements=True))
    assert_as_the_oracle_says(plans.plan(check, bundle))


def test_values_beside_a_tensor_without_elements_are_not_sent_to_a_runtime_that_copies() -> None:
    drawn = [parse_signature(f"(i8, {tensor}) -> none") for tensor in ("tensor(u8,3x65536x65536)", "tensor")]
    bundle = Bundle(drawn, 0, RULES["tvm-packed-copying"], Arena(elements=True))
    plan = plans.plan("X0-MATCH", bundle)
    assert plan.left_out > 0
    assert {plan.encoded(at).callee for at in range(plan.count)} == {1}


@settings(max_examples=3, phases=[Phase.generate], deadline=None)
@given(bundles(12, 16, RULES["tvm-packed"].kinds, with_null=True))
def test_calls_given_one_by_one_are_the_rows_that_were_drafted(drawn: Drawn) -> None:
    bundle = Bundle(drawn.signatures, drawn.salt, RULES["tvm-packed"], Arena())
    for check in PLANNED:
        whole = plans.plan(check, bundle)
        places = range(0, whole.count, max(1, whole.count // 40))
        again = plans.of_encoded(bundle, [whole.encoded(at) for at in places])
        assert again.ops.tobytes() == whole.ops[list(places)].tobytes()
        assert again.expected.records.tolist() == whole.expected.records[list(places)].tolist()


def test_every_packed_call_has_a_preset_by_its_place_which_is_part_of_its_case() -> None:
    rules = RULES["tvm-packed"]
    signatures = tuple(Signature((Param(kind),), kind) for kind in ("i32", "str"))
    plan = plans.plan("X0-MATCH", Bundle(signatures, 1, rules, Arena()))
    codes = presets(rules)
    every = [plan.encoded(at) for at in range(plan.count)]
    due = [None, *codes[1:]]
    assert [encoded.preset for encoded in every] == [due[(at + 1) % len(due)] for at in range(plan.count)]
    cases = [encoded_calls.case(plan.bundle, encoded, "X0-MATCH", ("tcc", "tcc")) for encoded in every]
    assert [case.wire.preset for case in cases] == [encoded.preset for encoded in every]
    for case in cases:
        assert CaseBundle([case], rules, packed=True).encoded(Case.from_json(case.to_json())).preset == case.wire.preset
    assert all(encoded.preset is None for encoded in map(plans.plan("X1-MATCH", plan.bundle).encoded, range(20)))


def test_direct_calls_arrive_in_slots_of_their_own() -> None:
    signatures = bundles(12, 16, RULES["tvm-packed"].kinds, with_null=False)

    @settings(max_examples=3, phases=[Phase.generate], deadline=None)
    @given(signatures)
    def agree(drawn: Drawn) -> None:
        assert_as_the_oracle_says(plans.direct(Bundle(drawn.signatures, drawn.salt, RULES["tvm-packed"], Arena())))

    agree()


def test_a_plan_is_kept_for_the_next_pair() -> None:
    bundle = Bundle([], 0, RULES["tvm-packed"], Arena())
    assert plans.plan("X0-TYPE", bundle) is plans.plan("X0-TYPE", bundle)
    assert plans.plan("X0-TYPE", bundle).count == 0


@settings(max_examples=10, phases=[Phase.generate], deadline=None)
@given(bundles(16, 16, RULES["tvm-packed"].kinds, with_null=True))
def test_decisions_by_columns_are_those_of_the_classifier(drawn: Drawn) -> None:
    rules = RULES["tvm-packed"]
    bundle = Bundle(drawn.signatures, drawn.salt, rules, Arena())
    for callee in bundle.callees:
        for caller, passed in enumerate(drawn.signatures):
            assert bundle.mismatch(callee, caller) == mismatch.pair(passed, drawn.signatures[callee], rules)


@settings(max_examples=10, phases=[Phase.generate], deadline=None)
@given(bundles(16, 16, RULES["tvm-packed"].kinds, with_null=True))
def test_both_conventions_make_the_same_mismatched_calls(drawn: Drawn) -> None:
    bundle = Bundle(drawn.signatures, drawn.salt, RULES["tvm-packed"], Arena())
    classes = {"type", "few", "many", "ret-type", "ret-none"} | {c for c in CHECKS["X0-TENSOR"].classes if c != "match"}
    counted: dict[str, Counter[str]] = {"packed": Counter(), "unpacked": Counter()}
    for check in ("X0-TYPE", "X0-COUNT", "X0-RETURN", "X0-TENSOR", "X1-SILENT", "X1-WRITE"):
        for (convention, cls, _), number in plans.plan(check, bundle).paired.items():
            counted[convention][cls] += number if cls in classes else 0
    assert +counted["packed"] == +counted["unpacked"]


def test_segments_cover_the_calls_callee_by_callee() -> None:
    rules = RULES["tvm-packed"]

    @settings(max_examples=3, phases=[Phase.generate], deadline=None)
    @given(bundles(8, 8, rules.kinds, with_null=True))
    def cover(drawn: Drawn) -> None:
        plan = plans.plan("PAIR", Bundle(drawn.signatures, drawn.salt, rules, Arena()))
        assert np.repeat(plan.segments["callee"], plan.segments["num_ops"]).tolist() == plan.rows["callee"].tolist()
        assert plan.segments["first_op"].tolist() == plan.segments["first_case"].tolist()

    cover()


def test_an_argument_and_a_return_of_the_same_kinds_are_counted_apart() -> None:
    rules = RULES["tvm-packed"]
    drawn = [parse_signature(text) for text in ("(u8) -> u8", "(bool) -> u8", "(u8) -> bool", "(bool) -> bool")]
    plan = plans.plan("X0-RANGE", Bundle(drawn, 0, rules, Arena()))
    assert_as_the_oracle_says(plan)
    groups = {group for (group, _), _ in plan.kinds.items()}
    assert {"width::packed::bool<-u8", "width::packed::bool<-u8@ret"} <= groups


def test_the_numbers_of_a_row_are_those_of_the_runner() -> None:
    known = constants()
    flags = ("OF_RETURN", "PRESET_SHIFT", "COUNT", "STATE", "NULL_ARGS", "NULL_CODES", "NULL_RET")
    for name in (*flags, *(name.upper() for name in CONVENTIONS)):
        assert known[f"ABI_{name}"] == getattr(columns, name), name
    assert known["ABI_DIGEST"] == columns.FOLLOW
    for number, name in enumerate(mode for mode in MODES if mode not in INTERPOSED):
        constant = name.replace("-", "_").upper()
        assert known[f"ABI_{constant}"] == getattr(columns, constant) == number, name
    limits = known["ABI_MOST_COPIED"], known["ABI_MOST_DATA"], known["ABI_MOST_HANGS"]
    assert limits == (MOST_COPIED, MOST_DATA, MOST_HANGS)
