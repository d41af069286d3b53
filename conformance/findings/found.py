"""Pursues a nonconforming call: confirms it alone, finds the calls that it depends on, shrinks it, writes it down."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from conformance.engine import shrink as shrinking
from conformance.engine.libraries import Pair
from conformance.engine.plans import Plan
from conformance.engine.shots import Shot
from conformance.engine.shots import case as case_of
from conformance.model.case import Case
from conformance.model.outcome import Finding
from conformance.oracle.judge import Judgement
from conformance.session import Session

_MOST_SHOWN = 4


@dataclass(frozen=True)
class Found:
    """A finding and the case that it is."""

    finding: Finding
    case: Case


def pursue(session: Session, check: str, pair: Pair, plan: Plan, at: int, shot: Shot, judgement: Judgement) -> Found:
    """The finding of the call at place `at` of a plan, which got a nonconforming judgement.

    The call is made again, alone in a fresh process. If it then conforms, state is part of the case: the fewest calls
    before it that bring the verdict back become its history. If nothing brings it back, the finding says so.
    """
    from conformance.engine.execute import shot_at

    lab = session.lab(pair)
    case = case_of(plan.bundle, shot, check, pair.ids, plan.release)
    detail: list[str] = []
    history = lab.depends_on(plan, session.sides(plan.bundle, pair, plan.release), at, judgement.verdict)
    if history is None:
        detail.append("seen once, among others; neither alone nor after the calls before it did it come again")
        return finish(case, judgement, detail, 0)
    if history:
        before = tuple(case_of(plan.bundle, shot_at(plan, k), check, pair.ids, plan.release) for k in history)
        case = replace(case, history=before)
    confirmed = lab.judge(case)
    if confirmed is None or confirmed.verdict != judgement.verdict:
        # Its own bundle lays it out otherwise; what was seen in the first one stands.
        detail.append("it shows in the bundle in which it was found, not in one of its own")
        return finish(case, judgement, detail, lab.compiles)
    if session.options.shrink:
        case, confirmed = shrinking.shrink(lab, case, confirmed)
    return finish(case, confirmed, detail, lab.compiles)


def finish(case: Case, judgement: Judgement, detail: list[str], compiles: int) -> Found:
    """The finding of a case with its judgement."""
    if case.history:
        calls = "call" if len(case.history) == 1 else f"{len(case.history)} calls"
        detail = [f"depends on the {calls} before it: alone it conforms", *detail]
        if len(case.history) > _MOST_SHOWN:
            detail.append(f"before     {len(case.history) - _MOST_SHOWN} calls more")
        detail += [f"before     {one.key}" for one in case.history[-_MOST_SHOWN:]]
    text = f"{case.check}|{case.mismatch.cls}|{case.convention}|{judgement.verdict}|{case.mismatch.tail}"
    finding = Finding(
        id=case.id,
        fingerprint=hashlib.sha256(text.encode()).hexdigest()[:12],
        key=case.key,
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
        message=f"{case.key}: {judgement.verdict}: required to {judgement.required}; {judgement.observed}",
        case=case.to_json(),
        detail=tuple(detail),
        shrink={"compiles": compiles},
    )
    return Found(finding, case)
