"""The checks of calls that are to be accepted: matched, converted, or of another width under the same code."""

from __future__ import annotations

from conformance.checks.base import Check, SubjectFacts


def _converts_something(subject: SubjectFacts) -> str | None:
    accept = subject.rules.accept
    if not any("coerce" in accept[kind].values() for kind in subject.kinds):
        return f"the rules {subject.rules.name} convert nothing"
    return None


def _kinds_share_a_code(subject: SubjectFacts) -> str | None:
    if len({subject.rules.code(kind) for kind in subject.kinds}) == len(subject.kinds):
        return "no two of the subject's kinds share a code"
    return None


MATCH = Check(
    "X0-MATCH",
    requirement=(
        "a matched call is accepted; every argument, the return and its code arrive unchanged; the resource "
        "handle arrives as the rules say; the caller's arrays and the floating-point environment are as "
        "before"
    ),
    why="A runtime that rejects or alters correct calls is worse than one without checks.",
    group="acceptance",
    classes=("match",),
    passes=("intact",),
)

COERCE = Check(
    "X0-COERCE",
    requirement=(
        "a code that the rules convert is accepted and converted as C converts (to nearest, ties to even), or "
        "rejected where the rules say so"
    ),
    why="A conversion that the rules allow and the runtime gets wrong changes values without a trace.",
    group="acceptance",
    classes=("coerce",),
    passes=("coerced", "detected"),
    asks=_converts_something,
)

RANGE = Check(
    "X0-RANGE",
    requirement="an integer outside the declared width follows the rules' policy: reject, or truncate as documented",
    why="Codes cannot tell widths: what happens to 300 in an int8 must at least be what is documented.",
    group="acceptance",
    classes=("width", "sign"),
    passes=("silent-equal", "silent-wrong", "detected"),
    asks=_kinds_share_a_code,
)
