"""The check of what comes back: the return, its code, and what a caller that takes another kind is told."""

from __future__ import annotations

from conformance.checks.base import Check

RETURN = Check(
    "X0-RETURN",
    requirement=(
        "the return's code is set on success; a caller that takes another kind is told; nothing is written on rejection"
    ),
    why="The way back carries values too, and a wrong code there misleads the caller as surely.",
    group="acceptance",
    classes=("match", "ret-type", "ret-none", "type", "coerce"),
    passes=("detected", "intact", "coerced"),
)
