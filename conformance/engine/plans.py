"""Which calls a check makes of a bundle, as columns, with what the runner takes and what it must leave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conformance.checks import is_release, keeps_texts, planned
from conformance.checks.columns import CALL, CLASS_NAMES, DIRECT, KIND_NAMES, PACKED, PRESET_SHIFT, Rows
from conformance.checks.draft import Draft
from conformance.engine.bundle import Bundle
from conformance.engine.carrier import Tally
from conformance.engine.encoded_calls import EncodedCall, encoded_of, row_of
from conformance.engine.expected import VERDICT_NAMES, ExpectedColumns, expect
from conformance.engine.group_counts import GroupCounts
from conformance.engine.kinds import kinds_of_calls
from conformance.engine.sendable import sendable
from conformance.generation.presets import presets
from conformance.model.case import CONVENTIONS
from conformance.model.kinds import FOLLOWED
from conformance.transport.compiled.layouts import constants, layout

OP = np.dtype([(field.name, field.code, (field.count,) if field.count > 1 else ()) for field in layout("AbiOp").fields])
"""`AbiOp` of harness/run.h."""

_PARTS = np.dtype([("op", np.void, OP.itemsize), ("rest", np.void, CALL.itemsize - OP.itemsize)])
# A call begins with what the runner takes of it.

SEGMENT = np.dtype([(field.name, field.code) for field in layout("AbiSegment").fields])
"""`AbiSegment` of harness/run.h."""

_TAKES = np.array([constants()[f"ABI_TAKES_{kind.upper()}"] if kind in FOLLOWED else 0 for kind in KIND_NAMES])
"""The flag of `AbiOp` that says what a return of each kind number points to."""

KEPT_BYTES = 64 << 20
"""Bytes of plans that an arena keeps for the next pair: a plan says nothing of a pair, so it serves all."""


@dataclass(frozen=True, eq=False)
class Plan:
    """The calls of one check of one bundle, `rows`, those of one callee beside each other.

    `release` says that the callees' checks are compiled out. `encoded_calls` are those that were given one
    by one. `left_out` counts calls of the check that the policies of the rules forbid, and `why` says so.
    """

    bundle: Bundle
    rows: Rows
    release: bool = False
    texts: bool = False
    encoded_calls: tuple[EncodedCall, ...] = ()
    left_out: int = 0
    why: str = ""

    @property
    def count(self) -> int:
        """How many cases there are."""
        return len(self.rows)

    def encoded(self, at: int) -> EncodedCall:
        """The call at a place."""
        if self.encoded_calls:
            return self.encoded_calls[at]
        if at not in self._spelled:
            self._spelled[at] = encoded_of(self.bundle, self.rows[at])
        return self._spelled[at]

    @cached_property
    def _spelled(self) -> dict[int, EncodedCall]:
        """The calls that were asked for one by one: those that do not conform are, several times."""
        return {}

    @cached_property
    def expected(self) -> ExpectedColumns:
        """What every call must leave."""
        return expect(self.bundle, self.rows)

    @cached_property
    def ops(self) -> NDArray[Any]:
        """The operations that the runner takes."""
        rows, bundle = self.rows, self.bundle
        ops: NDArray[Any] = rows.view(_PARTS)["op"].copy().view(OP)
        chosen, ordinary = rows["result"].copy(), bundle.result_places[bundle.returns].take(rows["callee"])
        ops["result"] = np.where(chosen >= 0, chosen, ordinary)
        if bundle.rules.copies_pointees:
            takes = _TAKES[bundle.returns].take(rows["caller"])
            ops["flags"] |= np.where(rows["convention"] == PACKED, takes, 0).astype("u2")
        ops["value"] = np.where(rows["value_at"] >= 0, rows["value"], rows["second"])
        return ops

    @cached_property
    def segments(self) -> NDArray[Any]:
        """One segment for each run of calls of one callee."""
        callees = self.rows["callee"]
        starts = np.flatnonzero(np.concatenate([[len(callees) > 0], callees[1:] != callees[:-1]])[: len(callees)])
        segments = np.zeros(len(starts), SEGMENT)
        segments["callee"] = segments["caller"] = callees[starts]
        segments["first_op"] = segments["first_case"] = starts
        segments["num_ops"] = np.diff(np.append(starts, len(callees)))
        return segments

    @cached_property
    def tally(self) -> Tally:
        """The verdicts that are expected, counted."""
        return tally(self.rows, self.expected.verdicts)

    @cached_property
    def paired(self) -> Tally:
        """The expected verdicts of the calls that are made in both conventions, counted."""
        both = self.rows["paired"]
        return tally(self.rows, self.expected.verdicts, both)

    @cached_property
    def kinds(self) -> GroupCounts:
        """The verdicts that are expected, counted by group."""
        return kinds_of_calls(self.bundle, self.rows, self.expected.verdicts, released=self.release)

    @property
    def size(self) -> int:
        """Bytes that it takes to keep."""
        expected = self.expected
        columns = (self.rows, self.ops, expected.records, expected.verdicts, expected.length)
        return sum(column.nbytes for column in columns) + expected.cells.nbytes + expected.unknown.nbytes


def tally(rows: Rows, verdicts: NDArray[Any], chosen: NDArray[np.bool_] | None = None) -> Tally:
    """Calls counted by convention, class and verdict; only those that are chosen, if that is said."""
    classes, ends = len(CLASS_NAMES), len(VERDICT_NAMES)
    key = (rows["convention"].astype(np.int64) * classes + rows["cls"]) * ends + verdicts
    counts = np.bincount(key if chosen is None else key[chosen])
    out: Tally = Counter()
    for number in np.flatnonzero(counts).tolist():
        rest, verdict = divmod(number, ends)
        convention, cls = divmod(rest, classes)
        out[CONVENTIONS[convention], CLASS_NAMES[cls], VERDICT_NAMES[verdict]] = int(counts[number])
    return out


def plan(check: str, bundle: Bundle) -> Plan:
    """The calls of a check, kept for the next pair. Raises ValueError where it makes none."""
    kept = bundle.arena.plans
    found = kept.get((bundle, check))
    if found is None:
        drawn = planned(check, bundle)
        rows, why = sendable(bundle, drawn)
        found = kept[bundle, check] = Plan(
            bundle, _preset(bundle, rows), is_release(check), keeps_texts(check), (), len(drawn) - len(rows), why
        )
        bundle.arena.plan_bytes += found.size
        while bundle.arena.plan_bytes > KEPT_BYTES and len(kept) > 1:
            bundle.arena.plan_bytes -= kept.popitem(last=False)[1].size
    kept.move_to_end((bundle, check))
    return found


def forget(bundle: Bundle) -> None:
    """Drops what is kept of a bundle, which holds more than its plans: its tables go with the last of them."""
    kept = bundle.arena.plans
    for key in [key for key in kept if key[0] is bundle]:
        bundle.arena.plan_bytes -= kept.pop(key).size


def _preset(bundle: Bundle, rows: Rows) -> Rows:
    """The calls with another preset in the result slot each, by their places and the bundle's salt."""
    turn = (np.arange(len(rows)) + bundle.salt) % len(presets(bundle.rules))
    rows["flags"] |= np.where(rows["convention"] == PACKED, turn << PRESET_SHIFT, 0).astype(np.uint16)
    return rows


def direct(bundle: Bundle) -> Plan:
    """The matched direct calls by which stubs, harness and oracle are checked against each other."""
    return Plan(bundle, Draft(bundle).matched(None, DIRECT))


def of_encoded(bundle: Bundle, encoded_calls: Sequence[EncodedCall], release: bool = False, texts: bool = True) -> Plan:
    """A plan of calls one by one, with the texts of their errors unless they are not asked for."""
    runs = [list(run) for _, run in groupby(encoded_calls, id)]  # a call that is repeated is spelled out once
    rows = np.array([row_of(bundle, run[0]) for run in runs], CALL).repeat(
        np.array([len(run) for run in runs], np.int64)
    )
    return Plan(bundle, rows, release, texts, tuple(encoded_calls))


def part(whole: Plan, places: Sequence[int]) -> Plan:
    """The calls at some places of a plan, in that order, with the texts of their errors."""
    encoded_calls = tuple(whole.encoded_calls[at] for at in places) if whole.encoded_calls else ()
    return Plan(whole.bundle, whole.rows[np.array(places, np.int64)], whole.release, True, encoded_calls)
