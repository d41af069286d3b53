"""Judges what was observed of one call against what was predicted, and says it in words."""

from __future__ import annotations

import re
import signal
from dataclasses import dataclass

from conformance.model.case import Case
from conformance.model.kinds import KINDS, NONE
from conformance.oracle import bits as b
from conformance.oracle.predict import UNTAKEN, Prediction
from conformance.rules.load import Rules

ACCEPTED, REJECTED, TAKE_REJECTED, FAULT, DIED, HUNG = 1, 2, 3, 4, 5, 6
NO_INDEX, NO_TEXT = 0xFF, 0xFE
ENTERED, ARRAYS, RET, POISON, FENV_CHANGED, HANDLE, STALE, INNER = 1, 2, 4, 8, 16, 32, 64, 128

_REGIONS = {
    0x80: "behind the array of values",
    0x81: "behind the array of codes",
    0x82: "behind the result slot",
    0x83: "behind the slots of the arguments",
    0x84: "by a write to what an argument points to",
    0x85: "at a null pointer",
    0x86: "as the stack ran out",
    0x87: "at an address of its own making",
}
_OVERRUNS = (0x80, 0x81, 0x82, 0x83, 0x84)


@dataclass(frozen=True)
class Observation:
    """What the runner left of one call (harness/run.h): the record's fields, the witness row if any, the error's text.

    `rows` are all rows of the call, the other call's included; `wanted` what they had to be.
    """

    outcome: int
    index: int
    flags: int
    signal: int
    ret_code: int
    rows: tuple[bytes, ...] = ()
    text: str = ""


@dataclass(frozen=True)
class Judgement:
    """A verdict, whether it conforms, and the two lines that a finding prints.

    `place` says where a matched call goes wrong (`Case.failed_key`).
    """

    verdict: str
    conforms: bool
    required: str
    observed: str
    place: str = ""


def judge(
    case: Case,
    rules: Rules,
    claims: tuple[str, ...],
    prediction: Prediction,
    expected_rows: tuple[bytes, ...],
    seen: Observation,
) -> Judgement:
    """The judgement of one call. `expected_rows` are the witness rows as predicted."""
    verdict, observed = _verdict(case, rules, prediction, expected_rows, seen)
    return Judgement(verdict, conforms(case, claims, prediction, verdict), required(case, prediction), observed)


def conforms(case: Case, claims: tuple[str, ...], prediction: Prediction, verdict: str) -> bool:
    """Whether a verdict passes: it is the predicted one, or the class is one that the subject does not promise."""
    cls = case.mismatch.cls
    if case.release:
        # Conversions may keep checks of their own, so only a rejection of what nothing converts is one too many.
        return verdict != "hung" and (verdict != "detected" if cls != "match" else verdict == "intact")
    if case.convention == "unpacked":
        traps = cls != "match" and verdict in ("crashed", "overrun")
        return verdict == prediction.verdict or traps
    if cls in ("lying-code", "pointee") or (cls == "null-ret" and cls not in claims):
        return True
    if verdict == prediction.verdict:
        return True
    unclaimed = cls not in (*claims, "match", "coerce", "width", "sign", "swap", "layout")
    return unclaimed and verdict in ("silent-wrong", "silent-equal", "unpredicted", "crashed", "overrun", "detected")


def _verdict(
    case: Case, rules: Rules, prediction: Prediction, rows: tuple[bytes, ...], seen: Observation
) -> tuple[str, str]:
    if seen.outcome == HUNG:
        return "hung", "made no progress and was stopped"
    if seen.outcome == DIED:
        how = f"died of {_signal(seen.signal)}" if seen.signal else f"exited the process with status {seen.ret_code}"
        return "crashed", how
    if seen.outcome == FAULT:
        return _fault(prediction, seen)
    if seen.outcome not in (ACCEPTED, REJECTED, TAKE_REJECTED):
        return "harness-error", f"left no record (outcome {seen.outcome:#x})"
    if case.release:
        return _released(case, prediction, rows, seen)
    side = side_effects(seen)
    if case.mode == "nested":
        if seen.outcome != ACCEPTED:
            return "false-alarm", f"rejected the outer call: {seen.text!r}"
        return side or _compare(prediction.verdict, case, prediction, rows, seen)
    if seen.outcome == REJECTED:
        verdict, words = _rejected(case, rules, prediction, seen)
        if side is not None and verdict == "detected":
            return side
        return verdict, words
    if seen.outcome == TAKE_REJECTED:
        if prediction.outcome == "take-rejected":
            return side or _compare("detected", case, prediction, rows, seen)
        if prediction.outcome == "rejected":
            return "late", "ran the body, then the caller refused the return"
        return "false-alarm", f"the caller refused the return of code {seen.ret_code}: {seen.text or 'no words'}"
    if prediction.outcome == "rejected":
        return _let_through(case, seen)
    if prediction.outcome == "take-rejected":
        return "silent-wrong", f"returned 0; the caller took a return of code {seen.ret_code}"
    if side is not None:
        return side
    return _compare(prediction.verdict, case, prediction, rows, seen)


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _fault(prediction: Prediction, seen: Observation) -> tuple[str, str]:
    if seen.index < 64:
        words = f"followed the pointer that is argument {seen.index}"
        return ("late" if prediction.outcome == "rejected" else "overrun"), words
    where = _REGIONS.get(seen.index, "somewhere")
    words = f"stopped by {_signal(seen.signal)} {where}"
    if seen.index in _OVERRUNS:
        return "overrun", words
    return "crashed", words


