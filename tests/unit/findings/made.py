"""Cases and findings made by hand, as small as the suite's shrinking leaves them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from conformance.codegen.reproducer import Commands
from conformance.codegen.reproducer.files import files
from conformance.engine import execute
from conformance.engine.cases import CaseBundle
from conformance.engine.causes import Cause
from conformance.engine.confirm import finding_of
from conformance.engine.encoded_calls import expected
from conformance.findings import store
from conformance.generation import payloads
from conformance.model.case import MATCH, Case, Mismatch, Mutations
from conformance.model.outcome import Finding
from conformance.model.signature import TensorSpec, parse_signature
from conformance.model.value import Value
from conformance.oracle.judge import Grounds, Judgement
from conformance.subjects.manifest import BuiltSubject, load_subject


def case(check: str, passed: str, declared: str, mismatch: Mismatch = MATCH, **fields: Any) -> Case:
    """A case with graffiti for payload and result, unless `fields` say otherwise."""
    one, other = parse_signature(passed), parse_signature(declared)
    plain: dict[str, Any] = {
        "convention": "packed",
        "caller": "gcc-O0",
        "callee": "gcc-O0",
        "payload": payloads.payload(one, 0),
        "result": payloads.result(other.ret),
    }
    return Case(check=check, passed=one, declared=other, mismatch=mismatch, **(plain | fields))


def coded(check: str, signature: str, at: int, code: int, **fields: Any) -> Case:
    """A matched call but for one code, which the rules reject."""
    kind = parse_signature(signature).params[at].kind
    mismatch = Mismatch("type", at, kind, f"code({code})")
    return case(check, signature, signature, mismatch, wire=Mutations(((at, code),)), **fields)


def finding(
    of: Case,
    verdict: str = "silent-wrong",
    required: str = "reject",
    observed: str = "returned 0",
    subject: str = "reference",
) -> Finding:
    """The finding of a case, with what the subject's rules and claims expect of it."""
    by = None if of.mismatch.cls == "layout" else grounds(of, load_subject(subject))
    return finding_of(of, Judgement(verdict, False, required, observed, grounds=by), Cause(()), [], 0)


def grounds(of: Case, subject: BuiltSubject) -> Grounds:
    """What a case is judged by."""
    batch = CaseBundle([of], subject.rules, subject.packed)
    encoded = batch.encoded(of)
    own, other = expected(batch.bundle, encoded), execute.other_of(batch.bundle, encoded)
    return execute.grounds(batch.bundle, encoded, subject.claims, own, other, of.release)


def told(of: Case, subject: BuiltSubject) -> Case:
    """The case with its expectation."""
    return Case.from_json(finding(of, subject=subject.spec).case)


def other_payload(signature: str) -> tuple[Value, ...]:
    """Graffiti other than a case's own."""
    return payloads.payload(parse_signature(signature), 7)


def released(signature: str, at: int) -> dict[str, Any]:
    """The mode and the payload of a case of which one argument is released."""
    values = payloads.payload(parse_signature(signature), 0)
    return {"mode": "released", "payload": (*values[:at], replace(values[at], released=True), *values[at + 1 :])}


INT, FLOAT, BYTES = 0, 2, 12
"""Codes of the reference's table."""

ONE_OF_EACH = (
    "(i8, i16, i32, i64, u8, u16, u32, u64, f32, f64, bool, handle, str, bytes, dtype, device, "
    "tensor(f32,2x1x3,strides=3x9x1,offset=64,device=2:1), tensor(i8x4,scalar)) -> f32"
)

ONE_WRONG_CODE = coded("X0-TYPE", "(i8) -> none", 0, FLOAT)

LEAVES = {
    "misaligned-stack": "the stack is not 16-aligned on entry to the body: rsp % 16 = 8",
    "clobbers-registers": "the call left registers changed that a callee must keep: rbx",
    "leaves-rounding-mode": "the call left another floating-point environment",
    "leaves-x87-precision": "the call left another floating-point environment",
    "leaves-x87-stack": "the call left the x87 register stack in use",
    "leaves-direction-flag": "the call left the direction flag set",
    "blocks-signals": "the call left signals blocked: signal-10",
}
"""Broken subjects that leave the machine in another state, with what their reproducers say of it."""

TOLD = LEAVES | {
    "tensor-reads-empty": "crashed: Segmentation fault, following the pointer that is argument 0",
    "tensor-reads-scalar-shape": "crashed: Segmentation fault, following the pointer that is argument 0",
}
"""What the reproducers of some broken subjects say."""


