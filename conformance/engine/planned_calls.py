"""The rows of a plan as the calls of a subject in Python."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from conformance.checks.choices import kind_names
from conformance.checks.columns import (
    AFTER,
    CALL,
    CLASS_NAMES,
    CLASS_NUMBERS,
    CONCURRENT,
    COUNT,
    HANDED,
    NESTED,
    NULLS,
    OF_KINDS,
    OWN_ERROR,
    RAISED,
    Rows,
    join,
)
from conformance.engine.planned_call import PlannedCall
from conformance.engine.values import ValueBundle
from conformance.model.case import MATCH, Mismatch
from conformance.model.signature import Param, Signature
from conformance.model.subject import Call, CalleeResponse, Slot
from conformance.model.value import Value

MOST_CALLS = 8_000
"""Calls of a check and bundle that are made in a process: each costs a thousand times what one between stubs does."""

ERROR = "ValueError", "raised by the callee"
"""The error that comes with what a caller is handed."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a plan, the fields of `CALL`."""

    caller: int
    row: int
    convention: int
    mode: int
    flags: int
    code_at: Sequence[int]
    code: Sequence[int]
    value_at: int
    second: int
    value: int
    count: int
    callee: int
    index: int
    result: int
    cls: int
    paired: bool


def planned_calls(bundle: ValueBundle, rows: Rows) -> Iterator[PlannedCall]:
    """The calls of a plan, no more than `MOST_CALLS` of them, in the order in which they are made.

    Of more, as many are drawn all over the plan. Those with codes that callees die of come last.
    """
    rows = _by_turns(bundle, _drawn_down(rows))
    for values in zip(*(rows[name].tolist() for name in CALL.names or ()), strict=True):
        yield from _made(bundle, _Row(*values))


def _drawn_down(rows: Rows) -> Rows:
    if len(rows) <= MOST_CALLS:
        return rows
    # Multiples of an irrational step lie evenly, and in step with nothing that a plan goes through in turn.
    turn = np.arange(len(rows), dtype=np.uint32) * np.uint32(2654435761)
    return rows.take(np.sort(np.argsort(turn, kind="stable")[:MOST_CALLS]))


def _by_turns(bundle: ValueBundle, rows: Rows) -> Rows:
    """The rows in another order: those with a code that no value travels under come last, as callees may die of them.

    Among these declared kinds and codes take turns: should the rest be left unrun after too many deaths, every kind has
    met a code, and nearly every code a kind, before any comes up again.
    """
    handed = (rows["convention"] == HANDED) & (rows["code_at"][:, 0] >= 0) & ((rows["flags"] & OF_KINDS) == 0)
    deadly = handed | (rows["cls"] == CLASS_NUMBERS["unknown-code"])
    some = np.flatnonzero(deadly)
    kinds: dict[str, int] = {}
    codes: dict[int, int] = {}
    before: Counter[tuple[int, int]] = Counter()
    places = []
    for at in some.tolist():
        row = rows[at]
        taken = bundle.signatures[int(row["caller"])].ret
        kind = taken if handed[at] else bundle.signatures[int(row["callee"])].params[int(row["index"])].kind
        both = kinds.setdefault(kind, len(kinds)), codes.setdefault(int(row["code"][0]), len(codes))
        places.append((before[both], *both))
        before[both] += 1
    order = sorted(range(len(some)), key=lambda at: (places[at][0], (places[at][2] - places[at][1]) % len(codes)))
    return join(rows.take(np.flatnonzero(~deadly)), rows.take(some[order]))


def _made(bundle: ValueBundle, row: _Row) -> Iterator[PlannedCall]:
    """The calls that a row stands for.

    In the mode AFTER the call and a matched one behind it. In OWN_ERROR the call twice, each time beside one on another
    thread: a matched one, and one that lacks its last argument. None in NESTED, for which a process has no means.
    """
    if row.convention == HANDED:
        yield _handed(bundle, row)
    elif row.mode != NESTED:
        single, declared = _single(bundle, row), bundle.signatures[row.callee]
        own = bundle.call(declared)
        if row.mode == CONCURRENT:
            yield single._replace(beside=bundle.call(bundle.signatures[row.caller], row.second))
        elif row.mode == OWN_ERROR:
            yield single._replace(beside=own)
            yield single._replace(beside=own._replace(slots=own.slots[:-1]))
        else:
            yield single
            if row.mode == AFTER:
                yield PlannedCall(single.callee, declared, own, MATCH)


