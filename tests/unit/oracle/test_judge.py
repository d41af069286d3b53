"""Verdicts of observations, what conforms by class, and where a matched call goes wrong."""

from __future__ import annotations

import signal
from dataclasses import replace
from typing import Any

import pytest

from conformance.model.case import BLIND_SPOTS, CLASSES, STANDINGS, Mismatch
from conformance.model.observation import Ended, Observation
from conformance.model.signature import Param, Signature
from conformance.model.subject import Call, Slot
from conformance.model.value import Value
from conformance.oracle.duty import JudgedCall
from conformance.oracle.expect import Expectation, expect
from conformance.oracle.fault import defect_of, fault
from conformance.oracle.judge import Judgement, conforms, judge
from conformance.rules.load import load

RULES = load("tvm-packed")
CLAIMS = ("type", "few", "many")
DECLARED = Signature((Param("i32"), Param("f64")), "i64")
SENT = (Value("i32", 1), Value("f64", 2))
RETURNED = Value("i64", 7)
CODE = RULES.code("i64")


def judged(cls: str, seen: Observation, index: int | None = None, call: Call | None = None, **how: Any) -> Judgement:
    """The judgement of a call with two arguments and a return."""
    call = call or Call(tuple(Slot(RULES.code(value.kind), value) for value in SENT), result=RETURNED)
    made = JudgedCall(DECLARED, DECLARED, call.slots, Mismatch(cls, index), **how)
    return judge(made, RULES, CLAIMS, expect(RULES, DECLARED, call, cls), seen)


GOOD = Observation(0, saw=SENT, ret=RETURNED, ret_code=CODE)


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        ("argument 1: expected Float, received Int", "detected"),
        ("argument 1: EXPECTED FLOAT, RECEIVED INT", "detected"),
        ("argument 1: expected Floating, received Int", "misattributed"),
        ("argument 1: expected Float", "misattributed"),
    ],
)
def test_the_names_of_codes_are_found_in_capital_letters_and_in_small_ones(error: str, verdict: str) -> None:
    codes = dict(zip(("Int", "Float"), (RULES.code("i32"), RULES.code("f64")), strict=True))
    rules = replace(
        RULES,
        codes=codes,
        packs_as={"i32": "Int", "f64": "Float"},
        accept={"i32": {"Int": "exact"}, "f64": {"Float": "exact"}},
        returns={},
        error_names=("index", "expected", "received"),
    )
    slots = (Slot(codes["Int"], SENT[0]), Slot(codes["Int"], SENT[0]))
    declared = Signature((Param("i32"), Param("f64")))
    made = JudgedCall(Signature((Param("i32"), Param("i32"))), declared, slots, Mismatch("type", 1, "f64", "i32"))
    due = expect(rules, declared, Call(slots), "type")
    assert judge(made, rules, CLAIMS, due, Observation(-1, error)).verdict == verdict


def test_a_matched_call_is_intact() -> None:
    assert judged("match", GOOD) == Judgement(
        "intact", True, "accept, every argument and the return arriving unchanged", judged("match", GOOD).observed
    )


@pytest.mark.parametrize(
    ("seen", "verdict", "place"),
    [
        (Observation(-1, ended=Ended("hung")), "hung", "@call"),
        (Observation(-1, ended=Ended("died", signal.SIGSEGV)), "crashed", "@call"),
        (Observation(-1, ended=Ended("broke", message="ValueError: x")), "crashed", "@call"),
        (Observation(-1, ended=Ended("faulted", signal.SIGSEGV, argument=1)), "overrun", "(f64)@1"),
        (Observation(-1, "no"), "false-alarm", "@call"),
        (Observation(-1, "argument 1: no"), "false-alarm", "(f64)@1"),
        (Observation(-1, named=0, readable=True), "false-alarm", "(i32)@0"),
        (GOOD._replace(saw=None), "silent-reject", "@call"),
        (GOOD._replace(saw=SENT[:1]), "unpredicted", "@call"),
        (GOOD._replace(saw=(*SENT, SENT[0])), "unpredicted", "@call"),
        (GOOD._replace(saw=(SENT[1], *SENT)), "unpredicted", "@call"),
        (GOOD._replace(saw=(SENT[0], Value("f64", 3)), ret=None), "unpredicted", "(f64)@1"),
        (GOOD._replace(ret=Value("i64", 8)), "unpredicted", "(i64)@ret"),
        (GOOD._replace(ret_code=RULES.code("f64")), "unpredicted", "(i64)@ret"),
        (GOOD._replace(saw=None, refused=True), "silent-reject", "@call"),
        (GOOD._replace(refused=True), "false-alarm", "(i64)@ret"),
        (GOOD._replace(effects=("arrays",)), "overrun", "@arrays"),
        (GOOD._replace(effects=("handle",)), "unpredicted", "@handle"),
        (GOOD._replace(effects=("fenv",)), "unpredicted", "@state"),
        (GOOD._replace(effects=("stack",)), "unpredicted", "@state"),
        (GOOD._replace(effects=("registers",)), "unpredicted", "@state"),
        (GOOD._replace(effects=("x87",)), "unpredicted", "@state"),
        (GOOD._replace(effects=("direction",)), "unpredicted", "@state"),
        (GOOD._replace(effects=("signals",)), "unpredicted", "@state"),
        (Observation(-1, effects=("stack",), ended=Ended("died", signal.SIGSEGV)), "crashed", "@state"),
        (GOOD._replace(effects=("twice",)), "unpredicted", "@state"),
        (GOOD._replace(references=1), "unpredicted", "@state"),
        (GOOD._replace(remarks=("wrote to a tensor",)), "overrun", "@state"),
    ],
)
def test_a_matched_call_says_where_it_goes_wrong(seen: Observation, verdict: str, place: str) -> None:
    found = judged("match", seen)
    assert (found.verdict, found.conforms, found.place) == (verdict, False, place)


