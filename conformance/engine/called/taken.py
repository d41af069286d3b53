"""The caller's side of a called subject: what a caller that takes one kind of return is handed."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.engine.called.attempt import Attempt, by_turns
from conformance.engine.called.bundle import CalledBundle, is_tensor, passable, value
from conformance.model.case import MATCH, Mismatch
from conformance.model.kinds import NONE
from conformance.model.signature import Param, Signature, TensorSpec
from conformance.model.subject import Call, CalleeResponse, Slot
from conformance.oracle.expect import takes_all
from conformance.oracle.mismatch import argument


def handed_over(bundle: CalledBundle) -> Iterator[Attempt]:
    """What a caller of each kind is handed: every way to fail, every kind of result, every code of result.

    What more callers die of comes later.
    """
    for taken in bundle.takes:
        for status in STATUSES:
            cls = "ret-error" if status == -1 else "ret-status"
            yield _hand(taken, CalleeResponse(status, None, RAISED), Mismatch(cls, None, f"status({status})", "error"))
            yield _hand(taken, CalleeResponse(status), Mismatch("ret-status", None, f"status({status})", "nothing"))
    for taken in bundle.takes:
        yield from _results(bundle, taken)
    rules = bundle.rules
    nothing = value(rules, Param("null"), 0, 0)
    choosy = [t for t in bundle.takes if bundle.codes_lie and t != NONE and not takes_all(rules, t)]
    yield from by_turns(
        (
            taken,
            code,
            _hand(taken, CalleeResponse(0, Slot(code, nothing)), Mismatch("ret-type", None, f"code({code})", taken)),
        )
        for code in (*rules.codes_without_kind, *rules.unknown_codes)
        for taken in choosy
        if rules.decide(taken, code) == "reject"
    )


def _results(bundle: CalledBundle, taken: str) -> Iterator[Attempt]:
    rules = bundle.rules
    for kind in passable(rules):
        cls = "match" if taken == NONE else argument(Param(kind), Param(taken), rules) or "match"
        cls = {"type": "ret-type", "width": "match", "sign": "match"}.get(cls, cls)
        if kind == "null" and cls == "ret-type":
            cls = "ret-none"
        mismatch = MATCH if kind == taken else Mismatch(cls, None, kind, taken)
        result = value(rules, Param(kind, TensorSpec() if is_tensor(rules, kind) else None), 0, bundle.salt)
        yield _hand(taken, CalleeResponse(0, Slot(rules.code(kind), result)), mismatch)


def _hand(taken: str, handed: CalleeResponse, mismatch: Mismatch) -> Attempt:
    call = Call(() if handed.result is None else (handed.result,))
    return Attempt(0, Signature((), taken), call, mismatch, handed=handed)


STATUSES = (-1, -2, 1, 42, -(2**31))
"""What a callee that fails may return; conventions know one or two of them."""

RAISED = "ValueError", "raised by the callee"
"""The error that such a callee raises."""
