"""Answers the claims about stack bytes from the frames that were measured on 32-bit targets: C2 to C5."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from conformance.cost.model import Curve, FrameTable
from conformance.cost.report.claims import CLAIMS, Answer, Measured, State, unmeasured

AT = 3
"""The number of arguments for which C4 gives figures."""

X0, X1_COPIED, X1_ADDRESSED = "x0_checked", "x1_copied", "x1_addressed"

_CLOSE = 0.05
"""Bytes an argument within which two slopes are the same."""


def x0_bytes(measured: Measured) -> Answer:
    """C2: slope and intercept of X0."""
    tables = _narrow(measured)
    if not tables:
        return _nothing("C2", measured)
    lines = [_line(table, X0) for table in tables]
    slopes = [curve.unaligned.slope for _, curve in _curves(tables, X0)]
    intercepts = [curve.unaligned.intercept for _, curve in _curves(tables, X0)]
    right = [abs(slope - 12) < _CLOSE for slope in slopes]
    sentence = (
        f"A further argument costs {_range(slopes)} bytes where the model says 12, "
        f"and a call without any costs {_range(intercepts)} bytes where it says 20."
    )
    exact = all(right) and all(abs(of - 20) < 1 for of in intercepts)
    state: State = "holds" if exact else "in part" if any(right) else "does not hold"
    return Answer(CLAIMS["C2"], state, tuple(lines), sentence)


def x1_bytes(measured: Measured) -> Answer:
    """C3: slope and intercept of X1, with values copied and without."""
    tables = _narrow(measured)
    if not tables:
        return _nothing("C3", measured)
    lines = [_line(table, convention) for table in tables for convention in (X1_COPIED, X1_ADDRESSED)]
    copied = [curve.unaligned.slope for _, curve in _curves(tables, X1_COPIED)]
    addressed = [curve.unaligned.slope for _, curve in _curves(tables, X1_ADDRESSED)]
    intercepts = [curve.unaligned.intercept for _, curve in _curves(tables, X1_COPIED)]
    right = [abs(slope - 8) < _CLOSE for slope in copied]
    exact = all(right) and all(abs(of - 4) < 1 for of in intercepts)
    sentence = (
        f"With values copied a further argument costs {_range(copied)} bytes where both forms say 8, with pointers to "
        f"where they are {_range(addressed)}; a call without any costs {_range(intercepts)}, where one says 4, the other 20."
    )
    state: State = "holds" if exact else "in part" if any(right) else "does not hold"
    return Answer(CLAIMS["C3"], state, tuple(lines), sentence)


def at_three(measured: Measured) -> Answer:
    """C4: the bytes with three arguments."""
    tables = _narrow(measured)
    if not tables:
        return _nothing("C4", measured)
    x0, x1, lines = [], [], []
    for table in tables:
        sizes = {
            convention: frame.bytes
            for convention in (X0, X1_COPIED, X1_ADDRESSED)
            for _, curve in _curves([table], convention)
            for frame in curve.frames
            if frame.n == AT
        }
        if len(sizes) < 3:
            continue
        x0.append(sizes[X0])
        x1 += [sizes[X1_COPIED], sizes[X1_ADDRESSED]]
        lines.append(
            f"{table.configuration.id}: X0 {sizes[X0]}, X1 {sizes[X1_COPIED]} with values copied, "
            f"{sizes[X1_ADDRESSED]} with pointers to them (as compiled)"
        )
    if not lines:
        return _nothing("C4", measured)
    hit = {84} & set(x0), {44} & set(x1)
    sentence = (
        f"With three arguments X0 takes {_range(x0)} bytes and X1 {_range(x1)}; 84 and 44 follow from neither formula, "
        f"and {'both were' if all(hit) else 'one of them was' if any(hit) else 'neither was'} measured anywhere."
    )
    return Answer(CLAIMS["C4"], "in part" if any(hit) else "does not hold", tuple(lines), sentence)


def x1_arrays(measured: Measured) -> Answer:
    """C5: what of X1's stack is pointers."""
    tables = _narrow(measured)
    if not tables:
        return _nothing("C5", measured)
    lines, shares = [], []
    for convention in (X1_COPIED, X1_ADDRESSED):
        for table, curve in _curves(tables, convention):
            for frame in curve.frames:
                if frame.n == AT:
                    shares.append(frame.parts.pointers)
                    lines.append(
                        f"{table.configuration.id}, {convention}: of {frame.bytes} bytes at n = {AT}, pointers "
                        f"{frame.parts.pointers}, values {frame.parts.values}, result {frame.parts.returned}"
                    )
    holds = bool(shares) and min(shares) > 0
    sentence = f"X1's arrays take {_range(shares)} bytes of stack with three arguments, however the values are passed."
    return Answer(CLAIMS["C5"], "holds" if holds else "does not hold", tuple(lines), sentence)


ANSWERS: tuple[Callable[[Measured], Answer], ...] = (x0_bytes, x1_bytes, at_three, x1_arrays)
"""One for each of C2 to C5."""


def _narrow(measured: Measured) -> list[FrameTable]:
    """The optimised tables of 32-bit targets: the claims are about what a compiler needs, not about -O0's homes."""
    frames = measured.frames
    found = [] if frames is None else [table for table in frames.tables if table.configuration.pointer == 4]
    return [table for table in found if "-O0" not in table.configuration.spec]


def _nothing(claim: str, measured: Measured) -> Answer:
    if measured.frames is None:
        return unmeasured(claim, measured, "frames")
    gaps = "; ".join(gap.reason for gap in measured.frames.missing) or "no compiler for a 32-bit target was measured"
    return Answer(CLAIMS[claim], "not measured", (), f"Not measured: {gaps}.")


def _curves(tables: Iterable[FrameTable], convention: str) -> list[tuple[FrameTable, Curve]]:
    return [(table, curve) for table in tables for curve in table.curves if curve.convention == convention]


def _line(table: FrameTable, convention: str) -> str:
    ((_, curve),) = _curves([table], convention)
    unaligned, compiled = curve.unaligned, curve.compiled
    return (
        f"{table.configuration.id}, {convention}: {unaligned.slope:.3g}n + {unaligned.intercept:.3g} without alignment, "
        f"{compiled.slope:.3g}n + {compiled.intercept:.3g} as compiled"
    )


def _range(values: Iterable[float]) -> str:
    numbers = sorted(values)
    low, high = f"{numbers[0]:.3g}", f"{numbers[-1]:.3g}"
    return low if low == high else f"{low} to {high}"
