"""The judgement of plain C calls: by the values that were passed, and of what is open only whether two do the same."""

from __future__ import annotations

import random
import signal
from dataclasses import replace

import pytest

from conformance.direct.calls import Arrived
from conformance.direct.draw import signature
from conformance.direct.judge import RETURN, Blame, compare, judge, narrow_is_caller
from conformance.direct.kinds import SCALARS, atoms
from conformance.direct.plan import alone_in_a_call, matched, plan_of, upper_bits
from conformance.direct.values import coming_out, drawn, going_in, numbers_of, plain, value_of
from conformance.model.case import Case
from conformance.model.kinds import NONE
from conformance.model.target import TARGETS
from conformance.model.value import Value

X86, BIG = TARGETS["x86-64"], TARGETS["s390x"]


def of(*kinds: str, ret: str = NONE) -> Case:
    return replace(matched(signature([], *kinds, ret=ret), 5), caller="a", callee="b")


def seen(case: Case, **changed: object) -> Arrived:
    """What must be seen of a call, and what is otherwise."""
    arguments = tuple(word for value in case.payload for word in coming_out(value, X86.data, True))
    result = tuple(coming_out(case.result, X86.data, True))
    return replace(Arrived(0, 1, arguments, 1, result, (True, True)), **changed)  # type: ignore[arg-type]


def test_a_value_is_the_numbers_that_it_is_made_of() -> None:
    rng = random.Random(3)
    for kind in (*SCALARS, "struct_i8_cf32_3u16", "va_f64"):
        value = drawn(kind, rng)
        assert value_of(kind, numbers_of(value)) == value
        assert Value.from_json(value.to_json(), {kind}) == value
        assert len(list(going_in(value))) == len(list(coming_out(value, X86.data, True))) == len(atoms(kind))
        assert numbers_of(plain(kind, 0)) != [0]


def test_what_comes_out_is_widened_as_c_does() -> None:
    assert list(coming_out(Value("i8", 0x85), X86.data, True)) == [2**64 - 0x7B]
    assert list(coming_out(Value("u8", 0x85), X86.data, True)) == [0x85]
    assert list(coming_out(Value("char", 0x85), X86.data, True)) == [2**64 - 0x7B]
    assert list(coming_out(Value("char", 0x85), X86.data, False)) == [0x85]
    assert list(coming_out(Value("bool", 1), X86.data, True)) == [1]
    assert list(coming_out(Value("handle", 2**63 + 5), TARGETS["i386"].data, True)) == [5]


def test_what_goes_in_has_something_above_a_narrow_number() -> None:
    (word,) = going_in(Value("i16", 0x1234))
    assert word & 0xFFFF == 0x1234 and word >> 16
    assert list(going_in(Value("u64", 7))) == [7]


def test_what_arrives_as_it_was_sent_conforms() -> None:
    case = of("i8", "struct_f64_i32", "ldouble", ret="cf64")
    assert judge(case, seen(case), X86).conforms


@pytest.mark.parametrize(
    ("case", "changed", "verdict", "place"),
    [
        (of("f64", "struct_f64_i32"), {"arguments": (1, 2, 3)}, "silent-wrong", "(float)@0"),
        (of("f64", ret="cf32"), {"result": (0, 0)}, "silent-wrong", "(complex)@ret"),
        (of("f64", ret="cf32"), {"result": ()}, "silent-wrong", "(complex)@ret"),
        (of("struct_i32_0i32"), {"arguments": (0,)}, "unpredicted", "(struct_flexible)@0"),
        (of("i128"), {"signal": signal.SIGSEGV, "returned": 0}, "crashed", "(int128)@0"),
        (of(ret="i64"), {"signal": signal.SIGALRM, "returned": 0}, "hung", "(integer)@ret"),
        (of(), {"signal": signal.SIGILL, "entered": 0, "returned": 0}, "crashed", "@call"),
        (of(), {"entered": 0}, "crashed", "@call"),
        (of("i64", "i128", "f64"), {"signal": signal.SIGILL, "entered": 0, "returned": 0}, "crashed", "(int128)@1"),
    ],
)  # fmt: skip
def test_what_does_not_is_told_with_its_place(case: Case, changed: dict[str, object], verdict: str, place: str) -> None:
    judgement = judge(case, seen(case, **changed), X86)
    assert (judgement.conforms, judgement.verdict, judgement.place) == (False, verdict, place)


def test_a_call_without_any_record_does_not_conform() -> None:
    case = of("i64", ret="i64")
    assert not judge(case, Arrived(0, 0, (), 0, (), (True, True)), X86).conforms


