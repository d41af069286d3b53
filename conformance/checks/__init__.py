"""The checks: one module a group, and all of them by id in the order in which a run makes them."""

from __future__ import annotations

from conformance.checks import acceptance, across, control, counts, layout, rejection, returns, state, tensor
from conformance.checks.base import Check, SubjectFacts
from conformance.checks.columns import Rows
from conformance.checks.draft import Draft, Family

__all__ = [
    "BLIND",
    "CALLED",
    "CHECKS",
    "Check",
    "SubjectFacts",
    "in_group",
    "is_release",
    "keeps_texts",
    "planned",
]

_CHECKS = (
    layout.LAYOUT,
    acceptance.MATCH,
    rejection.TYPE,
    acceptance.COERCE,
    counts.COUNT,
    counts.NULLS,
    rejection.UNKNOWN,
    rejection.ORDER,
    returns.RETURN,
    state.ERROR,
    acceptance.RANGE,
    tensor.TENSOR,
    state.NESTING,
    state.REPEAT,
    state.REFS,
    control.RELEASE,
    control.UNPACKED_MATCH,
    control.SILENT_MISMATCH,
    control.WRONG_RETURN,
    across.PAIR,
    across.STUBS,
    across.SKEW,
    across.DYNAMIC,
    across.DIRECT_PAIR,
)

CHECKS: dict[str, Check] = {check.id: check for check in _CHECKS}
"""Every check by id, in the order in which a run makes them."""


CALLED = tuple(check.id for check in _CHECKS if check.id.startswith("X0-") and not check.stubs)
"""The ids of the checks that a subject in Python can be held to."""


def in_group(group: str) -> tuple[str, ...]:
    """The ids of the checks of one file of tests."""
    return tuple(check.id for check in _CHECKS if check.group == group)


BLIND = "blind spots"
"""The plan of calls that no check is about, counted beside X0-TYPE."""


def is_release(check: str) -> bool:
    """Whether the callees' own checks are compiled out for the calls of a check; not for those of `BLIND`."""
    return check != BLIND and CHECKS[check].release


def keeps_texts(check: str) -> bool:
    """Whether the errors of all calls of a check are kept; not of those of `BLIND`."""
    return check != BLIND and CHECKS[check].texts


def planned(check: str, family: Family) -> Rows:
    """The calls that a check makes of a family, callee by callee. Raises ValueError where it makes none."""
    drafted = rejection.blind_spots if check == BLIND else CHECKS[check].plan
    if drafted is None:
        raise ValueError(f"{check} makes no calls of a bundle")
    return drafted(Draft(family))
