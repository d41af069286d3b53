"""What the oracle says of the few different things that a bundle passes many times: asked once, then looked up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from conformance.engine.arena import Arena
from conformance.generation import payloads
from conformance.model.signature import Param, Signature
from conformance.oracle import predict
from conformance.oracle.predict import Arg, Seen
from conformance.rules.load import Rules

WRONG, UNKNOWN, OVERRAN = 1, 2, 4
"""A misreading means something else than what was sent; it cannot be predicted; more was written than there is room."""

T = TypeVar("T")


@dataclass(frozen=True)
class Column(Generic[T]):
    """What all callers have at one place: the `distinct` things, and which of them each caller has, as a byte.

    A bundle is made of families, whose members agree in nearly every place.
    """

    distinct: tuple[T, ...]
    which: bytes

    @staticmethod
    def of(everyone: Sequence[T]) -> Column[T]:
        """The column of what each caller has, in order."""
        numbers: dict[T, int] = {}
        which = bytes([numbers.setdefault(one, len(numbers)) for one in everyone])
        return Column(tuple(numbers), which)


class Ordinary(dict[int, tuple[Arg, ...]]):
    """The number of an argument -> what is passed for it at one place in each of the rows that every caller has."""

    def __init__(self, arena: Arena, place: int, salt: int) -> None:
        super().__init__()
        self._arena = arena
        self._place = place
        self._salt = salt

    def __missing__(self, number: int) -> tuple[Arg, ...]:
        made = payloads.ordinary(self._arena.numbers.params[number], self._place, self._salt)
        found = self[number] = tuple([self._arena.arg(value, self._place) for value in made])
        return found


class Readings(dict[tuple[Arg, int], Seen]):
    """An argument and its code -> what a packed callee makes of them that declares `declared`."""

    def __init__(self, rules: Rules, declared: Param, follow: bool) -> None:
        super().__init__()
        self._rules = rules
        self._declared = declared
        self._follow = follow

    def __missing__(self, both: tuple[Arg, int]) -> Seen:
        found = self[both] = predict.see_packed(self._rules, self._declared, *both, self._follow)
        return found


class Misreadings(dict["Arg | None", tuple[bytes, int]]):
    """An argument (None: none was passed) -> the 16 bytes of its witness, and `WRONG` and `UNKNOWN` as they apply."""

    def __init__(self, declared: Param, poison: bytes) -> None:
        super().__init__()
        self._declared = declared
        self._poison = poison

    def __missing__(self, arg: Arg | None) -> tuple[bytes, int]:
        slot = self._poison[:8] if arg is None else predict.slot_bytes(arg, self._poison)
        seen = predict.see_unpacked(self._declared, arg, slot)
        flags = (0 if seen.equal else WRONG) | (UNKNOWN if seen.bits is None else 0)
        found = self[arg] = (seen.record, flags)
        return found


class Outs(dict[str, tuple[bytes, int]]):
    """The kind that a caller takes -> the 16 bytes of the slot of what is returned, and `WRONG` and `OVERRAN`."""

    def __init__(self, returned: str, result: Arg | None, poison: Sequence[bytes]) -> None:
        super().__init__()
        self._returned = Signature((), returned)
        self._result = result
        self._poison = poison

    def __missing__(self, taken: str) -> tuple[bytes, int]:
        seen = predict.unpacked(self._returned, (), self._poison, self._result, taken, "ret-type")
        flags = {"silent-wrong": WRONG, "overrun": WRONG | OVERRAN}.get(seen.verdict, 0)
        found = self[taken] = (seen.taken or b"", flags)
        return found