def side_effects(seen: Observation) -> tuple[str, str] | None:
    """Verdict and words for what a call did beside what it was there for, None where that is nothing."""
    if seen.flags & POISON:
        return "overrun", "changed a byte outside a slot"
    if seen.flags & ARRAYS:
        return "overrun", "changed the caller's values or codes"
    if seen.flags & RET:
        return "overrun", "rejected the call and wrote the result slot all the same"
    if seen.flags & FENV_CHANGED:
        return "unpredicted", "left another floating-point environment"
    if seen.flags & HANDLE:
        return "unpredicted", "handed the callee another resource handle than the rules say"
    return None


def _rejected(case: Case, rules: Rules, prediction: Prediction, seen: Observation) -> tuple[str, str]:
    named = f"argument {seen.index}" if seen.index < NO_TEXT else "no argument"
    said = f"rejected, naming {named}: {seen.text!r}" if seen.text else f"rejected, naming {named}"
    if prediction.outcome != "rejected":
        if case.convention == "unpacked" and case.mismatch.cls != "match":
            return "detected", "rejected"
        return "false-alarm", said
    if seen.flags & ENTERED and not prediction.entered:
        return "late", f"{said}, but only after the body had run"
    if seen.index == NO_TEXT:
        return "misattributed", "rejected, with no error to read"
    if case.mode == "after":
        stale = bool(seen.flags & STALE)
        if stale != (rules.after_success == "kept"):
            state = "still held the rejection's" if stale else "was empty"
            return "misattributed", f"{said}; the error that the next call found {state}"
    if case.mode == "own-error" and seen.flags & INNER:
        return "misattributed", f"{said}; another thread saw this error as its own"
    if prediction.named is not None and "index" in rules.error_names:
        allowed = prediction.any_of or (prediction.named,)
        if seen.index not in allowed:
            return "misattributed", said
    missing = _missing_name(case, rules, seen.text) if seen.text else None
    if missing is not None:
        return "misattributed", f"{said}, which does not name {missing}"
    return "detected", said


def _missing_name(case: Case, rules: Rules, text: str) -> str | None:
    """What the error of a code does not name although the rules ask for it: the expected or the received one."""
    index = case.mismatch.index
    if case.mismatch.cls != "type" or index is None or index >= len(case.declared):
        return None
    kind = case.declared.params[index].kind
    words = text.lower()
    if "expected" in rules.error_names:
        accepted = [*rules.accept[kind], rules.code_name(kind), kind]
        if not any(mentions(words, name) for name in accepted):
            return "what was expected"
    if "received" in rules.error_names:
        code = dict(case.wire.codes).get(index, rules.code(case.passed.params[index].kind))
        if not any(mentions(words, name) for name in (rules.names_of(code), str(code))):
            return "what was received"
    return None


def mentions(words: str, name: str) -> bool:
    """Whether an error's text has a name as a word of its own."""
    return re.search(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])", words) is not None


def _let_through(case: Case, seen: Observation) -> tuple[str, str]:
    """What to call an accepted call that had to be rejected: wrong as predicted, equal by luck, or neither."""
    words = "returned 0"
    if not seen.rows:
        return "silent-wrong", f"{words}; the body did not run"
    words += f"; {_sights(case, seen)}"
    if case.mismatch.cls == "many":
        return ("silent-equal" if _same_prefix(case, seen.rows[-1]) else "silent-wrong"), words
    index = case.mismatch.index
    if index is None or index >= len(case.passed):
        return "silent-wrong", words
    got = _value(seen.rows[-1], index)
    value = case.payload[index]
    kind = case.declared.params[index].kind
    if KINDS[value.kind].is_pointer or KINDS[kind].is_pointer:
        return ("silent-equal" if kind == "handle" and KINDS[value.kind].is_pointer else "silent-wrong"), words
    on_wire = b.wire_bits(value.kind, value.bits)
    # dtype leaves the upper half of its packed slot open, so a wider reader's bytes there are nobody's promise.
    if got != b.read_packed(kind, on_wire) and value.kind != "dtype":
        return "unpredicted", words
    equal = not case.wire.codes and b.meaning(kind, got) == b.meaning(value.kind, value.bits)
    return ("silent-equal" if equal else "silent-wrong"), words


