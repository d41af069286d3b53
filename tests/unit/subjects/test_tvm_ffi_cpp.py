"""C++ functions under tvm-ffi's typed macro: what is compiled, what their bodies see, and what a C++ caller takes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import util
from pathlib import Path

import pytest

from conformance.gate import waivers
from conformance.model.case import Case, Mismatch, Mutations
from conformance.model.signature import Param, Signature, TensorSpec
from conformance.model.subject import Call, Reply, Slot, SubjectUnavailable
from conformance.model.value import Value
from conformance.rules.load import load
from conformance.subjects.tvm_ffi import types
from conformance.toolchain import MissingCompiler, resolve_cxx
from conformance.transport.process.client import Batch, SubjectProcess
from conformance.transport.process.messages import Died, Request, Response
from tests.unit.subjects.expectations import with_expectation

TARGET = "conformance.subjects.tvm_ffi.cpp:TvmFfiCpp"
RULES = load("tvm-ffi-cpp")
TENSOR = Value("tensor", tensor=TensorSpec(shape=(4, 1), strides=(7, 9), byte_offset=8))


def signature(*kinds: str, ret: str = "none") -> Signature:
    return Signature(tuple(Param(kind, TensorSpec() if kind == "tensor" else None) for kind in kinds), ret)


SIGNATURES = (
    signature("i8", "f32", "str", ret="u16"),
    signature("tensor", "func", "array_i64", ret="array_i64"),
    signature("opt_i64", "variant_i64_str", "any"),
    signature("map_str_i64", ret="str"),
    signature("i64", ret="tensor_view"),
    signature("rvalue_array", "list_i64", "dict", ret="list_i64"),
    signature("strict_bool", "enum_i32", "bigint", ret="enum_i32"),
    signature("expected_i64", "std_vector", "std_map", ret="std_vector"),
)


def test_every_kind_of_the_table_has_a_type_and_every_type_is_in_the_table() -> None:
    assert {*RULES.kinds, *RULES.custom_declarable} == set(types.TYPES)


TRAITS = {
    "std::nullptr_t": "nullptr", "StrictBool": "strict_bool", "bool": "bool", "Int": "i64", "uint64_t": "u64",
    "IntEnum": "enum_i32", "Float": "f64", "void*": "handle", "BigInt": "bigint",
    "DLDataType": "dtype", "DLDevice": "device", "DLTensor*": "dltensor", "TensorView": "tensor_view",
    "String": "str", "Bytes": "bytes", "const char*": "rawstr", "std::string": "stdstring",
    "TVMFFIByteArray*": "bytearray", "Array<T>": "array", "List<T>": "list", "Tuple<Types...>": "tuple_i64_str",
    "Map<K, V>": "map", "Dict<K, V>": "dict", "Shape": "shape", "Optional<T>": "opt_i64",
    "Variant<V...>": "variant_i64_str", "Expected<T>": "expected_i64", "Expected<void>": "expected_void",
    "RValueRef<TObjRef>": "rvalue_object", "TypedFunction<FType>": "func_typed",
    "TObjRef": "object", "ObjectPtr<TObject>": "object_ptr", "Arc<TObject>": "object_arc", "TObject*": "object_raw",
    "std::array<T, Nm>": "std_array", "std::vector<T>": "std_vector", "std::optional<T>": "std_optional",
    "std::variant<Args...>": "std_variant", "std::tuple<Args...>": "std_tuple", "std::map<K, V>": "std_map",
    "std::unordered_map<K, V>": "std_unordered_map", "std::function<Ret(Args...)>": "std_function",
}  # fmt: skip
"""Every type that tvm-ffi's headers can convert, and a kind that declares it."""

NOT_DECLARED = {
    "char[N]": "a literal can be passed; no parameter has its type",
    "detail::ListTemplate": "the base of what becomes an Array",
    "detail::MapTemplate": "the base of what becomes a Map",
    "reflection::NativeFunction<Signature>": "the hook of a reflected class",
    "reflection::NativeFunctionView<Signature>": "the hook of a reflected class",
    "WalkResult": "what the callback of a walk over a structure gives back",
    "UnchangedOr<T>": "what the callback of a change to a structure gives back",
}
"""Types that no operator takes."""


