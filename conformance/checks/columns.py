"""Calls as columns: one row a call, for all callees of a family of signatures at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from conformance.model.case import CLASSES
from conformance.model.kinds import KINDS, NONE
from conformance.model.signature import Signature
from conformance.model.value import Value
from conformance.rules.load import Rules

Rows = NDArray[Any]
"""Calls, as `CALL` lays them out."""

Integers = NDArray[Any]

PACKED, UNPACKED, DIRECT = 0, 1, 2
"""Numbers of the conventions."""

PLAIN, AFTER, NESTED, CONCURRENT, OWN_ERROR = range(5)
"""Numbers of the modes, in the order of `model.case.MODES`."""

GRAFFITI, OTHER, GUARDED = 0, 1, 2
"""The rows of payload that every caller has: graffiti, other graffiti, and pointers into no-access pages."""

NULL_ARGS, NULL_CODES, NULL_RET, FOLLOW, COUNT, STATE = 1, 2, 4, 8, 16, 32
"""Flags of a call: what is null, that pointees are read, `count` is told, the machine's state is looked at."""

PRESET_SHIFT = 8
"""From this bit on the flags say which preset lies in the result slot before a packed call."""

CLASS_NAMES = tuple(CLASSES)
CLASS_NUMBERS = {name: number for number, name in enumerate(CLASS_NAMES)}

KIND_NAMES = (*KINDS, NONE)
KIND_NUMBERS = {name: number for number, name in enumerate(KIND_NAMES)}
"""Kinds as numbers, the return of nothing the last."""

