"""The checks of codes that are to be rejected, and of the order in which codes and pointers are looked at."""

from __future__ import annotations

import numpy as np

from conformance.checks.base import Check, SubjectFacts
from conformance.checks.choices import rejected_scalar
from conformance.checks.columns import GUARDED, Lists, Rows, again, spread, stack
from conformance.checks.draft import Draft, boundaries
from conformance.generation import payloads
from conformance.model.case import BLIND_SPOTS

PRESETS = (1, 4, 11, 64, 65, 127, -1)
"""Codes that a result slot may hold before a call: of values, of objects, and of nothing that there is."""

TURNS = 16
"""Places that share the codes that are negatives of the table's, of which each place has its part."""

PADDINGS = (1, 9, -1)
"""Words that may lie in bytes of a slot that mean nothing."""


def _type(draft: Draft) -> Rows:
    grid = draft.grid(("type",))
    return stack(grid, with_boundary(draft, grid), draft.every_lie())


def with_boundary(draft: Draft, rows: Rows) -> Rows:
    """Each row with one boundary value of what is passed wrongly: a whole number among floats, an end of a range.

    A callee that looks at the value before it rejects, or instead of rejecting, is met by one that it likes.
    """
    rows = again(rows.take(np.flatnonzero(rows["index"] >= 0)), paired=False)
    at = rows["index"].astype(np.int64)
    kinds = draft.passed_at(rows, at)
    return draft.one_value(rows, at, kinds, payloads.numbers, np.arange(len(rows)) + draft.family.salt)


def blind_spots(draft: Draft) -> Rows:
    """The mismatches that codes cannot tell, but for widths and signs, which are another check's."""
    mismatches = draft.grid(set(BLIND_SPOTS) - {"width", "sign"})
    if draft.family.by_value:
        mismatches = draft.with_values(mismatches, boundaries)
    return stack(draft.preset(PRESETS), mismatches, draft.lying(), draft.null_pointees(), draft.marked(PADDINGS))


def unknown_codes(draft: Draft) -> Rows:
    """Every unknown code in every place, and there a few of those that are negatives of the table's."""
    rules = draft.rules
    codes = Lists([(*rules.unknown_codes, *rules.mirrored_codes[turn::TURNS]) for turn in range(TURNS)])
    callee, at = draft.arguments()
    places = draft.unknown(callee, at, np.zeros_like(at))  # a row a place, then with each code: most of it is the same
    turns = (np.arange(len(places)) + draft.family.salt) % TURNS
    rows = places.repeat(codes.counts[turns])
    _, rows["code"][:, 0] = codes.expanded(turns)
    return rows


def _order(draft: Draft) -> Rows:
    """Each argument wrong alone, then together with the next one, and with the last one."""
    scalars = rejected_scalar(draft.rules, draft.family.by_value)
    callee, at = draft.arguments()
    last = draft.lengths[callee] - 1
    which, step = spread(np.arange(len(at)), 1 + (at < last).astype(int) + (at + 1 < last))
    callee, at, last = callee[which], at[which], last[which]
    other = np.choose(step, [at, at + 1, last])
    kinds, others = draft.kinds_at(callee, at), draft.kinds_at(callee, other)
    some = (scalars.counts[kinds] > 0) & (scalars.counts[others] > 0)
    callee, at, other, kinds, others = callee[some], at[some], other[some], kinds[some], others[some]
    rows = draft.sent(callee, at, scalars.cycled(kinds, 0), "type", row=GUARDED)
    more = np.flatnonzero(other != at)
    rows["code_at"][more, 1], rows["code"][more, 1] = other[more], scalars.cycled(others[more], 0)
    return rows


def _has_codes_that_can_lie(subject: SubjectFacts) -> str | None:
    if "type-codes" not in subject.mutable_parts:
        return f"the type codes of {subject.name} cannot be made to lie"
    return None


def _leaves_pointees_alone(subject: SubjectFacts) -> str | None:
    if subject.rules.copies_pointees:
        return f'{subject.name} may copy what arguments point to, whenever it likes (pointers = "equal")'
    return None


TYPE = Check(
    "X0-TYPE",
    requirement=(
        "a code that the rules reject is rejected, naming the argument, before the value is dereferenced and "
        "before the body runs"
    ),
    why="This is what type codes are for: without it an integer's bits are read as a float, silently.",
    looks_at=(
        "status, the argument that the error names, whether the body ran, and whether a pointee was touched, for "
        "every kind and every code of the table that the declared kind rejects, in every place"
    ),
    cannot_see="a value of the wrong kind under the right code (class lying-code), and kinds that share a code",
    group="rejection",
    classes=("type",),
    passes=("detected",),
    plan=_type,
)

UNKNOWN = Check(
    "X0-UNKNOWN",
    requirement="a code outside the table is rejected without a crash",
    why=(
        "Codes are added over the years; an old callee must refuse a new one rather than guess, also when "
        "only its low bits look familiar."
    ),
    looks_at=(
        "status, error and whether the process lives, for negative, huge and new codes, and for each code of the "
        "table plus 2^8 and plus 2^16, in every place; and for each code of the table negated, less 2^8 and less 2^31, "
        "in every sixteenth"
    ),
    cannot_see="codes in a place whose declared kind accepts everything",
    group="rejection",
    classes=("unknown-code",),
    passes=("detected",),
    asks=_has_codes_that_can_lie,
    plan=unknown_codes,
)

ORDER = Check(
    "X0-ORDER",
    requirement=(
        "nothing an argument points to is touched before all codes were checked; where the rules say so, the "
        "first of several mismatches is named"
    ),
    why="A pointer may only be followed once all codes are known to be right; TVM crashed here before v0.16.",
    looks_at=(
        "whether a page without access, to which every pointee leads, was touched, and which of several wrong "
        "arguments is named"
    ),
    cannot_see="reads of slots and codes, which are no touching; pointees that the error's own text would show",
    group="rejection",
    classes=("type", "unknown-code"),
    passes=("detected",),
    asks=_leaves_pointees_alone,
    plan=_order,
)
