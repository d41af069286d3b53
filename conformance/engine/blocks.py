"""Runs of calls of one callee with all that is expected of them, built in bulk where a check makes many alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import compress
from typing import cast

from conformance.engine.bundle import FEW, MANY, UNKNOWN, WRONG, Bundle
from conformance.engine.shots import (
    Shot,
    accepted_record,
    arguments,
    foresee,
    op,
    record,
    rejected_record,
    row,
    with_result,
)
from conformance.model.case import MATCH, Mismatch
from conformance.model.signature import MAX_ARGS, Signature
from conformance.model.value import Value
from conformance.oracle import predict
from conformance.oracle.predict import Prediction, Seen

Tally = Counter[tuple[str, str, str]]
"""Counts by (convention, mismatch class, verdict)."""


@dataclass
class Block:
    """Calls of one callee: `ops` for the runner, `records` and `rows` as it must leave them, their verdicts counted.

    `unknown` are (row, offset) of 8 bytes that cannot be predicted and are only recorded. `shot` gives the k-th call.
    `paired` calls are made in both conventions, and so enter the headline.
    """

    callee: int
    count: int
    ops: bytes
    records: bytes
    shot: Callable[[int], Shot]
    rows: Sequence[bytes] = ()
    tally: Tally = field(default_factory=Counter)
    unknown: Sequence[tuple[int, int]] = ()
    paired: bool = False


def of_shots(bundle: Bundle, shots: Sequence[Shot]) -> list[Block]:
    """Blocks of calls one by one, by the oracle's general rules; calls of one callee must stand together."""
    blocks = []
    start = 0
    for end in range(1, len(shots) + 1):
        if end == len(shots) or shots[end].callee != shots[start].callee:
            blocks.append(_general(bundle, shots[start:end]))
            start = end
    return blocks


def _general(bundle: Bundle, shots: Sequence[Shot]) -> Block:
    ops, records = [], []
    rows: list[bytes] = []
    unknown: list[tuple[int, int]] = []
    tally: Tally = Counter()
    for shot in shots:
        seen = foresee(bundle, shot)
        ops.append(op(bundle, shot))
        records.append(record(bundle, shot, seen))
        for one in witness_rows(bundle, shot, seen):
            unknown.extend(_unknown(len(rows), seen))
            rows.append(one)
        tally[shot.convention, shot.mismatch.cls, seen.verdict] += 1
    return Block(shots[0].callee, len(shots), b"".join(ops), b"".join(records), shots.__getitem__, rows, tally, unknown)


def witness_rows(bundle: Bundle, shot: Shot, seen: Prediction) -> list[bytes]:
    """The rows that a call leaves: in the modes that make two calls the other one's too, in the runner's order."""
    own = row(seen)
    if shot.mode == "nested":
        around = matched(shot.callee, shot.convention)._replace(row=shot.row, result=shot.result)
        outer = row(foresee(bundle, around))
        return [own, outer] if own else [outer]
    if shot.mode == "concurrent":
        return [own, row(foresee(bundle, shot._replace(row=shot.second_row)))]
    return [own] if own else []


def _unknown(row_index: int, seen: Prediction) -> list[tuple[int, int]]:
    return [(row_index, 16 + 16 * i) for i, one in enumerate(seen.seen or ()) if one.bits is None]


def matched(callee: int, convention: str = "packed") -> Shot:
    """The callee's own caller, with graffiti."""
    return Shot(callee, callee, convention, MATCH)


def wrong_codes(bundle: Bundle, callee: int, codes: Sequence[tuple[int, ...]], cls: str) -> Block:
    """One call for each of the codes put in place of every argument's; the rules must reject all of them."""
    memo, params = bundle.arena.memo, bundle.signatures[callee].params

    def one(at: int, code: int) -> Shot:
        mismatch = Mismatch(cls, at, params[at].kind, f"code({code})")
        return Shot(callee, callee, "packed", mismatch, codes=((at, code),))

    parts = []
    for at, some in enumerate(codes):
        found = memo.get(("codes", at, some))
        if found is None:
            # Which value a body that must not run would return does not matter, so the operations serve every callee.
            ops = b"".join([op(bundle, one(at, code), result_slot=0) for code in some])
            found = memo["codes", at, some] = ops, rejected_record(at) * len(some)
        parts.append(found)

    def shot(k: int) -> Shot:
        for at, some in enumerate(codes):
            if k < len(some):
                return one(at, some[k])
            k -= len(some)
        raise IndexError(k)

    count = sum(map(len, codes))
    tally: Tally = Counter({("packed", cls, "detected"): count} if count else {})
    return Block(
        callee, count, b"".join([ops for ops, _ in parts]), b"".join([left for _, left in parts]), shot, (), tally
    )


