"""The controls: what the same mistakes come to without checks, and without codes."""

from __future__ import annotations

import numpy as np

from conformance.checks.acceptance import unpacked_match
from conformance.checks.base import SILENT, TENSOR_CLASSES, Check
from conformance.checks.columns import CLASS_NUMBERS, OTHER, UNPACKED, Rows, join, stack
from conformance.checks.counts import told_counts
from conformance.checks.draft import Draft
from conformance.model.kinds import KINDS
from conformance.model.value import Value

_NEAR = 99


def sample(draft: Draft) -> Rows:
    """A little of everything, for the checks that compare two ways of making the same call."""
    callee, at = draft.arguments()
    unknown = np.array(draft.rules.unknown_codes)
    unknown_codes = draft.unknown(callee, at, unknown[at % len(unknown)])
    counts = told_counts(draft)
    near = counts.take(np.flatnonzero(np.abs(counts["count"].astype(np.int64)) < _NEAR))
    both = join(draft.wrong(callee, at, at), unknown_codes)
    wrong = both.take(np.lexsort((both["index"], both["callee"])))
    return stack(draft.matched(flags=draft.reading), draft.matched(row=OTHER), wrong, near)


def _silent(draft: Draft) -> Rows:
    """Every mismatch, and those of an integer's width also with a value that fits both widths.

    Such a value arrives as it was sent where its low bytes come first, and as another where they come last.
    """
    grid = draft.grid(SILENT_CLASSES, UNPACKED)
    narrow = grid.take(np.flatnonzero((grid["cls"] == CLASS_NUMBERS["width"]) & (grid["index"] >= 0)))
    at = narrow["index"].astype(np.int64)
    small = draft.values(narrow, at, draft.passed_at(narrow, at), _small)
    small["paired"] = False
    both = join(grid, small)
    return both.take(np.argsort(both["callee"], kind="stable"))


def _small(kind: str) -> tuple[Value, ...]:
    return (Value(kind, 1),) if kind in KINDS and KINDS[kind].is_integer else ()


def _write(draft: Draft) -> Rows:
    return draft.grid(_RETURN_CLASSES, UNPACKED)


SILENT_CLASSES = ("type", "coerce", "width", "sign", "few", "many", "swap", "pointee", *TENSOR_CLASSES)
_RETURN_CLASSES = ("ret-type", "ret-none")


RELEASE = Check(
    "X0-RELEASE",
    requirement=(
        "with checks compiled out, matched calls stay intact and type, few, many and unknown-code are no "
        "longer detected (control)"
    ),
    why="The control: without its checks the same mismatches go unseen, so it is the checks that see them.",
    looks_at="matched and wrong calls of callees whose checks are compiled out",
    cannot_see="nothing is required of wrong calls but that no check detects them: a conversion may keep its own",
    group="controls",
    classes=("match", "type", "few", "many", "unknown-code"),
    passes=SILENT,
    release=True,
    plan=sample,
)

UNPACKED_MATCH = Check(
    "X1-MATCH",
    requirement="a matched call is accepted and intact",
    why="The control's own ground: without codes, correct calls still work.",
    looks_at="every argument, the return, and the caller's arrays, with every boundary value",
    cannot_see="the alignment of slots, which is always 16 here",
    group="controls",
    classes=("match",),
    passes=("intact",),
    conventions=("packed", "unpacked"),
    plan=unpacked_match,
)

SILENT_MISMATCH = Check(
    "X1-SILENT",
    requirement="no mismatch is rejected; where nothing traps, the callee sees exactly the predicted bytes (control)",
    why="The control: without codes no mismatch can be rejected, and what a wrong reader sees is predictable.",
    looks_at="that no call is rejected, and that the callee reads exactly the bytes that lie where it looks",
    cannot_see="what is undefined: bools other than 0 and 1, reads that trap",
    group="controls",
    classes=SILENT_CLASSES,
    passes=SILENT,
    conventions=("packed", "unpacked"),
    plan=_silent,
)

WRONG_RETURN = Check(
    "X1-WRITE",
    requirement="a return of another width writes exactly the predicted bytes, and the overrun is seen and counted",
    why="A return that is wider than its slot overwrites what lies beside it; here it is made visible.",
    looks_at="every byte of the result slot and around it",
    cannot_see="writes further away than the guarded pages",
    group="controls",
    classes=_RETURN_CLASSES,
    passes=SILENT,
    conventions=("packed", "unpacked"),
    plan=_write,
)
