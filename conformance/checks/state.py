"""The checks of what calls leave behind or share: errors, stacks, references."""

from __future__ import annotations

from conformance.checks.base import Check, SubjectFacts


def _counts_references(subject: SubjectFacts) -> str | None:
    return f"{subject.name} passes no objects that are counted" if subject.compiled else None


ERROR = Check(
    "X0-ERROR",
    requirement=(
        "a rejection sets a readable error, which for one argument names its 0-based index, and expected and "
        "received where the rules ask for it; the next call finds it as the rules say; threads do not see "
        "each other's"
    ),
    why="A rejection that names no argument, or another thread's, costs hours; a stale one is believed.",
    group="state",
    classes=("type", "few", "many", "null-args"),
    passes=("detected",),
)

NESTED = Check(
    "X0-NESTED",
    requirement="nested and concurrent calls keep their arguments, returns and errors apart",
    why="Runtimes keep errors and stacks in shared places; only calls within and beside calls show it.",
    group="state",
    classes=("match", "type"),
    passes=("intact", "detected"),
)

REPEAT = Check(
    "X0-REPEAT",
    requirement="the same call gets the same verdict however often it is made and whatever calls came before",
    why="A check that holds on the first call only, or breaks after a rejection, passes every simple test.",
    group="state",
    classes=("match", "type"),
    passes=("intact", "detected"),
)

REFS = Check(
    "X0-REFS",
    requirement=(
        "after a rejected call an object that was passed has the reference count that it had before, and no call leaks"
    ),
    why="A call that keeps a reference too many leaks memory; one too few frees what the caller still uses.",
    group="state",
    classes=("match", "type", "few"),
    passes=("intact", "detected"),
    asks=_counts_references,
)