def _single(bundle: ValueBundle, row: _Row) -> PlannedCall:
    rules, declared, params = bundle.rules, bundle.signatures[row.callee], list(bundle.signatures[row.caller].params)
    values, codes = bundle.values(params, row.row), {}
    for at, code in zip(row.code_at, row.code, strict=True):
        if at >= 0 and row.flags & OF_KINDS:
            values[at] = bundle.of_kind(kind_names(rules)[code], at, declared.params[at].tensor)
        elif at >= 0:
            codes[at] = code
    if row.value_at >= 0:
        values[row.value_at] = bundle.value_at(row.value)
    claimed = row.count if row.flags & COUNT else None
    if claimed is not None and "count" not in bundle.mutable_parts:
        more = [bundle.of_kind(rules.all_passable[0], at) for at in range(len(values), claimed)]
        values, claimed = [*values, *more][:claimed], None
    for at, sent in enumerate(values):
        if at >= len(params) or params[at].kind != sent.kind:
            params[at : at + 1] = [Param(sent.kind, sent.tensor if sent.kind == "tensor" else None)]
    word = row.count & 0xFFFF_FFFF if CLASS_NAMES[row.cls] == "padding" and row.index >= 0 else None
    slots = [
        Slot(codes.get(at, rules.code(sent.kind)), sent, word if at == row.index else None)
        for at, sent in enumerate(values)
    ]
    call = Call(
        tuple(slots),
        claimed,
        tuple(name for name, flag in NULLS.items() if row.flags & flag),
        bundle.result(declared.ret) if row.result < 0 else bundle.value_at(row.result),
        row.count if CLASS_NAMES[row.cls] == "padding" and row.index < 0 else None,
    )
    passed = Signature(tuple(params[: len(values)]), declared.ret)
    return PlannedCall(bundle.places[row.callee], passed, call, _mismatch(bundle, row), paired=row.paired)


def _mismatch(bundle: ValueBundle, row: _Row) -> Mismatch:
    """How a call is wrong: as its two signatures are, or as what is changed in it says."""
    cls, at, declared = CLASS_NAMES[row.cls], row.index, bundle.signatures[row.callee]
    if row.caller != row.callee:
        mismatch = bundle.mismatch(row.callee, row.caller)
        return replace(mismatch, cls=cls) if cls == "lying-code" else mismatch
    if row.flags & COUNT:
        return Mismatch(cls, None, str(len(declared)), str(row.count))
    if at < 0 and cls == "padding":
        return Mismatch(cls, None, "result", f"preset({row.count})")
    if at < 0:
        bits = bundle.value_at(row.result).bits if row.result >= 0 else 0
        # A value that cannot be returned must be told from all that can: its key has it.
        return Mismatch(cls, None, declared.ret, hex(bits)) if bits else MATCH if cls == "match" else Mismatch(cls)
    kind = declared.params[at].kind
    if cls == "padding":
        return Mismatch(cls, at, kind, f"padding({row.count & 0xFFFF_FFFF})")
    if row.code_at[0] >= 0:
        code = row.code[0]
        return Mismatch(cls, at, kind, kind_names(bundle.rules)[code] if row.flags & OF_KINDS else f"code({code})")
    sent = bundle.value_at(row.value)
    if sent.tensor is None:
        return Mismatch(cls, at, kind, "null" if sent.kind == kind else f"{sent.kind}(null)")
    return Mismatch(cls, at, str(declared.params[at].tensor), f"{sent.tensor}{sent.oddities}")


def _handed(bundle: ValueBundle, row: _Row) -> PlannedCall:
    """What a caller is handed: a failure, a result of some kind, or a null pointer under some code."""
    rules, cls, takes = bundle.rules, CLASS_NAMES[row.cls], bundle.signatures[row.caller].ret
    result = None
    raised = ERROR if row.flags & RAISED else None
    if row.code_at[0] < 0:
        mismatch = Mismatch(cls, None, f"status({row.count})", "error" if raised else "nothing")
    elif row.flags & OF_KINDS:
        result = bundle.slot(bundle.of_kind(kind_names(rules)[row.code[0]], 0))
        mismatch = MATCH if result.value.kind == takes else Mismatch(cls, None, result.value.kind, takes)
    else:
        result = Slot(row.code[0], Value("null"))
        mismatch = Mismatch(cls, None, f"code({row.code[0]})", takes)
    call = Call(() if result is None else (result,))
    response = CalleeResponse(row.count, result, raised)
    return PlannedCall(0, Signature((), takes), call, mismatch, handed=response)
