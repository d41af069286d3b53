"""The values that a finding shows: what was sent, what had to arrive, and what did."""

from __future__ import annotations

from conformance.model.case import MATCH, Mismatch
from conformance.model.observation import Ended, Observation, WireSlot
from conformance.model.outcome import Contrast
from conformance.model.signature import Param, Signature
from conformance.model.subject import Call, Slot
from conformance.model.value import Value
from conformance.oracle.contrast import MOST_ROWS, contrasts
from conformance.oracle.duty import JudgedCall
from conformance.oracle.expect import Expectation, ExpectedArgument, expect
from conformance.oracle.judge import Grounds
from conformance.oracle.packing import due_slot
from conformance.rules.load import load

RULES = load("tvm-packed")
DECLARED = Signature((Param("i32"), Param("f64")), "i64")
SENT = (Value("i32", 1), Value("f64", 2))
RETURNED = Value("i64", 7)


def rows(
    seen: Observation,
    *kinds: str,
    sent: tuple[Value, ...] = SENT,
    mismatch: Mismatch = MATCH,
    mode: str = "plain",
    other: Expectation | None = None,
) -> dict[str, tuple[str | None, str | None, str | None]]:
    """The rows of a call of what is declared; `kinds` are those that are passed, where they are others."""
    passed = Signature(tuple(map(Param, kinds)), "i64") if kinds else DECLARED
    call = Call(tuple(Slot(RULES.code(value.kind), value) for value in sent), result=RETURNED)
    made = JudgedCall(passed, DECLARED, call.slots, mismatch, mode=mode)
    due = expect(RULES, DECLARED, call, mismatch.cls)
    return told(contrasts(Grounds(made, RULES, ("type",), due, other, seen)))


def told(values: tuple[Contrast, ...]) -> dict[str, tuple[str | None, str | None, str | None]]:
    return {row.name: (row.sent, row.required, row.seen) for row in values}


GOOD = Observation(0, saw=SENT, ret=RETURNED, ret_code=RULES.code("i64"))
F64 = "02 00 00 00 00 00 00 00"
I64 = "07 00 00 00 00 00 00 00"
INT = Value("i64", 3)
GOOD_SLOTS = tuple(Slot(RULES.code(value.kind), value) for value in SENT)


def test_an_argument_that_arrives_otherwise_shows_all_three() -> None:
    wrong = GOOD._replace(saw=(SENT[0], Value("f64", 3)))
    assert rows(wrong) == {
        "argument 0": ("01 00 00 00",) * 3,
        "argument 1": (F64, F64, "03" + F64[2:]),
        "return": (I64, I64, I64),
    }


def test_a_pointer_that_is_read_as_a_number_is_told_without_its_address() -> None:
    declared = Signature((Param("device"), Param("u32"), Param("bool")))
    sent = tuple(Value("str", data=b"text") for _ in range(3))
    passed = Signature(tuple(Param("str") for _ in sent))
    slots = tuple(Slot(RULES.code("str"), value) for value in sent)
    made = JudgedCall(passed, declared, slots, Mismatch("type", 0, "device", "str"), convention="unpacked")
    read = Value("device", 0x5A0000410100), Value("u32", 0x410100), Value("bool", 0)
    expected = tuple(ExpectedArgument(value, equal=False) for value in read)
    due = Expectation("accepted", "silent-wrong", (), True, expected)
    seen = Observation(0, saw=(read[0], Value("u32", 7), read[2]))
    found = told(contrasts(Grounds(made, RULES, ("type",), due, None, seen)))
    assert [found[f"argument {at}"][1:] for at in range(3)] == [
        ("its address", "its address"),
        ("its address", "something else"),
        (None, None),  # C does not say what such a bool is
    ]


def test_what_must_be_rejected_has_nothing_that_must_arrive() -> None:
    accepted = GOOD._replace(saw=(SENT[0], Value("f64", 3)))
    found = rows(accepted, "i32", "i64", sent=(SENT[0], INT), mismatch=Mismatch("type", 1, "f64", "i64"))
    assert found["argument 1"] == ("03" + F64[2:], None, "03" + F64[2:])
    assert "return" not in found


def test_what_was_not_seen_is_nothing() -> None:
    assert rows(Observation(-1, ended=Ended("hung")))["argument 1"] == (F64, F64, None)
    assert rows(GOOD._replace(out=bytes(8)))["return"][2] == " ".join(["00"] * 8)


def test_an_argument_too_many_and_one_too_few() -> None:
    more = rows(GOOD, "i32", "f64", "i64", sent=(*SENT, INT), mismatch=Mismatch("many", None, "2", "3"))
    assert more["argument 2"] == ("03" + F64[2:], None, None)
    fewer = rows(GOOD, "i32", sent=SENT[:1], mismatch=Mismatch("few", None, "2", "1"))
    assert fewer["argument 1"] == (None, None, F64)


def test_the_inner_call_is_the_one_that_is_judged() -> None:
    matched = expect(RULES, DECLARED, Call(GOOD_SLOTS, result=RETURNED), "match")
    inner = GOOD._replace(saw=(SENT[0], Value("f64", 9)))
    found = rows(GOOD._replace(second=inner), mode="nested", other=matched)
    assert found["argument 1"][2] == "09" + F64[2:]
    assert found["the other call's argument 1"][2] == F64
    assert rows(GOOD, mode="nested", other=matched) == {
        f"the other call's {row}": values for row, values in rows(GOOD).items()
    }


def test_what_a_packer_leaves_has_its_code() -> None:
    due = Expectation("accepted", "intact", slots=(due_slot(RULES, "f64", Value("f64", 2)),))
    made = JudgedCall(DECLARED, DECLARED, GOOD_SLOTS, MATCH)
    left = Observation(0, slots=(WireSlot(0, 2),))
    found = told(contrasts(Grounds(made, RULES, (), due, None, left)))
    assert found == {"argument 0": (F64, f"code 2: {F64}", f"code 0: {F64}")}


def test_of_many_values_those_that_differ_are_kept_in_their_order() -> None:
    many = Signature((Param("i64"),) * 20)
    sent = tuple(Value("i64", at) for at in range(20))
    call = Call(tuple(Slot(RULES.code("i64"), value) for value in sent))
    made = JudgedCall(many, many, call.slots, MATCH)
    seen = Observation(0, saw=(*sent[:15], INT, *sent[16:]))
    found = contrasts(Grounds(made, RULES, (), expect(RULES, many, call, "match"), None, seen))
    assert [row.name for row in found] == [f"argument {at}" for at in (*range(MOST_ROWS - 1), 15)]
    assert [row.name for row in found if row.differs] == ["argument 15"]


def test_a_layout_has_no_values() -> None:
    assert contrasts(None) == ()
