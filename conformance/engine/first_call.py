"""Makes one matched call before all others, so that an adapter that raises is told by its traceback, not by verdicts.

What the runtime does with the call is of no interest here: a rejection, a death or a hang is for the checks to judge.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.engine.packed import packed_alone
from conformance.engine.replies import refuse_unknown_kinds
from conformance.engine.values import ValueBundle, is_tensor, value
from conformance.model.kinds import NONE
from conformance.model.signature import Param, Signature, TensorSpec
from conformance.model.subject import Call, CalleeResponse, Reply, Slot
from conformance.subjects.called import CalledSubject
from conformance.transport.process.client import (
    AdapterError,
    Batch,
    Broke,
    Caller,
    DeclareError,
    ProtocolError,
    Request,
    Response,
)

MOST_TRIED = 4
"""Signatures that are tried; a subject that refuses them all is not called here."""


def first_call(process: Caller, subject: CalledSubject, hang_ms: int) -> None:
    """Makes a matched call, and has a caller take a matched return where the subject has callers.

    So does a front end that packs. Raises AdapterError where the adapter raises, ProtocolError where what it gives
    is of the wrong type.
    """
    batch = None
    for signature in _simple(subject):
        batch = _declared(process, signature)
        if batch is not None and batch.refused[0] is None:
            request = Request(0, ValueBundle((signature,), 0, subject).call(signature))
            _look(process.run(batch, [request], hang_ms)[0], f"the call of {signature}", subject)
            break
    if batch is not None and subject.about.takes:
        take = _matched_return(subject, subject.about.takes[0])
        response = process.run(batch, [Request(0, Call(()), take=take)], hang_ms)[0]
        what = f"taking a return of {take[0]}"
        _look(response, what, subject)
        count = len(response.saw or ()) if isinstance(response, Reply) and response.status == 0 else 0
        if count > 1:
            raise ProtocolError(f"`Reply.saw` has {count} members after {what}, and must have one, or none")
    if batch is not None and subject.about.packs:
        planned_call = packed_alone(ValueBundle((), 0, subject), subject.about.packs[0])
        response = process.run(batch, [planned_call.request], hang_ms)[0]
        _look(response, f"packing the call of {planned_call.passed}", subject)


def _simple(subject: CalledSubject) -> Iterator[Signature]:
    """The simplest signatures that the subject may be able to declare, with a return where it can choose one."""
    if subject.fixed:
        yield from sorted(subject.fixed, key=lambda each: (len(each) != 1, len(each)))[:MOST_TRIED]
        return
    returns = "X0-RETURN" in subject.about.checks
    for kind in subject.kinds[:MOST_TRIED]:
        param = Param(kind, TensorSpec() if is_tensor(subject.rules, kind) and kind == "tensor" else None)
        if returns and kind != "tensor":
            yield Signature((param,), kind)
        yield Signature((param,), NONE)


def _declared(process: Caller, signature: Signature) -> Batch | None:
    """The batch of one signature; None where the process died of it or did not come back."""
    try:
        return process.declare((signature,))
    except DeclareError as error:
        if isinstance(error.__cause__, AdapterError):
            raise AdapterError(f"in declaring {signature}:\n{error}") from None
        return None


def _matched_return(subject: CalledSubject, kind: str) -> tuple[str, CalleeResponse]:
    rules = subject.rules
    result = value(rules, Param("null" if kind == NONE else kind, TensorSpec() if kind == "tensor" else None), 0, 0)
    return kind, CalleeResponse(0, Slot(rules.code(result.kind), result))


def _look(response: Response, what: str, subject: CalledSubject) -> None:
    """Raises what is the adapter's fault in a response."""
    refuse_unknown_kinds(subject.rules, response)
    if isinstance(response, Broke):
        raise AdapterError(f"in {what}:\n{response.words}")
