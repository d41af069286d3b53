"""What goes wrong in a call, told so that two calls of the same callee can be held against each other."""

from __future__ import annotations

from conformance.oracle.compare import first_wrong
from conformance.oracle.judge import Judgement, named, side_effect

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
    effect = side_effect(grounds.rules, seen)
    if effect is not None and effect[0] == judgement.verdict and judgement.observed.startswith(effect[1]):
        return "effect", seen.effects, seen.remarks
    if seen.status != 0:
        return "rejected", named(grounds.rules, seen)
    if seen.refused:
        return "refused", seen.ret_code
    if not seen.ran or grounds.expectation.outcome != "accepted":
        return ("accepted", seen.ran)
    return "arrived", first_wrong(grounds.rules, grounds.expectation, seen)
