"""The check of what comes back: the return, its code, and what a caller that takes another kind is told."""

from __future__ import annotations

import numpy as np

from conformance.checks.base import Check
from conformance.checks.columns import Draft, Rows, join, stack
from conformance.generation import payloads


def _return(draft: Draft) -> Rows:
    callee, at = draft.arguments()
    converted = draft.grid(("coerce",))
    converted = converted.take(np.flatnonzero(converted["index"] < 0))
    converted["paired"] = False
    returned = draft.family.returns[converted["callee"]]
    converted = join(converted, draft.values(converted, -1, returned, payloads.convertible))
    wrong_returns = draft.grid(("ret-type", "ret-none"))
    return stack(draft.matched(), draft.wrong(callee, at, at + 1), wrong_returns, converted)


RETURN = Check(
    "X0-RETURN",
    requirement=(
        "the return's code is set on success; a caller that takes another kind is told; nothing is written on rejection"
    ),
    why="The way back carries values too, and a wrong code there misleads the caller as surely.",
    looks_at=(
        "the return and its code, what a caller that takes another kind is told, and the result slot after a rejection"
    ),
    cannot_see="what a caller does with an error after it has read it",
    group="acceptance",
    classes=("match", "ret-type", "ret-none", "ret-error", "ret-status", "type", "coerce"),
    passes=("detected", "intact", "coerced"),
    plan=_return,
)
