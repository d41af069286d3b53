"""What the runner left of a call as an observation: the record's fields, and the values that witness rows stand for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from struct import unpack_from
from typing import NamedTuple

from conformance.model.data_model import NATIVE, DataModel
from conformance.model.kinds import KINDS
from conformance.model.observation import NAMES_NONE, Ended, Observation
from conformance.model.signature import MAX_ARGS, Signature
from conformance.model.value import Value
from conformance.oracle.compare import is_as_due
from conformance.oracle.expect import Expectation
from conformance.transport.compiled import memory as m
from conformance.transport.compiled.encode import NULL_CHECKSUM, Arg, EncodedArgument, EncodedExpectation
from conformance.transport.compiled.layouts import RECORD
from conformance.transport.compiled.program import RunResult
from conformance.transport.compiled.report import readable

_REGIONS = dict(
    zip(range(m.AT_ARGS, m.AT_RELEASED + 1),
        ("args", "codes", "ret", "slots", "program", "null", "stack", "elsewhere", "released"), strict=True)
)  # fmt: skip
_EFFECTS = {m.POISON: "poison", m.ARRAYS: "arrays", m.RET: "ret", m.FENV_CHANGED: "fenv", m.HANDLE: "handle"}
_STATE = {m.REGISTERS: "registers", m.X87: "x87", m.DIRECTION: "direction", m.SIGNALS: "signals"}
_OF_INNER = {"plain": "twice", "own-error": "leaked"}


class ExpectedCall(NamedTuple):
    """What must come of a call: as values, as bytes, and what is sent, by which addresses are known again."""

    expectation: Expectation
    prediction: EncodedExpectation
    args: Sequence[Arg]


class Left(NamedTuple):
    """What the runner left of one call (harness/run.h): the record, witness rows, the error's text, a report."""

    outcome: int
    place: int
    flags: int
    signal: int
    ret_code: int
    rows: tuple[bytes, ...] = ()
    text: str = ""
    report: str = ""


def left(result: RunResult, at: int, lengths: Sequence[int]) -> Left:
    """What a run left of the call at place `at`; `lengths` are those of the witness rows that it may have left."""
    outcome, index, flags, signal, ret_code = RECORD.unpack_from(result.records, RECORD.size * at)
    (start,) = unpack_from("=I", result.row_of, 4 * at)
    rows, offset = [], 16 * start
    if start != m.NOBODY:
        for length in lengths:
            row = result.witness[offset : offset + length]
            if len(row) == length:
                rows.append(row)
            offset += length
    report = readable(result.report) if at == result.reported else ""
    return Left(outcome, index, flags, signal, ret_code, tuple(rows), _text(result, at), report)


def _text(result: RunResult, at: int) -> str:
    raw = result.texts[m.TEXT_SIZE * at : m.TEXT_SIZE * (at + 1)] if result.texts else b""
    return raw.split(b"\0", 1)[0].decode("utf-8", "replace")


def named_by_text(result: RunResult, named: Callable[[str], int | None]) -> RunResult:
    """The result with the indices of rejections as `named` finds them in the errors, which the runner cannot."""
    known = lru_cache(maxsize=65536)(named)
    records = bytearray(result.records)
    for at, (outcome, index, *rest) in enumerate(RECORD.iter_unpack(result.records)):
        if outcome == m.REJECTED and index != m.NO_TEXT:
            found = known(_text(result, at))
            index = m.NO_INDEX if found is None or found >= MAX_ARGS else found
            RECORD.pack_into(records, RECORD.size * at, outcome, index, *rest)
    return replace(result, records=bytes(records))


def observation(
    seen: Left, declared: Signature, mode: str, expected: Sequence[ExpectedCall], data: DataModel = NATIVE
) -> Observation:
    """The observation of a call; `expected` are the calls whose bodies leave rows, in the runner's order.

    Of a nested call the record and the last row are the outer's, of concurrent ones the record and the first row.
    """
    if seen.outcome in (m.FAULT, m.DIED, m.HUNG) or seen.outcome not in (m.ACCEPTED, m.REJECTED, m.TAKE_REJECTED):
        lost, state = _state(seen.ret_code if seen.signal else 0, "")
        return Observation(-1, seen.text, effects=lost, state=state, ended=_ended(seen))
    if mode == "released":
        return _before_release(seen, declared, expected, data)
    rejected, inner = seen.outcome == m.REJECTED, bool(seen.flags & m.INNER)
    accepted = seen.outcome == m.ACCEPTED and mode == "plain"  # which leaves no error
    of_state, state = _state(seen.signal, seen.text if accepted else "")
    effects = [name for flag, name in _EFFECTS.items() if seen.flags & flag]
    if inner and mode in _OF_INNER:
        effects.append(_OF_INNER[mode])
    effects += of_state
    whose = expected[len(expected) - len(seen.rows) :] if mode == "nested" else expected
    saw = [_saw(row, declared, one, data) for row, one in zip(seen.rows, whose, strict=False)]
    main = len(saw) - 1 if mode == "nested" else 0
    second = None
    if mode in ("nested", "concurrent"):
        both = len(saw) == len(expected)
        at = 0 if mode == "nested" else 1
        if both:  # of several calls with one payload the first that is not as expected speaks for all
            main, at = (_first_odd(seen.rows, whose, place, data) for place in (main, at))
        second = Observation(
            -1 if inner else 0,
            saw=saw[at] if both else None,
            out=seen.rows[at][:16] if both else None,
            entered=both,
        )
    return Observation(
        status=-1 if rejected else 0,
        error="" if accepted else seen.text,
        saw=saw[main] if saw else None,
        ret_code=None if rejected else seen.ret_code,
        entered=bool(seen.flags & m.ENTERED),
        named=seen.place if seen.place < MAX_ARGS else NAMES_NONE,
        readable=seen.place != m.NO_TEXT,
        out=seen.rows[main][:16] if saw else None,
        refused=seen.outcome == m.TAKE_REJECTED,
        effects=tuple(effects),
        state=state,
        stale=bool(seen.flags & m.STALE),
        second=second,
    )


