"""One call that a check makes of a called subject, and how it is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from conformance.model.case import Mismatch
from conformance.model.signature import Signature
from conformance.model.subject import Call, CalleeResponse
from conformance.oracle.sendable import forbidden
from conformance.rules.load import Rules


class Attempt(NamedTuple):
    """One call of a check: the callee's place among the bundle's, what is passed and how it is wrong.

    `beside` is made by another thread at the same time. `paired` says that an unpacked call of the same two signatures
    is the same mistake. With `handed` it is no callee that is tried, but a caller that takes what `passed` returns.
    """

    callee: int
    passed: Signature
    call: Call
    mismatch: Mismatch
    beside: Call | None = None
    paired: bool = False
    handed: CalleeResponse | None = None


def by_turns(tried: Iterable[tuple[str, int, Attempt]]) -> list[Attempt]:
    """Attempts, given with a kind and a code each, so that kinds and codes take turns.

    Where too many die of them for all to be made, every kind has met a code, and about every code a kind, before either
    had its next turn.
    """
    kinds: dict[str, int] = {}
    codes: dict[int, int] = {}
    before: Counter[tuple[str, int]] = Counter()
    placed = []
    for kind, code, attempt in tried:
        which = kinds.setdefault(kind, len(kinds)), codes.setdefault(code, len(codes))
        placed.append((before[kind, code], *which, attempt))
        before[kind, code] += 1
    placed.sort(key=lambda one: (one[0], (one[2] - one[1]) % len(codes)))
    return [attempt for *_, attempt in placed]


def sendable(
    rules: Rules, declared: Sequence[Signature], attempts: Sequence[Attempt]
) -> tuple[tuple[Attempt, ...], str]:
    """The attempts that can be made of a runtime that copies, and why others are left out; "" where none are.

    `declared` are the bundle's callees.
    """
    if not (rules.copies_arrays or rules.copies_pointees):
        return tuple(attempts), ""
    whys = [
        "" if one.handed else forbidden(rules, declared[one.callee], one.passed, one.call.slots, one.call.claimed_count)
        for one in attempts
    ]
    kept = tuple(one for one, why in zip(attempts, whys, strict=True) if not why)
    return kept, "; ".join(dict.fromkeys(why for why in whys if why))