def boundaries_at(
    bundle: Bundle, callee: int, at: int, values: Sequence[Value], convention: str = "packed", follow: bool = False
) -> Block:
    """One matched call for each value in place of argument `at`'s; every one must arrive."""
    base = matched(callee, convention)._replace(follow=follow)
    ordinary = foresee(bundle, base)
    before = row(ordinary)
    start = 16 + 16 * at
    shots = [base._replace(value_at=at, value=value) for value in values]
    seen = [_alone(bundle, one, at) for one in shots]
    if any(one.rejected for one in seen):
        return _general(bundle, shots)
    rows = [before[:start] + one.record + before[start + 16 :] for one in seen]
    records = accepted_record(ordinary.ret_code) * len(shots)
    tally: Tally = Counter({(convention, "match", "intact"): len(shots)})
    return Block(callee, len(shots), b"".join([op(bundle, s) for s in shots]), records, shots.__getitem__, rows, tally)


def _alone(bundle: Bundle, shot: Shot, at: int) -> Seen:
    arg, declared = arguments(bundle, shot)[at], bundle.signatures[shot.callee].params[at]
    if shot.convention == "unpacked":
        slot = predict.slot_bytes(arg, bundle.poison[at])
        return predict.see_unpacked(declared, arg, slot, shot.follow)
    return predict.see_packed(bundle.rules, declared, arg, bundle.codes(shot.caller)[at], shot.follow)


def grid(bundle: Bundle, callee: int, classes: Iterable[str], convention: str = "packed") -> list[Block]:
    """The calls of every caller whose mismatch with `callee` is of one of `classes`."""
    wanted = frozenset(classes)
    decisions = bundle.decisions(callee)
    accepted = {caller: mismatch for caller, mismatch in bundle.accepted(callee) if mismatch.cls in wanted}
    chosen = bytearray(decisions.translate(_sought(wanted)))
    for caller in accepted:
        chosen[caller] = 1
    callers = list(compress(range(len(chosen)), chosen))
    if not callers:
        return []
    make = _unpacked_grid if convention == "unpacked" else _packed_grid
    return [make(bundle, callee, callers, accepted)]


@lru_cache(maxsize=256)
def _sought(classes: frozenset[str]) -> bytes:
    """A translation of decisions: 1 where they lead to one of the classes."""
    rejected = bytes(_class_of(decision) in classes for decision in range(1, 256))
    return b"\0" + rejected


def _ops(bundle: Bundle, callee: int, callers: Sequence[int], convention: str) -> bytes:
    # The same for every callee but for the slot of the result, and most callees are called by all.
    key = (convention, tuple(callers))
    found = bundle.memo.get(key)
    if found is None:
        shots = [Shot(caller, NOBODY, convention, MATCH) for caller in callers]
        found = bundle.memo[key] = b"".join([op(bundle, shot, result_slot=0) for shot in shots])
    return with_result(found, bundle.result_slot(callee))


NOBODY = -1
"""In place of a callee where it does not matter which."""


def _class_of(decision: int) -> str:
    return "few" if decision == FEW else "many" if decision == MANY else "type"


_CLASSES = ("", "type", "few", "many")
_CLASS_NUMBERS = bytes([0]) + bytes(_CLASSES.index(_class_of(decision)) for decision in range(1, 256))
"""A translation of decisions: the place in `_CLASSES` of the class that each leads to."""


def _packed_grid(bundle: Bundle, callee: int, callers: Sequence[int], accepted: Mapping[int, Mismatch]) -> Block:
    every = bundle.decisions(callee)
    decisions = every if len(callers) == len(every) else bytes([every[caller] for caller in callers])
    records = list(map(_REJECTIONS.__getitem__, decisions))
    few, many, open_ = decisions.count(FEW), decisions.count(MANY), decisions.count(0)
    counted = {"few": few, "many": many, "type": len(decisions) - few - many - open_}
    tally: Tally = Counter({("packed", cls, "detected"): count for cls, count in counted.items() if count})
    rows: list[bytes] = []
    unknown: list[tuple[int, int]] = []
    k = decisions.find(0)
    while k >= 0:
        shot = Shot(callers[k], callee, "packed", accepted[callers[k]])
        seen = foresee(bundle, shot)
        records[k] = record(bundle, shot, seen)
        if seen.entered:
            unknown.extend(_unknown(len(rows), seen))
            rows.append(row(seen))
        tally["packed", shot.mismatch.cls, seen.verdict] += 1
        k = decisions.find(0, k + 1)

    def shot_at(k: int) -> Shot:
        return Shot(callers[k], callee, "packed", bundle.mismatch(callee, callers[k]))

    ops = _ops(bundle, callee, callers, "packed")
    return Block(callee, len(callers), ops, b"".join(records), shot_at, rows, tally, unknown, True)