def specialised(text: str) -> Iterator[str]:
    """The first argument of every specialisation of TypeTraits in a header."""
    for found in re.finditer(r"^struct TypeTraits<", text, re.MULTILINE):
        depth, at = 0, found.end()
        while depth or text[at] not in ",>":
            depth += {"<": 1, "(": 1, ">": -1, ")": -1}.get(text[at], 0)
            at += 1
        yield text[found.end() : at].strip()


def test_every_type_that_the_headers_convert_is_declared() -> None:
    needs_tvm_ffi()
    package = util.find_spec("tvm_ffi")
    assert package is not None and package.origin is not None
    headers = (Path(package.origin).parent / "include").rglob("*.h")
    assert {one for header in headers for one in specialised(header.read_text("utf-8"))} == {*TRAITS, *NOT_DECLARED}
    assert set(TRAITS.values()) <= set(types.TYPES)


def test_a_batch_is_one_text_with_the_headers_own_macro_for_each_signature() -> None:
    text = types.callees(SIGNATURES[:4])
    assert text.count("\nTVM_FFI_DLL_EXPORT_TYPED_FUNC(callee_") == 4
    assert "static Array<int64_t> body_1(Tensor a0, Function a1, Array<int64_t> a2) {" in text


def test_a_missing_compiler_is_one_sentence_with_the_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    needs_tvm_ffi()
    monkeypatch.setenv("ABI_CONFORMANCE_CXX", "g++-99")
    with pytest.raises(SubjectUnavailable, match=r"g\+\+-99 is not installed; run apt install g\+\+-99"):
        SubjectProcess(TARGET)


def test_the_gaps_that_ship_can_be_read() -> None:
    folder = Path(types.__file__).parents[1] / "waivers"
    assert all(waiver.reason for waiver in waivers.load(folder / "tvm-ffi-cpp.toml"))


def needs_tvm_ffi() -> None:
    if util.find_spec("tvm_ffi") is None:
        pytest.skip("apache-tvm-ffi is not installed; run pip install apache-tvm-ffi")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache of the module's own, for this process and those that it starts."""
    needs_tvm_ffi()
    try:
        resolve_cxx("g++", "clang++")
    except MissingCompiler as missing:
        pytest.skip(str(missing))
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ABI_CONFORMANCE_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="module")
def process(cache: Path) -> Iterator[SubjectProcess]:
    with SubjectProcess(TARGET) as made:
        yield made


@pytest.fixture(scope="module")
def batch(process: SubjectProcess) -> Batch:
    return process.declare(SIGNATURES)


def made(process: SubjectProcess, batch: Batch, callee: int, *values: Value, **more: object) -> Response:
    slots = tuple(Slot(RULES.code(value.kind), value) for value in values)
    return process.run(batch, [Request(callee, Call(slots, **more))], 5000)[0]  # type: ignore[arg-type]


def replied(process: SubjectProcess, batch: Batch, callee: int, *values: Value, **more: object) -> Reply:
    result = made(process, batch, callee, *values, **more)
    assert isinstance(result, Reply)
    return result


def test_values_arrive_and_the_chosen_one_is_returned(process: SubjectProcess, batch: Batch) -> None:
    values = Value("i8", 0xFE), Value("f32", 0x3FC00000), Value("str", data=b"longer than seven")
    reply = replied(process, batch, 0, *values, result=Value("u16", 0xABCD))
    assert (reply.status, reply.saw, reply.ret, reply.ret_code) == (0, values, Value("i64", 0xABCD), 1)
    assert reply.references == 0


