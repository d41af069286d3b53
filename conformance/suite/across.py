"""The checks that compare sides or pairs with each other instead of one pair with the oracle: X0-LAYOUT and PAIR."""

from __future__ import annotations

from conformance.engine import execute
from conformance.engine.bundle import Bundle
from conformance.engine.execute import Examined
from conformance.engine.libraries import Pair
from conformance.engine.pairs import PairLab, differing
from conformance.engine.plans import Plan
from conformance.engine.shots import case as case_of
from conformance.engine.shrink import shrink
from conformance.findings.found import Found, finish
from conformance.findings.layout import NOTHING, compare_layout
from conformance.model.case import Case, Mismatch
from conformance.model.outcome import Finding
from conformance.oracle.judge import Judgement
from conformance.session import Session
from conformance.transport.compiled.program import RunResult


def layout_findings(session: Session, pair: Pair) -> tuple[Examined, list[Finding]]:
    """Compares the layouts of both sides; the first difference is the finding."""
    out = Examined()
    findings: list[Finding] = []
    for name, judgement in compare_layout(session, pair):
        out.tally["packed", "layout", judgement.verdict] += 1
        if not judgement.conforms and not findings:
            mismatch = Mismatch("layout", None, name)
            case = Case("X0-LAYOUT", "packed", *pair.ids, NOTHING, NOTHING, mismatch, ())
            findings.append(finish(case, judgement, [], 0).finding)
    out.executed = out.judged = sum(out.tally.values())
    return out, findings


def pair_differences(
    session: Session, bundle: Bundle, plan: Plan, pairs: tuple[Pair, ...]
) -> tuple[Examined, Found | None]:
    """Runs one plan on every pair; what the first pair left, all must leave. Raises CompileError."""
    total = Examined()
    first: RunResult | None = None
    found = None
    for pair in pairs:
        result = session.executor.run(plan, session.sides(bundle, pair), texts=False)
        examined = execute.compare(plan, result, "PAIR", pair.ids, session.subject.claims)
        total.tally.update(examined.tally)
        total.executed += examined.executed
        total.judged += examined.judged
        if first is None:
            first = result
        elif found is None:
            at = differing(plan, first, result)
            if at is not None:
                found = _difference(session, plan, pairs[0], pair, at)
    return total, found


def _difference(session: Session, plan: Plan, first: Pair, pair: Pair, at: int) -> Found:
    shot = execute.shot_at(plan, at)
    base = case_of(plan.bundle, shot, "PAIR", pair.ids)
    case = Case(**{**base.__dict__, "against": first.ids})
    lab = PairLab(session.libraries, session.executor, pair, against=first)
    judgement = lab.judge(case)
    if judgement is None or judgement.conforms:
        words = f"{first.ids[0]}>{first.ids[1]} and {pair.ids[0]}>{pair.ids[1]} differed, among other calls"
        return finish(case, Judgement("unpredicted", False, "be the same for every pair", words), [], lab.compiles)
    if session.options.shrink:
        case, judgement = shrink(lab, case, judgement)
    return finish(case, judgement, [], lab.compiles)