def test_a_crash_on_a_misaligned_stack_is_no_bare_signal() -> None:
    ended = Ended("faulted", signal.SIGSEGV, region="elsewhere")
    found = judged("match", Observation(-1, effects=("stack",), state="rsp % 16 = 8", ended=ended))
    assert found.observed.startswith("the stack is not 16-aligned on entry to the body: rsp % 16 = 8; then stopped by")


WRONG = Call((Slot(RULES.code("handle"), Value("handle")), Slot(RULES.code("f64"), SENT[1])), result=RETURNED)
"""A call whose first code must be rejected."""

SAID = "argument 0: expected int, received handle"


@pytest.mark.parametrize(("policy", "verdict"), [("kept", "overrun"), ("preset", "detected")])
def test_the_result_slot_of_a_rejected_call_is_as_the_policy_says(policy: str, verdict: str) -> None:
    rules = replace(RULES, result=policy)
    made = JudgedCall(DECLARED, DECLARED, WRONG.slots, Mismatch("type", 0))
    seen = Observation(-1, SAID, ret=Value("i64"), ret_code=RULES.code("none"))
    assert judge(made, rules, CLAIMS, expect(rules, DECLARED, WRONG, "type"), seen).verdict == verdict


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        (Observation(-1, SAID), "detected"),
        (Observation(-1, "argument 1: expected int"), "misattributed"),
        (Observation(-1, ""), "misattributed"),
        (Observation(-1, "argument 0", saw=SENT), "late"),
        (Observation(-1, SAID, ret=RETURNED), "overrun"),
        (Observation(-1, SAID, effects=("poison",)), "overrun"),
        (Observation(-1, ended=Ended("faulted", signal.SIGSEGV, argument=1)), "late"),
        (Observation(0), "silent-reject"),
        (Observation(0, refused=True), "silent-reject"),
        (GOOD, "silent-wrong"),
    ],
)
def test_a_call_with_a_wrong_code_is_judged_and_has_no_place(seen: Observation, verdict: str) -> None:
    found = judged("type", seen, 0, WRONG)
    assert (found.verdict, found.place, found.conforms) == (verdict, "", verdict == "detected")


def test_what_a_body_saw_of_a_value_let_through_is_equal_wrong_or_unpredicted() -> None:
    call = Call((Slot(RULES.code("f64"), Value("f64", 0x4008_0000_0000_0000)), WRONG.slots[1]))
    for got, verdict in ((Value("i32", 3), "silent-equal"), (Value("i32", 0), "silent-wrong")):
        assert judged("type", GOOD._replace(saw=(got, SENT[1])), 0, call).verdict == verdict
    assert judged("type", GOOD._replace(saw=(Value("i32", 9), SENT[1])), 0, call).verdict == "unpredicted"


def test_a_null_result_slot_is_not_late() -> None:
    call = Call(tuple(Slot(RULES.code(value.kind), value) for value in SENT), nulls=("ret",))
    found = judged("null-ret", Observation(-1, "null result slot", saw=SENT), None, call)
    assert (found.verdict, found.required) == ("detected", "reject, after the body at the earliest")


def verdict_passes(cls: str, verdict: str, due: str, *claims: str, release: bool = False) -> bool:
    call = JudgedCall(DECLARED, DECLARED, (), Mismatch(cls), release=release)
    return conforms(call, claims, Expectation("rejected" if due == "detected" else "accepted", due), verdict)


