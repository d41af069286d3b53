"""A call as it is judged, and what had to happen to it, in words: its duty, the names of its error, own checks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from conformance.model.case import Mismatch
from conformance.model.kinds import NONE
from conformance.model.signature import Signature
from conformance.model.subject import Slot
from conformance.oracle.expect import Expectation
from conformance.rules.load import Rules


class JudgedCall(NamedTuple):
    """What is judged of a call: both signatures, the slots as they were passed, how it is wrong, how it was driven.

    `raised` is the message that a raw callee fails with, where it is its caller that is tried. `followed` says that the
    body looked at what its arguments point to.
    """

    passed: Signature
    declared: Signature
    slots: Sequence[Slot]
    mismatch: Mismatch
    convention: str = "packed"
    mode: str = "plain"
    release: bool = False
    raised: str | None = None
    followed: bool = False


def required(call: JudgedCall, expectation: Expectation) -> str:
    """What had to happen, in the words of a finding."""
    if call.mode == "released":
        alone = required(call._replace(mode="plain"), expectation)
        return f"{alone}, and keep no pointer to what it was passed"
    if call.release and call.mismatch.cls != "match":
        return "not be detected: checks are compiled out"
    if expectation.rejected:
        if expectation.entered:
            return "reject, after the body at the earliest"
        if not expectation.named:
            return "reject, before the body runs"
        return f"reject, naming argument {' or '.join(map(str, expectation.named))}, before the body runs"
    if expectation.outcome == "take-rejected":
        return "accept, and tell the caller that it cannot take this return"
    if expectation.verdict == "coerced":
        return "accept, converting as C converts"
    if call.convention == "unpacked" and call.mismatch.cls != "match":
        return "accept, the callee seeing exactly the predicted bytes"
    ret = "" if call.declared.ret == NONE else " and the return"
    if expectation.slots is not None:
        return f"call with every argument{ret} as the rules say that it lies on the wire"
    return f"accept, every argument{ret} arriving unchanged"


def wanted_names(call: JudgedCall, rules: Rules) -> dict[str, tuple[str, ...]]:
    """What the error of a wrong code must name: the words of which one will do, of what was expected and received."""
    index = call.mismatch.index
    if call.mismatch.cls != "type" or index is None or index >= min(len(call.declared), len(call.slots)):
        return {}
    kind, code = call.declared.params[index].kind, call.slots[index].code
    words = {
        "expected": tuple(dict.fromkeys([*rules.accept[kind], rules.code_name(kind), kind])),
        "received": tuple(dict.fromkeys([rules.names_of(code), str(code)])),
    }
    return {what: names for what, names in words.items() if what in rules.error_names}


CONVERSION_CHECKS = ("tensor", "str", "dtype", "device", "handle", "i32")
"""Kinds whose conversion may check more than the code: metadata, a text that is parsed, a range, a null."""


def own_checks(call: JudgedCall, rules: Rules) -> tuple[int, ...]:
    """The arguments whose conversion may reject them although checks are compiled out."""
    kinds = [param.kind for param in call.declared.params]
    converted = [kind in CONVERSION_CHECKS or kind in rules.custom_kinds for kind in kinds]
    return tuple(
        at for at, kind in enumerate(kinds) if kind == "tensor" or (at == call.mismatch.index and converted[at])
    )
