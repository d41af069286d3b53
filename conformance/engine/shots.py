"""One call of a bundle as the plan lists it, its prediction, and the bytes that the runner takes and leaves."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from struct import Struct
from typing import NamedTuple

from conformance.engine.bundle import GRAFFITI, Bundle
from conformance.model.case import Case, Mismatch, Wire
from conformance.model.kinds import NONE
from conformance.model.value import Value
from conformance.oracle import predict
from conformance.oracle.predict import Arg, Prediction

CONVENTIONS = ("packed", "unpacked", "direct")
MODES = ("plain", "after", "nested", "concurrent", "own-error")
NULLS = {"args": 1, "codes": 2, "ret": 4}
FOLLOW, COUNT, FENV = 8, 16, 32

ACCEPTED, REJECTED, TAKE_REJECTED, FAULT, DIED, HUNG, NOT_RUN = 1, 2, 3, 4, 5, 6, 0xEE
NO_INDEX, NO_TEXT = 0xFF, 0xFE
ENTERED, ARRAYS, RET, POISON, FENV_CHANGED, HANDLE, STALE, INNER = 1, 2, 4, 8, 16, 32, 64, 128

OWN = 0xFFFF
"""In place of a caller: the callee's own, so that the same bytes serve every callee that is alike."""

_OP = Struct("<HHBBHhhiihHIi")
_RESULT_AT = 22  # of AbiOp.result, two bytes
_RECORD = Struct("<BBBBi")

RET_PRESET = 0x5EED
"""The return code before a call: outside every table."""


class Shot(NamedTuple):
    """One call: who calls whom with which row of the payload, and what is changed on the wire.

    `value_at` replaces that argument by `value`; `told` is the count that the callee is told instead of the right one.
    In the modes that make two calls `second_row` is the other's row; a nested shot describes the inner call.
    """

    caller: int
    callee: int
    convention: str
    mismatch: Mismatch
    row: int = GRAFFITI
    codes: tuple[tuple[int, int], ...] = ()
    value_at: int = -1
    value: Value | None = None
    told: int | None = None
    nulls: tuple[str, ...] = ()
    mode: str = "plain"
    second_row: int = GRAFFITI
    follow: bool = False
    fenv: bool = False
    result: Value | None = None  # None: the graffiti of the callee's kind


def op(bundle: Bundle, shot: Shot, result_slot: int | None = None) -> bytes:
    """The 32 bytes of `AbiOp` (harness/run.h); `result_slot` instead of the slot of what the body returns."""
    flags = sum(NULLS[name] for name in shot.nulls) | (FOLLOW if shot.follow else 0)
    flags |= (COUNT if shot.told is not None else 0) | (FENV if shot.fenv else 0)
    value = shot.second_row if shot.value is None else bundle.arena.slot(shot.value, shot.value_at)
    result = result_slot
    if result is None:
        result = bundle.result_slot(shot.callee) if shot.result is None else bundle.arena.slot(shot.result)
    (at0, code0), (at1, code1) = (*shot.codes, (-1, 0), (-1, 0))[:2]
    return _OP.pack(
        OWN if shot.caller == shot.callee else shot.caller, shot.row,
        CONVENTIONS.index(shot.convention), MODES.index(shot.mode), flags,
        at0, at1, code0, code1, shot.value_at, result, value, shot.told or 0,
    )  # fmt: skip


def with_result(ops: bytes, slot: int) -> bytes:
    """The same operations with another slot of what the body returns."""
    changed, count = bytearray(ops), len(ops) // _OP.size
    changed[_RESULT_AT :: _OP.size] = bytes([slot & 0xFF]) * count
    changed[_RESULT_AT + 1 :: _OP.size] = bytes([slot >> 8]) * count
    return bytes(changed)


def arguments(bundle: Bundle, shot: Shot) -> Sequence[Arg]:
    """What is passed, as it lies in memory."""
    args = bundle.rows(shot.caller)[shot.second_row if shot.mode == "nested" else shot.row]
    if shot.value is None:
        return args
    return [*args[: shot.value_at], bundle.arena.arg(shot.value, shot.value_at), *args[shot.value_at + 1 :]]


def result_of(bundle: Bundle, shot: Shot) -> Arg | None:
    """What the body returns, None where it returns nothing."""
    if bundle.signatures[shot.callee].ret == NONE:
        return None
    return bundle.result(shot.callee) if shot.result is None else bundle.arena.arg(shot.result)


