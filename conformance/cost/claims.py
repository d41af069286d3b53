"""The claims about frame bytes, C2 to C4, beside what was measured: which hold, which do not, and by which parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.cost.model import FrameClaim, FrameResult, Line

_AT = 3
"""The number of arguments for which the text gives figures."""

_CLOSE = 0.5
"""Bytes an argument within which a slope is the claimed one: alignment leaves less than that over 64 arguments."""

_SLOT = 4
"""Bytes within which an intercept is the claimed one."""


@dataclass(frozen=True)
class _Claimed:
    id: str
    convention: str
    formula: str
    slope: int
    intercept: int
    stated: tuple[int, ...]
    parts: Callable[[int], dict[str, int]]


# Of the discussion "Implementing AOT in TVM" (TVM forum, 2021): parts as its text adds them up on a 32-bit system.
_CLAIMS = (
    _Claimed(
        "C2",
        "x0_checked",
        "8n + 4n + 4 + 8 + 4 + 4 = 12n + 20",
        12,
        20,
        (84,),
        lambda n: {"values": 8 * n, "codes": 4 * n, "returned": 12, "count_handle": 8},
    ),
    _Claimed(
        "C3", "x1_copied", "4n + 4n + 4 = 8n + 4", 8, 4, (44,), lambda n: {"values": 4 * n, "pointers": 4 * n + 4}
    ),
    _Claimed(
        "C3",
        "x1_copied",
        "8n + 20, as the same line sums it up",
        8,
        20,
        (44,),
        lambda n: {"values": 4 * n, "pointers": 4 * n + 4},
    ),
)

_PARTS = ("values", "codes", "pointers", "returned", "count_handle", "saved", "alignment", "other")


def frame_claims(result: FrameResult) -> list[FrameClaim]:
    """Every claim about frames on every 32-bit configuration that measured three arguments.

    Lines are compared without alignment, which the claims do not speak of.
    """
    found = []
    for table in result.tables:
        curves = {curve.convention: curve for curve in table.curves}
        for claim in _CLAIMS:
            curve = curves[claim.convention]
            at = next((frame for frame in curve.frames if frame.n == _AT), None)
            if table.configuration.pointer != 4 or at is None:
                continue
            model = claim.parts(_AT)
            differences = {part: getattr(at.parts, part) - model.get(part, 0) for part in _PARTS}
            found.append(
                FrameClaim(
                    id=claim.id,
                    configuration=table.configuration.id,
                    convention=claim.convention,
                    formula=claim.formula,
                    claimed=Line(claim.slope, claim.intercept, 0.0),
                    found=curve.unaligned,
                    stated=claim.stated,
                    model=claim.slope * _AT + claim.intercept,
                    measured=at.bytes,
                    slope_holds=abs(curve.unaligned.slope - claim.slope) < _CLOSE,
                    intercept_holds=abs(curve.unaligned.intercept - claim.intercept) < _SLOT,
                    left_out={part: size for part, size in differences.items() if size},
                )
            )
    return found