def _before_release(seen: Left, declared: Signature, expected: Sequence[ExpectedCall], data: DataModel) -> Observation:
    """The observation of a call, and of the one after it; the rows are theirs, as far as their bodies ran."""
    ran, rejected = bool(seen.flags & m.ENTERED), bool(seen.flags & m.INNER)
    first = seen._replace(flags=seen.flags & ~m.INNER, rows=seen.rows[:ran])
    later = seen.rows[ran : ran + 1]
    second = Observation(
        -1 if rejected else 0,
        saw=_saw(later[0], declared, expected[1], data) if later else None,
        out=later[0][:16] if later else None,
        entered=bool(later),
    )
    return observation(first, declared, "after", expected[:1], data)._replace(second=second)


def _first_odd(rows: Sequence[bytes], whose: Sequence[ExpectedCall], place: int, data: DataModel) -> int:
    """Which witness row to show: the first wrong one of those that must be the same as the row at `place`.

    It is `place` itself where none is wrong, or where no bytes are predicted.
    """
    for at, (row, expected) in enumerate(zip(rows, whose, strict=True)):
        taken, seen = expected.prediction.taken, expected.prediction.seen
        if expected is not whose[place] or seen is None or any(one.bits is None for one in seen):
            continue
        if row != (taken or b"") + b"".join(argument.record(data) for argument in seen):
            return at
    return place


def _state(flags: int, found: str) -> tuple[tuple[str, ...], str]:
    """The effects of what was found of the machine's state, and what is told of them; `found` is the runner's text."""
    rsp = flags & m.STACK
    effects = ("stack",) if rsp else ()
    told = [f"rsp % 16 = {rsp}"] if rsp else []
    told += [word.replace("-", " ") for word in found.split() if word != "errno-0"]
    return effects + tuple(name for flag, name in _STATE.items() if flags & flag), ", ".join(told)


def _ended(seen: Left) -> Ended:
    if seen.outcome == m.HUNG:
        return Ended("hung")
    if seen.outcome == m.DIED and seen.place in (m.REPORTED, m.REPORTED_ACCESS):
        return Ended("reported", region="access" if seen.place == m.REPORTED_ACCESS else "", message=seen.report)
    if seen.outcome == m.DIED:
        return Ended("died", seen.signal, seen.ret_code, region="")
    if seen.outcome == m.FAULT and seen.place < MAX_ARGS:
        return Ended("faulted", seen.signal, argument=seen.place, region="")
    if seen.outcome == m.FAULT:
        return Ended("faulted", seen.signal, region=_REGIONS.get(seen.place, ""))
    return Ended("lost", message=f"outcome {seen.outcome:#x}")


def _saw(row: bytes, declared: Signature, expected: ExpectedCall, data: DataModel) -> tuple[Value | None, ...]:
    """The values that a body saw, by its row: the expected one where the bytes are as predicted."""
    sent: list[Arg | None] = [*expected.args, *[None] * len(declared)]
    due, predicted = expected.expectation.seen, expected.prediction.seen
    saw: list[Value | None] = []
    for at, param in enumerate(declared.params):
        record = row[16 + 16 * at : 32 + 16 * at]
        if predicted is None or due is None:
            saw.append(decode(param.kind, *_words(param.kind, record, data), sent[at]))
        else:
            saw.append(_against(predicted[at], due[at].value, record, param.kind, sent[at], data))
    return tuple(saw)


def _words(kind: str, record: bytes, data: DataModel) -> tuple[int, int]:
    """A value's bits in a cell of the witness, all eight bytes if any behind the value is set; and the checksum."""
    info, checksum = KINDS[kind], int.from_bytes(record[8:], data.byte_order)
    bits, rest = info.from_bytes(record, data), record[info.width_in(data) : 8]
    return (int.from_bytes(record[:8], data.byte_order) if any(rest) else bits), checksum


def _against(
    predicted: EncodedArgument, due: Value | None, record: bytes, kind: str, arg: Arg | None, data: DataModel
) -> Value | None:
    if predicted.bits is None:
        return None
    if record == predicted.record(data):
        return due
    word, checksum = _words(kind, record, data)
    value = decode(kind, word, checksum, arg)
    return Value(kind, word or checksum or 1) if due is not None and is_as_due(due, value) else value


def decode(kind: str, word: int, checksum: int, arg: Arg | None) -> Value:
    """The value that a cell of the witness stands for; a pointer is `arg` again if its address or checksum is."""
    if not KINDS[kind].is_pointer:
        return Value(kind, word)
    if checksum == NULL_CHECKSUM or (word == 0 and checksum == 0):
        return Value(kind)
    pointer = arg is not None and KINDS[arg.kind].is_pointer
    if arg is not None and pointer and (checksum in (arg.checksum, arg.contents) if checksum else word == arg.bits):
        return replace(arg.value, kind=kind)
    return Value(kind, word or checksum)