def odd(signature: str, spec: TensorSpec) -> Case:
    """A matched call with a tensor of which nobody needs some pointers, which lead to a page that nobody may touch."""
    return case("X0-TENSOR", signature, signature, payload=(Value("tensor", tensor=spec, unread=True),))


SHOWN_BY: dict[str, Case] = {
    "no-checks": case("X0-TYPE", "(i64) -> none", "(f64) -> none", Mismatch("type", 0, "f64", "i64")),
    "accepts-many": case(
        "X0-COUNT",
        "() -> none",
        "() -> none",
        Mismatch("many", None, "0", "1"),
        wire=Mutations(count=1),
    ),
    "accepts-few": case(
        "X0-COUNT",
        "(i8) -> none",
        "(i8) -> none",
        Mismatch("few", None, "1", "0"),
        wire=Mutations(count=0),
    ),
    "negative-zero": case("X0-MATCH", "(f64) -> none", "(f64) -> none", payload=(Value("f64", 1 << 63),)),
    "presets-afterwards": case("X0-RETURN", "() -> str", "() -> str"),
    "copies-short-bytes": case("X0-MATCH", "(bytes) -> none", "(bytes) -> none"),
    "copies-short-returns": case("X0-MATCH", "() -> str", "() -> str"),
    "copies-by-columns": case("X0-MATCH", "(tensor(u8,2x3)) -> tensor", "(tensor(u8,2x3)) -> tensor"),
    "str-off-by-one": case("X0-MATCH", "(str) -> none", "(str) -> none", follow_pointers=True),
    "return-without-code": case("X0-RETURN", "() -> none", "() -> none"),
    **{name: case("X0-MATCH", "() -> none", "() -> none") for name in LEAVES},
    "tensor-reads-empty": odd("(tensor(f32,0x3)) -> none", TensorSpec(shape=(0, 3))),
    "tensor-reads-scalar-shape": odd("(tensor(f32,scalar)) -> none", TensorSpec(shape=())),
    "exits": case("X0-MATCH", "(i16) -> none", "(i16) -> none"),
    "str-for-handle": case(
        "X0-TYPE",
        "(str) -> none",
        "(handle) -> none",
        Mismatch("type", 0, "handle", "str"),
    ),
    "unchecked-after-rejection": coded("X0-REPEAT", "(i8) -> none", 0, FLOAT, history=(ONE_WRONG_CODE,)),
    "touches-pointees": coded(
        "X0-ORDER",
        "(str) -> none",
        0,
        BYTES,
        payload=payloads.guarded(parse_signature("(str) -> none"), 0),
    ),
    "error-outlives-call": coded("X0-ERROR", "(i8) -> none", 0, FLOAT, mode="after"),
    "one-error-for-all": coded("X0-ERROR", "(i8) -> none", 0, FLOAT, mode="own-error"),
    "latest-arguments": case(
        "X0-NESTED",
        "(i64) -> none",
        "(i64) -> none",
        mode="nested",
        second=other_payload("(i64) -> none"),
    ),
    "wrong-in-two-threads": case(
        "X0-NESTED",
        "(i64) -> none",
        "(i64) -> none",
        mode="concurrent",
        second=other_payload("(i64) -> none"),
    ),
    "keeps-text": case("X0-REPEAT", "(str) -> none", "(str) -> none", **released("(str) -> none", 0)),
    "keeps-shape": case("X0-REPEAT", "(tensor) -> none", "(tensor) -> none", **released("(tensor) -> none", 0)),
    "keeps-bytes-for-error": case("X0-REPEAT", "(bytes) -> none", "(bytes) -> none", **released("(bytes) -> none", 0)),
    "keeps-tensor-for-error": case(
        "X0-REPEAT",
        "(i8, tensor) -> none",
        "(i8, tensor) -> none",
        Mismatch("tensor-device", 1, "tensor(f32,2x3)", "tensor(f32,2x3,device=1:1)"),
        mode="released",
        payload=(Value("i8", 1), Value("tensor", tensor=TensorSpec(device=(1, 1)), released=True)),
    ),
    "tensor-shape": case(
        "X0-TENSOR",
        "(tensor(f32,2x3)) -> none",
        "(tensor(f32,2x3)) -> none",
        Mismatch("tensor-shape", 0, "tensor(f32,2x3)", "tensor(f32,3x3)"),
        payload=(Value("tensor", tensor=TensorSpec(shape=(3, 3))),),
    ),
    "release-still-checks": coded("X0-RELEASE", "(i64) -> none", 0, FLOAT, release=True),
    "value-of-16-bytes": case(
        "X0-LAYOUT",
        "() -> none",
        "() -> none",
        Mismatch("layout", None, "AbiValue-size"),
    ),
    "dynamic-callee": case(
        "DYNAMIC",
        "(i64) -> none",
        "(f64) -> none",
        Mismatch("type", 0, "f64", "i64"),
        callee="dynamic",
    ),
    "unpacked-narrows": case(
        "X1-SILENT",
        "(i64) -> none",
        "(f64) -> none",
        Mismatch("type", 0, "f64", "i64"),
        convention="unpacked",
    ),
    "unpacked-short-result": case(
        "X1-WRITE",
        "() -> i64",
        "() -> f64",
        Mismatch("ret-type", None, "f64", "i64"),
        convention="unpacked",
    ),
}
"""Broken subjects, each with a case that shows its defect."""