def test_objects_arrive_with_what_they_hold_and_keep_their_counts(process: SubjectProcess, batch: Batch) -> None:
    values = TENSOR, Value("func", data=b"ffi.Array"), Value("array_i64", data=b"[1, -2]")
    reply = replied(process, batch, 1, *values, result=Value("array_i64", data=b"[3]"))
    assert reply.saw == (*values[:2], Value("array", data=b"[1, -2]"))
    assert reply.ret == Value("array", data=b"[3]")
    assert reply.references == 0
    rejected = replied(process, batch, 1, *values[:2], Value("array_str", data=b'["a"]'))
    assert (rejected.status, rejected.saw, rejected.references) == (-1, None, 0)
    assert "argument #2" in rejected.error and rejected.error_kind == "TypeError"


def test_what_may_be_one_thing_or_another_arrives_as_what_it_is(process: SubjectProcess, batch: Batch) -> None:
    values = Value("null"), Value("str", data=b"text"), Value("bool", 1)
    reply = replied(process, batch, 2, *values)
    assert (reply.saw, reply.ret_code) == (values, 0)


def test_a_container_is_converted_item_by_item(process: SubjectProcess, batch: Batch) -> None:
    reply = replied(process, batch, 3, Value("map", data=b'{"b": true, "a": 2}'), result=Value("str", data=b"x"))
    assert reply.saw == (Value("map", data=b'{"a": 2, "b": 1}'),)
    assert reply.ret == Value("str", data=b"x")


def test_an_element_that_does_not_fit_is_named(process: SubjectProcess, batch: Batch) -> None:
    values = TENSOR, Value("func", data=b"ffi.Array")
    reply = replied(process, batch, 1, *values, Value("array_bool", data=b"[true, false]"))
    assert reply.saw is not None and reply.saw[2] == Value("array", data=b"[1, 0]")
    rejected = replied(process, batch, 1, *values, Value("array_f64", data=b"[0.25, -2.5]"))
    assert rejected.status == -1 and "argument #2" in rejected.error and "Array[index 0: float]" in rejected.error


def test_an_object_that_is_lent_is_taken_away_and_of_any_other_there_is_a_copy(
    process: SubjectProcess, batch: Batch
) -> None:
    values = Value("rvalue", data=b"[1, 2]"), Value("array_i64", data=b"[1]"), Value("map", data=b'{"a": 1}')
    reply = replied(process, batch, 5, *values, result=Value("list_i64", data=b"[3]"))
    assert reply.saw == (Value("array", data=b"[1, 2]"), Value("list", data=b"[1]"), Value("dict", data=b'{"a": 1}'))
    assert (reply.ret, reply.references) == (Value("list", data=b"[3]"), 0)
    rejected = replied(process, batch, 5, values[0], Value("array_str", data=b'["a"]'), values[2])
    assert (rejected.status, rejected.references) == (-1, 0) and "argument #1" in rejected.error


def test_a_strict_bool_takes_no_integer_and_an_enumeration_is_one(process: SubjectProcess, batch: Batch) -> None:
    values = Value("strict_bool", 1), Value("enum_i32", 0xFFFF_FFFE), Value("bigint", 1 << 63)
    reply = replied(process, batch, 6, *values, result=Value("enum_i32", 0x8000_0000))
    assert reply.saw is not None and [one and one.bits for one in reply.saw] == [1, 0xFFFF_FFFE, 1 << 63]
    assert reply.ret == Value("i64", 0xFFFF_FFFF_8000_0000)
    rejected = replied(process, batch, 6, Value("i64", 1), *values[1:])
    assert rejected.status == -1 and "argument #0" in rejected.error


def test_an_expected_value_may_be_an_error_and_a_vector_is_a_copy(process: SubjectProcess, batch: Batch) -> None:
    values = Value("error", data=b"ValueError: no"), Value("array_i64", data=b"[4]"), Value("map", data=b'{"a": 1}')
    reply = replied(process, batch, 7, *values, result=Value("std_vector", data=b"[3]"))
    assert reply.saw == (values[0], Value("array", data=b"[4]"), values[2])
    assert (reply.ret, reply.references) == (Value("array", data=b"[3]"), 0)


def test_a_wrong_count_is_told_and_nothing_is_read_past_the_array(process: SubjectProcess, batch: Batch) -> None:
    for told in (-1, 0, 2, 4, 2**31 - 1):
        reply = replied(process, batch, 0, claimed_count=told)
        assert reply.status == -1 and reply.saw is None and "Mismatched number of arguments" in reply.error


