"""The checks that compare pairs of sides with each other, and Python with compiled sides."""

from __future__ import annotations

from conformance.checks.base import SILENT, Check, SubjectFacts


def _has_two_pairs(subject: SubjectFacts) -> str | None:
    return "there is one pair only; give a second --compiler" if subject.compiled_pairs < 2 else None


PAIR = Check(
    "PAIR",
    requirement="for every pair of compilers and flags, the verdict of a case is the same",
    why="Caller and callee are rarely built together; a verdict must not depend on who compiled which side.",
    group="across",
    stubs=True,
    classes=("match", "type", "few", "many", "unknown-code", "null-args", "null-codes", "null-ret"),
    passes=("intact", "detected", *SILENT),
    conventions=("packed", "unpacked"),
    asks=_has_two_pairs,
)

DYNAMIC = Check(
    "DYNAMIC",
    requirement="a call packed or received by Python through cffi gets the same verdict as a compiled one",
    why="Most callers of such runtimes are interpreters; they must be held to the same rules as C.",
    group="across",
    stubs=True,
    classes=("match", "type", "few", "many", "unknown-code"),
    passes=("intact", "detected", "coerced", *SILENT),
    conventions=("packed", "unpacked"),
)
