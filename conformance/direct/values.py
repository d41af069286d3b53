"""The values of plain C calls: the numbers that a value is made of, the words that go in, the words that must come out.

A value's bits are the numbers of its atoms one after the other, the first lowest, so that it says the same on every
target. Padding is no part of it.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Collection, Iterator, Sequence

from conformance.direct.kinds import Atom, atoms
from conformance.model.data_model import DataModel
from conformance.model.kinds import NONE
from conformance.model.numbers import signed
from conformance.model.value import NO_VALUE, Value

_DIRT = 0xA5C3_5A96_3CB4_E1D2
"""What lies above a narrow number in the word that a caller or a callee makes it from."""

ENUMERATORS = (0, 1, 100)
"""The values of the enumeration."""


def value_of(kind: str, numbers: Sequence[int]) -> Value:
    """The value of a kind that is made of these numbers, unsigned, one an atom."""
    bits, shift = 0, 0
    for atom, number in zip(atoms(kind), numbers, strict=True):
        bits |= (number & ((1 << 8 * atom.width) - 1)) << shift
        shift += 8 * atom.width
    return NO_VALUE if kind == NONE else Value(kind, bits)


def numbers_of(value: Value) -> list[int]:
    """The numbers that a value is made of."""
    bits, found = value.bits, []
    for atom in atoms(value.kind):
        found.append(bits & ((1 << 8 * atom.width) - 1))
        bits >>= 8 * atom.width
    return found


def width_of(kind: str) -> int:
    """The bytes of a value's numbers."""
    return sum(atom.width for atom in atoms(kind))


def going_in(value: Value) -> Iterator[int]:
    """The words that a side makes a value from; it narrows each itself, as what lies above the number says nothing."""
    for atom, number in zip(atoms(value.kind), numbers_of(value), strict=True):
        narrows = atom.sort in ("int", "uint", "bool", "char") and atom.width < 8
        yield number | (_DIRT << 8 * atom.width) & (2**64 - 1) if narrows else number


def coming_out(value: Value, data: DataModel, char_is_signed: bool) -> Iterator[int]:
    """The words that the other side must make of a value: each number widened as C does."""
    for atom, number in zip(atoms(value.kind), numbers_of(value), strict=True):
        yield widened(atom, number, data, char_is_signed)


def widened(atom: Atom, number: int, data: DataModel, char_is_signed: bool) -> int:
    """A number as an unsigned word of 64 bits."""
    if atom.sort == "bool":  # beside it what is not it
        return number | (number == 0) << 8
    if atom.sort == "int" or (atom.sort == "char" and char_is_signed):
        return signed(number, atom.width) & (2**64 - 1)
    return number & ((1 << 8 * data.word) - 1) if atom.sort == "pointer" else number


def plain(kind: str, place: int) -> Value:
    """The simplest value of a kind that still tells an argument from its neighbours."""
    made = []
    for at, atom in enumerate(atoms(kind)):
        number = 16 * (place % 4) + at % 16 + 1
        made.append(_of_number(atom, number))
    return value_of(kind, made)


def drawn(kind: str, rng: random.Random) -> Value:
    """A value of a kind whose bytes all say something: ends of ranges, and numbers without a pattern; no NaN."""
    return value_of(kind, [_drawn(atom, rng) for atom in atoms(kind)])


def _of_number(atom: Atom, number: int) -> int:
    if atom.sort == "float":
        return _bits(float(number), atom.width)
    if atom.sort == "bool":
        return 1
    if atom.sort == "char":
        return 0x80 | number  # which says whether it has a sign
    return ENUMERATORS[1] if atom.sort == "enumeration" else number


def _drawn(atom: Atom, rng: random.Random) -> int:
    if atom.sort == "bool":
        return rng.randrange(2)
    if atom.sort == "enumeration":
        return rng.choice(ENUMERATORS)
    if atom.sort == "float":
        return _bits(rng.choice((-1, 1)) * rng.randrange(1, 1 << 23) * 2.0 ** rng.randrange(-60, 60), atom.width)
    ends = (0, 1, (1 << 8 * atom.width - 1) - 1, 1 << 8 * atom.width - 1, (1 << 8 * atom.width) - 1)
    return rng.choice(ends) if rng.random() < 0.3 else rng.getrandbits(8 * atom.width)


def _bits(number: float, width: int) -> int:
    return int.from_bytes(struct.pack("<f" if width == 4 else "<d", number), "little")


def spelled(kind: str, words: Sequence[int], known: Collection[int] | None = None) -> str:
    """The words of a value as a finding shows them: in hexadecimal, each number as wide as it is.

    Of a word that is none of the `known` ones nothing is shown: it would be another one in every run.
    """
    shown = []
    for atom, word in zip(atoms(kind), words, strict=False):
        mask = (1 << 8 * atom.width) - 1
        text = f"{word & mask:0{2 * atom.width}x}"
        is_known = known is None or word & mask in {one & mask for one in known}
        shown.append(text if is_known else "?" * len(text))
    return " ".join(shown)
