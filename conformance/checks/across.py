"""The checks that compare pairs of sides with each other, and Python with compiled sides."""

from __future__ import annotations

from conformance.checks.base import SILENT, TENSOR_CLASSES, Check, SubjectFacts
from conformance.checks.columns import OTHER, PACKED, UNPACKED, Rows, stack
from conformance.checks.control import sample
from conformance.checks.counts import null_arrays, told_counts
from conformance.checks.draft import Draft, boundaries
from conformance.checks.state import errors


def _has_two_pairs(subject: SubjectFacts) -> str | None:
    return "there is one pair only; give a second --compiler" if subject.compiled_pairs < 2 else None


def _pair(draft: Draft) -> Rows:
    packed = [sample(draft), null_arrays(draft)] if draft.family.packed else []
    return stack(*packed, draft.matched(None, UNPACKED), draft.grid(("type",), UNPACKED))


def _dynamic(draft: Draft) -> Rows:
    packed = [sample(draft)] if draft.family.packed else []
    return stack(*packed, draft.matched(None, UNPACKED), draft.matched(None, UNPACKED, row=OTHER))


def _has_both_forms(subject: SubjectFacts) -> str | None:
    return None if subject.stubs == "both" else f"'--stubs {subject.stubs}' leaves nothing to hold its stubs against"


def _stubs(draft: Draft) -> Rows:
    classes = ("type", "few", "many")
    packed = [draft.matched(None, PACKED), draft.grid(classes, PACKED)] if draft.family.packed else []
    return stack(*packed, draft.matched(None, UNPACKED), draft.grid(("type",), UNPACKED))


def _skew(draft: Draft) -> Rows:
    packed = []
    if draft.family.packed:
        own = draft.matched(flags=draft.reading)
        returned = draft.values(own, -1, draft.family.returns[draft.callees], boundaries)
        mistakes = draft.grid(("type", "coerce", "ret-type", "ret-none"))
        packed = [own, draft.matched(row=OTHER), returned, mistakes, sample(draft), told_counts(draft), errors(draft)]
        packed.append(null_arrays(draft))
    return stack(*packed, draft.matched(None, UNPACKED))


PAIR = Check(
    "PAIR",
    requirement="for every pair of compilers and flags, the verdict of a case is the same",
    why="Caller and callee are rarely built together; a verdict must not depend on who compiled which side.",
    looks_at="whether outcome, witness and return code of the same call are equal on every pair of compilers",
    cannot_see="faults that all compilers share",
    group="across",
    stubs=True,
    classes=("match", "type", "few", "many", "unknown-code", "null-args", "null-codes", "null-ret"),
    passes=("intact", "detected", *SILENT),
    conventions=("packed", "unpacked"),
    asks=_has_two_pairs,
    plan=_pair,
)

STUBS = Check(
    "STUBS",
    requirement="stubs that read their signature from a table and stubs that are compiled for it do the same",
    why="Most calls of a run are made by generic stubs; what they show must be what an operator's own code would show.",
    looks_at="whether matched, type and count calls that conform leave the same, made by both forms of a pair's stubs",
    cannot_see="what goes wrong in both forms, which the other checks tell; signatures that no sample has",
    group="across",
    stubs=True,
    classes=("match", "type", "few", "many"),
    passes=("intact", "detected", *SILENT),
    conventions=("packed", "unpacked"),
    asks=_has_both_forms,
    plan=_stubs,
)

SKEW = Check(
    "SKEW",
    requirement=(
        "a case gives the same observation when only the runtime, or only the other side, is of another version; its "
        "stand-alone reproducer says so too"
    ),
    why=(
        "Code is built against one version of a runtime's headers, and meets code that was built against another, on a "
        "library that is a third."
    ),
    looks_at=(
        "matched and wrong calls, null arrays, returns and errors between sides that are built against chosen "
        "versions, held against the same calls with all of the caller's version; and symbols that are missing at load "
        "time. What a version does otherwise and right by itself, such as a conversion that only newer headers have, "
        "is news, which is counted. It runs where --built names a version"
    ),
    cannot_see="what all versions do alike, right or wrong, which the other checks tell",
    group="across",
    classes=(
        "match", "type", "coerce", "few", "many", "unknown-code", "null-args", "null-codes", "null-ret", "ret-type",
        "ret-none", "ret-error", "ret-status", "layout", *TENSOR_CLASSES,
    ),
    passes=("intact", "detected", "coerced"),
    conventions=("packed", "unpacked"),
    proven=True,
    plan=_skew,
)  # fmt: skip

DIRECT_PAIR = Check(
    "DIRECT-PAIR",
    requirement=(
        "two compilers agree on a plain C call, structures by value, wide and narrow kinds and variadic calls among "
        "them"
    ),
    why="Every convention stands on plain C calls; where two compilers make one otherwise, values change unseen.",
    looks_at=(
        "every argument and the return of drawn calls from one compiler's code into the other's, held against the "
        "values that were passed; and what either does with the bits above a narrow value, which some psABIs leave "
        "open. The subject has no part in it, so it runs only where --check names it"
    ),
    cannot_see="padding, NaNs, bit-fields and unions; kinds that one of the two compilers lacks",
    group="across",
    stubs=True,
    classes=("match", "padding"),
    passes=("intact",),
    conventions=("packed", "unpacked"),
)

DYNAMIC = Check(
    "DYNAMIC",
    requirement="a call packed or received by Python through cffi gets the same verdict as a compiled one",
    why="Most callers of such runtimes are interpreters; they must be held to the same rules as C.",
    looks_at="calls whose caller or callee is Python through cffi, as those of compiled stubs are looked at",
    cannot_see="front ends other than cffi",
    group="across",
    stubs=True,
    classes=("match", "type", "few", "many", "unknown-code"),
    passes=("intact", "detected", "coerced", *SILENT),
    conventions=("packed", "unpacked"),
    plan=_dynamic,
)
