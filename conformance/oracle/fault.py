"""What goes wrong in a call, told so that two calls of the same callee can be held against each other."""

from __future__ import annotations

from conformance.model.observation import Observation
from conformance.oracle.compare import first_wrong, is_code_as_due
from conformance.oracle.judge import Grounds, Judgement, has_error, left_for_the_next, named, side_effect
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
    if defect := defect_of(judgement):
        return "defect", defect
    if seen.status != 0:
        return "rejected", named(grounds.rules, seen)
    if not is_code_as_due(grounds.rules, grounds.call.declared.ret, grounds.expectation, seen):
        return "return code", seen.ret_code
    if seen.refused:
        return "refused", seen.ret_code
    if not seen.ran or grounds.expectation.outcome != "accepted":
        return "accepted", seen.ran
    return "arrived", first_wrong(grounds.rules, grounds.expectation, seen)


def defect_of(judgement: Judgement) -> str:
    """What is wrong whatever was called, "" where it is about the call: nothing but the name of a defect.

    It is a side effect by the name that observations have for it, `ret` for what was written to a result slot in spite
    of a rejection, `references` for their counts; or of a rejection `status-0`, `no-error`, `no-index`, and
    `stale-error` for what the next call finds.
    """
    grounds = judgement.grounds
    seen = None if grounds is None else grounds.observation
    if grounds is None or seen is None or seen.ended is not None:
        return ""
    if judgement.verdict == "silent-reject":
        return "status-0" if grounds.call.mismatch.cls != "match" else ""
    if seen.status != 0 and judgement.verdict == "misattributed":
        return _error_defect(grounds, seen)
    found = side_effect(grounds.rules, seen)
    if found is None or found[0] != judgement.verdict or not judgement.observed.startswith(found[1]):
        return ""
    names = [name for name in seen.effects if effect_words(name) is not None]
    return "+".join([*names, *seen.remarks]) or ("ret" if seen.status != 0 else "references")


def _error_defect(grounds: Grounds, seen: Observation) -> str:
    if not has_error(seen):
        return "no-error"
    if left_for_the_next(grounds.call, grounds.rules, seen):
        return "stale-error"
    asked = grounds.expectation.named and "index" in grounds.rules.error_names
    return "no-index" if asked and named(grounds.rules, seen) is None else ""
