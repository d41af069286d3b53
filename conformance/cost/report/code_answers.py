"""Answers the claims about machine code from callers that see their callee: C6 and C7."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.cost.model import INLINED, SIGHTS, InlineTable
from conformance.cost.report.claims import CLAIMS, Answer, Measured, State, unmeasured

NARROW = ("i8", "i16", "i32", "u8", "u16", "u32", "bool", "f32")
"""The kinds that are narrower than the slot of 8 bytes they travel in."""


def like_direct(measured: Measured) -> Answer:
    """C6: for how many signatures optimised code is that of the direct call."""
    tables = _optimised(measured, ("unit", "lto"))
    if not tables:
        return unmeasured("C6", measured, "inline")
    lines = [
        f"{table.configuration.id}, {SIGHTS[table.sight]}: "
        + ", ".join(f"{INLINED[one.convention]} {one.identical} of {one.compared}" for one in table.comparisons)
        for table in tables
    ]
    unit = [one for table in tables if table.sight == "unit" for one in table.comparisons]
    plain, same = sum(one.plain for one in unit), sum(one.plain_identical for one in unit)
    others = sum(one.compared for one in unit) - plain
    others_same = sum(one.identical for one in unit) - same
    sentence = (
        f"In one unit {same:,} of {plain:,} optimised callers are the direct call's machine code, and {others_same:,} "
        f"of {others:,} whose signature has a structure by value."
    )
    state: State = "holds" if (same, others_same) == (plain, others) else "in part" if same else "does not hold"
    return Answer(CLAIMS["C6"], state, tuple(lines), sentence)


def narrow(measured: Measured) -> Answer:
    """C7: the same for signatures of nothing but one narrow kind."""
    tables = _optimised(measured, ("unit",))
    if not tables:
        return unmeasured("C7", measured, "inline")
    lines, compared, identical = [], 0, 0
    for table in tables:
        counts = [one.by_kind[kind] for one in table.comparisons for kind in NARROW if kind in one.by_kind]
        of, same = sum(all_ for all_, _ in counts), sum(same for _, same in counts)
        lines.append(f"{table.configuration.id}: {same} of {of} identical")
        compared, identical = compared + of, identical + same
    sentence = (
        f"With the callee in sight {identical:,} of {compared:,} optimised callers of narrow kinds are the direct "
        f"call's machine code: narrowing costs {'no instruction' if identical == compared else 'something'} there."
    )
    state: State = "holds" if identical == compared else "in part" if identical else "does not hold"
    return Answer(CLAIMS["C7"], state, tuple(lines), sentence)


def _optimised(measured: Measured, sights: Sequence[str]) -> list[InlineTable]:
    tables = measured.inline.tables if measured.inline is not None else ()
    return [one for one in tables if one.sight in sights and "-O0" not in one.configuration.spec]
