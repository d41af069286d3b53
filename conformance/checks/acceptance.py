"""The checks of calls that are to be accepted: matched, converted, or of another width under the same code."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from conformance.checks.base import Check, SubjectFacts
from conformance.checks.choices import kind_numbers, pointers
from conformance.checks.columns import FOLLOW, OTHER, PACKED, STATE, UNPACKED, Rows, again, join, spread, stack
from conformance.checks.draft import Draft, boundaries
from conformance.generation import payloads
from conformance.model.kinds import KINDS
from conformance.rules.load import Rules


def _converts_something(subject: SubjectFacts) -> str | None:
    accept = subject.rules.accept
    if not any("coerce" in accept[kind].values() for kind in subject.kinds):
        return f"the rules table '{subject.rules.name}' converts nothing"
    return None


def _kinds_share_a_code(subject: SubjectFacts) -> str | None:
    if len({subject.rules.code(kind) for kind in subject.kinds}) == len(subject.kinds):
        return "no two of the subject's kinds share a code"
    return None


def boundary_values(draft: Draft, convention: int = PACKED) -> Rows:
    """Each argument of each callee with values at which conversions go wrong, and a text with a long one.

    An only argument has all of them, and each that is passed as such; others every second one: the others come up in
    other places and bundles.
    """
    callee, at = draft.arguments()
    kinds = draft.kinds_at(callee, at)
    rows = draft.matched(callee, convention, flags=np.where(pointers(draft.rules)[kinds], FOLLOW, 0))
    turn = np.arange(len(at)) + draft.family.salt
    # How long a text an adapter can record is its own matter, so long ones are passed between stubs alone.
    long = draft.nothing() if draft.family.by_value else draft.one_value(rows, at, kinds, payloads.texts, turn)
    varied = draft.values(rows, at, kinds, boundaries)
    which, step = spread(np.arange(len(at)), draft.family.pooled(boundaries).counts[kinds])
    all_of_them = draft.family.by_value | (draft.lengths[callee] == 1)
    return join(varied.take(np.flatnonzero(all_of_them[which] | ((step + turn[which]) % 2 == 0))), long)


def _match(draft: Draft) -> Rows:
    own = draft.matched(flags=STATE)
    returned = draft.values(own, -1, draft.family.returns[draft.callees], boundaries)
    others = draft.taken_as_it_is(flags=STATE)
    return stack(own, again(own, row=OTHER), draft.followed(own), returned, others, boundary_values(draft))


def unpacked_match(draft: Draft) -> Rows:
    """The calls of each callee's own caller without codes: both graffiti, pointees followed, every boundary value."""
    own = draft.matched(None, UNPACKED)
    returned = draft.values(own, -1, draft.family.returns[draft.callees], boundaries)
    state, followed = again(own, flags=STATE), again(own, flags=FOLLOW)
    return stack(state, again(own, row=OTHER), followed, returned, boundary_values(draft, UNPACKED))


def _accepted(draft: Draft, *classes: str) -> Rows:
    """The rows of callers whose codes are accepted although an argument or the return differs."""
    rows = draft.grid(classes)
    rows["paired"] = False
    return rows


def _coerce(draft: Draft) -> Rows:
    plain = _accepted(draft, "coerce")
    plain = plain.take(np.flatnonzero(plain["index"] >= 0))
    # Texts at the edges of what names a type are read as TVM packs them; runtimes in Python read some otherwise.
    values = boundaries if draft.family.by_value else payloads.convertible
    return stack(draft.with_values(plain, values, follow=True), _passed_only(draft))


def _passed_only(draft: Draft) -> Rows:
    """Conversions of what no callee declares, such as bytes where a text is: laid where the own pointer would lie."""
    if draft.family.by_value:
        return draft.nothing()
    numbers = kind_numbers(draft.rules)
    callee, at = draft.arguments()
    kinds = draft.kinds_at(callee, at)
    found = []
    for declared, passed in _pointers_without_row(draft.rules):
        hit = np.flatnonzero(kinds == numbers[declared])
        rows = draft.coded(callee[hit], at[hit], np.full(len(hit), draft.rules.code(passed)), "coerce", flags=FOLLOW)
        found.append(draft.values(rows, at[hit], np.full(len(hit), numbers[passed]), payloads.convertible))
    return join(*found)


@lru_cache(maxsize=64)
def _pointers_without_row(rules: Rules) -> tuple[tuple[str, str], ...]:
    """Pairs of a declared pointer and one that is converted to it and that no callee can declare."""
    sent = {rules.code_name(kind) for kind in rules.passable}
    return tuple(
        (declared, passed)
        for declared in rules.kinds
        for passed, code in rules.packs_as.items()
        if KINDS[declared].is_pointer and passed in KINDS and KINDS[passed].is_pointer and code not in sent
        if rules.accept[declared].get(code) == "coerce"
    )


def _range(draft: Draft) -> Rows:
    return draft.with_values(_accepted(draft, "width", "sign"), boundaries)


MATCH = Check(
    "X0-MATCH",
    requirement=(
        "a matched call is accepted; every argument, the return and its code arrive unchanged; the resource "
        "handle arrives as the rules say; the caller's arrays and the floating-point environment are as "
        "before"
    ),
    why="A runtime that rejects or alters correct calls is worse than one without checks.",
    looks_at=(
        "every argument as the callee's body read it, its pointee where it is a text, bytes or a tensor (whose "
        'elements only where [policy] has contents = "read"), the return '
        "and its code, the resource handle, which is another one for every call, the caller's arrays after the call, "
        "and the machine's state: the stack's alignment, kept registers, x87 and SSE control, x87 stack, direction "
        "flag and signal mask; "
        "each kind in each place once with every value at which conversions go wrong; of a call that a packer makes, "
        "the count, every code, the bytes of every slot, what its pointee holds, and the return that it gives back"
    ),
    cannot_see="values that are not drawn, what a body does with its arguments, and the state where Python is a side",
    group="acceptance",
    classes=("match",),
    passes=("intact",),
    plan=_match,
)

COERCE = Check(
    "X0-COERCE",
    requirement=(
        "a code that the rules convert is accepted and converted as C converts (to nearest, ties to even), or "
        "rejected where the rules say so"
    ),
    why="A conversion that the rules allow and the runtime gets wrong changes values without a trace.",
    looks_at="the converted value, bit by bit, at every boundary value of the passed kind",
    cannot_see="conversions that the rules call unknown, which are recorded and not compared",
    group="acceptance",
    classes=("coerce",),
    passes=("coerced", "detected"),
    asks=_converts_something,
    plan=_coerce,
)

RANGE = Check(
    "X0-RANGE",
    requirement="an integer outside the declared width follows the rules' policy: reject, or truncate as documented",
    why="Codes cannot tell widths: what happens to 300 in an int8 must at least be what is documented.",
    looks_at="the value that arrives where an integer of another width or sign is passed, at every boundary",
    cannot_see="nothing can be rejected by code here: only values tell, and small ones are alike",
    group="acceptance",
    classes=("width", "sign"),
    passes=("silent-equal", "silent-wrong", "detected"),
    asks=_kinds_share_a_code,
    plan=_range,
)
