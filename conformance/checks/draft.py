"""Drafts the calls of a check over signatures that call each other, whoever carries them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Protocol

import numpy as np

from conformance.checks.choices import (
    NO_CODE,
    accepted,
    codes_of_numbers,
    indifferent,
    kind_classes,
    kind_names,
    kinds_of_classes,
    lies,
    null_kinds,
    pointers,
    rejected,
)
from conformance.checks.columns import (
    CLASS_NAMES,
    CLASS_NUMBERS,
    COUNT,
    FOLLOW,
    NULLS,
    OF_KINDS,
    PACKED,
    STATE,
    TEMPLATE,
    Integers,
    Lists,
    Rows,
    again,
    changed,
    join,
    spread,
    stack,
)
from conformance.generation import payloads
from conformance.model.kinds import KINDS
from conformance.model.signature import Signature
from conformance.model.value import Value
from conformance.rules.load import Rules

LONG = 40
"""Signatures of more arguments are long."""

_TELLING = (0, 1, 31, 32, 63, 64, 127, 128, 255, 256)


class Family(Protocol):
    """Signatures that call each other, as far as a plan asks. Matrices have a row a callee and a column a caller.

    `by_value` says that calls pass values as such: of any kind in any place, with what they lead to. Otherwise each
    caller passes its own kinds, and pointees are followed where a flag says so. `mutable_parts` are the parts of a call
    that can be made to lie (model/subject.py), `told` the least and the greatest count that a callee can be told.
    `takers` are callers that only take a return, of whoever gives it: places in `signatures`. `claims` are the mismatch
    classes that are promised to be detected.
    """

    signatures: tuple[Signature, ...]
    rules: Rules
    packed: bool
    salt: int

    @property
    def claims(self) -> Collection[str]:
        """What is promised to be detected."""

    @property
    def by_value(self) -> bool:
        """Whether values of any kind can be passed in any place."""

    @property
    def mutable_parts(self) -> Collection[str]:
        """What can be made to lie."""

    @property
    def told(self) -> tuple[int, int]:
        """The counts that a callee can be told."""

    @property
    def takers(self) -> tuple[int, ...]:
        """The callers that only take a return."""

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
        """The kind number of every return that a call can choose; of others, that of nothing."""

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
        rows = TEMPLATE.repeat(len(callee))
        rows["caller"], rows["callee"], rows["convention"] = caller, callee, convention
        return changed(rows, **columns)

    def matched(self, callee: Any = None, convention: int = PACKED, **columns: Any) -> Rows:
        """A row for each callee, called by its own caller."""
        callee = self.callees if callee is None else callee
        return self.calls(callee, callee, convention, **columns)

    def nothing(self) -> Rows:
        """No rows."""
        return TEMPLATE[:0]

    def followed(self, rows: Rows) -> Rows:
        """Copies of the rows whose bodies read what arguments point to, and with the machine's state compared.

        None where calls pass values as such: there bodies always read it.
        """
        return self.nothing() if self.family.by_value else again(rows, flags=STATE | FOLLOW)

    @property
    def reading(self) -> int:
        """The flag FOLLOW where the bodies of matched calls are to read the elements of tensors, else 0."""
        return FOLLOW if self.rules.reads_contents and not self.family.by_value else 0

    def arguments(self) -> tuple[Integers, Integers]:
        """Every argument of every callee: the callee and the place, in order.

        Of long callees only those at which frames and counts are wont to end: else there were as many calls as the
        square of the length.
        """
        callee, at = spread(self.callees, self.lengths[self.callees])
        lengths = self.lengths[callee]
        chosen = (lengths <= LONG) | np.isin(at, _TELLING) | (at == lengths - 1)
        return callee[chosen], at[chosen]

    def kinds_at(self, callee: Integers, at: Integers) -> Integers:
        """The kind numbers of arguments."""
        return self.family.kinds[callee, at]

    def passed_at(self, rows: Rows, at: Integers) -> Integers:
        """The kind numbers of what is passed in a place of each row."""
        own = self.kinds_at(rows["caller"], at)
        return np.where((rows["flags"] & OF_KINDS) != 0, rows["code"][:, 0], own)

    def coded(self, callee: Integers, at: Integers, code: Integers, cls: str, **columns: Any) -> Rows:
        """Matched rows with the code of one argument replaced by one that lies; none where codes cannot."""
        if "type-codes" not in self.family.mutable_parts:
            return self.nothing()
        return self._replaced(callee, at, code, CLASS_NUMBERS[cls], **columns)

    def sent(self, callee: Integers, at: Integers, what: Integers, cls: str, **columns: Any) -> Rows:
        """Matched rows with something else in one argument, of `rejected` or `accepted` (checks/choices.py)."""
        if not self.family.by_value:
            return self.coded(callee, at, what, cls, **columns)
        rows = self._replaced(callee, at, what, CLASS_NUMBERS[cls], **columns)
        rows["flags"] |= OF_KINDS
        return rows

    def _replaced(self, callee: Integers, at: Integers, code: Integers, cls: Any, **columns: Any) -> Rows:
        rows = self.matched(callee, **columns)
        rows["code_at"][:, 0], rows["code"][:, 0] = at, code
        rows["cls"], rows["index"] = cls, at
        return rows

    def wrong(self, callee: Integers, at: Integers, turn: Any = 0, **columns: Any) -> Rows:
        """Matched rows with something in argument `at` that it must reject; something else each `turn`.

        An argument that rejects nothing has no row.
        """
        choices, kinds = rejected(self.rules, self.family.by_value), self.kinds_at(callee, at)
        some = choices.counts[kinds] > 0
        turn = turn if np.isscalar(turn) else turn[some]
        return self.sent(callee[some], at[some], choices.cycled(kinds[some], turn), "type", **columns)

    def every_lie(self) -> Rows:
        """Every argument under every code of the table that it must reject, but for those that callers pack."""
        callee, at = self.arguments()
        which, code = lies(self.rules, self.family.by_value).expanded(self.kinds_at(callee, at))
        return self.coded(callee[which], at[which], code, "type")

    def unknown(self, callee: Integers, at: Integers, code: Integers) -> Rows:
        """Matched rows with a code outside the table in one argument; none for arguments that accept every code."""
        some = ~indifferent(self.rules)[self.kinds_at(callee, at)]
        return self.coded(callee[some], at[some], code[some], "unknown-code")

    def taken_as_it_is(self, **columns: Any) -> Rows:
        """A row for each argument with each other kind, or under each other code, that it takes unchanged."""
        callee, at = self.arguments()
        which, what = accepted(self.rules, self.family.by_value).expanded(self.kinds_at(callee, at))
        return self.sent(callee[which], at[which], what, "match", **columns)

    def counted(self, callee: Integers, count: Integers, **columns: Any) -> Rows:
        """Matched rows that tell the callee a wrong count, or where it cannot be told, pass that many arguments."""
        low, high = self.family.told
        some = (count >= low) & (count <= high)
        callee, count = callee[some], count[some]
        cls = np.where(count < self.lengths[callee], CLASS_NUMBERS["few"], CLASS_NUMBERS["many"])
        return self.matched(callee, flags=COUNT, count=count, cls=cls, **columns)

    def too_few(self) -> Rows:
        """Every callee that has arguments with one too few."""
        some = self.callees[self.lengths[self.callees] > 0]
        return self.counted(some, self.lengths[some] - 1)

    def nulled(self, *parts: str) -> Rows:
        """A row for each callee with these pointers null; none where they cannot be."""
        if not set(parts) <= set(self.family.mutable_parts):
            return self.nothing()
        cls: Any = CLASS_NUMBERS[f"null-{parts[0]}"]
        if "ret" not in parts:  # a null array of nothing is right
            cls = np.where(self.lengths[self.callees] > 0, cls, CLASS_NUMBERS["match"])
        return self.matched(flags=sum(NULLS[part] for part in parts), cls=cls)

    def null_pointers(self) -> Rows:
        """Every argument that rejects a null pointer under its own code with one."""
        callee, at = self.arguments()
        which, kind = null_kinds(self.rules, self.family.by_value).expanded(self.kinds_at(callee, at))
        return self._null(callee[which], at[which], kind, "type")

    def null_pointees(self) -> Rows:
        """Every other pointer null, where pointees are always followed."""
        if not self.family.by_value:
            return self.nothing()
        callee, at = self.arguments()
        kinds = self.kinds_at(callee, at)
        some = pointers(self.rules)[kinds] & (null_kinds(self.rules, True).counts[kinds] == 0)
        return self._null(callee[some], at[some], kinds[some], "pointee")

    def _null(self, callee: Integers, at: Integers, kinds: Integers, cls: str) -> Rows:
        """Matched rows with a null pointer of some kind in one argument."""
        names = kind_names(self.rules)
        places = np.array([self.family.place(Value(names[number])) for number in kinds.tolist()], dtype=np.int64)
        return self.matched(callee, value_at=at, value=places, index=at, cls=CLASS_NUMBERS[cls])

    def marked(self, words: Sequence[int]) -> Rows:
        """Every argument with each of some words in the bytes of its slot that mean nothing."""
        if "padding" not in self.family.mutable_parts:
            return self.nothing()
        callee, at = self.arguments()
        which, step = spread(np.arange(len(at)), np.full(len(at), len(words)))
        word = np.array(words)[step]
        return self.matched(callee[which], count=word, index=at[which], cls=CLASS_NUMBERS["padding"])

    def lying(self) -> Rows:
        """A row for each declared number: some caller's number of another kind, under the code that is declared."""
        if "type-codes" not in self.family.mutable_parts:
            return self.nothing()
        rows = self.grid({"type"})
        at = rows["index"].astype(np.int64)
        codes = codes_of_numbers(self.rules)
        declared, passed = codes[self.kinds_at(rows["callee"], at)], codes[self.kinds_at(rows["caller"], at)]
        wrong = rows["caller"] != rows["callee"]
        both = np.flatnonzero(wrong & (declared != NO_CODE) & (passed != NO_CODE))
        _, first = np.unique(rows["callee"][both].astype(np.int64) << 16 | at[both], return_index=True)
        chosen = both[first]
        rows = changed(rows.take(chosen), cls=CLASS_NUMBERS["lying-code"], paired=False)
        rows["code_at"][:, 0], rows["code"][:, 0] = at[chosen], declared[chosen]
        return rows

    def preset(self, codes: Sequence[int]) -> Rows:
        """Every callee with each of some codes in its result slot before the call."""
        if "preset" not in self.family.mutable_parts:
            return self.nothing()
        callee, step = spread(self.callees, np.full(len(self.callees), len(codes)))
        return self.matched(callee, count=np.array(codes)[step], cls=CLASS_NUMBERS["padding"])

    def grid(self, classes: Sequence[str] | set[str], convention: int = PACKED) -> Rows:
        """The rows of every caller whose mismatch with a callee is of one of `classes`.

        Where calls pass values as such, also those of its own caller with a value of another kind in one place.
        """
        wanted = np.zeros(len(CLASS_NAMES), bool)
        wanted[[CLASS_NUMBERS[name] for name in classes]] = True
        family = self.family
        which, caller = np.nonzero(wanted[family.classes[self.callees]])
        callee = self.callees[which]
        rows = self.calls(
            caller,
            callee,
            convention,
            cls=family.classes[callee, caller],
            index=family.indices[callee, caller],
            paired=True,
        )
        return stack(self._other_kinds(classes), rows) if family.by_value else rows

    def _other_kinds(self, classes: Sequence[str] | set[str]) -> Rows:
        callee, at = self.arguments()
        declared = self.kinds_at(callee, at)
        which, kind = kinds_of_classes(self.rules, tuple(sorted(classes))).expanded(declared)
        cls = kind_classes(self.rules)[declared[which], kind]
        rows = self._replaced(callee[which], at[which], kind, cls, flags=OF_KINDS)
        return changed(rows, paired=cls == CLASS_NUMBERS["type"])

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

    def with_values(self, plain: Rows, values: Callable[[str], Sequence[Value]], follow: bool = False) -> Rows:
        """Each row, and then with every one of the `values` of what is passed in the place that differs."""
        places = np.flatnonzero(plain["index"] >= 0)
        rows = plain.take(places)
        at = rows["index"].astype(np.int64)
        if follow:
            leads = pointers(self.rules)[self.kinds_at(rows["callee"], at)]
            rows["flags"] |= np.where(leads, FOLLOW, 0).astype(rows["flags"].dtype)
        kinds = self.passed_at(rows, at)
        varied = self.values(rows, at, kinds, values)
        of_row, _ = self.family.pooled(values).expanded(kinds)
        order = np.argsort(np.concatenate([np.arange(len(plain)), places[of_row]]), kind="stable")
        return join(plain, varied).take(order)


def boundaries(kind: str) -> tuple[Value, ...]:
    """The values of a kind at which conversions go wrong, none of a kind that is not the suite's."""
    return payloads.boundaries(kind) if kind in KINDS else ()
