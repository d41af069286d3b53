"""Runs of calls of one callee with all that is expected of them, built in bulk where a check makes many alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from conformance.engine.bundle import GRAFFITI, Bundle
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
    return Block(
        shots[0].callee, len(shots), b"".join(ops), b"".join(records), shots.__getitem__, rows, tally, unknown
    )


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
    key = ("codes", at, codes, bundle.result_slot(callee))

    def shot(k: int) -> Shot:
        mismatch = Mismatch(cls, at, kind, f"code({codes[k]})")
        return Shot(callee, callee, "packed", mismatch, codes=((at, codes[k]),))

    if key not in bundle.arena.memo:
        ops = b"".join([op(bundle, shot(k)) for k in range(len(codes))])
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
    pairs = [(caller, m) for caller, m in enumerate(bundle.mismatches[callee]) if m.cls in wanted]
    if not pairs:
        return []
    if convention == "unpacked":
        return [_unpacked_grid(bundle, callee, pairs)]
    slot = bundle.result_slot(callee)
    ops, records, verdicts = [], [], []
    rows: list[bytes] = []
    unknown: list[tuple[int, int]] = []
    memo = bundle.arena.memo
    for caller, mismatch in pairs:
        key = ("grid", OWN if caller == callee else caller, slot)
        if key not in memo:
            memo[key] = op(bundle, Shot(caller, callee, "packed", mismatch))
        ops.append(memo[key])
        if mismatch.cls in ("type", "few", "many"):
            records.append(rejected_record(mismatch.index))
            verdicts.append(("packed", mismatch.cls, "detected"))
            continue
        shot = Shot(caller, callee, "packed", mismatch)
        seen = foresee(bundle, shot)
        records.append(record(bundle, shot, seen))
        if seen.entered:
            unknown.extend(_unknown(len(rows), seen))
            rows.append(row(seen))
        verdicts.append(("packed", mismatch.cls, seen.verdict))

    def shot_at(k: int) -> Shot:
        return Shot(pairs[k][0], callee, "packed", pairs[k][1])

    return [
        Block(callee, len(pairs), b"".join(ops), b"".join(records), shot_at, rows, Counter(verdicts), unknown, True)
    ]


def _unpacked_grid(bundle: Bundle, callee: int, pairs: Sequence[tuple[int, Mismatch]]) -> Block:
    declared = bundle.signatures[callee]
    memo, poison, slot = bundle.arena.memo, bundle.poison, bundle.result_slot(callee)
    result = bundle.result(callee) if declared.ret != "none" else None
    # One table a position: argument -> (16 bytes of the witness, means the same, cannot be predicted).
    tables: list[dict[int, tuple[bytes, bool, bool]]] = [{} for _ in declared.params]
    behind = [_piece(predict.see_unpacked(p, None, poison[i][:8])) for i, p in enumerate(declared.params)]
    outs: dict[str, tuple[bytes, bool, bool]] = {}
    ops, verdicts = [], []
    rows: list[bytes] = []
    unknown: list[tuple[int, int]] = []
    for caller, mismatch in pairs:
        key = ("unpacked grid", OWN if caller == callee else caller, slot)
        if key not in memo:
            memo[key] = op(bundle, Shot(caller, callee, "unpacked", mismatch))
        ops.append(memo[key])
        args = bundle.rows(caller)[GRAFFITI]
        taken = bundle.signatures[caller].ret
        if taken not in outs:
            seen = predict.unpacked(declared.__class__((), declared.ret), (), poison, result, taken, "type")
            outs[taken] = (seen.taken or b"", seen.verdict != "silent-wrong", seen.verdict == "overrun")
        out, equal, overran = outs[taken]
        pieces = [out]
        for i, table in enumerate(tables):
            if i < len(args):
                arg = args[i]
                piece = table.get(id(arg))
                if piece is None:
                    in_slot = predict.slot_bytes(arg, poison[i])
                    piece = table[id(arg)] = _piece(predict.see_unpacked(declared.params[i], arg, in_slot))
            else:
                piece, overran = behind[i], True
            pieces.append(piece[0])
            if not piece[1]:
                equal = False
                if piece[2]:
                    unknown.append((len(rows), 16 + 16 * i))
        rows.append(b"".join(pieces))
        verdict = "overrun" if overran else predict.accepted_verdict(mismatch.cls, equal)
        verdicts.append(("unpacked", mismatch.cls, verdict))

    def shot_at(k: int) -> Shot:
        return Shot(pairs[k][0], callee, "unpacked", pairs[k][1])

    records = accepted_record(None) * len(pairs)
    return Block(callee, len(pairs), b"".join(ops), records, shot_at, rows, Counter(verdicts), unknown, True)


def _piece(seen: Seen) -> tuple[bytes, bool, bool]:
    return seen.record, seen.equal, seen.bits is None
