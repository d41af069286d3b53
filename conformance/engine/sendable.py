"""The calls of a check that can be made of a runtime that copies, column by column: as oracle/sendable.py says."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conformance.checks.columns import COUNT, KIND_NAMES, KIND_NUMBERS, PACKED, RELEASED, Rows
from conformance.engine.bundle import OPEN, Bundle
from conformance.oracle.sendable import (
    UNCOUNTED,
    UNTRUE,
    has_elements,
    is_countable,
    is_unlike,
    is_unlike_return,
    is_untrue,
)
from conformance.rules.load import Rules

Mask = NDArray[np.bool_]


def sendable(bundle: Bundle, rows: Rows) -> tuple[Rows, str]:
    """The rows that can be sent, and why others are left out; "" where none are."""
    left_out, why = np.zeros(len(rows), bool), []
    for words, found in _left_out(bundle, rows):
        if found.any():
            left_out |= found
            why.append(words)
    return (rows.take(np.flatnonzero(~left_out)) if why else rows), "; ".join(why)


def _left_out(bundle: Bundle, rows: Rows) -> Iterator[tuple[str, Mask]]:
    rules, packed = bundle.rules, rows["convention"] == PACKED
    if rules.copies_arrays:
        yield UNCOUNTED, packed & ((rows["flags"] & COUNT) != 0) & ~is_countable(rows["count"])
    if rules.copies_pointees:
        yield (
            UNTRUE,
            packed & (_under_untrue_codes(bundle, rows) | _without_elements(bundle, rows) | _unlike(bundle, rows)),
        )


def _arg_at(bundle: Bundle, rows: Rows, at: NDArray[Any]) -> NDArray[Any]:
    """What each row passes as argument `at`, as the arena numbers it."""
    own = bundle.slot_args[bundle.slots[rows["caller"], rows["row"], at]]
    pool = np.array(bundle.arena.pool_args, dtype=np.int64)
    valued = rows["value_at"] == at
    return np.where(valued, pool[np.where(valued, rows["value"], 0)], own) if len(pool) else own


def _under_untrue_codes(bundle: Bundle, rows: Rows) -> Mask:
    """Rows with a code that promises a pointer of a kind over a value that is none of it."""
    codes, untrue = _untrue(bundle.rules)
    found = np.zeros(len(rows), bool)
    for column, changed in zip(rows["code_at"].T, rows["code"].T, strict=True):
        some = np.flatnonzero(column >= 0)
        if len(some):
            place = np.minimum(np.searchsorted(codes, changed[some]), len(codes) - 1)
            args = _arg_at(bundle, rows.take(some), column[some].astype(np.int64)).tolist()
            kind = np.array([KIND_NUMBERS[bundle.arena.args[arg].kind] for arg in args], dtype=np.int64)
            known: Mask = codes.take(place) == changed[some]
            found[some] |= known & untrue[kind, place]
    return found


def _without_elements(bundle: Bundle, rows: Rows) -> Mask:
    """Rows that pass a tensor whose elements are nowhere, in the call or in the matched one after its release."""
    if not bundle.max_args:
        return np.zeros(len(rows), bool)
    args = bundle.slot_args[bundle.slots]
    lacking = np.array([not has_elements(arg.value) for arg in bundle.arena.args] + [False])  # -1: nothing is passed
    lacks = lacking[args].astype(np.int64)
    of_rows = lacks.sum(axis=2)
    number = of_rows[rows["caller"], rows["row"]]
    some = np.flatnonzero(rows["value_at"] >= 0)
    if len(some):
        chosen, pool = rows.take(some), np.array(bundle.arena.pool_args, dtype=np.int64)
        number[some] += lacking[pool[chosen["value"]]]
        number[some] -= lacks[chosen["caller"], chosen["row"], chosen["value_at"]]
    number += np.where(rows["mode"] == RELEASED, of_rows[rows["callee"], rows["row"]], 0)
    found: Mask = number > 0
    return found


def _unlike(bundle: Bundle, rows: Rows) -> Mask:
    """Rows of which all codes are accepted although a pointer is taken for one of another kind."""
    arguments, returns = _unlike_kinds(bundle.rules)
    callee, caller = rows["callee"].astype(np.int64), rows["caller"].astype(np.int64)
    found = np.zeros(len(rows), bool)
    some = np.flatnonzero((callee != caller) & (bundle.decisions[callee, caller] == OPEN))
    callee, caller = callee[some], caller[some]
    found[some] = arguments[bundle.kinds[callee], bundle.kinds[caller]].any(axis=1)
    found[some] |= returns[bundle.returns[caller], bundle.returns[callee]]
    return found


@lru_cache(maxsize=64)
def _untrue(rules: Rules) -> tuple[NDArray[np.int64], Mask]:
    """The codes in order, and which of them promise a pointer that a value of each kind number is not."""
    codes = np.array(sorted(rules.codes.values()), dtype=np.int64)
    return codes, np.array([[is_untrue(rules, kind, code) for code in codes.tolist()] for kind in KIND_NAMES])


@lru_cache(maxsize=64)
def _unlike_kinds(rules: Rules) -> tuple[Mask, Mask]:
    """Whether one kind number, declared or taken (the row), takes another as it is for what it is not."""
    tables = np.zeros((2, len(KIND_NAMES), len(KIND_NAMES)), bool)
    for kind in rules.kinds:
        for other in rules.kinds:
            place = KIND_NUMBERS[kind], KIND_NUMBERS[other]
            tables[0][place] = is_unlike(rules, kind, other)
            tables[1][place] = is_unlike_return(rules, kind, other)
    return tables[0], tables[1]
