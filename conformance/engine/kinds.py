"""Counts the calls of a plan by group and verdict: what two versions of a subject are compared by."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conformance.checks.choices import kind_names
from conformance.checks.columns import CLASS_NAMES, CLASS_NUMBERS, COUNT, KIND_NAMES, Integers, Rows
from conformance.engine.bundle import Bundle
from conformance.engine.encoded_calls import mismatch_of
from conformance.engine.expected import VERDICT_NAMES
from conformance.engine.group_counts import NO_COUNTS, GroupCounts, number_of
from conformance.model.case import CONVENTIONS, MODES
from conformance.model.groups import PLACES, group_of
from conformance.model.kinds import NONE
from conformance.rules.load import Rules

_VERDICTS, _MODES = len(VERDICT_NAMES), len(MODES)
_MATCH = CLASS_NUMBERS["match"]
_OF_COUNTS = np.array([name in ("few", "many") for name in CLASS_NAMES])

_ARGUMENT, _CODE, _VALUE, _RETURN = range(4)
"""What is different in a call: an argument's kind; its code, or the count; its value; no argument, but the return."""

_BITS = (2, 32, 6, 2, 9, 9)
"""Bits of the parts of a number of `_differences`, highest first.

One of the four above; what a code, a count or a value is changed to; the class; the convention; and what callee and
caller have in the place that differs: a kind, or for a wrong count their lengths of up to 257.
"""


def kinds_of_calls(bundle: Bundle, rows: Rows, verdicts: NDArray[Any], *, released: bool = False) -> GroupCounts:
    """How many of some calls came to which verdict, by group as `groups_of` has it; all of them conform."""
    is_matched = (rows["cls"] == _MATCH) & ((rows["index"] < 0) | (rows["caller"] != rows["callee"]))
    matched = np.flatnonzero(is_matched)
    kinds = _matched(bundle, rows.take(matched), verdicts.take(matched), "+released" if released else "")
    return kinds + _others(bundle, rows, verdicts, ~is_matched)


def _matched(bundle: Bundle, rows: Rows, verdicts: NDArray[Any], suffix: str) -> GroupCounts:
    """A matched call counts for every kind that its callee declares, and for every other place."""
    how = (rows["convention"].astype(np.int64) * _MODES + rows["mode"]) * _VERDICTS + verdicts
    found, places, declares = NO_COUNTS, _places(bundle.rules), _declares(bundle)
    for number in np.flatnonzero(np.bincount(how)).tolist():
        rest, verdict = divmod(number, _VERDICTS)
        convention, mode = divmod(rest, _MODES)
        told = f"+{MODES[mode]}" if mode else ""
        callees = np.bincount(rows["callee"][how == number], minlength=len(bundle.signatures))
        counts = callees @ declares
        some = np.flatnonzero(counts)
        names = [f"match::{CONVENTIONS[convention]}::{places[at]}{told}{suffix}" for at in some.tolist()]
        numbers = [number_of(name, VERDICT_NAMES[verdict]) for name in names]
        found += GroupCounts(np.array(numbers, np.int64), counts[some])
    return found


@lru_cache(maxsize=64)
def _places(rules: Rules) -> list[str]:
    """Where a matched call can go wrong: at an argument or the return of each kind, and at what is neither."""
    kinds = kind_names(rules)
    return [*kinds, *(f"{kind}@ret" for kind in kinds), *PLACES]


def _declares(bundle: Bundle) -> Integers:
    """Which places each signature has: a row a signature, a column a place."""
    kinds = len(kind_names(bundle.rules))
    found = np.zeros((len(bundle.signatures), 2 * kinds + len(PLACES)), np.int64)
    which, at = np.nonzero(np.arange(bundle.max_args) < bundle.lengths[:, None])
    found[which, bundle.kinds[which, at]] = 1
    returns = np.flatnonzero(bundle.returns != KIND_NAMES.index(NONE))
    found[returns, kinds + bundle.returns[returns]] = 1
    found[:, 2 * kinds :] = 1
    return found


