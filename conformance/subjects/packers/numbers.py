"""What Python has in place of the numbers of a call, which have fewer kinds there."""

from __future__ import annotations

from conformance.model.kinds import KINDS
from conformance.model.numbers import bits_of_double, double_of_bits, narrow, signed, widen
from conformance.model.value import Value


def plain(value: Value) -> int | float:
    """The number that Python passes for an integer, a bool or a float."""
    kind = KINDS[value.kind]
    if kind.family == "float":
        return double_of_bits(widen(value.bits, kind.width))
    if kind.family == "int":
        return signed(value.bits, kind.width)
    return bool(value.bits) if kind.family == "bool" else value.bits


def value(kind: str, number: float) -> Value:
    """The value of a kind that Python's number is; of an integer the bytes that fit."""
    family, width = KINDS[kind].family, KINDS[kind].width
    if family == "float":
        bits = bits_of_double(float(number))
        return Value(kind, narrow(bits, width))
    return Value(kind, int(number) & ((1 << 8 * width) - 1))
