"""Confirms a cause alone in a fresh process, finds the calls that it depends on, shrinks it, and words the finding."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, starmap
from typing import Any

from conformance.direct.plan import CHECK as DIRECT
from conformance.engine.carrier import Carrier, Transport
from conformance.engine.causes import Cause, Excuse
from conformance.engine.direct import DirectShrinker
from conformance.engine.shrink import Shrinker
from conformance.model.case import MATCH, Case, Mismatch, Mutations, often
from conformance.model.mark import RELEASED, Mark, mark_of
from conformance.model.outcome import Finding
from conformance.oracle import stored
from conformance.oracle.contrast import contrasts
from conformance.oracle.fault import defect_of, fault
from conformance.oracle.judge import Judgement

MOST_CONFIRMED = 20
"""Causes of a stream that are confirmed; further ones are listed by their keys, and fail as well."""

MOST_COMPILES = 60
"""Batches that are built to shrink all causes of a stream and pair; what comes after is written as it was drawn."""

_MOST_SHOWN = 4


@dataclass
class Budget:
    """What is left to spend on shrinking in one stream and pair."""

    compiles: int = MOST_COMPILES


def confirm_and_shrink(
    transport: Transport,
    check: str,
    cause: Cause,
    budget: Budget,
    excuse: Excuse,
    *,
    shrink: bool,
    taken: Collection[Mark] = (),
) -> Finding | str:
    """The finding of a cause; or, where its simplest call cannot be confirmed, a sentence for the notes.

    `taken` are the marks of all other causes, which shrinking keeps away from.

    The call is made again, alone in a fresh process. If it then conforms, state is part of the case: the fewest calls
    before it that bring the verdict back become its history. Raises HarnessError.
    """
    simplest = cause.simplest
    carrier, plan, at, verdict = simplest.carrier, simplest.plan, simplest.at, simplest.judgement.verdict
    history = [] if plan is None else carrier.minimal_history(plan, at, verdict)
    if history is None:
        return f"{check} {simplest.key}: {verdict} was seen once, and neither alone nor after the calls before it again"
    case = simplest.case
    if history:
        calls = [(carrier.case(check, plan, place), len(list(group))) for place, group in groupby(history)]
        case = replace(case, history=tuple(replace(earlier, times=times) for earlier, times in calls))
    before = carrier.compiles
    confirmed = next(iter(carrier.judge_each([case])))
    if confirmed is None or confirmed.verdict != verdict:
        # A bundle of its own lays it out otherwise; what was confirmed in the first one stands.
        detail = ["it shows in the bundle in which it was found, not in one of its own"]
        return finding_of(case, simplest.judgement, cause, [*detail, *carrier.remarks(case)], carrier.compiles - before)
    if shrink and budget.compiles > 0 and not case.is_exchange:  # the smallest of which is planned first
        kind_of = DirectShrinker if check == DIRECT else Shrinker
        shrinker = kind_of(transport, carrier, cause.marks, taken, excuse, budget.compiles)
        spent = carrier.compiles
        case, confirmed = shrinker.shrink(case, confirmed)
        budget.compiles -= carrier.compiles - spent
    simpler = _simpler(transport, carrier, case, confirmed)
    return finding_of(case, confirmed, cause, carrier.remarks(case), carrier.compiles - before, simpler)


def _simpler(transport: Transport, carrier: Carrier, case: Case, judgement: Judgement) -> dict[str, Any] | None:
    """The mark of a simpler call of a case's callee that goes wrong in the same way, as JSON; None where none does.

    It is the matched call, where checks are compiled out the one with checks first; of a case of the mode `released`,
    which makes a call with an argument too few as well, or that one.
    """
    wrong, is_call = fault(judgement), not case.is_exchange and case.convention != "direct"
    if wrong is None or not is_call or case.wire.handed is not None or case.wire.by_packer:
        return None
    declared = case.declared
    plain = tuple(transport.plain_value(param, at) for at, param in enumerate(declared.params))
    wire = Mutations(preset=case.wire.preset)
    matched = replace(case, passed=declared, mismatch=MATCH, payload=plain, wire=wire, mode="plain", second=(), calls=2)
    simpler = [] if (case.mismatch, case.mode) == (MATCH, "plain") else [matched]
    if case.release:
        simpler.insert(0, replace(matched, release=False))
    if case.mode == RELEASED and plain:
        count = len(plain) - 1
        few = Mismatch("few", None, str(len(plain)), str(count))
        simpler.append(replace(matched, mismatch=few, wire=replace(wire, count=count)))
    for other, found in zip(simpler, carrier.judge_each(simpler) if simpler else (), strict=False):
        if found is not None and not found.conforms and fault(found) == wrong:
            return _marked(mark_of(other, found.verdict, found.place), other.failed_key(found.place))
    return None


def _marked(mark: Mark, key: str) -> dict[str, Any]:
    """A mark as JSON, with the key of an example."""
    return {**mark.to_json(), "key": key}


def as_drawn(cause: Cause, detail: Sequence[str] = ()) -> Finding:
    """The finding of a cause that is neither confirmed nor shrunk."""
    return finding_of(cause.simplest.case, cause.simplest.judgement, cause, detail, 0)


def finding_of(
    case: Case,
    judgement: Judgement,
    cause: Cause,
    detail: Sequence[str],
    compiles: int,
    simpler: dict[str, Any] | None = None,
) -> Finding:
    """The finding of a cause, shown by `case` with its judgement; `compiles` is what it took to shrink it.

    `simpler` is the mark of a simpler call of the callee that goes wrong in the same way.
    """
    key = case.failed_key(judgement.place)
    lines = list(detail)
    if case.history:
        calls = "call" if case.calls_before == 1 else f"{case.calls_before} calls"
        lines.insert(0, f"depends on the {calls} before it: alone it conforms")
        if len(case.history) > _MOST_SHOWN:
            more = sum(earlier.times for earlier in case.history[:-_MOST_SHOWN])
            lines.append(f"before     {more} calls more")
        lines += [f"before     {earlier.key}{often(earlier)}" for earlier in case.history[-_MOST_SHOWN:]]
    if case.calls > 2:
        lines.append(
            f"takes {case.calls} {'threads' if case.mode == 'concurrent' else 'calls, each inside the one before'}"
        )
    shown: dict[Mark, str] = {mark_of(case, judgement.verdict, judgement.place): key}
    for candidate in cause.candidates:
        shown.setdefault(candidate.mark, candidate.key)
    tail = key.split("::", 3)[3]
    text = f"{case.check}|{case.mismatch.cls}|{case.convention}|{judgement.verdict}|{tail}"
    return Finding(
        id=case.id,
        fingerprint=hashlib.sha256(text.encode()).hexdigest()[:12],
        key=key,
        check=case.check,
        verdict=judgement.verdict,
        mismatch={
            "class": case.mismatch.cls,
            "index": case.mismatch.index,
            "declared": case.mismatch.declared,
            "passed": case.mismatch.passed,
        },
        signature={"declared": str(case.declared), "passed": str(case.passed)},
        pair=(case.caller, case.callee),
        required=judgement.required,
        observed=judgement.observed,
        message=f"{key}: {judgement.verdict}: required to {judgement.required}; {judgement.observed}",
        case=replace(case, expectation=stored.of_judgement(judgement)).to_json(),
        detail=tuple(lines),
        shrink={"compiles": compiles},
        marks=tuple(starmap(_marked, shown.items())),
        wrong_kind=judgement.wrong_kind,
        defect=defect_of(judgement),
        simpler=simpler,
        values=contrasts(judgement.grounds),
        evidence=judgement.evidence,
        excused_by=cause.excused_by,
    )
