"""Runtimes that copy: which calls can be made of them, what counts as equal, and which policy a finding names."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.model.case import Mismatch
from conformance.model.observation import Ended, Observation
from conformance.model.signature import Param, Signature, parse_param
from conformance.model.subject import Call, Slot
from conformance.model.value import Value
from conformance.oracle.compare import is_as_due
from conformance.oracle.duty import JudgedCall
from conformance.oracle.expect import expect
from conformance.oracle.judge import judge
from conformance.oracle.sendable import forbidden, is_untrue
from conformance.oracle.tensors import contents_digest, digest, elements, reach
from conformance.rules.load import load

STRICT = load("tvm-packed")
COPYING = replace(STRICT, pointers="equal", arrays="copied")
TEXT = Signature((Param("str"),), "str")


def tensor(text: str) -> Value:
    """A tensor by its text form."""
    return Value("tensor", tensor=parse_param(text).tensor)


@pytest.mark.parametrize(
    ("kind", "code", "untrue"),
    [
        ("i64", "str", True),
        ("i64", "float", False),
        ("i64", "handle", False),
        ("i64", "object", True),
        ("str", "str", False),
        ("str", "bytes", True),
        ("str", "int", False),
        ("tensor", "ndarray", False),
        ("handle", "tensor", True),
        ("handle", "null", False),
        ("null", "str", False),
    ],
)
def test_a_code_that_promises_a_pointer_needs_one_of_its_kind(kind: str, code: str, untrue: bool) -> None:
    assert is_untrue(COPYING, kind, COPYING.codes[code]) is untrue


def test_a_code_of_no_table_promises_nothing() -> None:
    assert not is_untrue(COPYING, "i64", 99)


@pytest.mark.parametrize("count", [-1, -(2**31), 4097])
def test_a_count_that_no_array_can_have_is_not_claimed(count: int) -> None:
    slots = (Slot(COPYING.code("str"), Value("str", data=b"x")),)
    assert 'arrays = "copied"' in forbidden(COPYING, TEXT, TEXT, slots, count)
    assert not forbidden(COPYING, TEXT, TEXT, slots, 4096)
    assert not forbidden(STRICT, TEXT, TEXT, slots, count)


@pytest.mark.parametrize("text", ["tensor(f32,4294967298x3)", "tensor(f32,2x3,offset=4294967296)"])
def test_a_tensor_without_its_elements_is_not_sent(text: str) -> None:
    declared = Signature((parse_param("tensor"),))
    slots = (Slot(COPYING.code("tensor"), tensor(text)),)
    assert 'pointers = "equal"' in forbidden(COPYING, declared, declared, slots, None)
    assert not forbidden(COPYING, declared, declared, (slots[0]._replace(value=tensor("tensor(f32,2x3)")),), None)


def test_a_pointer_that_is_taken_for_another_is_not_sent() -> None:
    declared, passed = Signature((parse_param("tensor"),)), Signature((Param("handle"),))
    slots = (Slot(COPYING.code("handle"), Value("handle", bits=16)),)
    assert forbidden(COPYING, declared, passed, slots, None)


def test_tensors_are_equal_by_what_they_hold() -> None:
    memory = bytes(range(256))
    rows, columns = tensor("tensor(u8,2x3)"), tensor("tensor(u8,2x3,strides=1x2)")
    shifted, written_out = tensor("tensor(u8,2x3,offset=64)"), tensor("tensor(u8,2x3,strides=3x1)")
    specs = [one.tensor for one in (rows, columns, written_out) if one.tensor]
    held = [contents_digest(spec, elements(spec, memory, 64)) for spec in specs]
    assert held[0] == held[2] != held[1]
    assert shifted.tensor is not None
    assert contents_digest(shifted.tensor, elements(shifted.tensor, memory, 0)) == held[0]
    assert reach(shifted.tensor) == (64, 70)
    assert is_as_due(shifted, written_out, copied=True)
    assert not is_as_due(shifted, written_out)
    assert not is_as_due(rows, tensor("tensor(u8,3x2)"), copied=True)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("tensor(u8,2x3)", [8, 9, 10, 11, 12, 13]),
        ("tensor(u8,2x3,strides=1x2)", [8, 10, 12, 9, 11, 13]),
        ("tensor(u8,2x2,strides=0x-1,offset=2)", [10, 9, 10, 9]),
        ("tensor(u16,2,strides=3)", [8, 9, 14, 15]),
        ("tensor(i8x4,2,strides=-1)", [8, 9, 10, 11, 4, 5, 6, 7]),
        ("tensor(i4,2)", [8, 9]),
        ("tensor(f32,scalar,offset=1)", [9, 10, 11, 12]),
        ("tensor(f32,2x0)", []),
    ],
)
def test_elements_are_read_row_by_row_through_offset_and_strides(text: str, read: list[int]) -> None:
    spec = tensor(text).tensor
    assert spec is not None
    assert list(elements(spec, bytes(range(32)), 8)) == read


def test_a_tensor_that_is_read_is_told_by_every_element_and_by_where_it_lies() -> None:
    spec = parse_param("tensor(u8,2)").tensor
    assert spec is not None
    assert len({digest(spec, at, read) for at in (16, 32) for read in (b"", b"ab", b"aB", b"Ab")}) == 8


def test_the_reach_of_a_tensor_with_negative_strides_begins_before_its_data() -> None:
    backwards = replace(parse_param("tensor(i32,4)").tensor, strides=(-1,))  # type: ignore[type-var]
    assert reach(backwards) == (-12, 4)  # type: ignore[arg-type]


SENT = (Slot(STRICT.code("str"), Value("str", data=b"some")),)
COPY = Value("str", 0x7000)


@pytest.mark.parametrize(
    ("cls", "seen", "policy"),
    [
        ("match", Observation(0, saw=(COPY,), ret_code=11), 'pointers = "equal"'),
        ("match", Observation(0, saw=(Value("str"),), ret_code=11), ""),
        ("match", Observation(0, saw=(SENT[0].value,), out=b"\x10" * 16, ret_code=11), 'pointers = "equal"'),
        ("match", Observation(0, saw=(SENT[0].value,), out=bytes(16), ret_code=11), ""),
        ("match", Observation(-1, ended=Ended("faulted", 11, argument=0, region="")), 'pointers = "equal"'),
        ("many", Observation(-1, ended=Ended("faulted", 11, region="args")), 'arrays = "copied"'),
        ("type", Observation(-1, "argument 0: expected str, received int", effects=("ret",)), 'result = "preset"'),
    ],
)
def test_a_finding_that_copying_would_explain_says_so(cls: str, seen: Observation, policy: str) -> None:
    slots = SENT if cls != "type" else (Slot(0, SENT[0].value),)
    call = Call(slots, 2 if cls == "many" else None, result=Value("str", data=b"back"))
    due = expect(STRICT, TEXT, call, cls, "str")._replace(out=b"\x20" * 16)
    made = JudgedCall(TEXT, TEXT, slots, Mismatch(cls, 0 if cls == "type" else None))
    judgement = judge(made, STRICT, ("type", "many"), due, seen)
    assert not judgement.conforms
    assert (policy in judgement.observed) if policy else ("in [policy]" not in judgement.observed)
    allowed = judge(made, replace(COPYING, result="preset"), ("type", "many"), due, seen)
    assert "in [policy]" not in allowed.observed


def test_contents_that_differ_are_no_copy() -> None:
    due = expect(STRICT, TEXT, Call(SENT, result=Value("str", data=b"back")), "match", "str")
    made = JudgedCall(TEXT, TEXT, SENT, Mismatch("match"), followed=True)
    assert "in [policy]" not in judge(made, STRICT, (), due, Observation(0, saw=(COPY,), ret_code=11)).observed
