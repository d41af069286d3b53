"""Runs of calls of one callee with all that is expected of them, built in bulk where a check makes many alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import compress
from typing import Any, NamedTuple, cast

from conformance.engine.bundle import CLASS_NUMBERS, CLASSES, FEW, MANY, Bundle
from conformance.engine.remembered import OVERRAN, UNKNOWN, WRONG, Column
from conformance.engine.shots import (
    NO_INDEX,
    Shot,
    accepted_record,
    arguments,
    foresee,
    foresee_packed,
    op,
    plain_record,
    record,
    rejected_record,
    row,
    with_result,
)
from conformance.model.case import MATCH, Mismatch
from conformance.model.value import Value
from conformance.oracle import predict
from conformance.oracle.predict import Prediction, Seen

Tally = Counter[tuple[str, str, str]]
"""Counts by (convention, mismatch class, verdict)."""


@dataclass
class Block:
    """Calls of one callee: `ops` for the runner, `records` and `witness` as it must leave them, their verdicts counted.

    `unknown` are offsets into the witness of 8 bytes that cannot be predicted and are only recorded. `shot` gives the
    k-th call. `paired` calls are made in both conventions, and so enter the headline.
    """

    callee: int
    count: int
    ops: bytes
    records: bytes
    shot: Callable[[int], Shot]
    witness: bytes = b""
    tally: Tally = field(default_factory=Counter)
    unknown: Sequence[int] = ()
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
    ops, records, witness = [], [], bytearray()
    unknown: list[int] = []
    tally: Tally = Counter()
    for shot in shots:
        seen = foresee(bundle, shot)
        ops.append(op(bundle, shot))
        records.append(record(bundle, shot, seen))
        for one in witness_rows(bundle, shot, seen):
            unknown.extend(_unknown(len(witness), seen))
            witness += one
        tally[shot.convention, shot.mismatch.cls, seen.verdict] += 1
    count, left = len(shots), bytes(witness)
    return Block(shots[0].callee, count, b"".join(ops), b"".join(records), shots.__getitem__, left, tally, unknown)


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


def _unknown(start: int, seen: Prediction) -> list[int]:
    return [start + 16 + 16 * i for i, one in enumerate(seen.seen or ()) if one.bits is None]


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
    ops, records = b"".join([ops for ops, _ in parts]), b"".join([left for _, left in parts])
    return Block(callee, count, ops, records, shot, b"", tally)


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
    witness = b"".join([before[:start] + one.record + before[start + 16 :] for one in seen])
    records = accepted_record(ordinary.ret_code) * len(shots)
    tally: Tally = Counter({(convention, "match", "intact"): len(shots)})
    ops = b"".join([op(bundle, shot) for shot in shots])
    return Block(callee, len(shots), ops, records, shots.__getitem__, witness, tally)


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
    rejected = bytes(CLASSES[number] in classes for number in CLASS_NUMBERS[1:])
    return b"\0" + rejected


def _ops(bundle: Bundle, callee: int, callers: Sequence[int], convention: str) -> bytes:
    # The same for every callee that returns the same, and but for that for all; most callees are called by all.
    everyone, slot = tuple(callers), bundle.result_slot(callee)
    found = bundle.memo.get((convention, everyone, slot))
    if found is None:
        plain = bundle.memo.get((convention, everyone))
        if plain is None:
            shots = [Shot(caller, NOBODY, convention, MATCH) for caller in callers]
            plain = bundle.memo[convention, everyone] = b"".join([op(bundle, shot, result_slot=0) for shot in shots])
        found = bundle.memo[convention, everyone, slot] = with_result(plain, slot)
    return cast("bytes", found)


NOBODY = -1
"""In place of a callee where it does not matter which."""


def _packed_grid(bundle: Bundle, callee: int, callers: Sequence[int], accepted: Mapping[int, Mismatch]) -> Block:
    every = bundle.decisions(callee)
    decisions = every if len(callers) == len(every) else bytes([every[caller] for caller in callers])
    records = bytearray(rejected_record(None) * len(decisions))
    records[_NAMED_AT :: len(rejected_record(None))] = decisions.translate(_NAMED)
    few, many, open_ = decisions.count(FEW), decisions.count(MANY), decisions.count(0)
    counted = {"few": few, "many": many, "type": len(decisions) - few - many - open_}
    tally: Tally = Counter({("packed", cls, "detected"): count for cls, count in counted.items() if count})
    witness = bytearray()
    unknown: list[int] = []
    k = decisions.find(0)
    while k >= 0:
        cls = accepted[callers[k]].cls
        seen = foresee_packed(bundle, callee, callers[k], cls)
        records[8 * k : 8 * k + 8] = plain_record(seen)
        if seen.entered:
            unknown.extend(_unknown(len(witness), seen))
            witness += row(seen)
        tally["packed", cls, seen.verdict] += 1
        k = decisions.find(0, k + 1)

    def shot_at(k: int) -> Shot:
        return Shot(callers[k], callee, "packed", bundle.mismatch(callee, callers[k]))

    ops = _ops(bundle, callee, callers, "packed")
    return Block(callee, len(callers), ops, bytes(records), shot_at, bytes(witness), tally, unknown, True)


_NAMED_AT = 1  # of AbiRecord.index
_NAMED = bytes([NO_INDEX if decision in (0, FEW, MANY) else decision - 1 for decision in range(256)])
"""A translation of decisions: the argument that the rejection names."""


def _unpacked_grid(bundle: Bundle, callee: int, callers: Sequence[int], accepted: Mapping[int, Mismatch]) -> Block:
    """Built by columns, a place at a time over all callers: this grid is most of what a run calls."""
    count, places = len(bundle.signatures), 1 + len(bundle.signatures[callee])
    columns = [_column(bundle, callee, at) for at in range(-1, places - 1)]
    size = 16 * places
    witness: bytes | bytearray = bytearray(size * count)
    words = memoryview(witness).cast("Q")
    said = bundle.class_numbers(callee) << _CLASS_SHIFT
    unknown: list[int] = []
    for place, column in enumerate(columns):
        words[2 * place :: 2 * places] = column.low
        words[2 * place + 1 :: 2 * places] = column.high
        said |= column.flags
        if column.unknown:
            unknown.extend(size * caller + 16 * place for caller in column.unknown)
    everyone = said.to_bytes(count, "little")
    if len(callers) < count:
        witness = b"".join([witness[size * caller : size * (caller + 1)] for caller in callers])
        if unknown:
            moved = {caller: k for k, caller in enumerate(callers)}
            unknown = [size * moved[at // size] + at % size for at in unknown if at // size in moved]
        chosen = bytes([everyone[caller] for caller in callers])
    else:
        chosen = everyone
    tally: Tally = Counter()
    for number, times in Counter(chosen).items():
        if number >> _CLASS_SHIFT:
            tally[_unpacked_verdict(CLASSES[number >> _CLASS_SHIFT], number & _FLAGS)] += times
    for caller, mismatch in accepted.items():
        tally[_unpacked_verdict(mismatch.cls, everyone[caller] & _FLAGS)] += 1

    def shot_at(k: int) -> Shot:
        return Shot(callers[k], callee, "unpacked", bundle.mismatch(callee, callers[k]))

    ops, records = _ops(bundle, callee, callers, "unpacked"), accepted_record(None) * len(callers)
    return Block(callee, len(callers), ops, records, shot_at, bytes(witness), tally, unknown, True)


_CLASS_SHIFT = 3
_FLAGS = WRONG | UNKNOWN | OVERRAN


class _Misread(NamedTuple):
    """One place of the witness over all callers: the two words, `WRONG` and its like a byte a caller, as one integer.

    `unknown` are the callers of whose argument nothing can be predicted.
    """

    low: memoryview
    high: memoryview
    flags: int
    unknown: tuple[int, ...]


def _column(bundle: Bundle, callee: int, at: int) -> _Misread:
    """Over all callers, what the callee's argument `at` (-1: the result slot) comes to.

    The same for every callee that declares the same there, as most of a family do.
    """
    declared = bundle.signatures[callee]
    key = (at, declared.ret if at < 0 else declared.params[at].kind)
    found = bundle.memo.get(key)
    if found is None:
        if at < 0:
            column: Column[Any] = bundle.returns
            outs = bundle.outs(callee)
            known = [outs[taken] for taken in column.distinct]
        else:
            column, misread = bundle.column(at), bundle.misread(at, declared.params[at].kind)
            known = [misread[arg] for arg in column.distinct]
        pieces, flags = zip(*known, strict=True)
        said = column.which.translate(bytes(flags).ljust(256, b"\0"))
        words = memoryview(b"".join(map(pieces.__getitem__, column.which))).cast("Q")
        lost: tuple[int, ...] = ()
        if UNKNOWN in said or UNKNOWN | WRONG in said:
            lost = tuple(k for k, flag in enumerate(said) if flag & UNKNOWN)
        found = bundle.memo[key] = _Misread(words[::2], words[1::2], int.from_bytes(said, "little"), lost)
    return cast("_Misread", found)


@lru_cache(maxsize=1024)
def _unpacked_verdict(cls: str, flag: int) -> tuple[str, str, str]:
    if cls != "match" and (flag & OVERRAN or cls == "few"):
        return "unpacked", cls, "overrun"
    return "unpacked", cls, predict.accepted_verdict(cls, not flag & WRONG)
