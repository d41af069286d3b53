"""Counts the calls of a plan by group and verdict: what two versions of a subject are compared by."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conformance.checks.choices import kind_names
from conformance.checks.columns import CLASS_NAMES, CLASS_NUMBERS, COUNT, KIND_NAMES, Integers, Rows
from conformance.engine.bundle import Bundle
from conformance.engine.carrier import Kinds
from conformance.engine.expected import VERDICT_NAMES
from conformance.engine.shots import CONVENTIONS, mismatch_of
from conformance.model.case import MODES
from conformance.model.groups import PLACES, group_of
from conformance.model.kinds import NONE

_VERDICTS, _CONVENTIONS, _MODES = len(VERDICT_NAMES), len(CONVENTIONS), len(MODES)
_MATCH = CLASS_NUMBERS["match"]
_OF_COUNTS = np.array([name in ("few", "many") for name in CLASS_NAMES])

_ARGUMENT, _CODE, _VALUE, _RETURN = range(4)
"""Where a call differs, as its kind is told from others: an argument, a code or the count, a value, no argument."""

_BITS = (2, 32, 6, 2, 9, 9)
# Of one of these, what is changed to what, class, convention, and what callee and caller have there: a kind, or a
# length of up to 257.


def kinds_of_calls(bundle: Bundle, rows: Rows, verdicts: NDArray[Any], *, released: bool = False) -> Kinds:
    """How many of some calls came to which verdict, by group as `groups_of` has it; all of them conform."""
    is_matched = (rows["cls"] == _MATCH) & ((rows["index"] < 0) | (rows["caller"] != rows["callee"]))
    matched = np.flatnonzero(is_matched)
    kinds = _matched(bundle, rows.take(matched), verdicts.take(matched), "+released" if released else "")
    kinds.update(_others(bundle, rows, verdicts, ~is_matched))
    return kinds


def _matched(bundle: Bundle, rows: Rows, verdicts: NDArray[Any], suffix: str) -> Kinds:
    """A matched call counts for every kind that its callee declares, and for every other place."""
    out: Kinds = Counter()
    how = (rows["convention"].astype(np.int64) * _MODES + rows["mode"]) * _VERDICTS + verdicts
    declares = _declares(bundle)
    for number in np.unique(how).tolist():
        rest, verdict = divmod(number, _VERDICTS)
        convention, mode = divmod(rest, _MODES)
        told = f"+{MODES[mode]}" if mode else ""
        callees = np.bincount(rows["callee"][how == number], minlength=len(bundle.signatures))
        for place, number_of in zip(_places(bundle), (callees @ declares).tolist(), strict=True):
            if number_of:
                group = f"match::{CONVENTIONS[convention]}::{place}{told}{suffix}"
                out[group, VERDICT_NAMES[verdict]] = number_of
    return out


def _places(bundle: Bundle) -> list[str]:
    kinds = kind_names(bundle.rules)
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


def _others(bundle: Bundle, rows: Rows, verdicts: NDArray[Any], chosen: NDArray[np.bool_]) -> Kinds:
    """Every chosen call counts for what differs; the first of those that differ alike says how the group is called."""
    number = _differences(bundle, rows).astype(np.uint64) * np.uint64(_VERDICTS)
    number += verdicts.astype(np.uint64)  # 64 bits in all
    ordered = np.sort(number[chosen])  # to sort places too would take several times as long
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])[: len(ordered)])
    counts = np.diff(np.append(starts, len(ordered)))
    known: dict[int, tuple[str, str]] = bundle.arena.memo.setdefault(("groups", bundle.rules), {})
    out: Kinds = Counter()
    for alike, count in zip(ordered[starts].tolist(), counts.tolist(), strict=True):
        named = known.get(alike)
        if named is None:
            first = rows[int(np.flatnonzero(chosen & (number == alike))[0])]
            named = known[alike] = _group(bundle, first), VERDICT_NAMES[alike % _VERDICTS]
        out[named] += count
    return out


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
    what = np.where(coded | told, _CODE, np.where(valued, _VALUE, np.where(at < 0, _RETURN, _ARGUMENT)))
    field = np.select([told, coded, valued], [rows["count"], rows["code"][:, 0], rows["value"]], 0)
    parts = (what, field.astype(np.int64) & 0xFFFFFFFF, cls, rows["convention"], side(callee), side(caller))
    number = np.zeros(len(rows), np.int64)
    for part, bits in zip(parts, _BITS, strict=True):
        number = (number << bits) | part
    return number


def _group(bundle: Bundle, row: Any) -> str:
    """The group of a call."""
    cls, convention = CLASS_NAMES[row["cls"]], CONVENTIONS[row["convention"]]
    return group_of(f"{cls}::{convention}::::{mismatch_of(bundle, row).tail}")
