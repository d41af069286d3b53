"""The caller's side of a called subject: what a caller that takes one kind of return is handed."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.engine.called.attempt import Attempt
from conformance.engine.called.bundle import CalledBundle, is_tensor, passable, value
from conformance.model.case import MATCH, Mismatch
from conformance.model.kinds import NONE
from conformance.model.signature import Param, Signature, TensorSpec
from conformance.model.subject import Call, Handed, Slot
from conformance.oracle.calls import argument, takes_all


def handed_over(bundle: CalledBundle) -> Iterator[Attempt]:
    """What a caller of each kind is handed: every kind and code of result, none at all, and every way to fail."""
    rules = bundle.rules
    nothing = value(rules, Param("null"), 0, 0)
    for taken in bundle.takes:
        passed = Signature((), taken)

        def hand(handed: Handed, mismatch: Mismatch, passed: Signature = passed) -> Attempt:
            call = Call(() if handed.result is None else (handed.result,))
            return Attempt(0, passed, call, mismatch, handed=handed)

        for kind in passable(rules):
            cls = "match" if taken == NONE else argument(rules, Param(kind), Param(taken)) or "match"
            cls = {"type": "ret-type", "width": "match", "sign": "match", "pointee": "pointee"}.get(cls, cls)
            if kind == "null" and cls == "ret-type":
                cls = "ret-none"
            mismatch = MATCH if kind == taken else Mismatch(cls, None, kind, taken)
            result = value(rules, Param(kind, TensorSpec() if is_tensor(rules, kind) else None), 0, bundle.salt)
            yield hand(Handed(0, Slot(rules.code(kind), result)), mismatch)
        for code in (*rules.codes_without_kind, *rules.unknown_codes) if taken != NONE else ():
            if rules.decide(taken, code) == "reject" and not takes_all(rules, taken):
                yield hand(Handed(0, Slot(code, nothing)), Mismatch("ret-type", None, f"code({code})", taken))
        for status in STATUSES:
            if status == -1:
                yield hand(Handed(status, None, RAISED), Mismatch("ret-error", None, f"status({status})", "error"))
            else:
                yield hand(Handed(status, None, RAISED), Mismatch("ret-status", None, f"status({status})", "error"))
            yield hand(Handed(status), Mismatch("ret-status", None, f"status({status})", "nothing"))


STATUSES = (-1, -2, 1, 42, -(2**31))
"""What a callee that fails may return; conventions know one or two of them."""

RAISED = "ValueError", "raised by the callee"
"""The error that such a callee raises."""