@pytest.mark.parametrize(
    ("cls", "verdict", "due", "claims", "passes"),
    [
        ("type", "silent-wrong", "detected", ("type",), False),
        ("type", "silent-wrong", "detected", (), True),
        ("type", "silent-reject", "detected", (), True),
        ("type", "late", "detected", (), False),
        ("type", "hung", "detected", (), False),
        ("coerce", "unpredicted", "coerced", (), False),
        ("width", "unpredicted", "silent-wrong", (), False),  # what arrives is the rules' policy on ranges
        ("swap", "hung", "silent-wrong", (), True),
        ("swap", "false-alarm", "silent-wrong", (), True),
        ("swap", "false-alarm", "silent-wrong", ("swap",), True),
        ("swap", "crashed", "silent-wrong", ("swap",), False),
        ("padding", "crashed", "silent-equal", (), True),
        ("pointee", "crashed", "silent-wrong", (), True),
        ("ret-error", "silent-wrong", "detected", (), False),
        ("ret-status", "late", "detected", (), True),
        ("ret-status", "late", "detected", ("ret-status",), False),
        ("null-ret", "crashed", "detected", (), True),
        ("null-ret", "crashed", "detected", ("null-ret",), False),
    ],
)
def test_what_conforms_is_a_matter_of_class_and_claims(
    cls: str, verdict: str, due: str, claims: tuple[str, ...], passes: bool
) -> None:
    assert verdict_passes(cls, verdict, due, *claims) == passes


def test_a_release_build_must_not_detect_but_may_crash() -> None:
    assert verdict_passes("type", "crashed", "detected", release=True)
    assert not verdict_passes("type", "detected", "detected", release=True)
    assert not verdict_passes("type", "hung", "detected", release=True)
    assert not verdict_passes("match", "unpredicted", "intact", release=True)


def test_a_conversion_may_keep_its_own_check_in_a_release_build() -> None:
    rules, text = load("tvm-packed-runtime"), Value("str", data=b"no type")
    call, declared = Call((Slot(11, text),)), Signature((Param("dtype"),))
    made = JudgedCall(declared, declared, call.slots, Mismatch("coerce", 0), release=True)
    expected = expect(rules, declared, call, "coerce")
    assert judge(made, rules, (), expected, Observation(-1, "argument 0: no data type")).verdict == "silent-wrong"
    assert judge(made, rules, (), expected, Observation(-1, "no such thing")).verdict == "detected"


def test_an_inner_call_that_returns_0_and_never_ran_is_told() -> None:
    call = Call(tuple(Slot(RULES.code(value.kind), value) for value in SENT), result=RETURNED)
    outer, inner = expect(RULES, DECLARED, call, "match"), expect(RULES, DECLARED, WRONG, "type")
    made = JudgedCall(DECLARED, DECLARED, WRONG.slots, Mismatch("type", 0), mode="nested")
    found = judge(made, RULES, CLAIMS, inner, GOOD._replace(second=Observation(0, entered=False)), outer)
    assert (found.verdict, found.observed) == ("silent-reject", "the inner call returned 0 without running the body")
    assert judge(made, RULES, CLAIMS, inner, GOOD._replace(second=Observation(-1)), outer).verdict == "detected"


def test_every_class_has_a_standing_and_blind_spots_follow_from_it() -> None:
    assert list(STANDINGS) == list(CLASSES)
    assert BLIND_SPOTS == ("width", "sign", "swap", "lying-code", "padding", "pointee")
    assert not any(standing.counted and standing.always for standing in STANDINGS.values())


def test_the_other_threads_call_must_be_as_it_is_alone() -> None:
    call = Call(tuple(Slot(RULES.code(value.kind), value) for value in SENT))
    made = JudgedCall(DECLARED, DECLARED, call.slots, Mismatch("match"), mode="concurrent")
    due = expect(RULES, DECLARED, call, "match")
    seen = GOOD._replace(second=Observation(-1, "argument 0"))
    found = judge(made, RULES, CLAIMS, due, seen, due)
    assert (found.verdict, found.place) == ("false-alarm", "@state")
    assert judge(made, RULES, CLAIMS, due, GOOD._replace(second=GOOD), due).verdict == "intact"


SLOTS = tuple(Slot(RULES.code(value.kind), value) for value in SENT)
RELEASED = JudgedCall(DECLARED, DECLARED, SLOTS, Mismatch("match"), mode="released")
DUE = expect(RULES, DECLARED, Call(SLOTS, result=RETURNED), "match")
LATER = GOOD._replace(entered=True)


