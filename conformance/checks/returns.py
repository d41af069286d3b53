"""The check of what comes back: the return, its code, and what a caller that takes another kind is told."""

from __future__ import annotations

import numpy as np

from conformance.checks.base import Check
from conformance.checks.choices import kind_numbers
from conformance.checks.columns import (
    CLASS_NUMBERS,
    HANDED,
    KIND_NAMES,
    OF_KINDS,
    OF_RETURN,
    RAISED,
    Rows,
    changed,
    join,
    stack,
)
from conformance.checks.draft import Draft
from conformance.generation import payloads
from conformance.model.kinds import NONE
from conformance.model.signature import Param
from conformance.oracle.expect import takes_all
from conformance.oracle.mismatch import argument
from conformance.rules.load import Rules

STATUSES = (-1, -2, 1, 42, -(2**31))
"""What a callee that fails may return; conventions know one or two of them."""


def _return(draft: Draft) -> Rows:
    callee, at = draft.arguments()
    converted = draft.grid(("coerce",))
    converted = converted.take(np.flatnonzero(converted["index"] < 0))
    converted["paired"] = False
    returned = draft.family.returns[converted["callee"]]
    converted = join(converted, draft.values(converted, -1, returned, payloads.convertible))
    wrong_returns = draft.grid(("ret-type", "ret-none"))
    wrong_arguments = draft.wrong(callee, at, at + 1), draft.too_few()
    own = stack(draft.matched(), *wrong_arguments, wrong_returns, converted, _under_other_codes(draft))
    return join(own, _handed_over(draft))


def _under_other_codes(draft: Draft) -> Rows:
    """Matched calls whose return, once it lies there, bears a code that its caller does not take; one of each kind.

    A family has every fourth of the codes, and another has others.
    """
    if draft.family.by_value:
        return draft.nothing()
    kinds, first = np.unique(draft.family.returns[draft.callees], return_index=True)
    found = [
        (int(draft.callees[at]), code)
        for kind, at in zip(kinds.tolist(), first.tolist(), strict=True)
        for code in _not_taken(draft.rules, KIND_NAMES[kind])[(draft.family.salt + kind) % 4 :: 4]
        if draft.rules.decide_return(KIND_NAMES[kind], code) == "reject"
    ]
    rows = draft.matched(np.array([callee for callee, _ in found], dtype=np.int64))
    rows["code_at"][:, 0], rows["code"][:, 0] = OF_RETURN, [code for _, code in found]
    return changed(rows, cls=CLASS_NUMBERS["ret-type"])


def _not_taken(rules: Rules, kind: str) -> tuple[int, ...]:
    """Codes that no kind packs as, where a caller that takes this one looks at the code."""
    return () if kind == NONE or takes_all(rules, kind) else (*rules.codes_without_kind, *rules.unknown_codes)


def _handed_over(draft: Draft) -> Rows:
    """What callers that take a return are handed: every failure, every kind of result, codes that none of them has."""
    rules, lie = draft.rules, "type-codes" in draft.family.mutable_parts
    found: list[tuple[int, str, int, int, int, int]] = []  # caller, class, flags, status, argument, its code
    for caller in draft.family.takers:
        for status in STATUSES:
            found.append((caller, "ret-error" if status == -1 else "ret-status", RAISED, status, -1, 0))
            found.append((caller, "ret-status", 0, status, -1, 0))
    for caller in draft.family.takers:
        taken = draft.family.signatures[caller].ret
        found += [
            (caller, _class_of_result(rules, kind, taken), OF_KINDS, 0, 0, kind_numbers(rules)[kind])
            for kind in rules.all_passable
        ]
        codes = _not_taken(rules, taken) if lie else ()
        found += [(caller, "ret-type", 0, 0, 0, c) for c in codes if rules.decide(taken, c) == "reject"]
    rows = draft.calls([each[0] for each in found], [0] * len(found), HANDED)
    for row, (_, cls, flags, status, at, code) in zip(rows, found, strict=True):
        row["cls"], row["flags"], row["count"] = CLASS_NUMBERS[cls], flags, status
        row["code_at"][0], row["code"][0] = at, code
    return rows


def _class_of_result(rules: Rules, kind: str, taken: str) -> str:
    """The class of handing a caller that takes one kind a result of another."""
    cls = "match" if taken == NONE else argument(Param(kind), Param(taken), rules) or "match"
    if cls == "type":
        return "ret-none" if kind == "null" else "ret-type"
    return "match" if cls in ("width", "sign") else cls


RETURN = Check(
    "X0-RETURN",
    requirement=(
        "the return's code is set on success; a caller that takes another kind is told; nothing is written on rejection"
    ),
    why="The way back carries values too, and a wrong code there misleads the caller as surely.",
    looks_at=(
        "the return and its code, over slots that held other codes and values before, what a caller is told that takes "
        "another kind or finds a code that no kind has, and the result slot after a rejection"
    ),
    cannot_see="what a caller does with an error after it has read it",
    group="acceptance",
    classes=("match", "ret-type", "ret-none", "ret-error", "ret-status", "type", "few", "coerce"),
    passes=("detected", "intact", "coerced"),
    plan=_return,
)
