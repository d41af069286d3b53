"""The check of layouts: no call is made, sizes, alignments and offsets are compared."""

from __future__ import annotations

from conformance.checks.base import Check

LAYOUT = Check(
    "X0-LAYOUT",
    requirement=(
        "size, alignment, member offsets and member sizes of every type that crosses agree on both sides, for all "
        "compilers in the run"
    ),
    why="Two compilers that disagree about one offset exchange garbage with every check passing.",
    looks_at=(
        "the size and alignment of every type that crosses, and the offset and size of each of their members, as both "
        "compilers of a pair have them"
    ),
    cannot_see="what lies in padding, and members that the binding header does not declare; no call is made",
    group="acceptance",
    stubs=True,
    classes=("layout",),
    passes=("intact",),
)
