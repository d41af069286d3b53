"""Judges plain C calls: what must be seen of a call is worked out from the values that are passed, then compared."""

from __future__ import annotations

import signal
from collections.abc import Collection, Sequence
from typing import NamedTuple

from conformance.direct import psabi
from conformance.direct.calls import POISON, Arrived
from conformance.direct.kinds import ATOMS, NARROW, atoms, bare, family, parse, rarity
from conformance.direct.psabi import Text
from conformance.direct.values import coming_out, going_in, numbers_of, spelled, widened
from conformance.model.case import Case
from conformance.model.kinds import NONE
from conformance.model.numbers import signed
from conformance.model.target import Target
from conformance.oracle.judge import Judgement

CONFORMS = "intact"
WRONG, OPEN = "silent-wrong", "unpredicted"


RETURN = -1
"""In place of an argument's index: the return."""


class Blame(NamedTuple):
    """What of a call is wrong by itself: the argument, or `RETURN`, and the kind to blame."""

    place: int
    kind: str


def judge(case: Case, seen: Arrived, target: Target, blame: Blame | None = None) -> Judgement:
    """The judgement of a call that both sides declare alike: every argument and the return arrive as they were sent.

    `blame` is what goes wrong by itself: where that is passed otherwise than it is read, all else may be. None where
    nothing does; then the first that arrives wrong is to blame.
    """
    wrong, words = _wrong(case, seen, target)
    ended = _ended(seen)
    if not wrong and not ended:
        return Judgement(CONFORMS, True, "have everything arrive as it was sent", "everything arrived as it was sent")
    observed = "; ".join([*words[:1], *([f"the call {ended}"] if ended else [])])
    blame = blame or _most_special(case, wrong)
    if blame is None:
        return Judgement(_verdict_of_end(seen), False, "come back", observed, "@call")
    first, kind = blame
    said = _said(kind, case, seen, target, first)
    verdict = _verdict_of_end(seen) if ended else OPEN if said.open else WRONG
    place = f"({family(kind)})@{'ret' if first == RETURN else first}"
    beside = "" if first in wrong or not wrong else "what is beside "
    required = f"have {beside}{_name(first)}, {_article(kind)}, arrive as it was sent; {_with_end(said)}"
    return Judgement(verdict, False, required, observed, place, bare(kind))


def _most_special(case: Case, wrong: Sequence[int]) -> Blame | None:
    """Who is to blame where each kind by itself arrives: of what is passed up to the first wrong value the rarest.

    Of a call that ended before anything was seen it is the rarest of all; None where there is nothing.
    """
    places = [*range(len(case.payload)), *([RETURN] if case.declared.ret != NONE else [])]
    if wrong:
        places = [RETURN] if wrong[0] == RETURN else [*range(wrong[0] + 1)]
    blames = [Blame(place, _kind(case, place)) for place in reversed(places)]
    return max(blames, key=lambda one: rarity(parse(one.kind)), default=None)


def _wrong(case: Case, seen: Arrived, target: Target) -> tuple[list[int], list[str]]:
    """What did not arrive as it was sent, arguments first, and each in words."""
    wrong, words = [], []
    pairs = _pairs(case, seen, target)
    known = {word for sent, _ in pairs for word in sent} | {0, POISON}
    for at, (sent, was) in enumerate(pairs):
        place = at if at < len(case.payload) else RETURN
        arrived = seen.entered if place != RETURN else seen.returned
        if sent != was and (arrived or (place == RETURN and seen.entered)):
            kind = _kind(case, place)
            wrong.append(place)
            came = _came(kind, sent, was, known) if arrived else "did not come back"
            words.append(f"{_name(place)}, {spelled(kind, sent)} ({kind}), {came}")
    return wrong, words


def _came(kind: str, sent: Sequence[int], was: Sequence[int], known: Collection[int]) -> str:
    """How a value arrived; of a narrow one that is itself right, what is above it is not."""
    text = spelled(kind, was, known)
    return "arrived as another number of the same bits" if text == spelled(kind, sent) else f"arrived as {text}"


def _pairs(case: Case, seen: Arrived, target: Target) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """The words that were sent and those that arrived, of each argument and then of the return."""
    by_caller, by_callee = seen.char_is_signed
    sent = [tuple(coming_out(value, target.data, by_caller)) for value in case.payload]
    both = list(zip(sent, _cut(seen.arguments, case), strict=True))
    if case.declared.ret != NONE:
        back = tuple(coming_out(case.result, target.data, by_callee))
        both.append((back, _padded(seen.result, len(back))))
    return both


def _kind(case: Case, place: int) -> str:
    return case.declared.ret if place == RETURN else case.declared.params[place].kind


def _name(place: int) -> str:
    return "the return" if place == RETURN else f"argument {place}"


