"""What every call of a plan must leave, column by column: records, witness and verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conformance.checks.columns import (
    AFTER,
    CLASS_NAMES,
    CLASS_NUMBERS,
    CONCURRENT,
    COUNT,
    DIRECT,
    FOLLOW,
    KIND_NAMES,
    NESTED,
    NULL_ARGS,
    NULL_CODES,
    OF_RETURN,
    PACKED,
    PLAIN,
    RELEASED,
    UNPACKED,
    Rows,
    join,
    spread,
)
from conformance.engine.arriving import arriving
from conformance.engine.bundle import CELLS, OPEN, Bundle, code_rejections
from conformance.engine.readings import FIRST_END, OVERRAN, UNKNOWN, WRONG, Readings, ending
from conformance.model.verdict import VERDICTS
from conformance.oracle import ends
from conformance.oracle.ends import accepted_verdict
from conformance.oracle.unpacked import is_overrun
from conformance.rules.load import Rules
from conformance.transport.compiled.layouts import constants, layout

Integers = NDArray[Any]

_C = constants()
RECORD = np.dtype([(field.name, field.code) for field in layout("AbiRecord").fields])
"""`AbiRecord` of harness/run.h."""


def words(records: NDArray[Any]) -> NDArray[np.uint32]:
    """Records as whole words, a row each: NumPy compares and moves structures member by member."""
    return records.view(np.uint32).reshape(len(records), RECORD.itemsize // 4)


VERDICT_NAMES = tuple(VERDICTS)
VERDICT_NUMBERS = {name: number for number, name in enumerate(VERDICT_NAMES)}

_DETECTED, _INTACT, _OVERRUN = (VERDICT_NUMBERS[name] for name in ("detected", "intact", "overrun"))
_NO_INDEX = np.uint16(_C["ABI_NO_INDEX"])  # NumPy takes no plain number that the other operand has no room for
_OUTCOMES = {
    "accepted": _C["ABI_ACCEPTED"], "rejected": _C["ABI_REJECTED"], "take-rejected": _C["ABI_TAKE_REJECTED"]
}  # fmt: skip
_ACCEPTED, _BY_CODE = np.uint8(ends.ACCEPTED), np.uint8(ends.BY_CODE)
_ENTERED = np.array([end.entered for end in ends.ENDS])
_RETURNS = np.array([end.outcome != "rejected" for end in ends.ENDS])
_RECORDS = np.array(
    [(_OUTCOMES[end.outcome], _NO_INDEX, end.entered * _C["ABI_ENTERED"], 0, 0) for end in ends.ENDS], RECORD
)
"""The record that a call leaves by where it ends, but for the argument that is named and the code of its return."""
_NAMING = sum(ending(number) for number, end in enumerate(ends.ENDS) if end.names)


@dataclass(frozen=True)
class ExpectedColumns:
    """Of every call: the record, the verdict, and how many cells of the witness it leaves, one call after the other.

    A cell has 16 bytes, as two words: first of each row what the caller took, then what the callee saw of each
    argument. `unknown` are the cells whose first word cannot be predicted and is only recorded.
    """

    records: NDArray[Any]
    verdicts: Integers
    length: Integers
    cells: NDArray[np.uint64]
    unknown: Integers

    @property
    def first(self) -> Integers:
        """The first cell of every call."""
        return np.cumsum(self.length) - self.length


_NO_NUMBERS = np.zeros(0, np.int64)
_OF_NO_CALLS = ExpectedColumns(
    np.zeros(0, RECORD), np.zeros(0, np.uint8), _NO_NUMBERS, np.zeros((0, 2), np.uint64), _NO_NUMBERS
)


@dataclass
class _Calls:
    """What single calls come to: where each ends, as a place in `ENDS`; and the readings, `length` for each."""

    ends: Integers
    named: Integers
    ret_code: Integers
    verdicts: Integers
    length: Integers
    readings: Integers


def expect(bundle: Bundle, rows: Rows) -> ExpectedColumns:
    """What must come of calls, as many at a time as stay near the processor."""
    parts = [_expect(bundle, rows[start : start + CELLS]) for start in range(0, len(rows), CELLS)]
    if len(parts) < 2:
        return parts[0] if parts else _OF_NO_CALLS
    offsets = np.cumsum([0, *(len(part.cells) for part in parts)])
    return ExpectedColumns(
        records=np.concatenate([words(part.records) for part in parts]).view(RECORD).reshape(-1),
        verdicts=np.concatenate([part.verdicts for part in parts]),
        length=np.concatenate([part.length for part in parts]),
        cells=np.concatenate([part.cells for part in parts]),
        unknown=np.concatenate([part.unknown + at for part, at in zip(parts, offsets, strict=False)]),
    )


def _expect(bundle: Bundle, rows: Rows) -> ExpectedColumns:
    modes = rows["mode"].copy()  # each look at a column of rows goes through all their bytes
    twofold = np.flatnonzero((modes == NESTED) | (modes == CONCURRENT) | (modes == RELEASED))
    calls = _calls(bundle, _single(rows, twofold) if len(twofold) else rows)
    count = len(rows)
    records = _RECORDS.take(calls.ends[:count])
    records["index"] = calls.named[:count]
    records["ret_code"] = calls.ret_code[:count]
    if bundle.rules.after_success == "kept":
        stale = (modes == AFTER) & (records["outcome"] != _OUTCOMES["accepted"])
        records["flags"][stale] |= _C["ABI_STALE"]
    nested = np.flatnonzero(modes == NESTED)
    if len(nested):
        refused = calls.ends[nested] != ends.ACCEPTED
        records[nested] = _RECORDS[ends.ACCEPTED]
        records["flags"][nested] |= np.where(refused, _C["ABI_INNER"], 0).astype(np.uint16)
        records["ret_code"][nested] = _codes(bundle.rules)[bundle.returns[rows["callee"][nested]]]
    length, readings = calls.length, calls.readings
    if len(twofold):
        # The other rows of a call that makes several come right behind its first: nested, all of them the outer
        # ones'; of threads, the other's and the first one's in turns; of a payload that is released, the later call's.
        more = _together(rows, twofold) - 1
        others, turn = spread(np.arange(len(twofold)), more)
        own = (modes[twofold[others]] == CONCURRENT) & (turn % 2 == 1)
        sources = np.where(own, twofold[others], count + others)
        sources, keys = np.concatenate([np.arange(count), sources]), np.concatenate([np.arange(count), twofold[others]])
        order = np.argsort(keys, kind="stable")
        starts = np.cumsum(length) - length
        which, step = spread(starts[sources[order]], length[sources[order]])
        readings = readings[which + step]
        length = np.bincount(keys, length[sources], count).astype(np.int64)
    known = Readings.of(bundle.arena, bundle.rules)
    return ExpectedColumns(
        records=records,
        verdicts=calls.verdicts[:count],
        length=length,
        cells=known.words.take(readings, axis=0),
        unknown=np.flatnonzero(known.flags[readings] & UNKNOWN),
    )


def _together(rows: Rows, several: Integers) -> Integers:
    """How many calls are made where several are."""
    counts = np.where(rows["flags"][several] & COUNT, 0, rows["count"][several])
    return np.where(counts > 0, counts, 2).astype(np.int64)


def _single(rows: Rows, twofold: Integers) -> Rows:
    """The calls as single ones: where two are made, the inner or first one, and at the end the other one of each.

    What is made around another call, or after it, is matched.
    """
    calls, others = join(rows), rows.take(twofold)
    inner = rows["mode"] == NESTED
    calls["row"][inner] = rows["second"][inner]
    concurrent = others["mode"] == CONCURRENT
    matched = ~concurrent
    others["row"][concurrent] = others["second"][concurrent]
    others["caller"][matched] = others["callee"][matched]
    others["code_at"][matched] = others["value_at"][matched] = -1
    others["flags"][matched] &= FOLLOW
    both = join(calls, others)
    both["mode"] = PLAIN
    return both


def _calls(bundle: Bundle, rows: Rows) -> _Calls:
    """Where every call ends. Most do before a value is read: only the readings of the others are looked up."""
    count = len(rows)
    callee, caller = rows["callee"].astype(np.int64), rows["caller"].astype(np.int64)
    packed, lengths = rows["convention"] == PACKED, bundle.lengths.take(callee)
    named = _rejected_by_code(bundle, rows, callee, caller)
    ended = np.where(named == _NO_INDEX, _ACCEPTED, _BY_CODE)
    ended[_counted_out(bundle, rows, lengths, caller)] = ends.COUNTED_OUT
    ended[~packed] = ends.ACCEPTED
    named[ended != ends.BY_CODE] = _NO_INDEX
    out = _Calls(
        ends=ended,
        named=named,
        ret_code=np.zeros(count, np.int32),
        verdicts=np.full(count, _DETECTED, np.uint8),
        length=np.zeros(count, np.int32),
        readings=_NO_NUMBERS,
    )
    open_ = np.flatnonzero(ended == ends.ACCEPTED)
    pieces = _pieces(open_, lengths[open_] + 1)
    if pieces:
        out.readings = np.concatenate(
            [_run(bundle, rows.take(some) if len(some) < count else rows, some, out) for some in pieces]
        )
    return out


def _pieces(places: Integers, lengths: Integers) -> list[Integers]:
    """The places of calls in order, in pieces of about `CELLS` cells; each call has `lengths` of them."""
    if not len(places):
        return []
    number = (np.cumsum(lengths) - 1) // CELLS
    return np.split(places, np.flatnonzero(np.diff(number)) + 1)


def _counted_out(bundle: Bundle, rows: Rows, declared: Integers, caller: Integers) -> Integers:
    """Which calls are rejected for their count, or for a null array."""
    flags, told = rows["flags"].copy(), bundle.lengths.take(caller)
    some = np.flatnonzero(flags & COUNT)
    told[some] = rows["count"][some]
    found: Integers = ends.is_counted_out(declared, told, (flags & (NULL_ARGS | NULL_CODES)) != 0)
    return found


def _rejected_by_code(bundle: Bundle, rows: Rows, callee: Integers, caller: Integers) -> Integers:
    """The first argument that a packed callee must reject for its code; `_NO_INDEX` where it is none."""
    decided = bundle.decisions.reshape(-1).take(callee * len(bundle.signatures) + caller)
    first = np.where(decided >= 0, decided, _NO_INDEX).astype(np.uint16)
    changes = list(zip(rows["code_at"].T.copy(), rows["code"].T.copy(), strict=True))
    changed = (changes[0][0] >= 0) | (changes[1][0] >= 0)
    if not changed.any():
        return first
    codes, rejected = code_rejections(bundle.rules)
    # A code that is replaced is no longer what was decided on: look again at all arguments of these calls.
    several = np.flatnonzero(changed & (decided >= 0))
    if len(several):
        sent = _codes(bundle.rules)[bundle.kinds[caller[several]]]
        places = np.arange(bundle.max_args)[None, :] < bundle.lengths[callee[several]][:, None]
        for at, code in changes:
            some = np.flatnonzero(at[several] >= 0)
            sent[some, at[several[some]]] = code[several[some]]
        hit = _is_rejected(codes, rejected, bundle.kinds[callee[several]], sent) & places
        first[several] = np.where(hit.any(axis=1), hit.argmax(axis=1), _NO_INDEX)
    for at, code in changes:
        some = np.flatnonzero((at >= 0) & (decided == OPEN))
        if len(some):
            at = at[some]
            hit = _is_rejected(codes, rejected, bundle.kinds[callee[some], at], code[some])
            first[some] = np.minimum(first[some], np.where(hit, at, _NO_INDEX))
    return first


def _is_rejected(codes: Integers, rejected: Integers, kinds: Integers, sent: Integers) -> Integers:
    place = np.minimum(np.searchsorted(codes, sent), len(codes) - 1)
    found: Integers = (codes.take(place) != sent) | rejected[kinds, place]
    return found


def _run(bundle: Bundle, rows: Rows, places: Integers, out: _Calls) -> Integers:
    """Fills in the calls at `places`, whose counts and codes are accepted; gives the readings of those that run."""
    known = Readings.of(bundle.arena, bundle.rules)
    callee, packed = rows["callee"].astype(np.int64), rows["convention"] == PACKED
    length = bundle.lengths[callee] + 1
    starts = np.cumsum(length) - length
    readings = arriving(bundle, rows, length)
    cell_bits = known.flags.take(readings)
    bits = np.bitwise_or.reduceat(cell_bits, starts)
    ended = out.ends[places] = FIRST_END.take(bits)

    naming = (bits & _NAMING) != 0
    if naming.any():
        at = np.flatnonzero(cell_bits & _NAMING)
        of = np.searchsorted(starts, at, side="right") - 1
        ends_it = FIRST_END.take(cell_bits[at]) == ended[of]
        at, of = at[ends_it], of[ends_it]
        calls, first = np.unique(of, return_index=True)
        out.named[places[calls]] = at[first] - starts[calls] - 1
    entered = _ENTERED.take(ended)
    if not entered.all():
        readings = readings[np.repeat(entered, length)]
    out.length[places] = np.where(entered, length, 0)
    returned = packed & _RETURNS.take(ended)
    own = _codes(bundle.rules)[bundle.returns[callee[returned]]]
    out.ret_code[places[returned]] = np.where(rows["code_at"][returned, 0] == OF_RETURN, rows["code"][returned, 0], own)

    accepted = ended == ends.ACCEPTED
    verdicts = _accepted_verdicts()[(bits & WRONG) // WRONG, rows["cls"]]
    passed, mismatched = bundle.lengths.take(rows["caller"]), rows["cls"] != CLASS_NUMBERS["match"]
    over = is_overrun(mismatched, length - 1, passed, (bits & OVERRAN) != 0)
    verdicts = np.where(over & (rows["convention"] == UNPACKED), _OVERRUN, verdicts)
    verdicts = np.where(rows["convention"] == DIRECT, _INTACT, verdicts)
    out.verdicts[places[accepted]] = verdicts[accepted]
    return readings


@lru_cache(maxsize=64)
def _codes(rules: Rules) -> Integers:
    """The code that each kind number packs as."""
    codes = {name: rules.code(name) for name in (*rules.passable, "none")}
    return np.array([codes.get(name, 0) for name in KIND_NAMES])


@lru_cache(maxsize=1)
def _accepted_verdicts() -> Integers:
    """The verdict of an accepted call, by whether something differs from what was sent, and by its class."""
    return np.array(
        [[VERDICT_NUMBERS[accepted_verdict(name, equal)] for name in CLASS_NAMES] for equal in (True, False)]
    )
