"""TVM's compiler under test, in a process of its own as the engine has it; what needs no TVM is tested without."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest

from conformance.gate.waivers import load as load_waivers
from conformance.model import extras
from conformance.model.case import Case, Mismatch, Mutations
from conformance.model.signature import TensorSpec, parse_param, parse_signature, parse_tensor
from conformance.model.subject import Call, Reply, Slot
from conformance.model.value import Value
from conformance.oracle.tensors import difference
from conformance.rules.load import load
from conformance.subjects.tvm import emit, emitted_text
from conformance.subjects.tvm import reproducer as reproducers
from conformance.transport.process.client import Died, Request, Response, SubjectProcess
from tests.unit.subjects.expectations import with_expectation

RULES = load("tvm-emitted")
MODULE = "conformance.subjects.tvm.compiler"

needs_tvm = pytest.mark.skipif(find_spec("tvm") is None, reason=f"apache-tvm is not installed; run: {extras.TVM}")


class Called(NamedTuple):
    """A process, by which a test makes single calls."""

    process: SubjectProcess

    def __call__(self, signature: str, *slots: Slot, release: bool = False, **more: object) -> Response:
        batch = self.process.declare([parse_signature(signature)], release)
        assert batch.refused == (None,)
        return self.process.run(batch, [Request(0, Call(slots, **more))], 2000)[0]  # type: ignore[arg-type]


@pytest.fixture(scope="module", params=["TvmLlvm", pytest.param("TvmC", marks=pytest.mark.compiler("gcc"))])
def called(request: pytest.FixtureRequest) -> Iterator[Called]:
    with SubjectProcess(f"{MODULE}:{request.param}", compiler="gcc:-O1" if request.param == "TvmC" else "") as process:
        yield Called(process)


def slot(kind: str, bits: int = 0) -> Slot:
    return Slot(RULES.code(kind), Value(kind, bits))


def tensor(text: str, code: int = 7, no_data: bool = False) -> Slot:
    return Slot(code, Value("tensor", tensor=parse_tensor(text), no_data=no_data))


def accepted(result: Response) -> Reply:
    assert isinstance(result, Reply)
    assert result.status == 0, result.error
    assert not result.remarks
    return result


def rejected(result: Response) -> Reply:
    assert isinstance(result, Reply)
    assert result.status != 0
    assert (result.saw, result.ret, result.ret_code) == (None, None, None)
    return result


@needs_tvm
def test_every_scalar_arrives_as_it_was_sent(called: Called) -> None:
    sent = {"i8": 0x80, "i16": 0x8001, "i32": 2**31, "i64": 2**63, "u8": 255, "u16": 65535, "u32": 2**32 - 1}
    sent |= {"u64": 2**64 - 1, "f32": 0x7F7FFFFF, "f64": 0x7FF8DEADBEEF0001, "bool": 1, "handle": 0x123456789AB0}
    reply = accepted(called(f"({', '.join(sent)}) -> none", *(slot(kind, bits) for kind, bits in sent.items())))
    assert reply.saw == tuple(Value(kind, bits) for kind, bits in sent.items())
    assert (reply.ret, reply.ret_code) == (Value("none"), 0)


@needs_tvm
@pytest.mark.parametrize(
    ("kind", "bits", "code"), [("i8", 0x85, 1), ("u64", 2**64 - 5, 1), ("f32", 5, 3), ("bool", 1, 2)]
)
def test_a_body_returns_what_it_is_told(called: Called, kind: str, bits: int, code: int) -> None:
    reply = accepted(called(f"() -> {kind}", result=Value(kind, bits)))
    assert (reply.ret, reply.ret_code) == (Value(kind, bits), code)


@needs_tvm
def test_values_are_converted_as_the_rules_say(called: Called) -> None:
    assert accepted(called("(bool) -> none", slot("i64", 256))).saw == (Value("bool", 1),)
    assert accepted(called("(f32) -> none", slot("i64", 2**24 + 1))).saw == (Value("f32", 0x4B800000),)


@needs_tvm
@pytest.mark.parametrize("code", [4, 7, 70])
def test_a_tensor_arrives_whichever_way_it_is_passed(called: Called, code: int) -> None:
    text = "tensor(f32,2x3,strides=4x1,offset=64)"
    reply = accepted(called(f"({text}) -> none", tensor(text, code)))
    assert reply.saw == (Value("tensor", tensor=parse_tensor(text)),)
    assert reply.references == (0 if code == 70 else None)


@needs_tvm
def test_what_a_rejection_names_can_be_read(called: Called) -> None:
    reply = rejected(called("(i64, f64) -> i64", slot("i64"), slot("handle")))
    assert reply.error_kind == "TypeError"
    assert "argument #1" in reply.error
    assert "expected float" in reply.error


@needs_tvm
def test_the_wrong_count_and_a_null_array_are_rejected(called: Called) -> None:
    one = slot("i64", 7)
    for told in (0, 2, -1, 257, 65537):
        rejected(called("(i64) -> none", one, claimed_count=told))
    rejected(called("(i64) -> none", one, nulls=("args",)))
    accepted(called("() -> none", nulls=("args",)))


@needs_tvm
def test_a_body_that_let_a_wrong_tensor_through_saw_the_declared_one(called: Called) -> None:
    reply = accepted(called("(tensor(f32,2x3)) -> none", tensor("tensor(f32,4294967298x3)")))
    assert reply.saw == (Value("tensor", tensor=TensorSpec()),)


@needs_tvm
def test_a_callee_may_die(called: Called) -> None:
    assert isinstance(called("(tensor) -> none", Slot(70, Value("tensor"))), Died)
    accepted(called("(i64) -> none", slot("i64")))


@needs_tvm
def test_a_guarded_pointer_is_handed_on_untouched(called: Called) -> None:
    assert accepted(called("(handle) -> none", Slot(4, Value("handle", guarded=True)))).saw == (
        Value("handle", guarded=True),
    )
    reply = rejected(called("(tensor, i64) -> none", Slot(7, Value("tensor", guarded=True)), slot("f64")))
    assert "argument #1" in reply.error


@needs_tvm
def test_release_checks_nothing(called: Called) -> None:
    assert accepted(called("(i64) -> none", slot("f64", 5), release=True)).saw == (Value("i64", 5),)


@needs_tvm
def test_two_threads_have_a_witness_each(called: Called) -> None:
    batch = called.process.declare([parse_signature("(i64) -> none")])
    one, other = (Call((slot("i64", bits),)) for bits in (1, 2))
    both = called.process.run(batch, [Request(0, one, (0, other))], 2000)[0]
    assert isinstance(both, tuple)
    assert [reply.saw for reply in both if isinstance(reply, Reply)] == [(Value("i64", 1),), (Value("i64", 2),)]


@needs_tvm
def test_what_cannot_be_declared_is_refused_and_holds_up_nothing_else(called: Called) -> None:
    texts = ["(str) -> none", "(tensor(f32,2,device=2:0)) -> none", "(tensor(f32,2,offset=3)) -> none", "(i64) -> none"]
    refused = called.process.declare([parse_signature(text) for text in (*texts, "(tensor(f8,2)) -> none")]).refused
    assert [why is None for why in refused] == [False, False, False, True, False]


@needs_tvm
def test_about_names_all_versions(called: Called) -> None:
    about = called.process.about
    assert set(about.versions) == {"apache-tvm", "tvm", "apache-tvm-ffi", "tvm-ffi"}
    assert about.version == about.versions["apache-tvm"]
    assert about.waivers is not None
    assert load_waivers(about.waivers)


def case(mismatch: Mismatch, *slots: Slot, declared: str, **more: object) -> Case:
    params = tuple(parse_param(str(one.value.tensor or one.value.kind)) for one in slots)
    signature = parse_signature(declared)
    codes = tuple((at, one.code) for at, one in enumerate(slots))
    passed = type(signature)(params, signature.ret)
    return Case(
        "X0-TENSOR", "packed", "wire", "llvm", passed, signature, mismatch,
        tuple(one.value for one in slots), wire=Mutations(codes), **more,  # type: ignore[arg-type]
    )  # fmt: skip


@needs_tvm
@pytest.mark.parametrize(("extent", "status"), [(2**32 + 2, 1), (3, 0)])
def test_a_reproducer_tells_by_its_exit_status(tmp_path: Path, extent: int, status: int) -> None:
    wrong = f"tensor(f32,{extent}x3)"
    made = case(
        Mismatch("tensor-shape", 0, "tensor(f32,2x3)", wrong), tensor(wrong), declared="(tensor(f32,2x3)) -> none"
    )
    made = with_expectation(made, RULES)
    (tmp_path / "reproduce.py").write_text(reproducers.files(made, "llvm", RULES)["reproduce.py"])
    ended = subprocess.run([sys.executable, "reproduce.py"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert ended.returncode == status, ended.stdout + ended.stderr
    assert "it must: reject, naming argument 0, before the body runs" in ended.stdout


def test_a_reproducer_is_python_with_the_case_in_it() -> None:
    made = case(Mismatch("type", 0, "f64", "i64"), slot("handle", 5), declared="(f64) -> none")
    text = reproducers.files(with_expectation(made, RULES), "c", RULES)["reproduce.py"]
    compile(text, "reproduce.py", "exec")
    assert "'may_accept': False" in text and "'may_reject': True" in text
    assert made.key in text


def test_types_that_c_does_not_have_are_given_by_their_size() -> None:
    text = "half* a = ((half*)x); float4* b = ((float4*)y); int8_t* c; uint16_t2* d; double* e; char* f;"
    assert emitted_text.element_types(text).splitlines() == [
        "typedef struct { char bytes[16]; } float4;",
        "typedef struct { char bytes[2]; } half;",
        "typedef struct { char bytes[4]; } uint16_t2;",
    ]


@pytest.mark.parametrize("text", ["tensor(code7_8,2)", "tensor(f64,2,offset=4)"])
def test_what_no_buffer_can_be_is_undeclarable(text: str) -> None:
    spec = parse_tensor(text)
    with pytest.raises(emit.Undeclarable):
        emit.dtype_name(spec.dtype), emit.element_offset(spec)


@pytest.mark.parametrize("name", ["tvm-llvm", "tvm-c"])
def test_waivers_that_ship_can_be_read_and_are_narrow(name: str) -> None:
    waivers = load_waivers(Path(emit.__file__).parents[1] / "waivers" / f"{name}.toml")
    near = "tensor-shape::packed::wire>llvm::tensor(f32,2x3)<-tensor(f32,3x3)@0"
    assert not any(waiver.matches(near, "silent-wrong") for waiver in waivers)
    assert difference(parse_tensor("tensor(f32,3x3)"), TensorSpec()) == "tensor-shape"
