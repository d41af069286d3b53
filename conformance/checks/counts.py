"""The checks of wrong counts and of null arrays."""

from __future__ import annotations

from functools import lru_cache

from conformance.checks.base import Check, SubjectFacts
from conformance.checks.columns import Lists, Rows, interleave, stack
from conformance.checks.draft import Draft
from conformance.model.signature import MAX_ARGS


def _has_pointers_that_can_be_null(subject: SubjectFacts) -> str | None:
    if not {"args", "codes", "ret"} & set(subject.mutable_parts) and not subject.rules.rejects_null:
        return f"{subject.name} has no pointers that can be null"
    return None


INT_MIN, INT_MAX = -(2**31), 2**31 - 1


def wrong_counts(n: int) -> tuple[int, ...]:
    """Counts that a callee of `n` arguments must reject."""
    counts = (n - 1, n + 1, n - 2, n + 2, n + 7, 0, -1, -n, INT_MIN, INT_MAX)
    folded = (n + 2**8, n - 2**8, n + 2**16, n - 2**16, n + INT_MIN, INT_MAX - 255 + n)
    return tuple(dict.fromkeys(c for c in (*counts, *folded) if c != n and INT_MIN <= c <= INT_MAX))


@lru_cache(maxsize=1)
def _wrong_counts() -> Lists:
    return Lists([wrong_counts(n) for n in range(MAX_ARGS + 1)])


def told_counts(draft: Draft) -> Rows:
    """Every callee told every wrong count."""
    which, count = _wrong_counts().expanded(draft.lengths[draft.callees])
    return draft.counted(draft.callees[which], count)


def _count(draft: Draft) -> Rows:
    return stack(draft.grid(("few", "many")), told_counts(draft))


def null_arrays(draft: Draft) -> Rows:
    """Every callee with null arrays, and with a null result slot."""
    ways = [draft.nulled(*parts) for parts in (("args",), ("codes",), ("args", "codes"), ("ret",))]
    return interleave(*(rows for rows in ways if len(rows)))


def _nulls(draft: Draft) -> Rows:
    return stack(null_arrays(draft), draft.null_pointers())


COUNT = Check(
    "X0-COUNT",
    requirement="too few or too many arguments are rejected; nothing past the arrays is read",
    why="A callee that expects more arguments than there are reads whatever lies behind the arrays.",
    looks_at=(
        "status, error and what was read past the arrays, whose ends touch pages without access, for counts off by "
        "one, by many, negative, extreme, and equal to the right one modulo 2^8 and 2^16"
    ),
    cannot_see="reads inside the arrays of an argument that is not there by its count: they are poisoned, not guarded",
    group="rejection",
    classes=("few", "many"),
    passes=("detected",),
    plan=_count,
)

NULLS = Check(
    "X0-NULL",
    requirement=(
        "null arrays with a count are rejected; null arrays with count 0 are accepted; null pointers are rejected "
        "where the rules say so; a null result slot is counted only, unless claimed"
    ),
    why="The cheapest mistake of a caller; unchecked it is a crash far from its cause.",
    looks_at=(
        "status and error for null arrays of values, of codes, of both, for a null result slot, and for null pointers "
        "as arguments, between stubs under each code that the kind takes as it is"
    ),
    cannot_see="pointers that are neither null nor valid",
    group="rejection",
    classes=("null-args", "null-codes", "null-ret", "type", "match"),
    passes=("detected", "intact"),
    asks=_has_pointers_that_can_be_null,
    plan=_nulls,
)
