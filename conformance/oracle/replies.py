"""Judges what became of a call of a subject that is called, and says it in words."""

from __future__ import annotations

import re
import signal as signals
from collections.abc import Sequence
from dataclasses import dataclass

from conformance.model.case import Mismatch
from conformance.model.kinds import KINDS
from conformance.model.signature import Param, Signature
from conformance.model.subject import Call, Reply, Slot
from conformance.model.value import Value
from conformance.oracle.calls import Expected, arrive, base, same
from conformance.oracle.judge import Judgement, mentions
from conformance.rules.load import Rules

_NAMED = re.compile(r"arg(?:ument)?\s*[\[#]?\s*(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Made:
    """A call as it was made: by whom it was passed, to what, how it is wrong; whether checks are compiled out."""

    passed: Signature
    declared: Signature
    call: Call
    mismatch: Mismatch
    release: bool = False


def named_argument(text: str) -> int | None:
    """The index that an error names, None if it names none."""
    found = _NAMED.search(text)
    return int(found[1]) if found else None


def died(made: Made, expected: Expected, signal: int, status: int) -> tuple[str, str]:
    """Verdict and words for a call whose process ended in it."""
    if signal:
        known = signal in set(signals.Signals)
        how = f"died of {signals.Signals(signal).name if known else f'signal {signal}'}"
    else:
        how = f"exited the process with status {status}"
    guarded = any(slot.value.guarded for slot in made.call.slots)
    if guarded and expected.rejected and signal in (signals.SIGSEGV, signals.SIGBUS):
        return "late", f"{how}, following a pointer that must not be touched yet"
    return "crashed", how


def verdict(rules: Rules, made: Made, expected: Expected, reply: Reply) -> tuple[str, str]:
    """Verdict and words for a call that came back."""
    if made.release:
        return _released(made, expected, reply)
    if reply.status != 0:
        found, words = _rejected(rules, made, expected, reply)
        return (found, words) if found != "detected" else (_aside(reply, True) or (found, words))
    if expected.rejected:
        return _let_through(rules, made, reply)
    return _aside(reply, False) or _compared(rules, made, expected, reply)


def returned(reply: Reply) -> tuple[Value | None, ...]:
    """All results that the caller finds."""
    return (reply.ret,) if reply.results is None else reply.results


def _aside(reply: Reply, rejected: bool) -> tuple[str, str] | None:
    if reply.remarks:
        return "overrun", "; ".join(reply.remarks)
    results = returned(reply)
    if rejected and (any(result is not None for result in results) or reply.ret_code is not None):
        written = ", ".join(map(_shown, results)) or "its code"
        return "overrun", f"rejected the call and wrote the result slot all the same: {written}"
    if reply.references:
        return "unpredicted", f"the reference counts of what was passed changed by {reply.references:+d}"
    return None


def _rejected(rules: Rules, made: Made, expected: Expected, reply: Reply) -> tuple[str, str]:
    at = named_argument(reply.error) if reply.named is None else reply.named
    said = f"rejected, naming {'no argument' if at is None else f'argument {at}'}: {_short(reply.error)!r}"
    if not expected.rejected:
        return "false-alarm", said
    if reply.saw is not None:
        return "late", f"{said}, but only after the body had run"
    if not reply.error:
        return "misattributed", f"rejected with status {reply.status}, with no error to read"
    if expected.named and "index" in rules.error_names and at not in expected.named:
        return "misattributed", said
    missing = _missing_name(rules, made, reply.error)
    if missing is not None:
        return "misattributed", f"{said}, which does not name {missing}"
    return "detected", said


def _missing_name(rules: Rules, made: Made, text: str) -> str | None:
    index = made.mismatch.index
    if made.mismatch.cls != "type" or index is None or index >= len(made.call.slots):
        return None
    kind, words = made.declared.params[index].kind, text.lower()
    expected = [*rules.accept[kind], rules.code_name(kind), kind]
    if "expected" in rules.error_names and not any(mentions(words, name) for name in expected):
        return "what was expected"
    code = made.call.slots[index].code
    if "received" in rules.error_names and not any(mentions(words, n) for n in (rules.names_of(code), str(code))):
        return "what was received"
    return None


def _let_through(rules: Rules, made: Made, reply: Reply) -> tuple[str, str]:
    if reply.saw is None:
        return "silent-wrong", "returned 0; the body did not run"
    index, slots = made.mismatch.index, made.call.slots
    words = f"returned 0; {_sights(made, reply.saw)}"
    if index is None or index >= min(len(slots), len(reply.saw)):
        return "silent-wrong", words
    seen = reply.saw[index]
    lies = slots[index].code != rules.code(slots[index].value.kind)
    pointer = slots[index].value.kind not in KINDS or KINDS[slots[index].value.kind].is_pointer
    if seen is None or lies or pointer:
        return "silent-wrong", words
    return ("silent-equal" if same(base(rules, slots[index].value), base(rules, seen)) else "silent-wrong"), words


def _released(made: Made, expected: Expected, reply: Reply) -> tuple[str, str]:
    if made.mismatch.cls == "match":
        if reply.status != 0:
            return "false-alarm", f"rejected: {_short(reply.error)!r}"
        difference = _difference(expected.saw, reply.saw)
        return ("unpredicted", difference) if difference else ("intact", "returned 0")
    if reply.status != 0:
        return "detected", f"rejected although checks are compiled out: {_short(reply.error)!r}"
    return "silent-wrong", "returned 0"


def _compared(rules: Rules, made: Made, expected: Expected, reply: Reply) -> tuple[str, str]:
    difference = _difference(expected.saw, reply.saw)
    if difference:
        return "unpredicted", f"returned 0; {difference}"
    results = returned(reply)
    due_number = int(made.declared.ret != "none")
    if reply.results is not None and len(results) != due_number:
        found = ", ".join(map(_shown, results)) or "none"
        return "unpredicted", f"returned 0; the caller finds {len(results)} results ({found}), {due_number} is due"
    if made.call.result is not None and made.declared.ret != "none":
        if not _came_back(rules, made.declared.ret, made.call.result, results[0]):
            due = _shown(made.call.result)
            return "unpredicted", f"returned 0; the caller finds {_shown(results[0])} where {due} was returned"
        code = rules.code(made.declared.ret)
        if reply.ret_code is not None and reply.ret_code != code and made.declared.ret not in rules.own:
            accepted = rules.decide_return(made.declared.ret, reply.ret_code)
            if accepted == "reject":
                return "unpredicted", f"returned 0 with return code {reply.ret_code} where {code} is due"
    return expected.verdict, f"returned 0; {_sights(made, reply.saw or ())}"


def _came_back(rules: Rules, kind: str, given: Value, ret: Value | None) -> bool:
    """Whether a caller finds what the body was given to return, as far as it can be told."""
    if kind in rules.own and arrive(rules, Param(kind), Slot(rules.code(kind), given)).value is None:
        return True  # what the body returned cannot be told by what it was given
    return ret is not None and same(base(rules, given), ret)


def _difference(wanted: Sequence[Value | None], saw: Sequence[Value | None] | None) -> str:
    if saw is None:
        return "the body did not run"
    if len(saw) != len(wanted):
        return f"the body saw {len(saw)} arguments where {len(wanted)} are due"
    for at, (due, seen) in enumerate(zip(wanted, saw, strict=True)):
        if due is not None and seen is not None and not _equal(due, seen):
            return f"argument {at} arrived as {_shown(seen)} where {_shown(due)} is due"
    return ""


def _equal(due: Value, seen: Value) -> bool:
    # How a tensor tells compact strides, and which cell it lies in, is the caller's own.
    if due.tensor is not None and seen.tensor is not None:
        return same(due, seen) or due.tensor == seen.tensor
    return due.kind == seen.kind and (due.bits, due.data, due.tensor) == (seen.bits, seen.data, seen.tensor)


def _shown(value: Value | None) -> str:
    if value is None:
        return "nothing"
    if value.kind not in KINDS:
        text = (value.data or b"").decode("utf-8", "replace")
        return f"{value.kind} {_short(text)}"
    return str(value)


def _sights(made: Made, saw: Sequence[Value | None]) -> str:
    index = made.mismatch.index
    if index is not None and index < len(saw):
        seen = saw[index]
        return f"argument {index} arrived as {'what cannot be told' if seen is None else _shown(seen)}"
    return f"the body ran with {len(saw)} argument{'s' if len(saw) != 1 else ''}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 200 else line[:197] + "..."


def required(made: Made, expected: Expected) -> str:
    """What had to happen, in the words of a finding."""
    if made.release and made.mismatch.cls != "match":
        return "not be detected: checks are compiled out"
    if expected.rejected:
        if not expected.named:
            return "reject, before the body runs"
        return f"reject, naming argument {' or '.join(map(str, expected.named))}, before the body runs"
    if expected.verdict == "coerced":
        return "accept, and convert as C converts"
    return "accept, and see what was sent"


def conforms(made: Made, claims: Sequence[str], expected: Expected, found: str) -> bool:
    """Whether a verdict passes: it is the predicted one, or the class is one that the subject does not promise."""
    cls = made.mismatch.cls
    if made.release:
        return found != "hung" and (found != "detected" if cls != "match" else found == "intact")
    if cls in ("lying-code", "pointee", "padding", "swap") or (cls in ("null-ret", "ret-status") and cls not in claims):
        return True
    if found == expected.verdict:
        return True
    unclaimed = cls not in (*claims, "match", "coerce", "width", "sign", "ret-error")
    return unclaimed and found in ("silent-wrong", "silent-equal", "unpredicted", "crashed", "overrun", "detected")


def with_words(found: tuple[str, str], words: str, reply: Reply) -> tuple[str, str]:
    """The verdict of a failure that was told, held to what the callee said of it."""
    if words in reply.error:
        return found
    return "misattributed", f"told as {_short(reply.error)!r}, which is not what the callee raised"


def judgement(made: Made, claims: Sequence[str], expected: Expected, found: tuple[str, str]) -> Judgement:
    """The judgement of a call with the lines that a finding prints."""
    return Judgement(found[0], conforms(made, claims, expected, found[0]), required(made, expected), found[1])