class _Known:
    """The numbers of groups (group_counts.py) that are known: `numbers`, in the order of `differences`, which ascend.

    A difference stands for what differs in a call (`_differences`) together with its verdict. All of it is valid for
    one arena, whose pool says which values are meant.
    """

    def __init__(self) -> None:
        self.differences = np.zeros(0, np.uint64)
        self.numbers = np.zeros(0, np.int64)

    def lacks(self, differences: Integers) -> Integers:
        """Which of some different ones are not known, by their places."""
        at = np.searchsorted(self.differences, differences)
        known = self.differences.take(at, mode="clip") if len(self.differences) else differences + np.uint64(1)
        return np.flatnonzero(known != differences)

    def learn(self, differences: Integers, numbers: list[int]) -> None:
        """Adds some that were not known."""
        both = np.concatenate([self.differences, differences])
        order = np.argsort(both)
        self.differences = both[order]
        self.numbers = np.concatenate([self.numbers, np.array(numbers, np.int64)])[order]

    def of(self, differences: Integers) -> Integers:
        """The groups' numbers."""
        return self.numbers.take(np.searchsorted(self.differences, differences))


def _others(bundle: Bundle, rows: Rows, verdicts: NDArray[Any], chosen: NDArray[np.bool_]) -> GroupCounts:
    """Every chosen call counts for what differs; the first of those that differ alike says how the group is called."""
    number = _differences(bundle, rows).view(np.uint64)
    number *= np.uint64(_VERDICTS)
    number += verdicts.astype(np.uint64)  # 64 bits in all
    ordered = number.copy() if chosen.all() else number[chosen]
    ordered.sort()  # to sort places too would take several times as long
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])[: len(ordered)])
    distinct, counts = ordered[starts], np.diff(np.append(starts, len(ordered)))
    known: _Known = bundle.arena.memo.setdefault(("groups", bundle.rules), _Known())
    if len(new := distinct[known.lacks(distinct)]):
        firsts = rows.take(_firsts(new, number, chosen))
        verdict = (new % np.uint64(_VERDICTS)).tolist()
        known.learn(
            new, [number_of(_group(bundle, row), VERDICT_NAMES[at]) for row, at in zip(firsts, verdict, strict=True)]
        )
    return GroupCounts(known.of(distinct), counts)


def _firsts(new: Integers, number: Integers, chosen: NDArray[np.bool_]) -> Integers:
    """The place of the first chosen call that has each of the numbers `new`, which are in order."""
    at = np.searchsorted(new, number)
    places = np.flatnonzero(chosen & (new.take(at, mode="clip") == number))[::-1]
    found = np.zeros(len(new), np.int64)
    found[at[places]] = places  # of those that are alike the last one stays, which is the first
    return found


def _differences(bundle: Bundle, rows: Rows) -> Integers:
    """A number for each call that is the same only where class, convention and what differs are."""
    callee, caller, at = (rows[name].astype(np.int64) for name in ("callee", "caller", "index"))
    cls = rows["cls"].astype(np.int64)
    counts = _OF_COUNTS.take(cls)
    counted = counts.any()
    kinds = np.concatenate([bundle.returns[:, None], bundle.kinds], axis=1)  # the return's before the arguments'
    width, lengths = kinds.shape[1], bundle.lengths
    place = np.clip(at + 1, 0, width - 1)

    def side(signature: Integers) -> Integers:
        kind = kinds.reshape(-1).take(signature * width + place)
        return np.where(counts, lengths.take(signature), kind) if counted else kind

    alike = caller == callee
    coded = alike & (rows["code_at"][:, 0] != -1)
    told = alike & ((rows["flags"] & COUNT) > 0)
    valued = alike & ~coded & ~told & (at >= 0)
    what = np.where(at < 0, _RETURN, _ARGUMENT)
    field = np.zeros(len(rows), np.int64)
    for which, kind, values in (
        (valued, _VALUE, rows["value"]), (coded, _CODE, rows["code"][:, 0]), (told, _CODE, rows["count"])
    ):  # fmt: skip
        if which.any():
            np.copyto(what, kind, where=which)
            np.copyto(field, values, where=which)
    field &= 0xFFFFFFFF
    number, *rest = what, field, cls, rows["convention"], side(callee), side(caller)
    for part, bits in zip(rest, _BITS[1:], strict=True):
        number <<= bits
        number |= part
    return number


def _group(bundle: Bundle, row: Any) -> str:
    """The group of a call."""
    cls, convention = CLASS_NAMES[row["cls"]], CONVENTIONS[row["convention"]]
    return group_of(f"{cls}::{convention}::::{mismatch_of(bundle, row).tail}")
