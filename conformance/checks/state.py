"""The checks of what calls leave behind or share: errors, stacks, references."""

from __future__ import annotations

import numpy as np

from conformance.checks.base import TENSOR_CLASSES, Check, SubjectFacts
from conformance.checks.columns import (
    AFTER,
    CONCURRENT,
    NESTED,
    OTHER,
    OWN_ERROR,
    Rows,
    again,
    changed,
    interleave,
    join,
    spread,
    stack,
)
from conformance.checks.draft import Draft
from conformance.checks.released import released
from conformance.checks.tensor import one_wrong


def _counts_references(subject: SubjectFacts) -> str | None:
    return f"{subject.name} passes no objects that are counted" if subject.compiled else None


def errors(draft: Draft) -> Rows:
    """Calls that leave an error, and those that must not."""
    callee, at = draft.arguments()
    wrong = draft.wrong(callee, at, at + 2)
    lengths = draft.lengths[draft.callees]
    counts = stack(*(draft.counted(draft.callees, lengths + step, mode=AFTER) for step in (-1, 1)))
    some = draft.callees[lengths > 0]
    # A null array of nothing is right, and where nothing is promised about one, calls die of it and set no error.
    null = draft.nulled("args") if "null-args" in draft.family.claims else draft.nothing()
    null = null.take(np.flatnonzero(draft.lengths[null["callee"]] > 0))
    last = draft.lengths[some] - 1
    threads = stack(draft.wrong(some, last, mode=OWN_ERROR), draft.counted(some, last, mode=OWN_ERROR))
    return stack(interleave(wrong, again(wrong, mode=AFTER)), counts, null, threads, _followed_by_another(draft))


def _followed_by_another(draft: Draft) -> Rows:
    """A rejected tensor and a rejected return of each callee, and a call after it: errors that come from elsewhere.

    Of a rejected return caller and callee believe in different results, which a runtime that copies what they point to
    may follow; such a runtime is given none.
    """
    tensors, returns = one_wrong(draft), draft.grid({"ret-type"})
    returns = returns.take(np.unique(returns["callee"], return_index=True)[1])
    if draft.rules.copies_pointees:
        returns = draft.nothing()
    return changed(stack(returns, tensors), mode=AFTER, paired=False)


_TOGETHER = np.array([2, 2, 8, 2, 2, 3, 2, 2, 4, 2, 2, 5, 2, 2, 6, 2, 2, 7])
"""How many calls are made inside each other, and on threads, in turns."""


def _nested(draft: Draft) -> Rows:
    some = draft.callees[draft.lengths[draft.callees] > 0]
    together = np.resize(_TOGETHER, len(draft.callees))
    return stack(
        draft.matched(mode=NESTED, second=OTHER, count=together, flags=draft.reading),
        draft.matched(mode=CONCURRENT, second=OTHER, count=together, flags=draft.reading),
        draft.wrong(some, np.zeros_like(some), mode=NESTED, second=OTHER, count=2),
    )


_TURNS = np.array([True, False, True, True, True, False, True, True, True, True, True, False])
"""Which calls are wrong of those by which a rejected call is repeated."""


LONG_HISTORY = 1100
"""How often the one call of a bundle of one signature is repeated: tables of 512 and of 1,024 entries fill up."""


def _repeat(draft: Draft) -> Rows:
    own, n = draft.matched(flags=draft.reading), draft.lengths
    callee, at = draft.arguments()
    chosen = (at == 0) | (at == n[callee] // 2) | (at == n[callee] - 1)
    wrong = stack(draft.wrong(callee[chosen], at[chosen], at[chosen]), draft.too_few())
    which, turn = spread(np.arange(len(wrong)), np.full(len(wrong), len(_TURNS)))
    right = draft.matched(wrong["callee"].astype(np.int64), flags=draft.reading)
    repeated = join(wrong, right).take(np.where(_TURNS[turn], which, which + len(wrong)))
    if len(own) == 1:
        return own.repeat(LONG_HISTORY)
    return stack(own, own, repeated, released(draft))


def _references(draft: Draft) -> Rows:
    callee, at = draft.arguments()
    return stack(draft.matched(), draft.wrong(callee, at, at + 3), draft.too_few())


ERROR = Check(
    "X0-ERROR",
    requirement=(
        "a rejection sets a readable error, which for one argument names its 0-based index, and expected and "
        "received where the rules ask for it; the next call finds it as the rules say; threads do not see "
        "each other's"
    ),
    why="A rejection that names no argument, or another thread's, costs hours; a stale one is believed.",
    looks_at=(
        "the text of each error, read by the thread that made the call, by the next call, and by another thread that "
        "waits inside a call of its own, and whether the text stays while that thread reads its own"
    ),
    cannot_see="the wording beyond the argument's index and the words that the rules ask for",
    group="state",
    classes=("type", "few", "many", "null-args", "ret-type", *TENSOR_CLASSES),
    passes=("detected",),
    texts=True,
    plan=errors,
)

NESTING = Check(
    "X0-NESTED",
    requirement="nested and concurrent calls keep their arguments, returns and errors apart",
    why="Runtimes keep errors and stacks in shared places; only calls within and beside calls show it.",
    looks_at="arguments, returns and errors of up to 8 calls inside each other, and at once on as many threads",
    cannot_see="races that show with more threads or rounds only, or on several processors: those of a case share one",
    group="state",
    classes=("match", "type"),
    passes=("intact", "detected"),
    plan=_nested,
)

REPEAT = Check(
    "X0-REPEAT",
    requirement="the same call gets the same verdict however often it is made and whatever calls came before",
    why=(
        "A check that holds on the first call only, or breaks after a rejection, passes every simple test; so does a "
        "pointer that is kept beyond its call, until the caller frees what it led to."
    ),
    looks_at=(
        "the verdict of matched and rejected calls, again and again in one process; of compiled subjects also the "
        "error when a text, bytes or a tensor that was passed is overwritten, and the next calls when it is unmapped"
    ),
    cannot_see=(
        "what takes more calls than the largest bundle has, or than 1,100, to show; a pointer to what was passed that "
        "is kept and followed by none of the two calls after, and what a subject in Python keeps"
    ),
    group="state",
    classes=("match", "type", "few", *TENSOR_CLASSES),
    passes=("intact", "detected"),
    plan=_repeat,
)

REFS = Check(
    "X0-REFS",
    requirement=(
        "after a rejected call an object that was passed has the reference count that it had before, and no call leaks"
    ),
    why="A call that keeps a reference too many leaks memory; one too few frees what the caller still uses.",
    looks_at="by how much the reference counts of all passed objects changed together",
    cannot_see="leaks of objects that the runtime makes and does not hand out",
    group="state",
    classes=("match", "type", "few"),
    passes=("intact", "detected"),
    asks=_counts_references,
    plan=_references,
)
