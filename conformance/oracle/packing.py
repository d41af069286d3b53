"""What a packer must leave in each slot on the wire, and in which words what it left there differs."""

from __future__ import annotations

from typing import NamedTuple

from conformance.model.kinds import KINDS
from conformance.model.observation import WireSlot
from conformance.model.value import Value
from conformance.oracle.tensors import difference
from conformance.oracle.words import shown
from conformance.rules.load import Rules


class DueSlot(NamedTuple):
    """One argument as it must lie on the wire: under one of `codes`, the kind's own first.

    `bits` are those of the slot's first `width` bytes; what lies behind them means nothing. They are None where a
    pointer need only lead to what `value` holds.
    """

    codes: tuple[int, ...]
    value: Value
    bits: int | None
    width: int


def codes_of(rules: Rules, kind: str, is_null: bool) -> tuple[int, ...]:
    """The codes under which a kind can travel: its own, those of its other forms, and for a null pointer null's."""
    forms = [rules.code(form.name) for form in rules.custom_kinds.values() if form.like == kind]
    null = (rules.code("null"),) if is_null and "null" in rules.packs_as else ()
    return rules.code(kind), *forms, *null


def due_slot(rules: Rules, kind: str, value: Value) -> DueSlot:
    """What must lie in the slot of `value`, which is of `kind` or of the kind that this is like."""
    codes = codes_of(rules, kind, value.is_null)
    if value.kind not in KINDS or value.data is not None or value.tensor is not None:
        return DueSlot(codes, value, None, 0)
    info = KINDS[value.kind]
    return DueSlot(codes, value, info.pack(value.bits, rules.slot), info.packed_width(rules.slot))


def wrong_slots(due: tuple[DueSlot, ...], got: tuple[WireSlot, ...]) -> tuple[int | None, str]:
    """The first argument that lies otherwise than it must, and how, in words; None where the count is wrong.

    The words are empty if nothing is.
    """
    if len(got) != len(due):
        return None, f"the callee was told of {len(got)} arguments where {len(due)} are due"
    for at, (wanted, slot) in enumerate(zip(due, got, strict=True)):
        words = _wrong(wanted, slot)
        if words:
            return at, f"argument {at} {words}"
    return None, ""


def _wrong(due: DueSlot, got: WireSlot) -> str:
    if got.code not in due.codes:
        return f"travels under code {got.code} where {due.codes[0]} is due"
    if due.bits is None:
        found = Value(due.value.kind, data=got.data, tensor=got.tensor, no_data=got.no_data)
        if not _holds_alike(found, due.value):
            return f"leads to {shown(found)} where {shown(due.value)} was passed"
    elif got.bits & ((1 << 8 * due.width) - 1) != due.bits:
        lies, wanted = (bits.to_bytes(8, "little")[: due.width].hex(" ") for bits in (got.bits, due.bits))
        return f"lies in its slot as {lies} where {wanted} is due"
    return f"has {got.padding:#x} where the convention has zeros" if got.padding else ""


def _holds_alike(found: Value, due: Value) -> bool:
    if found.tensor is not None and due.tensor is not None:
        return difference(found.tensor, due.tensor, no_data=found.no_data) is None
    return (found.data, found.tensor) == (due.data, due.tensor)
