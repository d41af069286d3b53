"""The checks of codes that are to be rejected, and of the order in which codes and pointers are looked at."""

from __future__ import annotations

from conformance.checks.base import Check, SubjectFacts


def _has_codes_that_can_lie(subject: SubjectFacts) -> str | None:
    if "type-codes" not in subject.mutable_parts:
        return f"the type codes of {subject.name} cannot be made to lie"
    return None


TYPE = Check(
    "X0-TYPE",
    requirement=(
        "a code that the rules reject is rejected, naming the argument, before the value is dereferenced and "
        "before the body runs"
    ),
    why="This is what type codes are for: without it an integer's bits are read as a float, silently.",
    group="rejection",
    classes=("type",),
    passes=("detected",),
)

UNKNOWN = Check(
    "X0-UNKNOWN",
    requirement="a code outside the table is rejected without a crash",
    why=(
        "Codes are added over the years; an old callee must refuse a new one rather than guess, also when "
        "only its low bits look familiar."
    ),
    group="rejection",
    classes=("unknown-code",),
    passes=("detected",),
    asks=_has_codes_that_can_lie,
)

ORDER = Check(
    "X0-ORDER",
    requirement=(
        "nothing an argument points to is touched before all codes were checked; where the rules say so, the "
        "first of several mismatches is named"
    ),
    why="A pointer may only be followed once all codes are known to be right; TVM crashed here before v0.16.",
    group="rejection",
    classes=("type", "unknown-code"),
    passes=("detected",),
)
