"""One call of a bundle: as a row of a plan, as a case, and what the oracle says of it alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from conformance.checks.columns import (
    CLASS_NAMES,
    CLASS_NUMBERS,
    COUNT,
    FOLLOW,
    GRAFFITI,
    NULLS,
    OF_RETURN,
    PRESET_SHIFT,
    STATE,
)
from conformance.engine.bundle import Bundle
from conformance.model.case import CONVENTIONS, MATCH, MODES, RESULT, Case, Mismatch, Mutations
from conformance.model.data_model import DataModel
from conformance.model.kinds import NONE
from conformance.model.subject import Call, Slot
from conformance.model.value import Value
from conformance.oracle import unpacked
from conformance.oracle.expect import expect
from conformance.transport.compiled import encode
from conformance.transport.compiled.encode import Arg, EncodedExpectation
from conformance.transport.compiled.observe import ExpectedCall

SEVERAL = ("nested", "concurrent")
"""Modes that make several calls, all of which are compared."""


class EncodedCall(NamedTuple):
    """One call: who calls whom with which row of the payload, and what is changed on the wire.

    `value_at` replaces that argument by `value`; `claimed_count` is what the callee is told instead of the right count.
    In the modes that make two calls `second_row` is that of the other; a nested one describes the inner call. The one
    after a call whose payload is released is matched, with graffiti.
    """

    caller: int
    callee: int
    convention: str
    mismatch: Mismatch
    row: int = GRAFFITI
    codes: tuple[tuple[int, int], ...] = ()
    value_at: int = -1
    value: Value | None = None
    claimed_count: int | None = None
    nulls: tuple[str, ...] = ()
    mode: str = "plain"
    second_row: int = GRAFFITI
    follow: bool = False
    state: bool = False
    result: Value | None = None  # None: the graffiti of the callee's kind
    preset: int | None = None  # the code in the result slot before the call; None: the usual one
    calls: int = 2  # how many are made inside each other, or on threads


def matched(callee: int, convention: str = "packed") -> EncodedCall:
    """The callee's own caller, with graffiti."""
    return EncodedCall(callee, callee, convention, MATCH)


def row_of(bundle: Bundle, call: EncodedCall) -> tuple[Any, ...]:
    """A call as a row of a plan: the fields of `CALL`."""
    flags = sum(NULLS[name] for name in call.nulls) | (FOLLOW if call.follow else 0)
    flags |= (COUNT if call.claimed_count is not None else 0) | (STATE if call.state else 0)
    flags |= 0 if call.preset is None else bundle.preset(call.preset) << PRESET_SHIFT
    changed = [(OF_RETURN if at == RESULT else at, code) for at, code in call.codes]
    (at0, code0), (at1, code1) = (*changed, (-1, 0), (-1, 0))[:2]
    return (
        call.caller, call.row, CONVENTIONS.index(call.convention), MODES.index(call.mode), flags, (at0, at1),
        (code0, code1), call.value_at if call.value is not None else -1, call.second_row,
        0 if call.value is None else bundle.arena.slot(call.value, call.value_at), _count(call), call.callee,
        -1 if call.mismatch.index is None else call.mismatch.index,
        -1 if call.result is None else bundle.arena.slot(call.result), CLASS_NUMBERS[call.mismatch.cls], False,
    )  # fmt: skip


def _count(encoded: EncodedCall) -> int:
    if encoded.claimed_count is not None:
        return encoded.claimed_count
    return encoded.calls if encoded.mode in SEVERAL else 0


def encoded_of(bundle: Bundle, row: Any) -> EncodedCall:
    """The call that a row of a drafted plan is."""
    pool, flags = bundle.arena.pool_args, int(row["flags"])
    codes = zip(row["code_at"].tolist(), row["code"].tolist(), strict=True)
    value_at, result = int(row["value_at"]), int(row["result"])
    return EncodedCall(
        caller=int(row["caller"]),
        callee=int(row["callee"]),
        convention=CONVENTIONS[row["convention"]],
        mismatch=mismatch_of(bundle, row),
        row=int(row["row"]),
        codes=tuple((RESULT if at == OF_RETURN else at, code) for at, code in codes if at != -1),
        value_at=value_at,
        value=bundle.arena.args[pool[int(row["value"])]].value if value_at >= 0 else None,
        claimed_count=int(row["count"]) if flags & COUNT else None,
        nulls=tuple(name for name, flag in NULLS.items() if flags & flag),
        mode=MODES[row["mode"]],
        second_row=int(row["second"]),
        follow=bool(flags & FOLLOW),
        state=bool(flags & STATE),
        result=bundle.arena.args[pool[result]].value if result >= 0 else None,
        preset=bundle.preset_code(flags >> PRESET_SHIFT) if flags >> PRESET_SHIFT else None,
        calls=int(row["count"]) or 2 if MODES[row["mode"]] in SEVERAL and not flags & COUNT else 2,
    )


def mismatch_of(bundle: Bundle, row: Any) -> Mismatch:
    """How a drafted call is wrong: as its two signatures are, or as what is changed on the wire says."""
    caller, callee, at, cls = int(row["caller"]), int(row["callee"]), int(row["index"]), CLASS_NAMES[row["cls"]]
    if caller != callee:
        mismatch = bundle.mismatch(callee, caller)
        return replace(mismatch, cls=cls) if cls == "lying-code" else mismatch
    declared = bundle.signatures[callee]
    if row["flags"] & COUNT:
        return Mismatch(cls, None, str(len(declared)), str(row["count"]))
    if row["code_at"][0] == OF_RETURN:
        return Mismatch(cls, None, f"code({row['code'][0]})", declared.ret)
    if at < 0:
        return MATCH if cls == "match" else Mismatch(cls)
    if row["code_at"][0] >= 0:
        return Mismatch(cls, at, declared.params[at].kind, f"code({row['code'][0]})")
    value = bundle.arena.args[bundle.arena.pool_args[int(row["value"])]].value
    if value.tensor is None:
        return Mismatch(cls, at, declared.params[at].kind, "null")
    return Mismatch(cls, at, str(declared.params[at].tensor), f"{value.tensor}{value.oddities}")