@pytest.mark.parametrize(
    ("seen", "verdict", "place"),
    [
        (GOOD._replace(second=LATER), "intact", ""),
        (GOOD._replace(second=Observation(-1, entered=False)), "false-alarm", "@state"),
        (GOOD._replace(second=LATER._replace(saw=None, entered=False)), "silent-reject", "@state"),
        (GOOD._replace(second=LATER._replace(saw=(Value("i32", 9), SENT[1]))), "unpredicted", "(i32)@0"),
        (GOOD._replace(second=LATER, stale=True), "misattributed", "@state"),
        (Observation(-1, ended=Ended("faulted", signal.SIGSEGV, region="released")), "overrun", "@call"),
    ],
)
def test_a_call_whose_payload_is_released_is_judged_with_the_one_after_it(
    seen: Observation, verdict: str, place: str
) -> None:
    found = judge(RELEASED, RULES, CLAIMS, DUE, seen, DUE)
    assert (found.verdict, found.conforms, found.place) == (verdict, verdict == "intact", place)
    assert found.required.endswith("arriving unchanged, and keep no pointer to what it was passed")


def test_two_calls_that_go_wrong_in_the_same_way_have_equal_faults() -> None:
    handle, died, wrong = GOOD._replace(effects=("handle",)), Ended("died", signal.SIGABRT), (SENT[0], Value("f64", 3))
    asked = Call((Slot(RULES.code("f64"), SENT[0]), Slot(RULES.code("f64"), SENT[1])), result=RETURNED)
    for matched, other in [
        (handle, Observation(-1, "argument 0: expected int, received float", effects=("handle",))),
        (Observation(-1, "argument 1: no"), Observation(-1, "argument 1: no, 7")),
        (Observation(-1, ended=died), Observation(-1, ended=died._replace(message="abort"))),
    ]:
        of_matched, of_other = judged("match", matched), judged("type", other, 0, asked)
        assert not of_matched.conforms and not of_other.conforms
        assert fault(of_matched) == fault(of_other) is not None
    for matched, other in [
        (handle, GOOD),
        (handle, Observation(-1, "argument 1: no", effects=("handle",))),
        (Observation(-1, "argument 1: no"), Observation(-1, "no")),
        (Observation(-1, ended=died), Observation(-1, ended=died._replace(signal=signal.SIGSEGV))),
        (GOOD._replace(saw=wrong), GOOD._replace(saw=wrong)),
        (GOOD._replace(saw=None), GOOD),
        (GOOD._replace(refused=True), GOOD),
    ]:
        assert fault(judged("match", matched)) != fault(judged("type", other, 0, asked))
    assert fault(judged("match", GOOD._replace(saw=wrong))) == ("arrived", 1)


@pytest.mark.parametrize(
    ("seen", "defect"),
    [
        (GOOD, ""),
        (GOOD._replace(effects=("handle",)), "handle"),
        (GOOD._replace(effects=("arrays", "fenv")), "arrays+fenv"),
        (GOOD._replace(effects=("leaked",)), ""),
        (GOOD._replace(references=1), "references"),
        (GOOD._replace(ret=None, effects=("handle",)), "handle"),
        (Observation(-1, "argument 1: no"), ""),
        (Observation(-1, effects=("stack",), ended=Ended("died", signal.SIGSEGV)), ""),
    ],
)
def test_a_side_effect_is_told_by_name(seen: Observation, defect: str) -> None:
    assert defect_of(judged("match", seen)) == defect


def test_a_result_slot_that_a_rejected_call_wrote_is_a_side_effect() -> None:
    few = Call((Slot(RULES.code("i32"), SENT[0]),), result=RETURNED)
    assert defect_of(judged("few", Observation(-1, "expected 2, received 1", ret_code=CODE), call=few)) == "ret"


@pytest.mark.parametrize(
    ("seen", "mode", "defect"),
    [
        (Observation(0), "plain", "status-0"),
        (Observation(-1), "plain", "no-error"),
        (Observation(-1, "expected int, received float"), "plain", "no-index"),
        (Observation(-1, "argument 1: expected int, received float"), "plain", ""),
        (Observation(-1, "argument 0: no"), "plain", ""),
        (Observation(-1, "argument 0: expected int, received float", stale=True), "after", "stale-error"),
    ],
)
def test_what_is_wrong_with_every_rejection_is_told_by_name(seen: Observation, mode: str, defect: str) -> None:
    asked = Call((Slot(RULES.code("f64"), SENT[0]), Slot(RULES.code("f64"), SENT[1])), result=RETURNED)
    found = judged("type", seen, 0, asked, mode=mode)
    assert not found.conforms
    assert defect_of(found) == defect
