"""The signatures of a subject in Python, and the values that are passed to its callees as such."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache

import numpy as np

from conformance.checks.choices import is_pointer, kind_names, kind_numbers
from conformance.checks.columns import CLASS_NUMBERS, GUARDED, Integers, Lists
from conformance.checks.counts import INT_MAX, INT_MIN
from conformance.generation import payloads
from conformance.model.case import Mismatch
from conformance.model.kinds import NONE
from conformance.model.signature import Param, Signature, TensorSpec
from conformance.model.subject import Call, Slot
from conformance.model.value import Value
from conformance.oracle.mismatch import argument, pair
from conformance.rules.load import Rules
from conformance.subjects.called import CalledSubject

MOST_SAMPLES = 64
"""Values of one kind that are tried in one place."""


@lru_cache(maxsize=65536)
def value(rules: Rules, param: Param, place: int, salt: int, *, leads: bool = False) -> Value:
    """What is passed for an argument: graffiti, or one of the texts of a custom kind.

    A handle leads nowhere, but where callees may follow it and it `leads` to a tensor.
    """
    custom = rules.custom_kinds.get(param.kind)
    if custom is not None and custom.values:
        return Value(param.kind, data=custom.values[(place + salt) % len(custom.values)].encode())
    kind = custom.like if custom is not None else param.kind
    if kind == "handle" and not leads:
        plain = Value("handle", payloads.graffiti_bits(place, salt) & 0x7FFF_FFFF_FFF0)
    else:
        plain = payloads.graffiti(Param(kind, param.tensor), place, salt)
    return replace(plain, kind=param.kind, cell=0)


def handles_lead(subject: CalledSubject) -> bool:
    """Whether callees of a subject that declare a tensor take a handle for the address of one."""
    kinds, rules = subject.kinds, subject.rules
    if not subject.has_callees or "tensor" not in kinds or "handle" not in rules.passable:
        return False
    return argument(Param("handle"), Param("tensor", TensorSpec()), rules) != "type"


def is_tensor(rules: Rules, kind: str) -> bool:
    """Whether values of this kind are tensors."""
    return kind == "tensor" or (kind in rules.custom_kinds and rules.custom_kinds[kind].like == "tensor")


class ValueBundle:
    """A family of signatures (checks/draft.py) whose calls pass values as such.

    Where only certain signatures can be declared, the callees are these, and they come first; elsewhere the drawn ones
    that can be declared. Callers that take a return, of the subjects that have them, come last.
    """

    by_value = True
    packed = True

    def __init__(self, drawn: Sequence[Signature], salt: int, subject: CalledSubject) -> None:
        about, kinds = subject.about, set(subject.kinds)
        self.salt = salt
        self.rules = subject.rules
        self.claims: Collection[str] = subject.claims
        self.mutable_parts: Collection[str] = about.mutable_parts
        self.packs = about.packs
        self.told = (INT_MIN, INT_MAX) if "count" in about.mutable_parts else (0, about.max_args)
        callers = tuple(dict.fromkeys((*subject.fixed, *drawn)))
        self.signatures = (*callers, *(Signature((), kind) for kind in about.takes))
        self.takers = tuple(range(len(callers), len(self.signatures)))
        if subject.fixed:
            self.callees = tuple(range(len(subject.fixed)))
        else:
            declarable = [
                subject.has_callees and all(param.kind in kinds for param in signature.params) for signature in callers
            ]
            self.callees = tuple(np.flatnonzero(declarable).tolist())
        self.places = {callee: place for place, callee in enumerate(self.callees)}
        self._chooses = "X0-RETURN" in about.checks
        self._handles_lead = handles_lead(subject)
        self._shows_ranges = "X0-RANGE" in about.checks
        self._pool: dict[Value, int] = {}
        self._values: list[Value] = []
        self._pooled: dict[Callable[[str], Sequence[Value]], Lists] = {}
        self._mismatches: dict[tuple[int, int], Mismatch] = {}

    @property
    def declared(self) -> tuple[Signature, ...]:
        """The signatures of the callees, in order."""
        return tuple(self.signatures[callee] for callee in self.callees)

    @cached_property
    def lengths(self) -> Integers:
        """The number of arguments of every signature."""
        return np.array([len(signature) for signature in self.signatures], dtype=np.int64)

    @cached_property
    def kinds(self) -> Integers:
        """The kind number of every argument of every signature; padded."""
        numbers = kind_numbers(self.rules)
        found = np.zeros((len(self.signatures), max(self.lengths.tolist(), default=0)), dtype=np.int64)
        for row, signature in enumerate(self.signatures):
            found[row, : len(signature)] = [numbers[param.kind] for param in signature.params]
        return found

    @cached_property
    def returns(self) -> Integers:
        """The kind number of what a body is told to return; where it cannot be told, that of nothing."""
        numbers = kind_numbers(self.rules)
        return np.array([numbers[each.ret if self._chooses else NONE] for each in self.signatures], dtype=np.int64)

    @cached_property
    def _classified(self) -> tuple[Integers, Integers]:
        classes = np.full((len(self.signatures), len(self.signatures)), CLASS_NUMBERS["match"], dtype=np.uint8)
        indices = np.full(classes.shape, -1, dtype=np.int16)
        # Nobody takes a return here, so callers of the same arguments are one.
        callers: dict[tuple[Param, ...], int] = {}
        for at in range(len(self.signatures) - len(self.takers)):
            callers.setdefault(self.signatures[at].params, at)
        for callee in self.callees:
            for caller in callers.values():
                declared = self.signatures[callee]
                if not self._can_pass(self.signatures[caller], declared):
                    continue
                mismatch = pair(Signature(self.signatures[caller].params, declared.ret), declared, self.rules)
                self._mismatches[callee, caller] = mismatch
                classes[callee, caller] = CLASS_NUMBERS[mismatch.cls]
                indices[callee, caller] = -1 if mismatch.index is None else mismatch.index
        return classes, indices

    def _can_pass(self, passed: Signature, declared: Signature) -> bool:
        """Whether a callee could be handed what is passed: integers out of range only where X0-RANGE is looked at."""
        if self._shows_ranges or len(passed) != len(declared):
            return True
        classes = [argument(p, d, self.rules) for p, d in zip(passed.params, declared.params, strict=True)]
        return "type" in classes or not {"width", "sign"} & set(classes)

    @property
    def classes(self) -> Integers:
        """The class number of every caller's mismatch with every callee."""
        return self._classified[0]

    @property
    def indices(self) -> Integers:
        """The argument in which a caller and a callee differ, -1 where it is none."""
        return self._classified[1]

    def mismatch(self, callee: int, caller: int) -> Mismatch:
        """The mismatch of one pair that `classes` has."""
        return self._mismatches[callee, caller]

    def pooled(self, values: Callable[[str], Sequence[Value]]) -> Lists:
        """The places in the pool of the values of every kind, of each no more than `MOST_SAMPLES`."""
        if values not in self._pooled:
            samples = [self.samples(kind, values) for kind in kind_names(self.rules)]
            self._pooled[values] = Lists([[self.place(sample) for sample in some] for some in samples])
        return self._pooled[values]

    def samples(self, kind: str, values: Callable[[str], Sequence[Value]]) -> list[Value]:
        """The values of a kind, no more than `MOST_SAMPLES`; of a custom kind its texts, or those that it is like."""
        custom = self.rules.custom_kinds.get(kind)
        if custom is None:
            return list(values(kind))[:MOST_SAMPLES]
        if custom.values:
            return [Value(kind, data=text.encode()) for text in custom.values][:MOST_SAMPLES]
        return [replace(sample, kind=kind) for sample in values(custom.like)][:MOST_SAMPLES]

    def place(self, value: Value, at: int = 0) -> int:  # noqa: ARG002 - a value lies nowhere, so it has no page of its own
        """The place of one value in the pool."""
        if value not in self._pool:
            self._pool[value] = len(self._values)
            self._values.append(value)
        return self._pool[value]

    def value_at(self, place: int) -> Value:
        """The value at a place of the pool."""
        return self._values[place]

    def of_kind(self, kind: str, place: int, like: TensorSpec | None = None) -> Value:
        """What is passed of a kind at a place; of a tensor, one with the metadata of `like`."""
        spec = (like or TensorSpec()) if is_tensor(self.rules, kind) else None
        return value(self.rules, Param(kind, spec), place, self.salt)

    def values(self, params: Sequence[Param], row: int = 0) -> list[Value]:
        """What a caller of these arguments passes: graffiti, others, or pointers to pages without access."""
        if row == GUARDED:
            return [self._guarded(plain) for plain in self.values(params)]
        salt = self.salt + 7 * row
        return [value(self.rules, param, at, salt, leads=self._handles_lead) for at, param in enumerate(params)]

    def _guarded(self, plain: Value) -> Value:
        leads = plain.kind != "null" and is_pointer(self.rules, plain.kind)
        return Value(plain.kind, guarded=True) if leads else plain

    def slot(self, sent: Value) -> Slot:
        """A value on the wire under its own code."""
        return Slot(self.rules.code(sent.kind), sent)

    def call(self, declared: Signature, row: int = 0) -> Call:
        """A matched call."""
        return Call(tuple(map(self.slot, self.values(declared.params, row))), result=self.result(declared.ret))

    def result(self, ret: str) -> Value | None:
        """What a body is to return, where the subject can choose it."""
        if ret == NONE or not self._chooses:
            return None
        return value(self.rules, Param(ret), payloads.RESULT_PLACE, self.salt)
