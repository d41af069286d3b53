"""The packer's side of a called subject: matched calls that its front end makes to a callee that looks at the wire."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.draft import boundaries
from conformance.engine.planned_call import PlannedCall
from conformance.engine.values import ValueBundle, is_tensor, value
from conformance.generation.payloads import RESULT_PLACE
from conformance.model.case import MATCH
from conformance.model.kinds import NONE
from conformance.model.signature import Param, Signature, TensorSpec
from conformance.model.subject import Call
from conformance.model.value import Value


def packed(bundle: ValueBundle) -> Iterator[PlannedCall]:
    """Every kind alone with every value at which things go wrong, both ways; then the drawn signatures.

    Of a drawn one what the front end cannot pass is left out.
    """
    for kind in bundle.packs:
        planned_call = packed_alone(bundle, kind)
        yield planned_call
        for sample in _samples(bundle, kind):
            yield _passing(bundle, planned_call, 0, sample)
            if planned_call.passed.ret != NONE:
                yield planned_call._replace(call=planned_call.call._replace(result=sample))
    for signature in dict.fromkeys(_passable(bundle, drawn) for drawn in bundle.signatures if bundle.packs):
        for row in (0, 1):
            yield _attempt(bundle, signature, row)
        planned_call = _attempt(bundle, signature, 0)
        for at, param in enumerate(signature.params):
            some = _samples(bundle, param.kind)
            if some:
                yield _passing(bundle, planned_call, at, some[(at + bundle.salt) % len(some)])


def _passable(bundle: ValueBundle, drawn: Signature) -> Signature:
    params = tuple(param for param in drawn.params if param.kind in bundle.packs)
    return Signature(params, drawn.ret if drawn.ret in bundle.packs else NONE)


def packed_alone(bundle: ValueBundle, kind: str) -> PlannedCall:
    """A kind as the only argument, and as the return."""
    param = Param(kind, TensorSpec() if kind == "tensor" else None)
    return _attempt(bundle, Signature((param,), NONE if kind == "null" else kind), 0)


def _attempt(bundle: ValueBundle, signature: Signature, row: int) -> PlannedCall:
    ret, salt = signature.ret, bundle.salt + 7 * row
    values = [_value(bundle, param, at, salt) for at, param in enumerate(signature.params)]
    spec = TensorSpec() if is_tensor(bundle.rules, ret) else None
    result = None if ret == NONE else _value(bundle, Param(ret, spec), RESULT_PLACE, salt)
    call = Call(tuple(map(bundle.slot, values)), result=result)
    return PlannedCall(0, signature, call, MATCH, packed=True)


def _value(bundle: ValueBundle, param: Param, place: int, salt: int) -> Value:
    """What is passed for an argument; a dtype or device that has a name, since that is how front ends spell them."""
    if param.kind in ("dtype", "device"):
        return boundaries(param.kind)[(place + salt) % _NAMED]
    return value(bundle.rules, param, place, salt)


_NAMED = 3
"""Of the dtypes and devices at which things go wrong the first ones have names."""


def _passing(bundle: ValueBundle, planned_call: PlannedCall, at: int, sample: Value) -> PlannedCall:
    slots = planned_call.call.slots
    slots = (*slots[:at], bundle.slot(sample), *slots[at + 1 :])
    return planned_call._replace(call=planned_call.call._replace(slots=slots))


def _samples(bundle: ValueBundle, kind: str) -> list[Value]:
    """Values of a kind; a text that is not UTF-8 is none of a front end whose texts are characters."""
    return [sample for sample in bundle.samples(kind, boundaries) if kind == "bytes" or _is_text(sample)]


def _is_text(sample: Value) -> bool:
    try:
        (sample.data or b"").decode()
    except UnicodeDecodeError:
        return False
    return True