def _same_prefix(case: Case, row: bytes) -> bool:
    """Whether a callee that was given too much saw what it declares as it was sent."""
    both = zip(case.declared.params, case.payload, strict=False)
    return all(
        KINDS[value.kind].is_pointer or b.meaning(param.kind, _value(row, i)) == b.meaning(value.kind, value.bits)
        for i, (param, value) in enumerate(both)
    )


def _released(case: Case, prediction: Prediction, rows: tuple[bytes, ...], seen: Observation) -> tuple[str, str]:
    if seen.outcome == REJECTED:
        index = case.mismatch.index
        if case.mismatch.cls == "match":
            return "false-alarm", "rejected"
        if index is not None and index < len(case.declared):
            # A tensor's conversion reads metadata, and a checked range or a parsed text is a conversion's own.
            kind = case.declared.params[index].kind
            if kind in ("tensor", "str", "dtype", "handle", "i32") and seen.index == index:
                return "silent-wrong", "rejected by the conversion's own check"
        if seen.index < len(case.declared) and case.declared.params[seen.index].kind == "tensor":
            return "silent-wrong", "rejected by the conversion's own check"
        return "detected", f"rejected although checks are compiled out: {seen.text!r}"
    if case.mismatch.cls == "match":
        return _compare("intact", case, prediction, rows, seen)
    return "silent-wrong", "returned 0"


def _compare(
    verdict: str, case: Case, prediction: Prediction, rows: tuple[bytes, ...], seen: Observation
) -> tuple[str, str]:
    refused = case.mode == "nested" and prediction.outcome != "accepted"
    if case.mode in ("nested", "concurrent") and bool(seen.flags & INNER) != refused:
        return "unpredicted", f"{'accepted' if refused else 'rejected'} the other call"
    if case.mode == "plain" and seen.flags & INNER:
        return "unpredicted", "ran the body more than once"
    if not seen.flags & ENTERED:
        return "unpredicted", "returned 0 without running the body"
    if prediction.ret_code is not None and case.mode == "plain" and seen.ret_code != prediction.ret_code:
        return "unpredicted", f"returned 0 with return code {seen.ret_code} where {prediction.ret_code} is due"
    if len(seen.rows) != len(rows):
        return "unpredicted", f"left {len(seen.rows)} witness rows where {len(rows)} are due"
    for got, wanted in zip(seen.rows, rows, strict=True):
        difference = _row_difference(case, prediction, got, wanted)
        if difference:
            return "unpredicted", f"returned 0; {difference}"
    return verdict, f"returned 0; {_sights(case, seen)}" if seen.rows else "returned 0"


def _row_difference(case: Case, prediction: Prediction, got: bytes, wanted: bytes) -> str:
    for i in range((len(wanted) - 16) // 16):
        at = 16 + 16 * i
        unknown = prediction.seen is not None and i < len(prediction.seen) and prediction.seen[i].bits is None
        if not unknown and got[at : at + 16] != wanted[at : at + 16]:
            if got[at : at + 8] != wanted[at : at + 8]:
                return f"argument {i} read as {_hex(case, i, got)} where {_hex(case, i, wanted)} was sent"
            return f"argument {i} points to something else than what was sent"
    if got[:16] != wanted[:16]:
        return f"the caller took {got[:16].hex(' ')} where {wanted[:16].hex(' ')} was returned"
    return ""


def _value(row: bytes, index: int) -> int:
    return int.from_bytes(row[16 + 16 * index : 24 + 16 * index], "little")


def _hex(case: Case, index: int, row: bytes) -> str:
    width = KINDS[case.declared.params[index].kind].width if index < len(case.declared) else 8
    return row[16 + 16 * index : 16 + 16 * index + width].hex(" ")


def _sights(case: Case, seen: Observation) -> str:
    row = seen.rows[-1]
    index = case.mismatch.index
    if index is not None and 32 + 16 * index <= len(row):
        return f"argument {index} read as {_hex(case, index, row)}"
    if case.mismatch.cls.startswith("ret-") and row[:16] != UNTAKEN:
        return f"the caller took {row[:16].hex(' ')}"
    count = (len(row) - 16) // 16
    return f"the body ran with {count} argument{'s' if count != 1 else ''}"


def required(case: Case, prediction: Prediction) -> str:
    """What had to happen, in the words of a finding."""
    if case.release and case.mismatch.cls != "match":
        return "not be detected: checks are compiled out"
    if prediction.outcome == "rejected":
        if prediction.entered:
            return "reject, after the body at the earliest"
        if prediction.named is None:
            return "reject, before the body runs"
        which = " or ".join(map(str, prediction.any_of)) or str(prediction.named)
        return f"reject, naming argument {which}, before the body runs"
    if prediction.outcome == "take-rejected":
        return "accept, and tell the caller that it cannot take this return"
    if prediction.verdict == "coerced":
        return "accept, converting as C converts"
    if case.convention == "unpacked" and case.mismatch.cls != "match":
        return "accept, the callee seeing exactly the predicted bytes"
    ret = "" if case.declared.ret == NONE else " and the return"
    return f"accept, every argument{ret} arriving unchanged"