CALL = np.dtype(
    [
        # as `AbiOp` of harness/run.h has them
        ("caller", "u2"),
        ("row", "u2"),  # of the caller's payload
        ("convention", "u1"),
        ("mode", "u1"),
        ("flags", "u2"),
        ("code_at", "i2", (2,)),  # arguments whose code is replaced, or -1
        ("code", "i4", (2,)),
        ("value_at", "i2"),  # the argument whose value is replaced, or -1
        ("second", "u2"),  # the row of the other call, in the modes that make two
        ("value", "i4"),  # by the value at this place of the pool
        ("count", "i4"),  # that the callee is told, where the flags say so; else 0
        # what the runner does not take, or takes otherwise
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

_TEMPLATE = np.zeros(1, CALL)
_TEMPLATE["code_at"] = _TEMPLATE["value_at"] = _TEMPLATE["result"] = _TEMPLATE["index"] = -1

INT_MIN, INT_MAX = -(2**31), 2**31 - 1


class Family(Protocol):
    """Signatures that call each other, as far as a plan asks. Matrices have a row a callee and a column a caller."""

    signatures: tuple[Signature, ...]
    rules: Rules
    packed: bool
    salt: int

    @property
    def callees(self) -> tuple[int, ...]:
        """The signatures that can be declared."""

    @property
    def lengths(self) -> Integers:
        """The number of arguments of every signature."""

    @property
    def kinds(self) -> Integers:
        """The kind number of every argument: a row a signature, padded."""

    @property
    def returns(self) -> Integers:
        """The kind number of every return."""

    @property
    def classes(self) -> Integers:
        """The class number of every caller's mismatch with every callee."""

    @property
    def indices(self) -> Integers:
        """The argument that differs, or -1."""

    def pooled(self, values: Callable[[str], Sequence[Value]]) -> Lists:
        """The places in the pool of the values of every kind."""

    def place(self, value: Value, at: int = 0) -> int:
        """The place of one value in the pool; `at` is the argument whose no-access page its pointers may lead to."""


class Draft:
    """Drafts the calls of a check for all callees of a family."""

    def __init__(self, family: Family) -> None:
        self.family = family
        self.rules = family.rules
        self.callees = np.array(family.callees, dtype=np.int64)
        self.lengths = family.lengths

    def calls(self, caller: Any, callee: Any, convention: int = PACKED, **columns: Any) -> Rows:
        """A row for each caller and callee, with graffiti; `columns` are filled in."""
        rows = _TEMPLATE.repeat(len(callee))
        rows["caller"], rows["callee"], rows["convention"] = caller, callee, convention
        return changed(rows, **columns)

    def matched(self, callee: Any = None, convention: int = PACKED, **columns: Any) -> Rows:
        """A row for each callee, called by its own caller."""
        callee = self.callees if callee is None else callee
        return self.calls(callee, callee, convention, **columns)

    def arguments(self) -> tuple[Integers, Integers]:
        """Every argument of every callee: the callee and the place, in order."""
        return spread(self.callees, self.lengths[self.callees])

    def kinds_at(self, callee: Integers, at: Integers) -> Integers:
        """The kind numbers of arguments."""
        return self.family.kinds[callee, at]

    def coded(self, callee: Integers, at: Integers, code: Integers, cls: str, **columns: Any) -> Rows:
        """Matched rows with the code of one argument replaced."""
        rows = self.matched(callee, **columns)
        rows["code_at"][:, 0], rows["code"][:, 0] = at, code
        rows["cls"], rows["index"] = CLASS_NUMBERS[cls], at
        return rows

    def wrong(self, callee: Integers, at: Integers, turn: Any = 0, **columns: Any) -> Rows:
        """Matched rows with a code that argument `at` must reject; another code each `turn`."""
        code = wrong_codes(self.rules).cycled(self.kinds_at(callee, at), turn)
        return self.coded(callee, at, code, "type", **columns)

    def counted(self, callee: Integers, count: Integers, **columns: Any) -> Rows:
        """Matched rows that tell the callee a wrong count."""
        few = count < self.lengths[callee]
        cls = np.where(few, CLASS_NUMBERS["few"], CLASS_NUMBERS["many"])
        return self.matched(callee, flags=COUNT, count=count, cls=cls, **columns)

    def grid(self, classes: Sequence[str] | set[str], convention: int = PACKED) -> Rows:
        """The rows of every caller whose mismatch with a callee is of one of `classes`."""
        wanted = np.zeros(len(CLASS_NAMES), bool)
        wanted[[CLASS_NUMBERS[name] for name in classes]] = True
        matrices = self.family.classes, self.family.indices
        every, indices = (matrix.take(self.callees, axis=0) for matrix in matrices)
        cells = np.flatnonzero(wanted.take(every))
        which, caller = np.divmod(cells, max(1, len(self.family.signatures)))
        cls, index = every.take(cells), indices.take(cells)
        return self.calls(caller, self.callees[which], convention, cls=cls, index=index, paired=True)

    def values(self, rows: Rows, at: Any, kinds: Integers, values: Callable[[str], Sequence[Value]]) -> Rows:
        """Each row with each of the values of its kind number in place of argument `at` (-1: of the result)."""
        which, value = self.family.pooled(values).expanded(kinds)
        found = rows.take(which)
        if np.isscalar(at):
            found["result"] = value
        else:
            found["value_at"], found["value"] = at[which], value
        return found

    def one_value(
        self, rows: Rows, at: Integers, kinds: Integers, values: Callable[[str], Sequence[Value]], turn: Any
    ) -> Rows:
        """The rows whose kind number has values, each with one in place of argument `at`; others each `turn`."""
        lists = self.family.pooled(values)
        having = np.flatnonzero(lists.counts[kinds])
        found = rows.take(having)
        turns = turn[having] if isinstance(turn, np.ndarray) else turn
        found["value_at"], found["value"] = at[having], lists.cycled(kinds[having], turns)
        return found


class Lists:
    """A list of numbers for each kind number, laid out flat."""

    def __init__(self, lists: Sequence[Sequence[int]]) -> None:
        self.counts = np.array([len(some) for some in lists], dtype=np.int64)
        self.starts = np.concatenate([[0], np.cumsum(self.counts)])
        self.flat = np.array([number for some in lists for number in some], dtype=np.int64)

    def expanded(self, which: Integers) -> tuple[Integers, Integers]:
        """For each number of each list asked for: the place of the question, and the number."""
        counts = self.counts[which]
        place, step = spread(np.arange(len(which)), counts)
        return place, self.flat[self.starts[which[place]] + step]

    def cycled(self, which: Integers, turn: Any) -> Integers:
        """One number of each list asked for, another each turn."""
        found: Integers = self.flat[self.starts[which] + turn % self.counts[which]]
        return found


@lru_cache(maxsize=64)
def wrong_codes(rules: Rules) -> Lists:
    """The codes that each kind must reject."""
    return Lists([rejected_codes(rules, kind) for kind in KIND_NAMES])


def spread(what: Integers, counts: Integers) -> tuple[Integers, Integers]:
    """Each thing as often as it counts, and beside it 0, 1, 2 and so on."""
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
    return np.concatenate([part.view(_BYTES) for part in parts]).view(CALL)


def stack(*parts: Rows) -> Rows:
    """All rows, callee by callee; those of one callee in the order of the parts."""
    rows = join(*parts)
    return rows.take(np.argsort(rows["callee"], kind="stable"))


def interleave(*parts: Rows) -> Rows:
    """The first row of each part, then the second of each, and so on."""
    return join(*parts).take(np.arange(len(parts) * len(parts[0])).reshape(len(parts), -1).T.reshape(-1))


def rejected_codes(rules: Rules, kind: str) -> tuple[int, ...]:
    """The codes of the table that a callee declaring `kind` must reject; first those that a kind here packs as."""
    if kind not in rules.accept:
        return ()
    rejected = [code for code in rules.codes.values() if rules.decide(kind, code) == "reject"]
    return tuple(sorted(rejected, key=lambda code: code in rules.codes_without_kind))


def wrong_counts(n: int) -> tuple[int, ...]:
    """Counts that a callee of `n` arguments must reject."""
    counts = (n - 1, n + 1, n - 2, n + 2, n + 7, 0, -1, -n, INT_MIN, INT_MAX)
    folded = (n + 2**8, n - 2**8, n + 2**16, n - 2**16, n + INT_MIN, INT_MAX - 255 + n)
    return tuple(dict.fromkeys(c for c in (*counts, *folded) if c != n and INT_MIN <= c <= INT_MAX))
