"""Turns what a call was judged by into the plain data that the case of a finding holds of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from conformance.model.case import MATCH
from conformance.model.data_model import DataModel
from conformance.model.expectation import ExpectedValue, StoredExpectation
from conformance.model.json import to_json
from conformance.model.kinds import FOLLOWED, KINDS, NONE
from conformance.model.signature import Param
from conformance.model.value import Value
from conformance.model.verdict import VERDICTS
from conformance.oracle.compare import codes_as_due
from conformance.oracle.duty import JudgedCall, own_checks, required, wanted_names
from conformance.oracle.expect import Expectation, ExpectedArgument
from conformance.oracle.judge import Grounds, Judgement, conforms

OPEN = ExpectedValue()

_VERDICTS = tuple(verdict for verdict in VERDICTS if verdict not in ("inconclusive", "harness-error"))


def of_judgement(judgement: Judgement) -> dict[str, Any] | None:
    """What the case of a finding holds: the expectations that it was judged by. None where no call was judged."""
    grounds = judgement.grounds
    if grounds is None:
        return None
    out = {"call": to_json(stored(grounds))}
    if grounds.other is not None:
        call = grounds.call._replace(passed=grounds.call.declared, slots=(), mismatch=MATCH)
        out["other"] = to_json(stored(grounds._replace(call=call, expectation=grounds.other)))
    return out


def stored(grounds: Grounds) -> StoredExpectation:
    """The expectation of one call, with all that the rules and the subject's claims say of it."""
    call, rules, claims, expectation = grounds[:4]
    words, mismatched = required(call, expectation), call.mismatch.cls != MATCH.cls
    passes = tuple(verdict for verdict in _VERDICTS if conforms(call, claims, expectation, verdict))
    error: dict[str, Any] = {"error_index": rules.error_index.pattern, "error_base": rules.error_base}
    if call.release and mismatched:
        return StoredExpectation("undetected", words, passes, named=own_checks(call, rules), **error)
    named = expectation.named if "index" in rules.error_names else ()
    packed, accepted = call.convention == "packed", not expectation.rejected
    copies, data = packed and rules.copies_pointees, rules.target.data
    return StoredExpectation(
        outcome=expectation.outcome,
        required=words,
        passes=passes,
        entered=expectation.entered,
        named=named,
        **(error if named else {}),
        result_kept=rules.result == "kept",
        mentions=wanted_names(call, rules) if expectation.rejected else {},
        handle=rules.resource_handle == "passed",
        state=not mismatched and call.mode == "plain",
        arguments=_arguments(call, expectation, copies, data) if accepted else (),
        ret_codes=codes_as_due(rules, call.declared.ret, expectation) if packed and accepted else None,
        taken=_taken(call, expectation, copies, data) if packed and accepted else None,
        out=None if packed else _out(call, expectation, data),
        error_after=rules.after_success,
    )


def _arguments(call: JudgedCall, expectation: Expectation, copies: bool, data: DataModel) -> tuple[ExpectedValue, ...]:
    sent: Sequence[Value | None] = [slot.value for slot in call.slots]
    if call.passed == call.declared and not sent:  # of a matched call what is seen is what was sent
        sent = expectation.saw
    sent = [*sent, *[None] * len(call.declared)]
    both = zip(call.declared.params, expectation.seen or (), sent, strict=False)
    return tuple(_argument(call, param, seen, value, copies, data) for param, seen, value in both)


def _argument(
    call: JudgedCall, param: Param, seen: ExpectedArgument, sent: Value | None, copies: bool, data: DataModel
) -> ExpectedValue:
    value, followed = seen.value, (call.followed or copies) and param.kind in FOLLOWED
    if value is None or value.kind not in KINDS or param.kind not in KINDS:
        return OPEN
    if seen.copied:
        return _content(value, data) if followed and value.data is not None else OPEN
    info = KINDS[param.kind]
    if sent is None or not sent.leads_somewhere or (not info.is_pointer and call.convention == "packed"):
        return _bits(param.kind, value.bits, data)
    if not info.is_pointer:  # bytes of an address; C does not say what such a bool is
        return OPEN if param.kind == "bool" else ExpectedValue("address", info.width_in(data))
    if value.is_null:
        return _bits(param.kind, 0, data)
    if followed and not sent.guarded:
        return _content(value, data)
    return OPEN if copies and sent.kind in FOLLOWED else ExpectedValue("address", data.word)


def _taken(call: JudgedCall, expectation: Expectation, copies: bool, data: DataModel) -> ExpectedValue | None:
    takes, taken = call.passed.ret, expectation.taken
    if takes == NONE:
        return None
    if expectation.outcome == "take-rejected":
        return ExpectedValue("untouched")
    if taken is None or taken.value is None or taken.copied or takes not in KINDS:
        return OPEN
    if KINDS[takes].is_pointer and taken.value.leads_somewhere:
        return _content(taken.value, data) if copies and takes in FOLLOWED else ExpectedValue("address", data.word)
    return _bits(takes, taken.value.bits, data)


def _out(call: JudgedCall, expectation: Expectation, data: DataModel) -> ExpectedValue:
    kind = call.declared.ret
    if kind == NONE:
        return ExpectedValue("untouched")
    if expectation.out is None:
        return OPEN
    bits = KINDS[kind].from_bytes(expectation.out, data)
    return ExpectedValue("address", data.word) if KINDS[kind].is_pointer and bits else _bits(kind, bits, data)


def _bits(kind: str, bits: int, data: DataModel) -> ExpectedValue:
    """The number that the bytes of a value are in the target's order, those of a structure too."""
    lies = KINDS[kind].to_bytes(bits & ((1 << 8 * KINDS[kind].width) - 1), data)
    return ExpectedValue("bits", len(lies), hex(int.from_bytes(lies, data.byte_order)))


def _content(value: Value, data: DataModel) -> ExpectedValue:
    """What a pointer leads to, as far as that can be told."""
    if value.data is not None:
        return ExpectedValue("content", data=value.data.hex())
    return ExpectedValue("address", data.word) if value.tensor is None else ExpectedValue("tensor")
