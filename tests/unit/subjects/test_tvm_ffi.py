"""The subject tvm-ffi, called in processes of its own: what it reports of accepted, rejected and fatal calls."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.model import extras
from conformance.model.case import Case, Mismatch, Mutations
from conformance.model.signature import Param, Signature, TensorSpec
from conformance.model.subject import Call, Reply, Slot
from conformance.model.value import Value
from conformance.rules.load import load
from tests.unit.subjects.expectations import with_expectation

pytest.importorskip("tvm_ffi", reason=f"apache-tvm-ffi is not installed; {extras.TVM_FFI}")

RULES = load("tvm-ffi")

INT = Signature((Param("i64"),), "i64")
TEXT = Signature((Param("str"),), "str")
ANY = Signature((Param("any"),), "any")
THREE = Signature((Param("i64"), Param("f64"), Param("str")), "object")


def replies(made: list[tuple[Signature, Call]]) -> list[Reply]:
    """The replies to the calls, all made in one process."""
    script = (
        "import pickle, sys\n"
        "from conformance.subjects.tvm_ffi.builtin import TvmFfi\n"
        "subject = TvmFfi()\n"
        "made = pickle.load(sys.stdin.buffer)\n"
        "callees = subject.declare([one for one, _ in made], False)\n"
        "out = [subject.call(callee, call) for callee, (_, call) in zip(callees, made)]\n"
        "sys.stdout.buffer.write(pickle.dumps(out))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], input=pickle.dumps(made), capture_output=True, check=False)
    if done.returncode != 0:
        raise ChildProcessError(done.returncode)
    found: list[Reply] = pickle.loads(done.stdout)
    return found


def call(*values: Value, **more: Any) -> Call:
    return Call(tuple(Slot(RULES.code(one.kind), one) for one in values), **more)


def one(signature: Signature, *values: Value, **more: Any) -> Reply:
    return replies([(signature, call(*values, **more))])[0]


def test_scalars_arrive_as_they_were_sent() -> None:
    values = {
        "i64": Value("i64", 0xFEDC_BA98_7654_3210),
        "f64": Value("f64", 0x7FF0_0000_0000_0001),
        "bool": Value("bool", 1),
        "dtype": Value("dtype", 0x0004_2002),
        "device": Value("device", 0x1_0000_0002),
    }
    found = replies([(Signature((Param(kind),), kind), call(value)) for kind, value in values.items()])
    assert [reply.saw for reply in found] == [(value,) for value in values.values()]
    assert {reply.status for reply in found} == {0} and not any(reply.remarks for reply in found)


TEXTS = [("str", "str"), ("rawstr", "str"), ("smallstr", "str"), ("bytes", "bytes"), ("bytearray", "bytes")]
OBJECTS = [
    Value("array", data=b'[1, "a", [null, true]]'),
    Value("map", data=b'{"a": 1, "b": {"c": "a longer text"}}'),
    Value("shape", data=b"[2, 3]"),
    Value("error", data=b"ValueError: boom"),
    Value("func", data=b"testing.nop"),
    Value("object", data=b"ffi.Object"),
    Value("object", data=b"testing.TestUnregisteredObject"),
    Value("tensor", tensor=TensorSpec(shape=(4, 1), strides=(1, 7))),
]


def test_texts_and_objects_arrive_as_they_were_sent_and_are_counted() -> None:
    texts = [Value(kind, data=b"text") for kind, _ in TEXTS]
    found = replies([(ANY, call(value)) for value in (*texts, *OBJECTS)])
    assert [reply.saw for reply in found[: len(TEXTS)]] == [(Value(kind, data=b"text"),) for _, kind in TEXTS]
    assert [reply.saw for reply in found[len(TEXTS) :]] == [(value,) for value in OBJECTS]
    assert {reply.references for reply in found} <= {0, None}
    assert all(reply.references == 0 for reply in found[len(TEXTS) :])


def test_a_reference_that_is_given_away_can_be_given_again() -> None:
    given = (ANY, call(Value("rvalue", data=b"[1]")))
    refused = (Signature((Param("object"),), "object"), given[1])
    found = replies([given, given, refused, given])
    assert [reply.status for reply in found] == [0, 0, -1, 0]
    assert {reply.references for reply in found} == {0}
    assert found[3].saw == (Value("array", data=b"[1]"),)


def test_a_rejection_names_the_argument_and_leaves_no_error() -> None:
    wrong = (THREE, call(Value("i64", 1), Value("f64", 2), Value("i64", 3)))
    right = (THREE, call(Value("i64", 1), Value("f64", 2), Value("str", data=b"abc")))
    rejected, accepted = replies([wrong, right])
    assert rejected.status == -1 and rejected.error_kind == "TypeError" and "argument #2" in rejected.error
    assert rejected.saw is None and rejected.ret is None and rejected.ret_code is None
    assert accepted.saw == (Value("i64", 1), Value("f64", 2), Value("str", data=b"abc")) and not accepted.remarks


@pytest.mark.parametrize("told", [0, 2, 257, -1, 2**31 - 1])
def test_the_count_can_be_a_lie(told: int) -> None:
    reply = one(INT, Value("i64", 1), claimed_count=told)
    assert reply.status == -1 and "number of arguments" in reply.error


def test_a_length_can_be_a_lie() -> None:
    slot = Slot(RULES.code("smallstr"), Value("smallstr", data=b"abcdefg"), padding=2)
    assert replies([(TEXT, Call((slot,)))])[0].saw == (Value("str", data=b"ab"),)


@pytest.mark.parametrize(
    "bad",
    [
        (INT, Call((Slot(12345, Value("i64", 1)),))),
        (TEXT, call(Value("str"))),
        (INT, call(Value("i64", 1), nulls=("args",))),
        (INT, call(Value("i64", 1), nulls=("ret",))),
        (TEXT, call(Value("str", guarded=True))),
    ],
    ids=["unknown code", "null object", "null arguments", "null result", "guarded"],
)
def test_what_ends_the_process_ends_it(bad: tuple[Signature, Call]) -> None:
    with pytest.raises(ChildProcessError):
        replies([bad])


def test_two_threads_do_not_see_each_others_errors() -> None:
    script = """