def arguments(bundle: Bundle, encoded: EncodedCall) -> Sequence[Arg]:
    """What is passed, as it lies in memory."""
    args = bundle.rows(encoded.caller)[encoded.second_row if encoded.mode == "nested" else encoded.row]
    if encoded.value is None:
        return args
    return [*args[: encoded.value_at], bundle.arena.arg(encoded.value, encoded.value_at), *args[encoded.value_at + 1 :]]


def result_of(bundle: Bundle, encoded: EncodedCall) -> Arg | None:
    """What the body returns, None where it returns nothing."""
    if bundle.signatures[encoded.callee].ret == NONE:
        return None
    return bundle.result(encoded.callee) if encoded.result is None else bundle.arena.arg(encoded.result)


def codes(bundle: Bundle, encoded: EncodedCall) -> list[int]:
    """The codes under which the arguments of a packed call are passed."""
    packed = bundle.codes(encoded.caller)
    for at, code in encoded.codes:
        if at != RESULT:
            packed = [*packed[:at], code, *packed[at + 1 :]]
    return packed


def foresee(bundle: Bundle, encoded: EncodedCall) -> EncodedExpectation:
    """What one call must leave, by the oracle's general rules."""
    return expected(bundle, encoded).prediction


def expected(bundle: Bundle, encoded: EncodedCall) -> ExpectedCall:
    """What must come of one call, as values and as bytes."""
    declared, takes, rules = bundle.signatures[encoded.callee], bundle.signatures[encoded.caller].ret, bundle.rules
    args, result, cls = arguments(bundle, encoded), result_of(bundle, encoded), encoded.mismatch.cls
    if encoded.convention == "packed":
        slots = tuple(map(Slot, codes(bundle, encoded), [arg.value for arg in args]))
        call = Call(slots, encoded.claimed_count, encoded.nulls, None if result is None else result.value)
        expectation = expect(rules, declared, call, cls, takes, dict(encoded.codes).get(RESULT))
        prediction = encode.packed(rules, declared, expectation, args, result, takes, encoded.follow)
        return ExpectedCall(expectation._replace(out=prediction.taken if prediction.told else None), prediction, args)
    if encoded.convention == "direct":
        expectation = unpacked.expect_direct(declared, args, result, encode.UNTAKEN, rules.target)
    else:
        expectation = unpacked.expect(declared, args, bundle.poison, result, takes, cls, rules.target)
    return ExpectedCall(expectation, encode.of_expectation(expectation, args, encoded.follow), args)


def row(seen: EncodedExpectation, data: DataModel) -> bytes:
    """The witness that must be left; nothing where the body must not run."""
    if seen.seen is None or seen.taken is None:
        return b""
    return seen.taken + b"".join([argument.record(data) for argument in seen.seen])


def around(encoded: EncodedCall) -> EncodedCall:
    """The matched call around a nested one, or after one whose payload is released."""
    return matched(encoded.callee, encoded.convention)._replace(
        row=encoded.row, result=encoded.result, follow=encoded.follow
    )


def witness_rows(bundle: Bundle, encoded: EncodedCall, seen: EncodedExpectation) -> list[bytes]:
    """The rows that a call leaves: in the modes that make two calls the other one's too, in the runner's order."""
    data = bundle.rules.target.data
    own = row(seen, data)
    if encoded.mode == "nested":
        outer = [row(foresee(bundle, around(encoded)), data)] * (encoded.calls - 1)
        return [own, *outer] if own else outer
    if encoded.mode == "concurrent":
        both = own, row(foresee(bundle, encoded._replace(row=encoded.second_row)), data)
        return [both[thread % 2] for thread in range(encoded.calls)]
    if encoded.mode == "released":
        later = row(foresee(bundle, around(encoded)), data)
        return [own, later] if own else [later]
    return [own] if own else []


def case(bundle: Bundle, encoded: EncodedCall, check: str, pair: tuple[str, str], release: bool = False) -> Case:
    """The case that an encoded call is, spelled out."""

    def values(row_index: int) -> tuple[Value, ...]:
        return tuple(arg.value for arg in bundle.rows(encoded.caller)[row_index])

    payload = values(encoded.row)
    if encoded.value is not None:
        payload = (*payload[: encoded.value_at], encoded.value, *payload[encoded.value_at + 1 :])
    result = bundle.result_value(encoded.callee) if encoded.result is None else encoded.result
    return Case(
        check=check,
        convention=encoded.convention,
        caller=pair[0],
        callee=pair[1],
        passed=bundle.signatures[encoded.caller],
        declared=bundle.signatures[encoded.callee],
        mismatch=encoded.mismatch,
        payload=payload,
        result=result,
        wire=Mutations(encoded.codes, encoded.claimed_count, encoded.nulls, preset=encoded.preset),
        mode=encoded.mode,
        second=values(encoded.second_row) if encoded.mode in SEVERAL else (),
        calls=encoded.calls,
        release=release,
        follow_pointers=encoded.follow,
    )
