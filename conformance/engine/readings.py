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
from conformance.rules.load import Rules
from conformance.transport.compiled import encode
from conformance.transport.compiled.encode import UNTAKEN

WRONG, UNKNOWN, OVERRAN, REJECTED, REFUSED = 1, 2, 4, 8, 16
"""Bits of a reading: the value differs from what was sent; the bytes cannot be predicted; more is written than there
is room for; the argument must be rejected; the caller does not take what is returned."""

NOTHING = -1
"""In place of an argument, a code or a result: there is none, or none but its own."""


class Readings:
    """16 bytes of witness and their bits for each reading, numbered. Valid as long as the arena."""

    def __init__(self, arena: Arena, rules: Rules) -> None:
        self._arena = arena
        self._rules = rules
        self._known: dict[tuple[int, ...], int] = {}
        self._words = array("Q")
        self._flags = array("B")
        self._poison = [payloads.poison(place) for place in (*range(payloads.RESULT_PLACE), payloads.RESULT_PLACE)]
        self.untaken = self._add(UNTAKEN, 0)

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

    def look_up(self, keys: Any, make: Callable[..., int]) -> NDArray[np.int64]:
        """The reading of each row of `keys`; `make` asks the oracle where a key is new."""
        known, found = self._known, []
        for key in keys.tolist():
            key = (make.__name__, *key)
            reading = known.get(key)
            if reading is None:
                reading = known[key] = make(*key[1:])
            found.append(reading)
        return np.array(found, dtype=np.int64)

    def argument(self, convention: int, follow: int, param: int, arg: int, place: int, code: int) -> int:
        """What a callee that declares `param` (a number of the arena) sees of an argument; `code` only if changed.

        Where the place matters, as it does in an unpacked slot over its poison, it is given.
        """
        declared, passed = self._arena.numbers.params[param], None if arg == NOTHING else self._arena.args[arg]
        if convention == PACKED:
            assert passed is not None
            own = self._rules.code(passed.kind) if code == NOTHING else code
            seen = encode.see_packed(self._rules, declared, passed, own, bool(follow))
        elif passed is None:
            seen = encode.see_unpacked(declared, None, self._poison[place][:8])
        else:
            under = bytes(8) if convention == DIRECT else self._poison[place]
            seen = encode.see_unpacked(declared, passed, encode.slot_bytes(passed, under), bool(follow))
        flags = (0 if seen.equal else WRONG) | (UNKNOWN if seen.bits is None else 0)
        return self._add(seen.record, REJECTED if seen.rejected else flags)

    def result(self, convention: int, returned: int, taken: int, arg: int) -> int:
        """What a caller that takes one kind number finds of a value that is returned as another."""
        ret, wanted = KIND_NAMES[returned], KIND_NAMES[taken]
        result = None if ret == NONE else self._arena.args[arg]
        if convention == PACKED:
            packed = encode.take(self._rules, ret, wanted, result)
            if packed.rejected:
                return self._add(UNTAKEN, REFUSED)
            return self._add(packed.record, 0 if packed.equal else WRONG)
        if convention == UNPACKED:
            seen = encode.unpacked(Signature((), ret), (), self._poison, result, wanted, "ret-type")
            flags = {"silent-wrong": WRONG, "overrun": WRONG | OVERRAN}.get(seen.verdict, 0)
            return self._add(seen.taken or b"", flags)
        direct = UNTAKEN if result is None else encode.slot_bytes(result, UNTAKEN) + UNTAKEN[8:]
        return self._add(direct, 0)