_REJECTIONS = {0: b"", FEW: rejected_record(None), MANY: rejected_record(None)} | {
    at + 1: rejected_record(at) for at in range(MAX_ARGS)
}


def _unpacked_grid(bundle: Bundle, callee: int, callers: Sequence[int], accepted: Mapping[int, Mismatch]) -> Block:
    """Built by columns, a place at a time over all callers: this grid is most of what a run calls."""
    declared, decisions = bundle.signatures[callee], bundle.decisions(callee)
    every = len(callers) == len(bundle.signatures)
    columns, flags = [], 0
    unknown: list[tuple[int, int]] = []
    for at in range(-1, len(declared)):
        pieces, here = _column(bundle, callee, at)
        if not every:
            pieces, here = [pieces[caller] for caller in callers], bytes([here[caller] for caller in callers])
        columns.append(pieces)
        flags |= int.from_bytes(here, "little")
        if UNKNOWN in here or UNKNOWN | WRONG in here:
            unknown.extend((k, 16 + 16 * at) for k, flag in enumerate(here) if flag & UNKNOWN)
    rows = list(map(b"".join, zip(*columns, strict=True)))
    tally: Tally = Counter()
    said = flags.to_bytes(len(callers), "little")
    chosen = decisions if every else bytes([decisions[caller] for caller in callers])
    for (cls, flag), count in Counter(zip(chosen.translate(_CLASS_NUMBERS), said, strict=True)).items():
        if cls:
            tally[_unpacked_verdict(_CLASSES[cls], flag)] += count
    if accepted:
        place = {caller: k for k, caller in enumerate(callers)}
        for caller, mismatch in accepted.items():
            tally[_unpacked_verdict(mismatch.cls, said[place[caller]])] += 1

    def shot_at(k: int) -> Shot:
        return Shot(callers[k], callee, "unpacked", bundle.mismatch(callee, callers[k]))

    ops, records = _ops(bundle, callee, callers, "unpacked"), accepted_record(None) * len(callers)
    return Block(callee, len(callers), ops, records, shot_at, rows, tally, unknown, True)


_OVERRAN = 4


def _column(bundle: Bundle, callee: int, at: int) -> tuple[Sequence[bytes], bytes]:
    """Over all callers, what the callee's argument `at` (-1: the result slot) comes to, and what is to be said of it.

    The same for every callee that declares the same there, as most of a family do.
    """
    declared = bundle.signatures[callee]
    key = ("column", at, declared.ret if at < 0 else declared.params[at].kind)
    found = bundle.memo.get(key)
    if found is None:
        if at < 0:
            outs = [_out(bundle, callee, ret) for ret in bundle.returns.distinct]
            found = bundle.returns.spread(outs)
        else:
            column, misread = bundle.column(at), bundle.misread(at, declared.params[at].kind)
            found = column.spread(list(map(misread.__getitem__, column.distinct)))
        bundle.memo[key] = found
    return cast("tuple[Sequence[bytes], bytes]", found)


@lru_cache(maxsize=1024)
def _unpacked_verdict(cls: str, flag: int) -> tuple[str, str, str]:
    if cls != "match" and (flag & _OVERRAN or cls == "few"):
        return "unpacked", cls, "overrun"
    return "unpacked", cls, predict.accepted_verdict(cls, not flag & WRONG)


def _out(bundle: Bundle, callee: int, taken: str) -> tuple[bytes, int]:
    """The 16 bytes of the result slot for a caller that takes `taken`, and what is to be said of them."""
    ret = bundle.signatures[callee].ret
    result = bundle.result(callee) if ret != "none" else None
    key = ("out", ret, taken, id(result))
    found = bundle.arena.memo.get(key)
    if found is None:
        seen = predict.unpacked(Signature((), ret), (), bundle.poison, result, taken, "ret-type")
        wrong = {"silent-wrong": WRONG, "overrun": WRONG | _OVERRAN}.get(seen.verdict, 0)
        found = bundle.arena.memo[key] = seen.taken or b"", wrong
    return cast("tuple[bytes, int]", found)