CONFORMING: dict[str, Case] = {
    "every kind": case("X0-MATCH", ONE_OF_EACH, ONE_OF_EACH),
    "every kind, followed": case("X0-MATCH", ONE_OF_EACH, ONE_OF_EACH, follow_pointers=True),
    "every kind, unpacked": case("X1-MATCH", ONE_OF_EACH, ONE_OF_EACH, convention="unpacked"),
    "a long text that C reads otherwise": case(
        "X0-MATCH",
        "(str, bytes) -> bytes",
        "(str, bytes) -> bytes",
        payload=(
            Value("str", data=b'??/ "quoted" \\ \xc3\xa9 1' * 20),
            Value("bytes", data=bytes(range(256))),
        ),
        follow_pointers=True,
    ),
    "the ends of integers": case(
        "X0-MATCH",
        "(i8, i32, i64, u64) -> tensor",
        "(i8, i32, i64, u64) -> tensor",
        payload=(
            Value("i8", 0x80),
            Value("i32", 1 << 31),
            Value("i64", 1 << 63),
            Value("u64", (1 << 64) - 1),
        ),
    ),
    "a count of INT_MIN": case(
        "X0-COUNT",
        "(i8) -> none",
        "(i8) -> none",
        Mismatch("few", None, "1", str(-(2**31))),
        wire=Mutations(count=-(2**31)),
    ),
    "pointers that nobody needs": case(
        "X0-TENSOR",
        "(tensor(f32,0x3), tensor(f32,scalar)) -> none",
        "(tensor(f32,0x3), tensor(f32,scalar)) -> none",
        payload=(
            Value("tensor", tensor=TensorSpec(shape=(0, 3)), unread=True),
            Value("tensor", tensor=TensorSpec(shape=()), unread=True),
        ),
        follow_pointers=True,
    ),
    "null arrays without arguments": case(
        "X0-NULL",
        "() -> none",
        "() -> none",
        wire=Mutations(nulls=("args", "codes")),
    ),
    "a null handle for no return": case(
        "X0-RETURN",
        "() -> handle",
        "() -> none",
        Mismatch("ret-none", None, "none", "handle"),
    ),
    "a rejected call inside another": coded(
        "X0-NESTED",
        "(str, i8) -> i8",
        1,
        FLOAT,
        mode="nested",
        second=other_payload("(str, i8) -> i8"),
    ),
    **{
        f"argument {at} is gone after the call": case(
            "X0-REPEAT", ONE_OF_EACH, ONE_OF_EACH, **released(ONE_OF_EACH, at)
        )
        for at in (12, 13, 16, 17)
    },
    "a text that is passed for a number is gone after the call": case(
        "X0-REPEAT",
        "(str, i8) -> i8",
        "(i64, i8) -> i8",
        Mismatch("type", 0, "i64", "str"),
        **released("(str, i8) -> i8", 0),
    ),
    "bytes are gone after a call with another wrong argument": coded(
        "X0-REPEAT",
        "(bytes, i8) -> i8",
        1,
        FLOAT,
        history=(
            case("X0-REPEAT", "(tensor) -> none", "(tensor) -> none", times=3, **released("(tensor) -> none", 0)),
        ),
        **released("(bytes, i8) -> none", 0),
    ),
    "a pointer read as numbers": case(
        "X1-SILENT",
        "(handle, str) -> none",
        "(i32, f64, bool) -> none",
        Mismatch("few", None, "3", "2"),
        convention="unpacked",
    ),
}
"""Cases to which the reference conforms, for what the cases above do not reach."""


def write(of: Finding, subject: BuiltSubject, folder: Path, commands: Commands | None = None) -> Path:
    """The folder of a finding with the reproducer of its subject."""

    def reproducer(finding: Finding) -> dict[str, str | bytes]:
        return files(
            Case.from_json(finding.case), subject, finding.required, finding.observed, commands or {}, aligned=True
        )

    return store.write(of, subject.spec, {}, folder, reproducer)