from concurrent.futures import ThreadPoolExecutor
from conformance.model.signature import Param, Signature
from conformance.model.subject import Call, Slot
from conformance.model.value import Value
from conformance.subjects.tvm_ffi.builtin import TvmFfi
subject = TvmFfi()
first, second = subject.declare([Signature((Param(k),), k) for k in ("i64", "str")], False)
wrong = Call((Slot(65, Value("str", data=b"a text of some length")),)), Call((Slot(1, Value("i64", 1)),))
def many(callee, call):
    return [subject.call(callee, call) for _ in range(2000)]
with ThreadPoolExecutor(2) as pool:
    a, b = (pool.submit(many, *one) for one in ((first, wrong[0]), (second, wrong[1])))
assert {r.error for r in a.result()} == {a.result()[0].error} and "schema_id_int" in a.result()[0].error
assert {r.error for r in b.result()} == {b.result()[0].error} and "schema_id_string" in b.result()[0].error
assert {r.references for r in a.result()} == {0}
"""
    subprocess.run([sys.executable, "-c", script], check=True)


CASES: list[Callable[[], tuple[Case, int]]] = [
    lambda: (_case(INT, Mismatch("type", 0, "i64", "f64"), Value("f64", 7)), 0),
    lambda: (_must_be_rejected(_case(INT, Mismatch("match"), Value("i64", 7))), 1),
    lambda: (_case(INT, Mismatch("unknown-code", 0, "i64", "code(-1)"), Value("i64", 7), codes=((0, -1),)), 1),
    lambda: (_case(INT, Mismatch("many", None, "1", "2"), Value("i64", 7), count=2), 0),
    lambda: (_case(THREE, Mismatch("match"), Value("i64", 1), Value("f64", 2), Value("str", data=b"abc")), 0),
    lambda: (_case(ANY, Mismatch("match"), Value("array", data=b'[1, "a", null]')), 0),
    lambda: (_case(ANY, Mismatch("match"), Value("tensor", tensor=TensorSpec())), 0),
]


def _case(declared: Signature, mismatch: Mismatch, *values: Value, **wire: Any) -> Case:
    passed = Signature(tuple(Param(value.kind) for value in values), declared.ret)
    sides = ("wire", "tvm-ffi")
    return Case("X0-TYPE", "packed", *sides, passed, declared, mismatch, values, wire=Mutations(**wire))


def _must_be_rejected(case: Case) -> Case:
    return replace(case, expectation={"call": {"outcome": "rejected", "required": "reject", "named": [0]}})


@pytest.mark.parametrize("made", CASES)
def test_a_reproducer_shows_what_happens(made: Callable[[], tuple[Case, int]], tmp_path: Path) -> None:
    from conformance.subjects.tvm_ffi.builtin_functions import READY
    from conformance.subjects.tvm_ffi.reproducer import render

    case, wanted = made()
    case = case if case.expectation else with_expectation(case, RULES)
    ready = next(ready for ready in READY if ready.signature == case.declared)
    (tmp_path / "reproduce.py").write_text(render(case, ready, "0"))
    done = subprocess.run([sys.executable, "reproduce.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "conformance" not in (tmp_path / "reproduce.py").read_text()
    assert done.returncode == wanted, done.stdout + done.stderr
    assert "required:" in done.stdout and "happened:" in done.stdout


def test_every_row_of_the_table_says_where_it_was_read() -> None:
    assert all(RULES.sources[kind] for kind in RULES.accept)
    assert all(own.source for own in RULES.custom_kinds.values())


def packed(*calls: Call) -> list[Any]:
    """The replies of the release's Python package, all made in one process."""
    script = (
        "import pickle, sys\n"
        "from conformance.subjects.tvm_ffi.builtin import TvmFfi\n"
        "subject = TvmFfi()\n"
        "sys.stdout.buffer.write(pickle.dumps([subject.pack(call) for call in pickle.load(sys.stdin.buffer)]))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], input=pickle.dumps(calls), capture_output=True, check=True)
    found: list[Any] = pickle.loads(done.stdout)
    return found


def test_the_python_package_packs_each_kind_under_its_code() -> None:
    values = (
        Value("null"), Value("bool", 1), Value("i64", 2**64 - 2), Value("f64", 0x7FF0_0000_0000_0001),
        Value("str", data=b"short"), Value("str", data=b"a longer text"), Value("bytes", data=b"a\0b"),
        Value("dtype", 0x4_10_02), Value("device", 3 << 32 | 2), Value("opaque", 0x7000),
        Value("tensor", tensor=TensorSpec(byte_offset=64)), Value("func", data=b"testing.echo"),
    )  # fmt: skip
    (reply,) = packed(call(*values, result=Value("str", data=b"another text")))
    assert (reply.status, reply.ret) == (0, Value("str", data=b"another text"))
    assert [slot.code for slot in reply.slots] == [0, 2, 1, 3, 11, 65, 12, 5, 6, 4, 70, 68]
    assert [slot.bits for slot in reply.slots[:4]] == [value.bits for value in values[:4]]
    assert [slot.data for slot in reply.slots[4:7]] == [value.data for value in values[4:7]]
    assert [slot.bits for slot in reply.slots[7:10]] == [value.bits for value in values[7:10]]
    assert (reply.slots[10].tensor, reply.slots[11].data) == (TensorSpec(byte_offset=64), b"testing.echo")


def test_the_python_package_says_what_it_cannot_write() -> None:
    (reply,) = packed(call(Value("dtype", 0xFFFF_FFFF)))
    assert reply.why.startswith("Python cannot write the dtype 0xffffffff: ")