def foresee(bundle: Bundle, shot: Shot) -> Prediction:
    """The prediction of one call by the oracle's general rules."""
    if shot.convention == "direct":
        return _direct(bundle, shot)
    declared, passed = bundle.signatures[shot.callee], bundle.signatures[shot.caller]
    args, result, cls = arguments(bundle, shot), result_of(bundle, shot), shot.mismatch.cls
    if shot.convention == "unpacked":
        return predict.unpacked(declared, args, bundle.poison, result, passed.ret, cls, shot.follow)
    codes = bundle.codes(shot.caller)
    for at, code in shot.codes:
        codes = [*codes[:at], code, *codes[at + 1 :]]
    count = len(passed) if shot.told is None else shot.told
    call = predict.Call(args, codes, count, shot.nulls)
    known = None
    if count == len(declared):
        known = bundle.see_packed(shot.callee, args, codes, shot.follow), bundle.take(shot.callee, passed.ret, result)
    return predict.packed(bundle.rules, declared, call, result, passed.ret, cls, shot.follow, known)


def foresee_packed(bundle: Bundle, callee: int, caller: int, cls: str) -> Prediction:
    """The same of a packed call with graffiti in which nothing is changed on the wire, as most are."""
    declared, passed = bundle.signatures[callee], bundle.signatures[caller]
    args, codes = bundle.rows(caller)[GRAFFITI], bundle.codes(caller)
    result = bundle.result(callee) if declared.ret != NONE else None
    known = bundle.see_packed(callee, args, codes, follow=False), bundle.take(callee, passed.ret, result)
    call = predict.Call(args, codes, len(codes))
    return predict.packed(bundle.rules, declared, call, result, passed.ret, cls, known=known)


def _direct(bundle: Bundle, shot: Shot) -> Prediction:
    declared = bundle.signatures[shot.callee]
    seen = tuple(
        predict.see_unpacked(param, arg, predict.slot_bytes(arg, bytes(8)))
        for param, arg in zip(declared.params, arguments(bundle, shot), strict=True)
    )
    result = result_of(bundle, shot)
    taken = predict.UNTAKEN
    if result is not None:
        returned = predict.slot_bytes(result, predict.UNTAKEN)
        taken = returned + predict.UNTAKEN[8:]
    return Prediction("accepted", "intact", None, (), True, None, taken, seen)


@lru_cache(maxsize=4096)
def rejected_record(index: int | None, entered: bool = False, stale: bool = False) -> bytes:
    """The record of a rejection that names `index`."""
    flags = (ENTERED if entered else 0) | (STALE if stale else 0)
    return _RECORD.pack(REJECTED, NO_INDEX if index is None else index, flags, 0, RET_PRESET)


@lru_cache(maxsize=4096)
def accepted_record(ret_code: int | None) -> bytes:
    """The record of an accepted call; an unpacked one (`ret_code` None) leaves the code as it was."""
    return _RECORD.pack(ACCEPTED, NO_INDEX, ENTERED, 0, RET_PRESET if ret_code is None else ret_code)


def record(bundle: Bundle, shot: Shot, seen: Prediction) -> bytes:
    """The 8 bytes that the runner must leave; of a nested call they are the outer one's."""
    if shot.mode == "nested":
        outer = bytearray(accepted_record(bundle.rules.code(bundle.signatures[shot.callee].ret)))
        outer[2] |= INNER if seen.outcome != "accepted" else 0
        return bytes(outer)
    if seen.outcome == "rejected" and shot.mode == "after" and bundle.rules.after_success == "kept":
        return rejected_record(seen.named, seen.entered, stale=True)
    return plain_record(seen)


def plain_record(seen: Prediction) -> bytes:
    """The same in the plain mode."""
    if seen.outcome == "rejected":
        return rejected_record(seen.named, seen.entered)
    if seen.outcome == "take-rejected":
        return _RECORD.pack(TAKE_REJECTED, NO_INDEX, ENTERED, 0, seen.ret_code)
    return accepted_record(seen.ret_code)


def row(seen: Prediction) -> bytes:
    """The witness that must be left; nothing where the body must not run."""
    if seen.seen is None or seen.taken is None:
        return b""
    return seen.taken + b"".join([one.record for one in seen.seen])


def case(bundle: Bundle, shot: Shot, check: str, pair: tuple[str, str], release: bool = False) -> Case:
    """The case that a shot is, spelled out."""

    def values(row_index: int) -> tuple[Value, ...]:
        return tuple(arg.value for arg in bundle.rows(shot.caller)[row_index])

    payload = values(shot.row)
    if shot.value is not None:
        payload = (*payload[: shot.value_at], shot.value, *payload[shot.value_at + 1 :])
    result = bundle.result_value(shot.callee) if shot.result is None else shot.result
    return Case(
        check=check,
        convention=shot.convention,
        caller=pair[0],
        callee=pair[1],
        passed=bundle.signatures[shot.caller],
        declared=bundle.signatures[shot.callee],
        mismatch=shot.mismatch,
        payload=payload,
        result=result,
        wire=Wire(shot.codes, shot.told, shot.nulls),
        mode=shot.mode,
        second=values(shot.second_row) if shot.mode in ("nested", "concurrent") else (),
        release=release,
        follow_pointers=shot.follow,
    )
