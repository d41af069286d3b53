"""What the oracle says of the few different things that bundles pass many times: asked once each, then looked up."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conformance.checks.columns import DIRECT, KIND_NAMES, PACKED, UNPACKED
from conformance.engine.arena import Arena
from conformance.generation import payloads
from conformance.model.kinds import NONE
from conformance.model.signature import Signature
from conformance.oracle import ends
from conformance.oracle.nans import keeps
from conformance.rules.load import Rules
from conformance.transport.compiled import encode
from conformance.transport.compiled.encode import UNTAKEN, EncodedArgument

WRONG, UNKNOWN, OVERRAN = 1, 2, 4
"""Bits of a reading: the value differs from what was sent; the bytes cannot be predicted; more is written than there
is room for. Above them is the bit `ending` of the end that the reading means for the call."""

NOTHING = -1
"""In place of an argument, a code or a result: there is none, or none but its own."""


def ending(end: int) -> int:
    """The bit of a reading that ends its call there (a place in `oracle.ends.ENDS`); none where it is accepted."""
    return 0 if end == ends.ACCEPTED else 8 << end


FIRST_END = np.array(
    [min([end for end in range(ends.ACCEPTED) if bits & ending(end)], default=ends.ACCEPTED) for bits in range(256)],
    dtype=np.uint8,
)
"""Where a call ends, by the bits of all its readings together."""

_PLACE, _CODE, _PARAM, _ARG, _KIND = 9, 12, 16, 22, 6
"""How many bits each part of a key has: place, code, declared argument and what is passed; or kinds, of results."""


class Readings:
    """16 bytes of witness and their bits for each reading, numbered. Valid as long as the arena."""

    def __init__(self, arena: Arena, rules: Rules) -> None:
        self._arena = arena
        self._rules = rules
        self._target, self._data = rules.target, rules.target.data
        self._known: dict[str, dict[int, int]] = {}
        self._codes = np.array(sorted(rules.codes.values()), dtype=np.int64)
        self._words = array("Q")
        self._flags = array("B")
        self._poison = [payloads.poison(place) for place in range(payloads.RESULT_PLACE + 1)]
        self.no_result = self._add(UNTAKEN, ending(ends.NO_RESULT))
        self.not_taken = self._add(UNTAKEN, ending(ends.NOT_TAKEN))
        self.taken_anyhow = self._add(UNTAKEN, WRONG | UNKNOWN)

    @staticmethod
    def of(arena: Arena, rules: Rules) -> Readings:
        """The readings of an arena under these rules."""
        found = arena.memo.get(("readings", rules))
        if found is None:
            found = arena.memo["readings", rules] = Readings(arena, rules)
        return found

    @property
    def words(self) -> NDArray[np.uint64]:
        """Two words for each reading."""
        return np.array(self._words, dtype=np.uint64).reshape(-1, 2)

    @property
    def flags(self) -> NDArray[np.uint8]:
        """The bits of each reading."""
        return np.array(self._flags, dtype=np.uint8)

    def _add(self, record: bytes, flags: int) -> int:
        self._words.frombytes(record)
        self._flags.append(flags)
        return len(self._flags) - 1

    def _add_seen(self, seen: EncodedArgument) -> int:
        self._words.frombytes(seen.record(self._data))
        flags = (0 if seen.equal else WRONG) | (UNKNOWN if seen.bits is None else 0)
        self._flags.append(ending(ends.of_argument(seen)) or flags)
        return len(self._flags) - 1

    def look_up(self, keys: NDArray[np.int64], make: Callable[[NDArray[np.int64]], list[int]]) -> NDArray[np.int64]:
        """The reading of each of different keys; `make`, `arguments` or `results`, asks the oracle for new ones."""
        known = self._known.setdefault(make.__name__, {})
        found = np.array([known.get(key, -1) for key in keys.tolist()], dtype=np.int64)
        new = np.flatnonzero(found < 0)
        if len(new):
            answers = make(keys[new])
            known.update(zip(keys[new].tolist(), answers, strict=True))
            found[new] = answers
        return found

    def argument_keys(self, convention: Any, follow: Any, place: Any, code: Any, param: Any, arg: Any) -> Any:
        """Keys of what a callee that declares `param` sees of `arg`, both as the arena numbers them.

        `code` is a code of the table, or `NOTHING` where what is passed is under its own. `place` is that of the
        argument where its reader also sees the poison around what is passed, which differs by place; else 0.
        """
        number = np.where(code == NOTHING, 0, np.searchsorted(self._codes, code) + 1)
        key = (convention << 1 | follow) << _PLACE | place
        return ((key << _CODE | number) << _PARAM | param) << _ARG | (arg + 1)

    def arguments(self, keys: NDArray[np.int64]) -> list[int]:
        """Asks for the readings of keys of `argument_keys`."""
        parts = []
        for bits in (_ARG, _PARAM, _CODE, _PLACE, 1):
            parts.append((keys & (1 << bits) - 1).tolist())
            keys = keys >> bits
        return list(map(self._argument, keys.tolist(), *reversed(parts)))

    def _argument(self, convention: int, follow: int, place: int, code: int, param: int, number: int) -> int:
        declared, arg = self._arena.numbers.params[param], None if number == 0 else self._arena.args[number - 1]
        if convention == PACKED:
            assert arg is not None
            own = self._rules.code(arg.kind) if code == 0 else int(self._codes[code - 1])
            return self._add_seen(encode.see_packed(self._rules, declared, arg, own, bool(follow)))
        if arg is None:
            return self._add_seen(encode.see_unpacked(declared, None, self._poison[place][:8], target=self._target))
        under = bytes(8) if convention == DIRECT else self._poison[place]
        slot = encode.slot_bytes(arg, under, self._data)
        return self._add_seen(encode.see_unpacked(declared, arg, slot, bool(follow), self._target))

    def result_keys(self, convention: Any, returned: Any, taken: Any, arg: Any) -> Any:
        """Keys of what a caller that takes one kind number finds of `arg`, returned as another."""
        return ((convention << _KIND | returned) << _KIND | taken) << _ARG | (arg + 1)

    def results(self, keys: NDArray[np.int64]) -> list[int]:
        """Asks for the readings of keys of `result_keys`."""
        return list(map(self._result, keys.tolist()))

    def _result(self, key: int) -> int:
        key, arg = key >> _ARG, (key & (1 << _ARG) - 1) - 1
        key, taken = key >> _KIND, key & (1 << _KIND) - 1
        convention, returned = key >> _KIND, key & (1 << _KIND) - 1
        ret, wanted = KIND_NAMES[returned], KIND_NAMES[taken]
        result = None if ret == NONE else self._arena.args[arg]
        if convention == PACKED:
            packed = encode.take(self._rules, ret, wanted, result)
            flags = (0 if packed.equal else WRONG) | (0 if packed.told else UNKNOWN)
            return self._add(packed.record, ending(ends.of_result(packed)) or flags)
        if convention == UNPACKED:
            seen = encode.unpacked(
                Signature((), ret), (), self._poison, result, wanted, "ret-type", target=self._target
            )
            flags = {"silent-wrong": WRONG, "overrun": WRONG | OVERRAN}.get(seen.verdict, 0)
            return self._add(seen.taken or b"", flags | (0 if seen.told else UNKNOWN))
        told = result is None or keeps(self._target, result.value)
        direct = UNTAKEN if result is None else encode.slot_bytes(result, UNTAKEN, self._data) + UNTAKEN[8:]
        return self._add(direct, 0 if told else UNKNOWN)
