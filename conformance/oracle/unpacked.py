"""Predicts an unpacked or a direct call to the byte: what a reader of any kind finds in a slot, and leaves in one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

from conformance.model.data_model import NATIVE, DataModel
from conformance.model.kinds import KINDS, NONE
from conformance.model.signature import Param, Signature
from conformance.model.target import HERE, Target
from conformance.model.value import Value
from conformance.oracle import bits as b
from conformance.oracle.ends import accepted_verdict
from conformance.oracle.expect import Expectation, ExpectedArgument
from conformance.oracle.nans import keeps_bits


class Laid(Protocol):
    """A value as it lies in memory: its kind, its bits (for a pointer the address) and what it is a copy of."""

    @property
    def kind(self) -> str:
        """The kind as which it was stored."""

    @property
    def bits(self) -> int:
        """Its bytes as an unsigned integer; of a pointer the address."""

    @property
    def value(self) -> Value:
        """What was sent."""


def slot_bytes(laid: Laid, poison: bytes, data: DataModel = NATIVE) -> bytes:
    """The first 8 bytes of the unpacked slot in which a value lies over `poison`."""
    lies = KINDS[laid.kind].to_bytes(laid.bits, data)
    return lies + poison[len(lies) : 8]


def read(kind: str, laid: Laid | None, slot: bytes, target: Target = HERE) -> tuple[int | None, bool]:
    """The bits that a reader of `kind` finds in a slot, and whether they mean what was sent.

    None are bits that C does not define. `laid` None is a slot behind the last argument that was passed.
    """
    info = KINDS[kind]
    got = info.from_bytes(slot, target.data)
    if not (keeps_bits(target, kind, got) and (laid is None or keeps_bits(target, laid.kind, laid.bits))):
        return None, laid is not None and kind == laid.kind
    if kind == "bool" and got > 1:
        return None, False  # C does not say what such a bool is
    if laid is None:
        return got, False
    if kind == laid.kind:
        return got, True
    if info.is_pointer and KINDS[laid.kind].is_pointer:
        return got, kind == "handle"
    return got, b.meaning(kind, got) == b.meaning(laid.kind, laid.bits)


def see(declared: Param, laid: Laid | None, slot: bytes, target: Target = HERE) -> ExpectedArgument:
    """What a callee sees in a slot, as a value: a pointer that is read as one is what was sent, all else is bits."""
    kind = declared.kind
    got, equal = read(kind, laid, slot, target)
    if got is None:
        return ExpectedArgument(None, equal=equal)
    if laid is not None and kind == laid.kind:
        return ExpectedArgument(laid.value, equal=equal)
    if laid is not None and KINDS[kind].is_pointer and KINDS[laid.kind].is_pointer:
        return ExpectedArgument(replace(laid.value, kind=kind), equal=equal)
    return ExpectedArgument(Value(kind, got), equal=equal)


def is_overrun(mismatched: Any, declared: Any, passed: Any, overwritten: Any) -> Any:
    """Whether a callee reads arguments that were not passed, or writes a wider result than its caller has room for.

    Of one call with numbers, or of many with columns of them.
    """
    return mismatched & ((passed < declared) | overwritten)


def expect(
    declared: Signature,
    args: Sequence[Laid],
    poison: Sequence[bytes],
    result: Laid | None,
    takes: str,
    cls: str,
    target: Target = HERE,
) -> Expectation:
    """What must happen to an unpacked call; `poison` are the 16 bytes of every slot, the last one the result's.

    `out` are the 16 bytes of the result's slot after the call, None where they cannot be told.
    """
    seen, data = [], target.data
    for place, param in enumerate(declared.params):
        laid = args[place] if place < len(args) else None
        slot = poison[place][:8] if laid is None else slot_bytes(laid, poison[place], data)
        seen.append(see(param, laid, slot, target))
    out = poison[-1]
    written = KINDS[result.kind].width_in(data) if result is not None else 0
    if result is not None:
        out = slot_bytes(result, out, data) + out[8:]
    wanted = KINDS[takes].width_in(data) if takes != NONE else 0
    equal = takes == NONE
    if result is not None and takes != NONE:
        equal = b.meaning(takes, KINDS[takes].from_bytes(out, data)) == b.meaning(result.kind, result.bits)
    verdict = accepted_verdict(cls, equal and all(argument.equal for argument in seen))
    if is_overrun(cls != "match", len(declared), len(args), written > wanted):
        verdict = "overrun"
    told = takes == NONE or keeps_bits(target, takes, KINDS[takes].from_bytes(out, data))
    told = told and (result is None or keeps_bits(target, result.kind, result.bits))
    return Expectation("accepted", verdict, (), True, tuple(seen), out=out if told else None)


def expect_direct(
    declared: Signature, args: Sequence[Laid], result: Laid | None, untaken: bytes, target: Target = HERE
) -> Expectation:
    """What must happen to a matched direct call; `untaken` are the 16 bytes over which the caller keeps the result."""
    data, both = target.data, zip(declared.params, args, strict=True)
    seen = [see(param, laid, slot_bytes(laid, bytes(8), data), target) for param, laid in both]
    out = untaken if result is None else slot_bytes(result, untaken, data) + untaken[8:]
    told = result is None or keeps_bits(target, result.kind, result.bits)
    return Expectation("accepted", "intact", (), True, tuple(seen), out=out if told else None)
