"""A bundle: the signatures of one pair of translation units, the payloads of their callers and their mismatches."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache, cached_property, lru_cache
from itertools import zip_longest
from typing import Any, cast

from conformance.codegen.stubs import is_declarable
from conformance.engine.arena import Arena, slot_of
from conformance.engine.remembered import Column, Misreadings, Ordinary, Outs, Readings
from conformance.generation import payloads
from conformance.model.case import MATCH, Mismatch
from conformance.model.kinds import KINDS, NONE
from conformance.model.signature import MAX_ARGS, Param, Signature
from conformance.model.value import Value
from conformance.oracle import classify, predict
from conformance.oracle.predict import Arg, Seen, Taken
from conformance.rules.load import Rules

GRAFFITI, OTHER, GUARDED = 0, 1, 2
"""The rows of payload that every caller has: graffiti, other graffiti, and pointers into no-access pages."""

ROWS_PER_CALLER = 3

FEW, MANY = 254, 255
"""Decisions on a caller that passes too few or too many."""

CLASSES = ("", "type", "few", "many")
CLASS_NUMBERS = bytes({0: 0, FEW: 2, MANY: 3}.get(decision, 1) for decision in range(256))
"""A translation of decisions: the place in `CLASSES` of the class that each leads to."""

_KIND_BYTES = {kind: number + 1 for number, kind in enumerate(KINDS)}


class Bundle:
    """`signatures` are both the callers and, where they can be declared, the callees.

    `packed` says whether the subject has the packed convention, besides the unpacked one that every bundle has.
    """

    def __init__(
        self, signatures: Sequence[Signature], salt: int, rules: Rules, arena: Arena, packed: bool = True
    ) -> None:
        self.signatures = tuple(signatures)
        self.salt = salt
        self.rules = rules
        self.arena = arena
        self.packed = packed
        self._rows: dict[int, tuple[list[Arg], ...]] = {}
        self._payloads: dict[int, tuple[tuple[Value, ...], ...]] = {}
        self._codes: dict[int, list[int]] = {}
        self._readings: dict[tuple[int, bool], list[Readings]] = {}
        self._decisions: dict[int, bytes] = {}
        self._accepted: dict[int, list[tuple[int, Mismatch]]] = {}
        self.memo: dict[Any, Any] = {}

    @cached_property
    def id(self) -> str:
        """A hash of the signatures and the salt."""
        text = "\n".join([str(self.salt), *map(str, self.signatures)])
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @cached_property
    def callees(self) -> tuple[int, ...]:
        """The signatures that can be declared."""
        return tuple(i for i, signature in enumerate(self.signatures) if is_declarable(signature))

    @cached_property
    def max_args(self) -> int:
        """The longest signature."""
        return max((len(signature) for signature in self.signatures), default=0)

    @cached_property
    def poison(self) -> tuple[bytes, ...]:
        """The 16 bytes under every slot, the result's last."""
        return tuple(payloads.poison(place) for place in (*range(MAX_ARGS), payloads.RESULT_PLACE))

    def payload(self, caller: int, values: Sequence[Value], second: Sequence[Value]) -> None:
        """Gives a caller this payload instead of graffiti (to run a recorded case)."""
        guarded = payloads.guarded(self.signatures[caller], self.salt)
        self._payloads[caller] = (tuple(values), tuple(second) or tuple(values), guarded)

    def rows(self, caller: int) -> tuple[list[Arg], ...]:
        """The caller's rows of payload as they lie in memory."""
        found = self._rows.get(caller)
        if found is None:
            given = self._payloads.get(caller)
            if given is not None:
                found = tuple([self.arena.arg(value, place) for place, value in enumerate(row)] for row in given)
            else:
                numbers = self.param_numbers[caller]
                args = [known[number] for known, number in zip(self._ordinary, numbers, strict=False)]
                found = tuple(map(list, zip(*args, strict=True))) if args else ([],) * ROWS_PER_CALLER
            self._rows[caller] = found
        return found

    @cached_property
    def _ordinary(self) -> tuple[Ordinary, ...]:
        """For every place what is passed there, by the argument's number."""
        return tuple(Ordinary(self.arena, place, self.salt) for place in range(self.max_args))

    def codes(self, caller: int) -> list[int]:
        """The codes that a caller packs."""
        found = self._codes.get(caller)
        if found is None:
            found = self._codes[caller] = [self.rules.code(param.kind) for param in self.signatures[caller].params]
        return found

    def result_value(self, callee: int) -> Value:
        """What the body of a callee returns unless a call says otherwise."""
        return self._results[self.signatures[callee].ret][0]

    def result(self, callee: int) -> Arg:
        """The same as it lies in memory."""
        return self._results[self.signatures[callee].ret][1]

    def result_slot(self, callee: int) -> int:
        """The same as an index into the pool."""
        return self._results[self.signatures[callee].ret][2]

    @cached_property
    def _results(self) -> dict[str, tuple[Value, Arg, int]]:
        found = {}
        for ret in dict.fromkeys(signature.ret for signature in self.signatures):
            value = payloads.result(ret, self.salt)
            found[ret] = value, self.arena.arg(value), self.arena.slot(value) if ret != NONE else 0
        return found

    @cached_property
    def row_bytes(self) -> bytes:
        """The payload rows of all callers, one after the other, `max_args` slots each."""
        parts: list[bytes] = []
        for caller, signature in enumerate(self.signatures):
            rest = b"\0" * 16 * (self.max_args - len(signature))
            parts.extend(b"".join([slot_of(arg) for arg in row]) + rest for row in self.rows(caller))
        return b"".join(parts)

    @cached_property
    def param_numbers(self) -> list[list[int]]:
        """The arguments of every signature as numbers: equal numbers are equal kinds with equal metadata."""
        return [list(map(self.arena.numbers.__getitem__, s.params)) for s in self.signatures]

    @cached_property
    def _kind_columns(self) -> list[bytes]:
        """For every place the kinds that the callers pass there, a byte each; 0 where a caller passes none."""
        kinds = [[_KIND_BYTES[param.kind] for param in s.params] for s in self.signatures]
        return list(map(bytes, zip_longest(*kinds, fillvalue=0)))

    @cached_property
    def _lengths(self) -> bytes:
        return bytes([len(s.params) for s in self.signatures])

    def decisions(self, callee: int) -> bytes:
        """What the codes of every caller lead to: `FEW`, `MANY`, one more than the first argument rejected, or 0.

        All callers at once: a column of bytes a place, as integers, in which a byte of 1 is a code to be rejected.
        """
        found = self._decisions.get(callee)
        if found is None:
            declared = self.signatures[callee]
            n, count = len(declared), len(self.signatures)
            counted, of_length = _by_length(n)
            decided = int.from_bytes(self._lengths.translate(counted), "little")
            open_ = int.from_bytes(self._lengths.translate(of_length), "little")
            for at, param in enumerate(declared.params):
                hit = self._rejected(at, param.kind) & open_
                if hit:
                    decided += hit * (at + 1)
                    open_ ^= hit
            found = self._decisions[callee] = decided.to_bytes(count, "little")
        return found

    def _rejected(self, at: int, kind: str) -> int:
        """Which callers pass at a place what a callee that declares `kind` rejects: bytes of 1, as one integer."""
        key = ("rejected", at, kind)
        found = self.memo.get(key)
        if found is None:
            column = self._kind_columns[at].translate(_rejecting(self.rules, kind))
            found = self.memo[key] = int.from_bytes(column, "little")
        return cast("int", found)

    def class_numbers(self, callee: int) -> int:
        """The classes of all callers' mismatches as far as counts and codes tell, a byte each, as one integer."""
        return int.from_bytes(self.decisions(callee).translate(CLASS_NUMBERS), "little")

    def accepted(self, callee: int) -> list[tuple[int, Mismatch]]:
        """The callers whose count and codes the rules accept, with what differs all the same."""
        found = self._accepted.get(callee)
        if found is None:
            numbers, declared, found = self.param_numbers, self.signatures[callee], []
            decisions = self.decisions(callee)
            caller = decisions.find(0)
            while caller >= 0:
                both = zip(numbers[callee], numbers[caller], strict=True)
                differing = [at for at, (one, other) in enumerate(both) if one != other]
                mismatch = MATCH
                if differing or caller != callee:
                    mismatch = classify.accepted(self.signatures[caller], declared, self.rules, differing)
                found.append((caller, mismatch))
                caller = decisions.find(0, caller + 1)
            self._accepted[callee] = found
        return found

    def mismatch(self, callee: int, caller: int) -> Mismatch:
        """The mismatch of one pair."""
        decision = self.decisions(callee)[caller]
        passed, declared = self.signatures[caller], self.signatures[callee]
        if decision == 0:
            return next(mismatch for one, mismatch in self.accepted(callee) if one == caller)
        if decision in (FEW, MANY):
            return Mismatch("few" if decision == FEW else "many", None, str(len(declared)), str(len(passed)))
        at = decision - 1
        return Mismatch("type", at, declared.params[at].kind, passed.params[at].kind)

    def see_packed(self, callee: int, args: Sequence[Arg], codes: Sequence[int], follow: bool) -> list[Seen]:
        """What the callee makes of each argument under its code, as the oracle says; remembered."""
        readings = self._readings.get((callee, follow))
        if readings is None:
            memo, declared = self.arena.memo, self.signatures[callee].params
            readings = []
            for number, param in zip(self.param_numbers[callee], declared, strict=True):
                key = ("readings", number, follow)
                if key not in memo:
                    memo[key] = Readings(self.rules, param, follow)
                readings.append(memo[key])
            self._readings[callee, follow] = readings
        return [reading[both] for reading, both in zip(readings, zip(args, codes, strict=True), strict=True)]

    def take(self, callee: int, taken: str, result: Arg | None) -> Taken:
        """What a caller that takes `taken` makes of what the callee returns, as the oracle says; remembered."""
        memo, ret = self.arena.memo, self.signatures[callee].ret
        key = ("take", ret, taken, id(result))
        found = memo.get(key)
        if found is None:
            found = memo[key] = predict.take(self.rules, ret, taken, result)
        return cast("Taken", found)

    def column(self, at: int) -> Column[Arg | None]:
        """The graffiti that the callers pass at a place."""
        return self._columns[at]

    @cached_property
    def _columns(self) -> list[Column[Arg | None]]:
        passed = [self.rows(caller)[GRAFFITI] for caller in range(len(self.signatures))]
        return [Column.of(everyone) for everyone in zip_longest(*passed)]

    @cached_property
    def returns(self) -> Column[str]:
        """The kinds that the callers take."""
        return Column.of([signature.ret for signature in self.signatures])

    def misread(self, at: int, kind: str) -> Misreadings:
        """What a reader of `kind` makes of whatever lies in the unpacked slot at a place; remembered."""
        key = ("misread", at, kind)
        found = self.arena.memo.get(key)
        if found is None:
            found = self.arena.memo[key] = Misreadings(Param(kind), self.poison[at])
        return cast("Misreadings", found)

    def outs(self, callee: int) -> Outs:
        """What callers find in the unpacked slot of what the callee returns; remembered."""
        ret = self.signatures[callee].ret
        result = self.result(callee) if ret != NONE else None
        key = ("outs", ret, id(result))
        found = self.arena.memo.get(key)
        if found is None:
            found = self.arena.memo[key] = Outs(ret, result, self.poison)
        return cast("Outs", found)


@cache
def _by_length(n: int) -> tuple[bytes, bytes]:
    """Two translations of lengths, for a callee of `n` arguments: to `FEW`, 0 or `MANY`; to 1 where it is `n`."""
    return bytes([FEW] * n + [0] + [MANY] * (255 - n)), bytes([0] * n + [1] + [0] * (255 - n))


@lru_cache(maxsize=1024)
def _rejecting(rules: Rules, declared: str) -> bytes:
    """A translation of kinds' bytes: 1 where the rules reject a passed kind, 0 where not or where none is passed."""
    table = bytearray(256)
    for kind, byte in _KIND_BYTES.items():
        if kind in rules.passable:
            table[byte] = rules.decide(declared, rules.code(kind)) == "reject"
    return bytes(table)
