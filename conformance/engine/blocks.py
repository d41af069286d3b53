"""Runs of calls of one callee with all that is expected of them, built in bulk where a check makes many alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter
from typing import Any

from conformance.engine.bundle import FEW, MANY, UNKNOWN, WRONG, Bundle
from conformance.engine.shots import (
    OWN,
    Shot,
    accepted_record,
    arguments,
    foresee,
    op,
    record,
    rejected_record,
    row,
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


def codes_at(bundle: Bundle, callee: int, at: int, codes: tuple[int, ...], cls: str) -> Block:
    """One call for each code that is put in place of argument `at`'s; the rules must reject every one."""
    kind = bundle.signatures[callee].params[at].kind
    key = ("codes", at, codes)

    def shot(k: int) -> Shot:
        mismatch = Mismatch(cls, at, kind, f"code({codes[k]})")
        return Shot(callee, callee, "packed", mismatch, codes=((at, codes[k]),))

    if key not in bundle.arena.memo:
        # Which value a body that must not run would return does not matter, so the operations serve every callee.
        ops = b"".join([op(bundle, shot(k), result_slot=0) for k in range(len(codes))])
        bundle.arena.memo[key] = ops, rejected_record(at) * len(codes)
    ops, records = bundle.arena.memo[key]
    return Block(callee, len(codes), ops, records, shot, (), Counter({("packed", cls, "detected"): len(codes)}))


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
    chosen = decisions.translate(_sought(wanted))
    callers = [caller for caller, yes in enumerate(chosen) if yes or caller in accepted]
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
    memo, slot, out = bundle.arena.memo, bundle.result_slot(callee), []
    for caller in callers:
        key = (convention, OWN if caller == callee else caller, slot)
        found = memo.get(key)
        if found is None:
            found = memo[key] = op(bundle, Shot(caller, callee, convention, MATCH))
        out.append(found)
    return b"".join(out)


def _class_of(decision: int) -> str:
    return "few" if decision == FEW else "many" if decision == MANY else "type"


def _packed_grid(bundle: Bundle, callee: int, callers: Sequence[int], accepted: Mapping[int, Mismatch]) -> Block:
    decisions = bundle.decisions(callee)
    records, verdicts = [], []
    rows: list[bytes] = []
    unknown: list[tuple[int, int]] = []
    for caller in callers:
        decision = decisions[caller]
        if decision:
            records.append(_REJECTIONS[decision])
            verdicts.append(_DETECTED[decision])
            continue
        shot = Shot(caller, callee, "packed", accepted[caller])
        seen = foresee(bundle, shot)
        records.append(record(bundle, shot, seen))
        if seen.entered:
            unknown.extend(_unknown(len(rows), seen))
            rows.append(row(seen))
        verdicts.append(("packed", shot.mismatch.cls, seen.verdict))

    def shot_at(k: int) -> Shot:
        return Shot(callers[k], callee, "packed", bundle.mismatch(callee, callers[k]))

    ops = _ops(bundle, callee, callers, "packed")
    return Block(callee, len(callers), ops, b"".join(records), shot_at, rows, Counter(verdicts), unknown, True)


_REJECTIONS = {0: b"", FEW: rejected_record(None), MANY: rejected_record(None)} | {
    at + 1: rejected_record(at) for at in range(MAX_ARGS)
}
_DETECTED = {decision: ("packed", _class_of(decision), "detected") for decision in _REJECTIONS}


def _unpacked_grid(bundle: Bundle, callee: int, callers: Sequence[int], accepted: Mapping[int, Mismatch]) -> Block:
    """Built by columns, a place at a time over all callers: this grid is most of what a run calls."""
    declared, decisions, signatures = bundle.signatures[callee], bundle.decisions(callee), bundle.signatures
    pick: Callable[[Sequence[Any]], Sequence[Any]] = tuple
    if len(callers) != len(signatures):
        pick = itemgetter(*callers) if len(callers) > 1 else lambda column: (column[callers[0]],)
    outs = {ret: _out(bundle, callee, ret) for ret in {signatures[caller].ret for caller in callers}}
    ends = [outs[signatures[caller].ret] for caller in callers]
    columns: list[Sequence[bytes]] = [[out for out, _ in ends]]
    flags = int.from_bytes(bytes([flag for _, flag in ends]), "little")
    unknown: list[tuple[int, int]] = []
    for at, param in enumerate(declared.params):
        pieces, found = zip(*map(bundle.misread(at, param.kind).__getitem__, pick(bundle.column(at))), strict=True)
        columns.append(pieces)
        here = bytes(found)
        flags |= int.from_bytes(here, "little")
        if UNKNOWN in here or UNKNOWN | WRONG in here:
            unknown.extend((k, 16 + 16 * at) for k, flag in enumerate(here) if flag & UNKNOWN)
    rows = list(map(b"".join, zip(*columns, strict=True)))
    verdicts = [
        _unpacked_verdict(_class_of(decisions[caller]) if decisions[caller] else accepted[caller].cls, flag)
        for caller, flag in zip(callers, flags.to_bytes(len(callers), "little"), strict=True)
    ]

    def shot_at(k: int) -> Shot:
        return Shot(callers[k], callee, "unpacked", bundle.mismatch(callee, callers[k]))

    ops, records = _ops(bundle, callee, callers, "unpacked"), accepted_record(None) * len(callers)
    return Block(callee, len(callers), ops, records, shot_at, rows, Counter(verdicts), unknown, True)


_OVERRAN = 4


@lru_cache(maxsize=1024)
def _unpacked_verdict(cls: str, flag: int) -> tuple[str, str, str]:
    if cls != "match" and (flag & _OVERRAN or cls == "few"):
        return "unpacked", cls, "overrun"
    return "unpacked", cls, predict.accepted_verdict(cls, not flag & WRONG)


def _out(bundle: Bundle, callee: int, taken: str) -> tuple[bytes, int]:
    """The 16 bytes of the result slot for a caller that takes `taken`, and what is to be said of them."""
    ret = bundle.signatures[callee].ret
    result = bundle.result(callee) if ret != "none" else None
    seen = predict.unpacked(Signature((), ret), (), bundle.poison, result, taken, "ret-type")
    wrong = {"silent-wrong": WRONG, "overrun": WRONG | _OVERRAN}.get(seen.verdict, 0)
    return seen.taken or b"", wrong
