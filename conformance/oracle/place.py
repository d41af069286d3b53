"""Says where a matched call goes wrong, in the words that its key has behind `match`."""

from __future__ import annotations

from conformance.model.observation import Observation
from conformance.model.signature import Signature
from conformance.oracle.compare import first_wrong, return_difference
from conformance.oracle.expect import Expectation
from conformance.rules.load import Rules


def place(
    rules: Rules,
    declared: Signature,
    due: Expectation,
    seen: Observation,
    named: int | None,
    second_due: Expectation | None = None,
) -> str:
    """The first of these that holds; `named` is the argument that a rejection names, if any.

    `second_due` is what must come of the other call in the modes that make two.

    `@call` (died, hung, rejected naming none, returned without running the body, a wrong count packed or seen by the
    body), `(K)@N` (rejected naming argument N, its page touched, or the first argument to arrive wrong; K its declared
    kind), `(K)@ret`, `@arrays`, `@handle`, and `@state` for anything else.
    """
    returned = seen.ended is None and seen.status == 0
    if returned and not seen.ran:
        return "@call"
    if returned and due.slots is not None and len(due.slots) != len(seen.slots or ()):
        return "@call"
    if returned and due.seen is not None and seen.saw is not None and len(due.seen) != len(seen.saw):
        return "@call"
    at = first_wrong(rules, due, seen) if returned else named if seen.ended is None else seen.ended.argument
    if at is not None and at < len(declared):
        return f"({declared.params[at].kind})@{at}"
    if not returned:
        return "@state" if seen.ended is not None and "stack" in seen.effects else "@call"
    if seen.refused or return_difference(rules, declared.ret, due, seen):
        return f"({declared.ret})@ret"
    if "arrays" in seen.effects:
        return "@arrays"
    if "handle" in seen.effects:
        return "@handle"
    at = first_wrong(rules, second_due, seen.second) if second_due is not None and seen.second is not None else None
    return "@state" if at is None else f"({declared.params[at].kind})@{at}"
