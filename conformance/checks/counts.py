"""The checks of wrong counts and of null arrays."""

from __future__ import annotations

from conformance.checks.base import Check, SubjectFacts


def _has_pointers_that_can_be_null(subject: SubjectFacts) -> str | None:
    if not {"args", "codes", "ret"} & set(subject.mutable_parts) and not subject.rules.rejects_null:
        return f"{subject.name} has no pointers that can be null"
    return None


COUNT = Check(
    "X0-COUNT",
    requirement="too few or too many arguments are rejected; nothing past the arrays is read",
    why="A callee that expects more arguments than there are reads whatever lies behind the arrays.",
    group="rejection",
    classes=("few", "many"),
    passes=("detected",),
)

NULLS = Check(
    "X0-NULL",
    requirement=(
        "null arrays with a count are rejected; null arrays with count 0 are accepted; a null result slot is "
        "counted only, unless claimed"
    ),
    why="The cheapest mistake of a caller; unchecked it is a crash far from its cause.",
    group="rejection",
    classes=("null-args", "null-codes", "null-ret", "match"),
    passes=("detected", "intact"),
    asks=_has_pointers_that_can_be_null,
)
