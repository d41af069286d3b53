"""Drafts the calls after which what an argument led to is overwritten and unmapped, before others are made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from conformance.checks.choices import kind_names
from conformance.checks.columns import CLASS_NUMBERS, RELEASED, Integers, Rows, changed, join
from conformance.checks.draft import Draft
from conformance.generation import payloads
from conformance.model.kinds import FOLLOWED
from conformance.model.value import Value
from conformance.oracle.mismatch import tensor


def released(draft: Draft) -> Rows:
    """Of each callee a matched call that releases a text, bytes or a tensor, and wrong ones.

    Wrong are another argument, the one whose kind makes it so, or a field of the tensor. Other arguments have their
    turn from callee to callee and from bundle to bundle. Where calls pass values as such there are none: what these
    lead to is the subject's own.
    """
    if draft.family.by_value:
        return draft.nothing()
    callee, at = draft.arguments()
    callee, _, at = _one_each(draft, callee, callee, at)
    beside = _wrong_beside(draft, callee, at)
    of_kind = _wrong_kind(draft)
    return join(
        _releasing(draft, draft.matched(callee, flags=draft.reading), at),
        _releasing(draft, *beside),
        _releasing(draft, of_kind, of_kind["index"]),
        _wrong_fields(draft, callee, at),
    )


def _one_each(draft: Draft, callee: Integers, caller: Integers, at: Integers) -> tuple[Integers, Integers, Integers]:
    """For each callee one text, bytes or tensor among arguments, of which those of one callee are beside each other."""
    followed = np.array([name in FOLLOWED for name in kind_names(draft.rules)])
    some = np.flatnonzero(followed[draft.kinds_at(caller, at)])
    _, first, counts = np.unique(callee[some], return_index=True, return_counts=True)
    chosen = some[first + (np.arange(len(first)) + draft.family.salt) % counts]
    return callee[chosen], caller[chosen], at[chosen]


def _wrong_beside(draft: Draft, callee: Integers, at: Integers) -> tuple[Rows, Integers]:
    """Rows with a wrong code in the argument behind the one that is released, and where that one is."""
    released_at = np.full(len(draft.lengths), -1)
    released_at[callee] = at
    several = draft.lengths[callee] > 1
    callee, at = callee[several], at[several]
    rows = draft.wrong(callee, (at + 1) % draft.lengths[callee], draft.family.salt)
    return rows, released_at[rows["callee"]]


def _wrong_kind(draft: Draft) -> Rows:
    """Calls of callees by others that take the same return, and pass a text, bytes or a tensor where it is rejected."""
    family, returns = draft.family, draft.family.returns
    rejected = family.classes[draft.callees] == CLASS_NUMBERS["type"]
    which, caller = np.nonzero(rejected & (returns[draft.callees, None] == returns))
    callee = draft.callees[which]
    callee, caller, at = _one_each(draft, callee, caller, family.indices[callee, caller])
    return draft.calls(caller, callee, index=at, cls=CLASS_NUMBERS["type"])


def _releasing(draft: Draft, rows: Rows, at: Integers, values: Sequence[Value] = ()) -> Rows:
    """The rows with argument `at`, or one of `values` there, on the pages that are released after the call."""
    signatures, salt = draft.family.signatures, draft.family.salt
    both = zip(rows["caller"].tolist(), at.tolist(), strict=True)
    chosen = values or [payloads.graffiti(signatures[caller].params[place], place, salt) for caller, place in both]
    places = [draft.family.place(replace(value, released=True)) for value in chosen]
    return changed(rows, mode=RELEASED, value_at=at, value=places)


def _wrong_fields(draft: Draft, callee: Integers, at: Integers) -> Rows:
    """Matched calls but for one field of the tensor that is released."""
    found: list[tuple[int, int, int, Value]] = []
    for turn, (declared, place) in enumerate(zip(callee.tolist(), at.tolist(), strict=True), draft.family.salt):
        spec = draft.family.signatures[declared].params[place].tensor
        if spec is not None:
            near = payloads.near_tensors(spec)
            value = near[turn % len(near)]
            cls = tensor(value, spec, draft.rules)
            found += [(declared, place, CLASS_NUMBERS[cls], value)] if cls else []
    columns = np.array([row[:3] for row in found], dtype=np.int64).reshape(-1, 3)
    rows = draft.matched(columns[:, 0], index=columns[:, 1], cls=columns[:, 2])
    return _releasing(draft, rows, columns[:, 1], [row[3] for row in found])
