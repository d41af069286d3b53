"""Calls as columns: one row a call, for all callees of a family of signatures at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conformance.model.case import CLASSES
from conformance.model.kinds import NUMBERS

Rows = NDArray[Any]
"""Calls, as `CALL` lays them out."""

Integers = NDArray[Any]

PACKED, UNPACKED, DIRECT, HANDED = 0, 1, 2, 3
"""Numbers of the conventions, in the order of `model.case.CONVENTIONS`; a row of HANDED is no call of a callee.

In such a row a caller is handed the status `count` and, unless `code_at` is -1, a result: a value of the kind numbered
`code` under OF_KINDS, else a null pointer under the code `code`.
"""

PLAIN, AFTER, NESTED, CONCURRENT, OWN_ERROR, RELEASED = range(6)
"""Numbers of the modes, in the order of `model.case.MODES`."""

GRAFFITI, OTHER, GUARDED = 0, 1, 2
"""The rows of payload that every caller has: graffiti, other graffiti, and pointers into no-access pages."""

NULL_ARGS, NULL_CODES, NULL_RET, FOLLOW, COUNT, STATE = 1, 2, 4, 8, 16, 32
"""Flags of a call: which part is null; the body reads pointees; `count` is claimed; the machine's state is compared."""

NULLS = {"args": NULL_ARGS, "codes": NULL_CODES, "ret": NULL_RET}
"""The flag of each part of a call that can be null, by its name (`model.case.Mutations.nulls`)."""

OF_RETURN = -2
"""In place of an argument in `code_at`: the code of the return is replaced, before the caller takes it."""

PRESET_SHIFT = 8
"""From this bit on the flags say which preset lies in the result slot before a packed call."""

OF_KINDS, RAISED = 64, 128
"""Flags where values are passed as such: `code` has numbers of kinds, a value of which is passed under its own code; an
error comes with what a caller is handed."""

CLASS_NAMES = tuple(CLASSES)
CLASS_NUMBERS = {name: number for number, name in enumerate(CLASS_NAMES)}

KIND_NAMES = tuple(NUMBERS)
KIND_NUMBERS = NUMBERS
"""Kinds as numbers, the return of nothing the last; behind it come the custom kinds of a rules table."""

CALL = np.dtype(
    [
        # As `AbiOp` of harness/run.h has them, but for `second`, where that has the result.
        ("caller", "u2"),
        ("row", "u2"),  # of the caller's payload
        ("convention", "u1"),
        ("mode", "u1"),
        ("flags", "u2"),
        ("code_at", "i2", (2,)),  # arguments whose code is replaced, or -1; the first may be OF_RETURN
        ("code", "i4", (2,)),
        ("value_at", "i2"),  # the argument whose value is replaced, or -1
        ("second", "u2"),  # the payload row of the other call, in the modes that make several
        ("value", "i4"),  # the place in the pool of what replaces the value of argument `value_at`
        # The count that the callee is told, under COUNT; of class padding the word that lies in the padding, or the
        # preset code; of HANDED the status; in the modes NESTED and CONCURRENT how many calls are made, 0 for two.
        ("count", "i4"),
        # What the runner does not take, or takes otherwise.
        ("callee", "u2"),
        ("index", "i2"),  # the argument that differs, or -1
        ("result", "i4"),  # what the body returns, as a place of the pool; -1: the graffiti of its kind
        ("cls", "u1"),  # the mismatch class by its number
        ("paired", "?"),  # whether the other convention has the same call
    ],
    align=True,
)

_BYTES = np.dtype((np.void, CALL.itemsize))
# Rows are moved as bytes, by `take` and `join`: NumPy's own indexing of structures goes member by member.

TEMPLATE = np.zeros(1, CALL)
TEMPLATE["code_at"] = TEMPLATE["value_at"] = TEMPLATE["result"] = TEMPLATE["index"] = -1
"""A matched call of the first signature, with nothing changed."""


class Lists:
    """A list of numbers for each kind number, laid out flat."""

    def __init__(self, lists: Sequence[Sequence[int]]) -> None:
        self.counts = np.array([len(some) for some in lists], dtype=np.int64)
        self.starts = np.concatenate([[0], np.cumsum(self.counts)])
        self.flat = np.array([number for some in lists for number in some], dtype=np.int64)

    def expanded(self, which: Integers) -> tuple[Integers, Integers]:
        """The numbers of the lists `which`, one list after the other; before each where its list stands in `which`."""
        counts = self.counts[which]
        place, step = spread(np.arange(len(which)), counts)
        return place, self.flat[self.starts[which[place]] + step]

    def of(self, which: int) -> list[int]:
        """One of the lists."""
        found: list[int] = self.flat[self.starts[which] : self.starts[which + 1]].tolist()
        return found

    def cycled(self, which: Integers, turn: Any) -> Integers:
        """One number of each of the lists `which`, none of them empty: that at `turn`, counted round and round."""
        found: Integers = self.flat[self.starts[which] + turn % self.counts[which]]
        return found


def spread(what: Integers, counts: Integers) -> tuple[Integers, Integers]:
    """Each element of `what` repeated as often as `counts` says, and for each copy its number among them, from 0."""
    total = int(counts.sum())
    starts = np.cumsum(counts) - counts
    return np.repeat(what, counts), np.arange(total) - np.repeat(starts, counts)


def changed(rows: Rows, **columns: Any) -> Rows:
    """The rows, with columns filled in."""
    for name, value in columns.items():
        rows[name] = value
    return rows


def again(rows: Rows, **columns: Any) -> Rows:
    """A copy of the rows, with columns filled in."""
    return changed(join(rows), **columns)


def join(*parts: Rows) -> Rows:
    """All rows of the parts, one part after the other; a copy."""
    return np.concatenate([part.view(_BYTES) for part in (TEMPLATE[:0], *parts)]).view(CALL)


def stack(*parts: Rows) -> Rows:
    """All rows, callee by callee; those of one callee in the order of the parts."""
    rows = join(*parts)
    return rows.take(np.argsort(rows["callee"], kind="stable"))


def interleave(*parts: Rows) -> Rows:
    """The first row of each part, then the second of each, and so on; all parts have as many."""
    if not parts:
        return join()
    return join(*parts).take(np.arange(len(parts) * len(parts[0])).reshape(len(parts), -1).T.reshape(-1))