def test_only_what_lies_above_a_narrow_value_is_left_open() -> None:
    case = of("i8")
    case = replace(case, payload=(Value("i8", 0x85),))
    above = judge(case, seen(case, arguments=(0x5A85,)), X86)
    assert above.verdict == "unpredicted" and "leaves this open" in above.required
    assert "another number of the same bits" in above.observed
    below = judge(case, seen(case, arguments=(0x86,)), X86)
    assert below.verdict == "silent-wrong" and "open" not in below.required


def test_a_call_is_blamed_on_the_kind_that_goes_wrong_by_itself() -> None:
    case = of("i32", ret="f32x8")
    judgement = judge(case, seen(case, arguments=(1,)), X86, Blame(RETURN, "f32x8"))
    assert (judgement.verdict, judgement.place, judgement.wrong_kind) == ("unpredicted", "(vector32)@ret", "f32x8")
    assert "what is beside the return" in judgement.required and "argument 0" in judgement.observed


def test_a_word_that_nobody_sent_is_not_shown() -> None:
    case = of("struct_i64_i64")
    judgement = judge(case, seen(case, arguments=(0x7FFF_1234_5678_9ABC, 0)), X86)
    assert f"arrived as {'?' * 16} {'0' * 16}" in judgement.observed


def test_what_a_kind_is_asked_by_itself() -> None:
    assert str(alone_in_a_call("i128", False).declared) == "(i128, i32, f64) -> none"
    assert str(alone_in_a_call("va_i128", False).declared) == "(i32, va_i128, va_i32, va_f64) -> none"
    assert str(alone_in_a_call("i128", True).declared) == "() -> i128"


def narrow(declared: str, passed: str, *, ret: bool = False) -> Case:
    """The call whose sides differ in that value, on a pair."""
    for case in upper_bits(X86):
        sides = (case.passed, case.declared)
        kinds = [one.ret if ret else one.params[0].kind if one.params else NONE for one in sides]
        if kinds == [passed, declared]:
            against = ("b", "b") if narrow_is_caller(case) else ("a", "a")
            return replace(case, caller="a", callee="b", against=against)
    raise AssertionError(f"there is no call of {declared} as {passed}")


@pytest.mark.parametrize(
    ("case", "first", "second", "differ"),
    [
        (narrow("i8", "i32"), 2**64 - 0x7B, 2**64 - 0x7B, ""),
        (narrow("i8", "i32"), 0x5A5A5A85, 2**64 - 0x7B, "b takes what lies above for a part of it; a heeds the number"),
        (narrow("i32", "i8"), 2**64 - 0x7B, 2**64 - 0x7B, ""),
        (narrow("i32", "i8"), 0x1234_0085, 2**64 - 0x7B, "a leaves something else above it; b extends the number"),
        (narrow("i8", "i32", ret=True), 2**64 - 0x7B, 2**64 - 0x7B, ""),
        (narrow("i32", "i8", ret=True), 0x5A5A5A85, 2**64 - 0x7B, "a takes what lies above for a part of it; b heeds"),
        (narrow("bool", "i32"), 0x1, 0x1, ""),
    ],
)
def test_what_lies_above_conforms_where_both_do_the_same(case: Case, first: int, second: int, differ: str) -> None:
    def made(word: int) -> Arrived:
        return Arrived(0, 1, (word,) if case.payload else (), 1, () if case.payload else (word,), (True, True))

    judgement = compare(case, made(first), made(second), X86)
    assert judgement.conforms == (not differ)
    assert judgement.verdict == ("unpredicted" if differ else "intact")
    assert "leaves this open" in judgement.required
    assert differ in judgement.observed


def test_of_a_bool_that_is_neither_the_words_themselves_count() -> None:
    case = next(one for one in upper_bits(X86) if one.payload == (Value("i32", 0x82),) and one.mismatch.index == 0)
    case = replace(case, caller="a", callee="b", against=("a", "a"))
    first, second = (Arrived(0, 1, (word,), 1, (), (True, True)) for word in (0x8382, 0x82))
    assert compare(case, first, first, X86).conforms
    judgement = compare(case, first, second, X86)
    assert not judgement.conforms and "no text says" in judgement.required


def test_it_is_only_asked_of_two_compilers_where_the_target_leaves_it_open() -> None:
    from conformance.direct.draw import every_kind

    counts = [
        sum(case.mismatch.cls == "padding" for case in plan_of(every_kind(), target, strangers=strangers).cases)
        for target, strangers in ((X86, True), (X86, False), (BIG, True))
    ]
    assert counts == [28, 0, 0]