def test_a_type_index_that_is_not_registered_ends_the_process_and_the_run_goes_on(
    process: SubjectProcess, batch: Batch
) -> None:
    slots = (Slot(100_000, Value("i8", 1)), Slot(3, Value("f32")), Slot(65, Value("str", data=b"x")))
    died, alive = process.run(batch, [Request(0, Call(slots)), Request(2, Call((), claimed_count=0))], 5000)
    assert died == Died(0, 255)
    assert isinstance(alive, Reply) and alive.status == -1


def test_what_the_headers_cannot_return_is_refused(batch: Batch) -> None:
    assert batch.refused[:4] == (None,) * 4
    assert batch.refused[4] is not None and "does not own its tensor" in batch.refused[4]


def test_nothing_is_compiled_again(cache: Path, batch: Batch) -> None:
    objects = {path: path.stat().st_ino for path in cache.rglob("*.so")}
    with SubjectProcess(TARGET) as other:
        assert other.declare(SIGNATURES).refused == batch.refused
    assert {path: path.stat().st_ino for path in cache.rglob("*.so")} == objects


def test_a_reproducer_needs_only_the_headers_and_shows_the_bug(process: SubjectProcess, tmp_path: Path) -> None:
    declared = signature("array_i64", "str", "rvalue_array", "list", "dict")
    payload = (
        Value("array_i64", data=b"[1]"),
        Value("str", data=b'a "text"'),
        Value("rvalue", data=b"[2]"),
        Value("list", data=b'["a", [1]]'),
        Value("dict", data=b'{"a": null}'),
    )
    sides = process.about.sides
    case = Case("X0-UNKNOWN", "packed", *sides, declared, declared, Mismatch("unknown-code", 1, "str", "code(300)"),
                payload, wire=Mutations(codes=((1, 300),)))  # fmt: skip
    for name, text in process.reproducer(with_expectation(case, RULES)).items():
        (tmp_path / name).write_text(text)
    ended = subprocess.run(
        ["make", "-C", str(tmp_path), "check", f"PYTHON={sys.executable}"], capture_output=True, text=True, check=False
    )
    assert ended.returncode != 0
    assert "NONCONFORMING: the call exited the process with status 255" in ended.stdout, ended.stderr


def taken(*calls: str) -> list[list[object]]:
    """What a C++ caller took, in a process of its own: how it ended, the error, its kind, what it saw, remarks."""
    script = f"""
import json
from conformance.model.subject import Slot
from conformance.model.value import Value
from conformance.subjects.tvm_ffi.cpp_caller import CppCaller
take = CppCaller().take
replies = [{", ".join(calls)}]
print(json.dumps([[r.status, r.error, r.error_kind, str(r.saw and r.saw[0]), r.references, len(r.remarks)]
                  for r in replies]))
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, env=os.environ)
    assert ended.returncode == 0, ended.stderr
    found: list[list[object]] = json.loads(ended.stdout)
    return found


def test_a_caller_takes_what_it_was_promised_and_is_told_of_another_kind(cache: Path) -> None:
    text = "Slot(65, Value('str', data=b'longer than seven'))"
    assert taken(f"take('str', 0, {text})", f"take('i64', 0, {text})", "take('i64', 0, None)") == [
        [0, "", "", "str b'longer than seven'", 0, 0],
        [1, "Cannot convert from type `ffi.String` to `int`", "TypeError", "None", 0, 0],
        [1, "Cannot convert from type `None` to `int`", "TypeError", "None", None, 0],
    ]


def test_a_caller_throws_the_error_of_any_status_and_a_null_one_where_there_is_none(cache: Path) -> None:
    raised = "('ValueError', 'boom')"
    found = taken(
        *(f"take('i64', {status}, None, {raised})" for status in (-1, 1, 42, -(2**31))), "take('i64', -1, None)"
    )
    assert found[:4] == [[1, "boom", "ValueError", "None", None, 0]] * 4
    assert found[4] == [2, "", "", "None", None, 1]
