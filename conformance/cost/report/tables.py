"""The tables of the report: every figure that was measured, as text."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.cost.cross_check import cross_check
from conformance.cost.messages import per_cent, size_text
from conformance.cost.model import CONVENTIONS, INLINED, SIGHTS, FrameResult, InlineResult
from conformance.cost.report.answers import X0
from conformance.cost.timing import NOTHING, ROUTES, CallCost

SHOWN = (0, 1, 3, 8, 16, 32)
"""The numbers of arguments that tables have."""

_LONG = 24


@dataclass(frozen=True)
class Table:
    """A table of text: the first row is its head, the first column names its rows. `words`: cells are prose."""

    title: str
    rows: tuple[tuple[str, ...], ...]
    words: bool = False

    @property
    def is_long(self) -> bool:
        """Whether a page had better show it only when asked."""
        return len(self.rows) > _LONG


def call_table(cost: CallCost) -> Table:
    """Times of all routes by one compiler."""
    counts = [n for n in SHOWN if any(one.n == n for one in cost.calls)]
    rows: list[tuple[str, ...]] = [("ns a call", *(f"n = {n}" for n in counts), "a further one", "of direct, n = 3")]
    for route in ROUTES:
        timed = [cost.of(route, n) for n in counts]
        if any(timed):
            cells = (f"{one.ns.median:.1f} ± {(one.ns.high - one.ns.low) / 2:.1f}" if one else "" for one in timed)
            three, slope = cost.of(route, 3), cost.slope(route)
            ratio = f"{three.ratio.median:.2f} [{three.ratio.low:.2f}, {three.ratio.high:.2f}]" if three else ""
            rows.append((ROUTES[route], *cells, "" if slope is None else f"{slope:.2f}", ratio))
    return Table(f"Calls, {cost.compiler}", tuple(rows))


def frame_table(result: FrameResult | None) -> Table:
    """Stack bytes of all configurations and conventions, with the lines through them."""
    counts = (0, 1, 3, 8, 32, 64)
    rows: list[tuple[str, ...]] = [("bytes", *(f"n = {n}" for n in counts), "as compiled", "without alignment")]
    for table in result.tables if result is not None else ():
        for curve in table.curves:
            sizes = {frame.n: str(frame.bytes) for frame in curve.frames}
            lines = (f"{line.slope:g}n {line.intercept:+g}" for line in (curve.compiled, curve.unaligned))
            name = f"{table.configuration.id}, {CONVENTIONS[curve.convention]}"
            rows.append((name, *(sizes.get(n, "") for n in counts), *lines))
    return Table("Stack of a call", tuple(rows))


def ways_table(result: FrameResult | None) -> Table:
    """What each other way to the bytes of frames says of the compiler's figures."""
    rows: list[tuple[str, ...]] = []
    for table in result.tables if result is not None else ():
        found = cross_check(table)
        rows = rows or [("the compiler's figure, and", *(way.name for way in found))]
        rows.append((table.configuration.id, *map(str, found)))
    return Table("Other ways to the stack of a call", tuple(rows), words=True)


def inline_table(result: InlineResult | None) -> Table:
    """How many signatures each configuration compiles to the direct call's code, and what the others have more."""
    rows: list[tuple[str, ...]] = [("callers", "direct's code", "no structures", "instructions", "stores", "bytes")]
    for table in result.tables if result is not None else ():
        for one in table.comparisons:
            name = f"{table.configuration.id}, {SIGHTS[table.sight]}, {INLINED[one.convention]}"
            extra = one.extra
            shares = f"{one.identical} of {one.compared}", f"{one.plain_identical} of {one.plain}"
            rows.append((name, *shares, f"{extra.instructions:+,}", f"{extra.stores:+,}", f"{extra.stack:+,}"))
    return Table("Callers beside the direct call's", tuple(rows))


def counted_table(cost: CallCost) -> Table:
    """Instructions and branches of all routes, where hardware counters gave them."""
    counted = {(one.route, one.n): one for one in cost.calls if one.instructions is not None}
    counts = [n for n in SHOWN if any(at == n for _, at in counted)]
    rows: list[tuple[str, ...]] = [("instructions a call, of them branches", *(f"n = {n}" for n in counts))]
    for route in ROUTES:
        found = [counted.get((route, n)) for n in counts]
        if any(found):
            cells = (f"{one.instructions:,.0f}, {one.branches:,.0f}" if one else "" for one in found)
            rows.append((ROUTES[route], *cells))
    return Table(f"Instructions of calls, {cost.compiler}", tuple(rows))


def share_table(cost: CallCost) -> Table:
    """Times of operators, called checked, with the share that the call has."""
    sizes = sorted({one.size for one in cost.operators if one.operator != NOTHING})
    rows: list[tuple[str, ...]] = [("operator", *map(size_text, sizes))]
    found = {(one.operator, one.route, one.size): one for one in cost.operators}
    for operator in dict.fromkeys(one.operator for one in cost.operators if one.operator != NOTHING):
        for route, label in (("direct", "direct"), (X0, "X0 checked"), ("numpy", "NumPy")):
            timed = [found.get((operator, route, size)) for size in sizes]
            if any(timed):
                rows.append((f"{operator}, {label}", *(_time(one.ns.median) if one else "" for one in timed)))
        shares = [found.get((operator, X0, size)) for size in sizes]
        cells = (per_cent(one.share) if one is not None and one.share is not None else "" for one in shares)
        rows.append((f"{operator}, share of X0 checked", *cells))
    return Table(f"Calls in front of operators, {cost.compiler}", tuple(rows))


def _time(ns: float) -> str:
    for size, unit in ((1e6, "ms"), (1e3, "µs")):
        if ns >= size:
            return f"{ns / size:.3g} {unit}"
    return f"{ns:.3g} ns"