def compare(case: Case, seen: Arrived, other: Arrived, target: Target) -> Judgement:
    """The judgement of a call whose sides differ in the width of one narrow value.

    What lies above it nobody has to make or to heed, so nothing is wrong by itself: it conforms where the narrow side
    does the same whichever of the two compilers builds it. `other` is the call with the other one.
    """
    narrow, wide = narrow_side(case)
    against_caller, against_callee = case.against or ("", "")
    whose = (case.caller, against_caller) if narrow_is_caller(case) else (case.callee, against_callee)
    does = [_does(case, one, target) for one in (seen, other)]
    same = does[0] == does[1]
    strange = is_strange(case)
    said = psabi.STRANGE_BOOL if strange else psabi.above(target.name, narrow)
    observed = "; ".join(f"{side} {words}" for side, words in zip(whose, does, strict=True))
    what = "a bool that holds neither 0 nor 1" if strange else f"what lies above {_article(narrow)} in {_article(wide)}"
    required = f"do the same on both sides with {what}; {_with_end(said)}"
    return Judgement(CONFORMS if same else OPEN, same, required, observed)


def narrow_side(case: Case) -> tuple[str, str]:
    """The narrow and the wide kind of a call whose sides differ in the width of one value."""
    return _by_width(case)[0][0], _by_width(case)[1][0]


def narrow_is_caller(case: Case) -> bool:
    """Whether it is the caller that has the narrow kind."""
    return _by_width(case)[0][1] == "caller"


def _by_width(case: Case) -> list[tuple[str, str]]:
    """The kinds of the value in which the sides differ, each with its side, the narrow one first."""
    sides = {"caller": case.passed, "callee": case.declared}
    kinds = [(one.params[0].kind if one.params else one.ret, side) for side, one in sides.items()]
    return sorted(kinds, key=lambda one: ATOMS[one[0]].width)


def is_strange(case: Case) -> bool:
    """Whether what is passed for a bool holds neither 0 nor 1 in its lowest byte."""
    values = [*case.payload, case.result]
    return narrow_side(case)[0] == "bool" and any(
        number & 0xFF > 1 for value in values if value.kind != NONE for number in numbers_of(value)
    )


def _does(case: Case, seen: Arrived, target: Target) -> str:
    """What the narrow side does, in words without a value that nobody can predict."""
    narrow, wide = narrow_side(case)
    if ended := _ended(seen):
        return ended
    is_return = case.mismatch.index is None
    word = _padded(seen.result if is_return else seen.arguments, 1)[0]
    value = case.result if is_return else case.payload[0]
    number = numbers_of(value)[0] & ((1 << 8 * ATOMS[narrow].width) - 1)
    if is_strange(case):
        return f"makes {word:#x} of a bool that holds {number:#x} and its contrary"
    char_is_signed = seen.char_is_signed[0 if narrow_is_caller(case) else 1]
    if value.kind == wide:
        due = widened(ATOMS[narrow], number, target.data, char_is_signed)
        return "heeds the number alone" if word == due else "takes what lies above for a part of it"
    mask = (1 << 8 * ATOMS[wide].width) - 1
    is_signed = ATOMS[narrow].sort == "int" or (ATOMS[narrow].sort == "char" and char_is_signed)
    if word & mask == (signed(number, ATOMS[narrow].width) if is_signed else number) & mask:
        return "extends the number"
    as_it_was = word & mask == next(going_in(value)) & mask
    return "leaves above it what was there before" if as_it_was else "leaves something else above it"


def _verdict_of_end(seen: Arrived) -> str:
    return "hung" if seen.hung else "crashed"


def _ended(seen: Arrived) -> str:
    if seen.hung:
        return "made no progress"
    if seen.signal:
        names = {one.value: one.name for one in signal.Signals}
        return f"was ended by {names.get(seen.signal, 'an exit')}"
    counts = {"entered": seen.entered, "came back": seen.returned}
    return next((f"{what} {count} times" for what, count in counts.items() if count != 1), "")


def _said(kind: str, case: Case, seen: Arrived, target: Target, place: int) -> Text:
    """What the psABI says of a kind that arrived wrong; of a narrow one only what lies above it can be left open."""
    said = psabi.text(target.name, family(kind))
    pairs = _pairs(case, seen, target)
    if bare(kind) in NARROW and said.open and seen.entered:
        mask = (1 << 8 * ATOMS[bare(kind)].width) - 1
        sent, was = pairs[place]
        if [word & mask for word in sent] != [word & mask for word in was]:
            return psabi.text(target.name, "integer")
    return said


def _with_end(said: Text) -> str:
    return f"{said}; these two compilers disagree" if said.open else str(said)


def _cut(words: Sequence[int], case: Case) -> list[tuple[int, ...]]:
    """The words of each argument."""
    found, at = [], 0
    for param in case.declared.params:
        count = len(atoms(param.kind))
        found.append(_padded(words[at : at + count], count))
        at += count
    return found


def _padded(words: Sequence[int], count: int) -> tuple[int, ...]:
    return (*words[:count], *[POISON] * (count - len(words)))


def _article(kind: str) -> str:
    return f"an {kind}" if kind.startswith("i") else f"a {kind}"
