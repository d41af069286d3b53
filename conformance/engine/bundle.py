"""A bundle: the signatures of one pair of translation units, the payloads of their callers and their mismatches."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from conformance.checks.columns import (
    CLASS_NAMES,
    CLASS_NUMBERS,
    KIND_NAMES,
    KIND_NUMBERS,
    Lists,
)
from conformance.checks.counts import INT_MAX, INT_MIN
from conformance.codegen.stubs import is_declarable
from conformance.engine.arena import Arena
from conformance.engine.table import MOST_SIGNATURES, MOST_SPECS, table
from conformance.generation import payloads
from conformance.generation.presets import old_value, presets
from conformance.model.case import MATCH, Mismatch
from conformance.model.kinds import KINDS, NONE
from conformance.model.signature import Param, Signature
from conformance.model.value import Value
from conformance.oracle import mismatch as mismatches
from conformance.rules.load import Rules
from conformance.transport.compiled.encode import Arg
from conformance.transport.compiled.layouts import structs
from conformance.transport.compiled.memory import SLOTS
from conformance.transport.compiled.program import SignatureTable

ROWS_PER_CALLER = 3

OPEN, FEW, MANY = -1, -2, -3
"""Decisions on a caller whose count and codes are accepted, and on one that passes too few or too many."""

CELLS = 50_000
"""How many cells of a matrix are worked on at once, so that they stay near the processor."""

Integers = NDArray[Any]


class Bundle:
    """`signatures` are both the callers and, where they can be declared, the callees.

    `packed` says whether the subject has the packed convention, besides the unpacked one that every bundle has;
    `sampled` that it is one of those for whose signatures stubs are compiled.
    Matrices of callees and callers have a row for every signature as callee; of those that cannot be declared it says
    nothing.
    """

    by_value = False
    mutable_parts = ("type-codes", "count", "args", "codes", "ret")
    told = (INT_MIN, INT_MAX)
    takers = ()

    def __init__(
        self,
        signatures: Sequence[Signature],
        salt: int,
        rules: Rules,
        arena: Arena,
        packed: bool = True,
        *,
        sampled: bool = False,
    ) -> None:
        self.signatures = tuple(signatures)
        self.salt = salt
        self.rules = rules
        self.arena = arena
        self.packed = packed
        self.sampled = sampled
        self._presets = list(presets(rules))
        self._payloads: dict[int, tuple[tuple[Value, ...], ...]] = {}
        self._mismatches: dict[tuple[int, int], Mismatch] = {}

    @property
    def claims(self) -> tuple[str, ...]:
        """The mismatch classes that the rules promise to detect."""
        return self.rules.claims

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

    def preset(self, code: int) -> int:
        """The place of a code among those that the result slot has before a call; a new one is added."""
        if code not in self._presets:
            self._presets.append(code)
        return self._presets.index(code)

    def preset_code(self, place: int) -> int:
        """The inverse of `preset`."""
        return self._presets[place]

    @property
    def preset_image(self) -> bytes:
        """The presets as the runner takes them."""
        preset = structs(self.rules.target.data.byte_order).preset
        return b"".join([preset.pack(old_value(self.rules, code), code) for code in self._presets])

    @cached_property
    def poison(self) -> tuple[bytes, ...]:
        """The 16 bytes under every slot, the result's last."""
        return tuple(payloads.poison(place) for place in (*range(SLOTS), payloads.RESULT_PLACE))

    def payload(self, caller: int, values: Sequence[Value], second: Sequence[Value]) -> None:
        """Gives a caller this payload instead of graffiti (to run a recorded case); before anything else is asked."""
        guarded = payloads.guarded(self.signatures[caller], self.salt)
        self._payloads[caller] = (tuple(values), tuple(second) or tuple(values), guarded)

    @cached_property
    def lengths(self) -> Integers:
        """The number of arguments of every signature."""
        return np.array([len(signature.params) for signature in self.signatures], dtype=np.int64)

    @cached_property
    def _numbers(self) -> Integers:
        """The arguments of every signature, as the arena numbers them: equal kinds and metadata are equal; padded."""
        found = np.full((len(self.signatures), self.max_args), -1)
        number = self.arena.numbers.__getitem__
        flat = [number(param) for signature in self.signatures for param in signature.params]
        found[np.arange(self.max_args) < self.lengths[:, None]] = flat
        return found

    @cached_property
    def _distinct(self) -> tuple[Integers, Integers]:
        """The distinct arguments by their numbers in the arena, and which of them every argument is (-1: none)."""
        distinct, which = np.unique(self._numbers, return_inverse=True)
        which = which.reshape(self._numbers.shape)
        return (distinct[1:], which - 1) if len(distinct) and distinct[0] < 0 else (distinct, which)

    @property
    def params(self) -> Integers:
        """Which of `distinct_params` every argument of every signature is; -1 behind the last one."""
        return self._distinct[1]

    @cached_property
    def distinct_params(self) -> list[Param]:
        """The different arguments, metadata and all."""
        return [self.arena.numbers.params[number] for number in self._distinct[0]]

    @cached_property
    def widths(self) -> Integers:
        """The bytes of a value of each of `distinct_params`."""
        data = self.rules.target.data
        return np.array([KINDS[param.kind].width_in(data) for param in self.distinct_params], dtype=np.int64)

    @property
    def param_numbers(self) -> Integers:
        """The numbers that the arena has for `distinct_params`."""
        return self._distinct[0]

    @cached_property
    def plain_param_numbers(self) -> Integers:
        """The numbers that the arena has for `distinct_params` without their metadata."""
        return np.array([self.arena.numbers[Param(param.kind)] for param in self.distinct_params], dtype=np.int64)

    @cached_property
    def reading_table(self) -> Integers:
        """Which reading each distinct argument makes of each distinct slot, in each convention, followed or not.

        Laid out as ((2 * convention + follow) * params + param) * slots + slot; -1 where nobody has asked yet.
        """
        return np.full(6 * len(self.distinct_params) * len(self.slot_args), -1, dtype=np.int64)

    @cached_property
    def kinds(self) -> Integers:
        """The kind number of every argument of every signature; padded."""
        return np.array([*(KIND_NUMBERS[param.kind] for param in self.distinct_params), 0])[self.params]

    @cached_property
    def returns(self) -> Integers:
        """The kind number of what every signature returns."""
        return np.array([KIND_NUMBERS[signature.ret] for signature in self.signatures], dtype=np.int64)

    @property
    def fits_generic(self) -> bool:
        """Whether generic stubs can be bound to all of the signatures at once."""
        tensors = sum(param.tensor is not None for param in self.distinct_params)
        return len(self.signatures) <= MOST_SIGNATURES and tensors <= MOST_SPECS

    @cached_property
    def table(self) -> SignatureTable:
        """The signatures as generic stubs read them."""
        order = self.rules.target.data.byte_order
        return table(self.lengths, self.returns, self.kinds, self.params, self.distinct_params, order)

    @cached_property
    def slots(self) -> Integers:
        """What lies in every slot of the three rows of every caller, as a place in `slot_args`.

        The first `max_args` places stand for nothing, passed at that place.
        """
        return self._laid_out[0]

    @property
    def slot_args(self) -> Integers:
        """What lies in each distinct slot, as the arena numbers it; -1: nothing."""
        return self._laid_out[1]

    @property
    def slot_places(self) -> Integers:
        """At which argument each distinct slot lies."""
        return self._laid_out[2]

    @cached_property
    def _laid_out(self) -> tuple[Integers, Integers, Integers]:
        """The slots, and of each distinct one what lies there and at which place."""
        width, places = self.max_args, np.arange(self.max_args)
        if not width:
            nothing = np.zeros(0, np.int64)
            return np.zeros((len(self.signatures), ROWS_PER_CALLER, 0), np.int64), nothing, nothing
        used = np.zeros((len(self.distinct_params) + 1, width), bool)  # the last, which is that of -1, is the padding
        used[self.params, places] = True
        param, place = np.nonzero(used[:-1])
        of = zip(self._distinct[0][param].tolist(), place.tolist(), strict=True)
        lying = np.array([self.arena.ordinary(number, at, self.salt) for number, at in of], np.int64)
        keys = np.full((*used.shape, ROWS_PER_CALLER), -1)  # an argument and its place; -1 minus the place is nothing
        keys[-1] = -1 - places[:, None]
        keys[param, place] = lying.reshape(-1, ROWS_PER_CALLER) * width + place[:, None]
        slots = keys[self.params, places].transpose(0, 2, 1)
        for caller, rows in self._payloads.items():
            for row, values in enumerate(rows):
                numbers = [self.arena.arg_number(value, at) for at, value in enumerate(values)]
                slots[caller, row, : len(numbers)] = np.array(numbers, np.int64) * width + places[: len(numbers)]
        distinct, which = np.unique(slots[slots >= 0], return_inverse=True)
        found = -1 - slots
        found[slots >= 0] = width + which
        args, at = np.divmod(distinct, width)
        return found, np.concatenate([np.full(width, -1), args]), np.concatenate([places, at])

    def rows(self, caller: int) -> tuple[list[Arg], ...]:
        """The caller's rows of payload as they lie in memory."""
        numbers = self.slot_args[self.slots[caller, :, : len(self.signatures[caller])]]
        return tuple([self.arena.args[number] for number in row] for row in numbers.tolist())

    def codes(self, caller: int) -> list[int]:
        """The codes that a caller packs."""
        return [self.rules.code(param.kind) for param in self.signatures[caller].params]

    def result_value(self, callee: int) -> Value:
        """What the body of a callee returns unless a call says otherwise."""
        return payloads.result(self.signatures[callee].ret, self.salt)

    def result(self, callee: int) -> Arg:
        """What the body of a callee returns, as it lies in memory."""
        return self.arena.arg(self.result_value(callee))

    @cached_property
    def result_places(self) -> Integers:
        """The place in the pool of what each kind number returns; of kinds that nobody returns, and of nothing, 0."""
        places = np.zeros(len(KIND_NAMES), dtype=np.int64)
        for ret in {signature.ret for signature in self.signatures} - {NONE}:
            places[KIND_NUMBERS[ret]] = self.arena.slot(payloads.result(ret, self.salt))
        return places

    @cached_property
    def row_bytes(self) -> bytes:
        """The payload rows of all callers, one after the other, `max_args` slots each."""
        return self.arena.slots_of(self.slot_args)[self.slots].tobytes()

    def pooled(self, values: Callable[[str], Sequence[Value]]) -> Lists:
        """The places in the pool of the values of every kind."""
        found = self.arena.memo.get(values)
        if found is None:
            lists = [[self.arena.slot(value) for value in values(kind)] for kind in KIND_NAMES]
            found = self.arena.memo[values] = Lists(lists)
        return cast("Lists", found)

    def place(self, value: Value, at: int = 0) -> int:
        """The place of one value in the pool; `at` is the argument whose no-access page its pointers may lead to."""
        return self.arena.slot(value, at)

    @cached_property
    def decisions(self) -> Integers:
        """What count and codes of every caller lead to: `FEW`, `MANY`, the first argument rejected, or `OPEN`."""
        lengths = self.lengths
        found = np.where(lengths[None, :] < lengths[:, None], FEW, MANY).astype(np.int16)
        rejects, kinds = rejecting(self.rules), self.kinds
        step = max(1, CELLS // max(1, kinds.size))
        for start in range(0, len(lengths) if self.max_args else 0, step):
            callees, callers = np.nonzero(lengths[start : start + step, None] == lengths[None, :])
            callees += start
            # Behind their last arguments both have the same padding, of which no kind rejects itself.
            hit = rejects.reshape(-1).take(kinds[callees] * len(rejects) + kinds[callers])
            found[callees, callers] = np.where(hit.any(axis=1), hit.argmax(axis=1), OPEN)
        if not self.max_args:
            found[:] = OPEN
        return found

    @cached_property
    def _classified(self) -> tuple[Integers, Integers]:
        decisions = self.decisions
        classes = np.full(decisions.shape, CLASS_NUMBERS["type"], dtype=np.uint8)
        classes[decisions == FEW] = CLASS_NUMBERS["few"]
        classes[decisions == MANY] = CLASS_NUMBERS["many"]
        indices = np.maximum(decisions, -1).astype(np.int16)
        callees, callers = np.nonzero(decisions == OPEN)
        differs = self._numbers[callees] != self._numbers[callers]
        same_return = self.returns[callees] == self.returns[callers]
        declarable = np.zeros(len(self.signatures), bool)
        declarable[list(self.callees)] = True
        classes[callees, callers] = CLASS_NUMBERS["match"]
        for k in np.flatnonzero(declarable[callees] & (differs.any(axis=1) | ~same_return)).tolist():
            callee, caller = int(callees[k]), int(callers[k])
            places = differs[k].nonzero()[0].tolist()
            mismatch = mismatches.accepted(self.signatures[caller], self.signatures[callee], self.rules, places)
            self._mismatches[callee, caller] = mismatch
            classes[callee, caller] = CLASS_NUMBERS[mismatch.cls]
            indices[callee, caller] = -1 if mismatch.index is None else mismatch.index
        return classes, indices

    @property
    def classes(self) -> Integers:
        """The class number of every caller's mismatch with every callee."""
        return self._classified[0]

    @property
    def indices(self) -> Integers:
        """The argument in which a caller and a callee differ, -1 where it is none."""
        return self._classified[1]

    def mismatch(self, callee: int, caller: int) -> Mismatch:
        """The mismatch of one pair."""
        decision = int(self.decisions[callee, caller])
        passed, declared = self.signatures[caller], self.signatures[callee]
        if decision == OPEN:
            cls = CLASS_NAMES[self.classes[callee, caller]]
            return MATCH if cls == "match" else self._mismatches[callee, caller]
        if decision in (FEW, MANY):
            return Mismatch("few" if decision == FEW else "many", None, str(len(declared)), str(len(passed)))
        return Mismatch("type", decision, declared.params[decision].kind, passed.params[decision].kind)


@lru_cache(maxsize=64)
def rejecting(rules: Rules) -> NDArray[np.bool_]:
    """Whether a callee that declares one kind number rejects what another packs as: a row a declared kind."""
    table = np.zeros((len(KIND_NAMES), len(KIND_NAMES)), dtype=bool)
    for declared in rules.kinds:
        for passed in rules.passable:
            table[KIND_NUMBERS[declared], KIND_NUMBERS[passed]] = rules.decide(declared, rules.code(passed)) == "reject"
    return table


@lru_cache(maxsize=64)
def code_rejections(rules: Rules) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The codes of the table in order, and whether each kind number rejects each of them; any other code is."""
    codes = np.array(sorted(rules.codes.values()), dtype=np.int64)
    table = np.ones((len(KIND_NAMES), len(codes)), dtype=bool)
    for kind in rules.kinds:
        table[KIND_NUMBERS[kind]] = [rules.decide(kind, code) == "reject" for code in codes.tolist()]
    return codes, table
