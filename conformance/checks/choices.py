"""What may stand in the place of an argument: for each declared kind the codes and kinds that it rejects, or takes."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from conformance.checks.columns import CLASS_NUMBERS, KIND_NAMES, Lists
from conformance.model.kinds import KINDS
from conformance.model.signature import Param
from conformance.oracle.expect import takes_all
from conformance.oracle.mismatch import argument
from conformance.rules.load import Rules

_NO_CLASS = 0xFF
NO_CODE = -1 << 40
"""No code of any table."""
_NUMBERS = {"float": 0, "int": 1, "uint": 1, "bool": 2}
_SCALARS = sorted(
    (kind.name for kind in KINDS.values() if kind.family in _NUMBERS),
    key=lambda kind: (_NUMBERS[KINDS[kind].family], -KINDS[kind].width),
)


@lru_cache(maxsize=64)
def kind_names(rules: Rules) -> tuple[str, ...]:
    """All kinds by number: the suite's, the return of nothing, and the custom ones of a rules table."""
    return (*KIND_NAMES, *rules.custom_kinds)


@lru_cache(maxsize=64)
def kind_numbers(rules: Rules) -> dict[str, int]:
    """The number of each kind."""
    return {kind: number for number, kind in enumerate(kind_names(rules))}


def is_pointer(rules: Rules, kind: str) -> bool:
    """Whether a value of this kind is an address, or an object behind one."""
    custom = rules.custom_kinds.get(kind)
    like = kind if custom is None else custom.like
    return KINDS[like].is_pointer if like in KINDS else custom is not None


@lru_cache(maxsize=64)
def pointers(rules: Rules) -> NDArray[np.bool_]:
    """Whether values of each kind number are addresses."""
    return np.array([is_pointer(rules, kind) for kind in kind_names(rules)])


@lru_cache(maxsize=64)
def indifferent(rules: Rules) -> NDArray[np.bool_]:
    """Whether an argument that declares each kind number takes every code, so that it looks at none."""
    return np.array([kind in rules.accept and takes_all(rules, kind) for kind in kind_names(rules)])


@lru_cache(maxsize=64)
def codes_of_numbers(rules: Rules) -> NDArray[np.int64]:
    """The code under which each kind number is passed where it is a number of the suite's, else `NO_CODE`."""
    codes = [rules.code(kind) if kind in _SCALARS and kind in rules.accept else NO_CODE for kind in kind_names(rules)]
    return np.array(codes, dtype=np.int64)


def rejected_codes(rules: Rules, kind: str) -> tuple[int, ...]:
    """The codes of the table that a callee declaring `kind` must reject; first those that a kind here packs as."""
    if kind not in rules.accept:
        return ()
    rejected = [code for code in rules.codes.values() if rules.decide(kind, code) == "reject"]
    return tuple(sorted(rejected, key=lambda code: code in rules.codes_without_kind))


@lru_cache(maxsize=64)
def kind_classes(rules: Rules) -> NDArray[np.uint8]:
    """The class of passing a value of one kind where another is declared: a row a declared kind; of itself, none.

    A tensor that is passed for a custom kind of one has the metadata that are declared.
    """
    names = kind_names(rules)
    found = np.full((len(names), len(names)), _NO_CLASS, dtype=np.uint8)
    for row, declared in enumerate(names):
        for column, passed in enumerate(names):
            if declared in rules.accept and passed in rules.all_passable and passed != declared:
                found[row, column] = CLASS_NUMBERS[argument(Param(passed), Param(declared), rules) or "match"]
    return found


@lru_cache(maxsize=256)
def kinds_of_classes(rules: Rules, classes: tuple[str, ...]) -> Lists:
    """The numbers of the kinds whose values are of one of these classes where each kind number is declared."""
    chosen = np.isin(kind_classes(rules), [CLASS_NUMBERS[name] for name in classes])
    return Lists([np.flatnonzero(row).tolist() for row in chosen])


@lru_cache(maxsize=128)
def rejected(rules: Rules, by_value: bool) -> Lists:
    """What each kind number must reject: kinds where values of any kind can be passed, else codes."""
    if by_value:
        return kinds_of_classes(rules, ("type",))
    return Lists([rejected_codes(rules, kind) for kind in kind_names(rules)])


@lru_cache(maxsize=128)
def rejected_scalar(rules: Rules, by_value: bool) -> Lists:
    """One of what each kind number must reject; where there is one, a number, so that nobody follows a pointer."""

    def first(number: int) -> list[int]:
        every = rejected(rules, by_value).of(number)
        numbers = kind_numbers(rules)
        scalars = [numbers[scalar] for scalar in _SCALARS] if by_value else rules.scalar_codes
        return [*(scalar for scalar in scalars if scalar in every), *every][:1]

    return Lists([first(number) for number in range(len(kind_names(rules)))])


@lru_cache(maxsize=128)
def accepted(rules: Rules, by_value: bool) -> Lists:
    """What else each kind number takes as it is: kinds, or of pointers codes but for its own and null's."""
    if by_value:
        return kinds_of_classes(rules, ("match",))

    def codes(kind: str) -> list[int]:
        if kind not in KINDS or not KINDS[kind].is_pointer or kind not in rules.accept:
            return []
        apart = (rules.code_name(kind), rules.packs_as.get("null"))
        return [
            rules.codes[name] for name in rules.codes if name not in apart and rules.accept[kind].get(name) == "exact"
        ]

    return Lists([codes(kind) for kind in kind_names(rules)])


@lru_cache(maxsize=128)
def lies(rules: Rules, by_value: bool) -> Lists:
    """The codes of the table that each kind number must reject and that only a lie puts beside a value."""
    if not by_value:
        return rejected(rules, by_value)
    without = set(rules.codes_without_kind)
    return Lists([[c for c in rejected_codes(rules, kind) if c in without] for kind in kind_names(rules)])


@lru_cache(maxsize=64)
def null_kinds(rules: Rules, by_value: bool) -> Lists:
    """The kinds whose null pointers each kind number must reject: its own, and custom ones that are like it."""

    def kinds(kind: str) -> list[int]:
        if kind not in rules.rejects_null:
            return []
        like = [custom.name for custom in rules.custom_kinds.values() if custom.like == kind] if by_value else []
        return [kind_numbers(rules)[name] for name in (kind, *like)]

    return Lists([kinds(kind) for kind in kind_names(rules)])
