"""The plain C calls that are made of a bundle, as cases without a pair of sides."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from conformance.direct import psabi
from conformance.direct.draw import every_kind, signature
from conformance.direct.kinds import ATOMS, NARROW, VARIADIC, is_variadic
from conformance.direct.values import drawn as drawn_value
from conformance.direct.values import plain, value_of
from conformance.generation.strategies import Drawn
from conformance.model.case import MATCH, Case, Mismatch
from conformance.model.kinds import NONE
from conformance.model.signature import Signature
from conformance.model.target import Target
from conformance.model.value import NO_VALUE, Value

CHECK = "DIRECT-PAIR"
CONVENTION = "direct"

_WIDE = "i32"


@dataclass(frozen=True)
class DirectPlan:
    """The calls of a bundle, in order; a carrier fills in its pair."""

    cases: tuple[Case, ...]

    @property
    def count(self) -> int:
        """How many calls there are."""
        return len(self.cases)


def plan_of(bundle: Drawn, target: Target, *, strangers: bool) -> DirectPlan:
    """Every signature called with plain values and with drawn ones; beside every kind alone also `upper_bits`.

    These are asked of `strangers` alone: one compiler does it otherwise at every level, and heeds none of it itself.
    """
    drawn_values = [matched(one, bundle.salt) for one in bundle.signatures]
    cases = [case for one in drawn_values for case in (simplified(one), one)]
    if strangers and bundle == every_kind():
        cases += upper_bits(target)
    return DirectPlan(tuple(cases))


def matched(declared: Signature, salt: int) -> Case:
    """A call that both sides declare alike."""
    rng = random.Random(f"{salt} {declared}")  # noqa: S311 - nothing secret
    payload = tuple(drawn_value(param.kind, rng) for param in declared.params)
    result = NO_VALUE if declared.ret == NONE else drawn_value(declared.ret, rng)
    return Case(CHECK, CONVENTION, "", "", declared, declared, MATCH, payload, result)


def alone_in_a_call(kind: str, is_return: bool) -> Case:
    """A call of one kind as the return, or as an argument with some that everybody passes alike around it."""
    if is_return:
        return simplified(matched(signature([], ret=kind), 0))
    if is_variadic(kind):
        return simplified(matched(signature(["i32"], kind, VARIADIC + "i32", VARIADIC + "f64"), 0))
    return simplified(matched(signature([], kind, "i32", "f64"), 0))


def simplified(case: Case) -> Case:
    """A matched call with the simplest values."""
    payload = tuple(plain(param.kind, at) for at, param in enumerate(case.passed.params))
    result = NO_VALUE if case.declared.ret == NONE else plain(case.declared.ret, len(payload))
    return Case(CHECK, CONVENTION, case.caller, case.callee, case.passed, case.declared, MATCH, payload, result)


def upper_bits(target: Target) -> Iterator[Case]:
    """Calls in which one side has an int where the other has a narrow kind: it makes or sees what lies above.

    Only where the target's psABI leaves that open; and a bool that holds neither 0 nor 1, of which no text says a word.
    """
    if not psabi.above(target.name, "i8").open:
        return
    for narrow in NARROW:
        number = 1 if narrow == "bool" else 0x85 << 8 * (ATOMS[narrow].width - 1)
        clean, dirty = value_of(narrow, [number]), value_of(_WIDE, [number | 0x5A5A_5A5A << 8 * ATOMS[narrow].width])
        yield _argument(_WIDE, narrow, dirty)
        yield _argument(narrow, _WIDE, clean)
        yield _return(narrow, _WIDE, clean)
        yield _return(_WIDE, narrow, dirty)
    for strange in (0x02, 0x82):
        value = value_of(_WIDE, [strange])
        yield _argument(_WIDE, "bool", value)
        yield _return(_WIDE, "bool", value)


def _called(kind: str) -> str:
    """What a kind is called in a key: those that a psABI has one rule for are called alike."""
    return "narrow" if kind in NARROW and kind != "bool" else kind


def _argument(passed: str, declared: str, value: Value) -> Case:
    mismatch = Mismatch("padding", 0, _called(declared), _called(passed))
    return Case(CHECK, CONVENTION, "", "", signature([passed]), signature([declared]), mismatch, (value,))


def _return(declared: str, passed: str, value: Value) -> Case:
    """The callee returns what it has declared, the caller takes another kind."""
    mismatch = Mismatch("padding", None, _called(declared), _called(passed))
    both = signature([], ret=passed), signature([], ret=declared)
    return Case(CHECK, CONVENTION, "", "", *both, mismatch, (), value)
