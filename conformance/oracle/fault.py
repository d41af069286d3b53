"""What goes wrong in a call, told so that two calls of the same callee can be held against each other."""

from __future__ import annotations

from conformance.oracle.compare import first_wrong
from conformance.oracle.judge import Judgement, named, side_effect
from conformance.oracle.words import effect_words

Fault = tuple[object, ...]


def fault(judgement: Judgement) -> Fault | None:
    """How a call that does not conform goes wrong: by its end, a side effect, a rejection, or what arrives.

    Two calls with equal faults went the same wrong way, whatever was asked of each. None where nothing is known of it.
    """
    grounds = judgement.grounds
    seen = None if grounds is None else grounds.observation
    if grounds is None or seen is None:
        return None
    if seen.ended is not None:
        return "ended", seen.ended._replace(message="")
    if effect := effect_of(judgement):
        return "effect", effect
    if seen.status != 0:
        return "rejected", named(grounds.rules, seen)
    if seen.refused:
        return "refused", seen.ret_code
    if not seen.ran or grounds.expectation.outcome != "accepted":
        return "accepted", seen.ran
    return "arrived", first_wrong(grounds.rules, grounds.expectation, seen)


def effect_of(judgement: Judgement) -> str:
    """The side effect by which a call got its verdict, by the names that observations have; "" where it was none.

    What was written to a result slot in spite of a rejection is `ret`, and counts of references are `references`.
    """
    grounds = judgement.grounds
    seen = None if grounds is None else grounds.observation
    if grounds is None or seen is None or seen.ended is not None:
        return ""
    found = side_effect(grounds.rules, seen)
    if found is None or found[0] != judgement.verdict or not judgement.observed.startswith(found[1]):
        return ""
    names = [name for name in seen.effects if effect_words(name) is not None]
    return "+".join([*names, *seen.remarks]) or ("ret" if seen.status != 0 else "references")
