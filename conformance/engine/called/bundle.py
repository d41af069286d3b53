"""The signatures of one batch of a called subject, with the values that their callers pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from conformance.generation import payloads
from conformance.model.kinds import KINDS, NONE
from conformance.model.signature import Param, Signature
from conformance.model.subject import Call, Slot
from conformance.model.value import Value
from conformance.rules.load import Rules
from conformance.subjects.called import CalledSubject

MOST_SAMPLES = 64
"""Values of one kind that are tried in one place."""


@lru_cache(maxsize=65536)
def value(rules: Rules, param: Param, place: int, salt: int) -> Value:
    """What is passed for an argument: graffiti, or one of the texts of a kind that the runtime alone has."""
    own = rules.own.get(param.kind)
    if own is not None and own.values:
        return Value(param.kind, data=own.values[(place + salt) % len(own.values)].encode())
    kind = own.like if own is not None else param.kind
    if kind == "handle":  # nobody follows it, so it need not lead anywhere
        made = Value("handle", payloads.graffiti_bits(place, salt) & 0x7FFF_FFFF_FFF0)
    else:
        made = payloads.graffiti(Param(kind, param.tensor), place, salt)
    return replace(made, kind=param.kind, cell=0)


@lru_cache(maxsize=4096)
def samples(rules: Rules, kind: str) -> tuple[Value, ...]:
    """The values of a kind at which things go wrong; of a tensor's, whose metadata are a check of their own, none."""
    own = rules.own.get(kind)
    if own is None:
        return payloads.boundaries(kind)
    if own.values:
        return tuple(Value(kind, data=text.encode()) for text in own.values)
    return tuple(replace(one, kind=kind) for one in samples(rules, own.like))


class CalledBundle:
    """`signatures` are the callers; those of them that can be declared are the callees.

    Where only certain signatures can be declared, the callees are these, and they come first.
    """

    def __init__(self, drawn: Sequence[Signature], salt: int, subject: CalledSubject) -> None:
        self.salt = salt
        self.rules = subject.rules
        self.mutable_parts = subject.about.mutable_parts
        self.claims = subject.claims
        self.takes = subject.about.takes
        self._returns = "X0-RETURN" in subject.about.checks
        fixed, kinds = subject.fixed, set(subject.kinds)
        if fixed:
            self.signatures = tuple(dict.fromkeys((*fixed, *drawn)))
            self.callees = tuple(range(len(fixed)))
        else:
            self.signatures = tuple(drawn)
            self.callees = tuple(at for at, one in enumerate(drawn) if all(p.kind in kinds for p in one.params))

    @property
    def codes_lie(self) -> bool:
        """Whether a value can be passed under a code that is not its own."""
        return "type-codes" in self.mutable_parts

    @property
    def declared(self) -> tuple[Signature, ...]:
        """The signatures of the callees, in order."""
        return tuple(self.signatures[i] for i in self.callees)

    def values(self, signature: Signature, row: int = 0) -> tuple[Value, ...]:
        """What a caller of a signature passes; another row is other values."""
        return tuple(value(self.rules, p, at, self.salt + 7 * row) for at, p in enumerate(signature.params))

    def slots(self, values: Sequence[Value]) -> tuple[Slot, ...]:
        """Values on the wire, each under its own code."""
        return tuple(Slot(self.rules.code(one.kind), one) for one in values)

    def call(self, values: Sequence[Value], ret: str = NONE) -> Call:
        """A call that passes these values to a body that returns `ret`."""
        return Call(self.slots(values), result=self.result(ret))

    def result(self, ret: str) -> Value | None:
        """What a body is to return, where the subject can choose it."""
        return (
            None
            if ret == NONE or not self._returns
            else value(self.rules, Param(ret), payloads.RESULT_PLACE, self.salt)
        )


def passable(rules: Rules) -> tuple[str, ...]:
    """Everything that a caller can pass."""
    return (*rules.passable, *rules.own)


def is_tensor(rules: Rules, kind: str) -> bool:
    """Whether values of this kind are tensors."""
    return kind == "tensor" or (kind in rules.own and rules.own[kind].like == "tensor")


def is_pointer(rules: Rules, kind: str) -> bool:
    """Whether a value of this kind is an address, or an object behind one."""
    own = rules.own.get(kind)
    if own is not None:
        return not own.like or KINDS[own.like].is_pointer
    return KINDS[kind].is_pointer
