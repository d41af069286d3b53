"""Answers the claims about stack bytes from the frames that were measured on 32-bit targets: C2 to C5."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from conformance.cost.claims import frame_claims
from conformance.cost.model import CONVENTIONS, Curve, FrameClaim, FrameTable
from conformance.cost.report.claims import CLAIMS, Answer, Measured, State, unmeasured

AT = 3
"""The number of arguments for which C4 gives figures."""

_PARTS = {
    "pointers": "the addresses of arrays",
    "saved": "saved registers and the return address",
    "alignment": "alignment",
    "other": "what the compiler adds",
}
"""The parts of a frame in the words of a sentence."""

X0, X1_COPIED, X1_PASSED = "x0_checked", "x1_copied", "x1_passed"


def x0_bytes(measured: Measured) -> Answer:
    """C2: slope and intercept of X0."""
    found = _claims(measured, "C2")
    if not found:
        return _nothing("C2", measured)
    sentence = (
        f"A further argument costs {_range(one.found.slope for one in found)} bytes where the model says 12, and a "
        f"call without any {_range(one.found.intercept for one in found)} where it says 20; {_left_out(found)}."
    )
    return Answer(CLAIMS["C2"], _state(found), tuple(f"{one.configuration}: {one.answer}" for one in found), sentence)


def x1_bytes(measured: Measured) -> Answer:
    """C3: slope and intercept of X1 with values copied, and the slope where it is handed pointers."""
    found = [one for one in _claims(measured, "C3") if one.claimed.intercept == 4]
    if not found:
        return _nothing("C3", measured)
    passed = [curve.unaligned.slope for _, curve in _curves(measured, X1_PASSED)]
    sentence = (
        f"With values copied a further argument costs {_range(one.found.slope for one in found)} bytes where both "
        f"forms say 8, with pointers passed on {_range(passed)}; a call without any costs "
        f"{_range(one.found.intercept for one in found)}, where one form says 4 and the other 20."
    )
    return Answer(CLAIMS["C3"], _state(found), tuple(f"{one.configuration}: {one.answer}" for one in found), sentence)


def at_three(measured: Measured) -> Answer:
    """C4: the bytes with three arguments, as compiled."""
    sizes: dict[str, dict[str, int]] = {}
    for convention in (X0, X1_COPIED, X1_PASSED):
        for table, curve in _curves(measured, convention):
            for frame in curve.frames:
                if frame.n == AT:
                    sizes.setdefault(table.configuration.id, {})[convention] = frame.bytes
    if not sizes:
        return _nothing("C4", measured)
    x0 = [of[X0] for of in sizes.values()]
    copied, passed = ([of[convention] for of in sizes.values()] for convention in (X1_COPIED, X1_PASSED))
    hits = [f"{size} for {name}" for size, name, of in ((84, "X0", x0), (44, "X1", copied + passed)) if size in of]
    sentence = (
        f"With three arguments X0 takes {_range(x0)} bytes, X1 {_range(copied)} with values copied and "
        f"{_range(passed)} with pointers passed on. Both claimed and measured: {' and '.join(hits) or 'nothing'}."
    )
    lines = [
        f"{name}: " + ", ".join(f"{CONVENTIONS[convention]} {size}" for convention, size in of.items())
        for name, of in sizes.items()
    ]
    return Answer(CLAIMS["C4"], "in part" if hits else "does not hold", tuple(lines), sentence)


def x1_arrays(measured: Measured) -> Answer:
    """C5: what of X1's stack is pointers."""
    lines, pointers = [], []
    for convention in (X1_COPIED, X1_PASSED):
        for table, curve in _curves(measured, convention):
            for frame in (one for one in curve.frames if one.n == AT):
                parts = frame.parts
                pointers.append(parts.pointers)
                lines.append(
                    f"{table.configuration.id}, {CONVENTIONS[convention]}: of {frame.bytes} bytes at n = {AT}, "
                    f"pointers {parts.pointers}, values {parts.values}, result {parts.returned}"
                )
    if not lines:
        return _nothing("C5", measured)
    sentence = (
        f"X1's pointers take {_range(pointers)} bytes of stack with three arguments, even where no value is copied."
    )
    return Answer(CLAIMS["C5"], "holds" if min(pointers) > 0 else "does not hold", tuple(lines), sentence)


def _claims(measured: Measured, claim: str) -> list[FrameClaim]:
    """What the optimised code of 32-bit targets says; -O0 keeps homes for everything, which no claim is about."""
    found = frame_claims(measured.frames) if measured.frames is not None else []
    return [one for one in found if one.id == claim and "-O0" not in one.configuration]


def _curves(measured: Measured, convention: str) -> list[tuple[FrameTable, Curve]]:
    tables = measured.frames.tables if measured.frames is not None else ()
    return [
        (table, curve)
        for table in tables
        if table.configuration.pointer == 4 and "-O0" not in table.configuration.spec
        for curve in table.curves
        if curve.convention == convention
    ]


def _state(found: Iterable[FrameClaim]) -> State:
    parts = [part for one in found for part in (one.slope_holds, one.intercept_holds)]
    return "holds" if all(parts) else "in part" if any(parts) else "does not hold"


def _left_out(found: Sequence[FrameClaim]) -> str:
    """What every measured frame has and the model has not."""
    parts = [part for part in found[0].left_out if all(one.left_out.get(part, 0) > 0 for one in found)]
    return f"it leaves out {' and '.join(_PARTS.get(part, part) for part in parts)}" if parts else "parts differ"


def _nothing(claim: str, measured: Measured) -> Answer:
    if measured.frames is None:
        return unmeasured(claim, measured, "frames")
    gaps = "; ".join(gap.reason for gap in measured.frames.missing) or "no compiler for a 32-bit target was measured"
    return Answer(CLAIMS[claim], "not measured", (), f"Not measured: {gaps}.")


def _range(values: Iterable[float]) -> str:
    numbers = sorted(values)
    low, high = f"{numbers[0]:.3g}", f"{numbers[-1]:.3g}"
    return low if low == high else f"{low} to {high}"
