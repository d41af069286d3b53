"""Observes the acceptance table: what each declared kind does with each code, beside what the rules say."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.called_session import CalledSession
from conformance.engine import blocks, execute
from conformance.engine.bundle import Bundle
from conformance.engine.called.attempts import single
from conformance.engine.plans import Plan
from conformance.engine.shots import Shot
from conformance.engine.shots import case as case_of
from conformance.generation.strategies import Drawn
from conformance.model.case import Mismatch
from conformance.model.options import RunOptions
from conformance.model.signature import Param, Signature, TensorSpec
from conformance.oracle.judge import Judgement
from conformance.prepare import prepare
from conformance.rules.load import Rules
from conformance.session import Session

_OUTCOMES = {1: "accept", 2: "reject", 3: "accept", 4: "crash", 5: "crash", 6: "hang"}


@dataclass(frozen=True)
class Cell:
    """One declared kind under one code: what the rules decide, what was observed, and the verdict of that."""

    declared: str
    code: int
    code_name: str
    rules: str
    observed: str
    verdict: str
    conforms: bool


def observe(options: RunOptions) -> list[Cell]:
    """The cells of a packed subject, row by row, as the first pair of the options shows them. Raises UsageProblem."""
    session = prepare(options)
    try:
        return _built(session) if isinstance(session, Session) else _called(session)
    finally:
        session.close()


def _called(session: CalledSession) -> list[Cell]:
    variant, subject, rules = session.variants[0], session.subject, session.subject.rules
    alone = [Signature((Param(kind, TensorSpec() if kind == "tensor" else None),), "none") for kind in subject.kinds]
    if subject.fixed:
        alone = [one for one in subject.fixed if len(one) == 1]
    alone = list({one.params[0].kind: one for one in reversed(alone)}.values())[::-1]
    bundle = session.bundle(Drawn(tuple(alone), 0))
    batch, cells = session.batch(variant, bundle, release=False), []
    for place, declared in enumerate(batch.signatures):
        if declared in alone and batch.refused[place] is None:
            made = list(single(bundle, place, declared))
            examined = session.examine(variant, batch, made)
            for attempt, judgement in zip(made, examined.judgements, strict=False):
                cells.append(_cell(rules, declared.params[0].kind, attempt.call.slots[0].code, judgement))
    return cells


def _cell(rules: Rules, declared: str, code: int, judged: Judgement) -> Cell:
    decision = rules.decide(declared, code)
    expected = {"exact": "accept"}.get(decision, decision)
    observed = "accept"
    if judged.verdict in ("crashed", "hung"):
        observed = "crash" if judged.verdict == "crashed" else "hang"
    elif judged.verdict in ("detected", "misattributed", "late", "false-alarm"):
        observed = "reject"
    elif judged.verdict == "coerced":
        observed = "coerce"
    return Cell(declared, code, rules.names_of(code), expected, observed, judged.verdict, judged.conforms)


def _built(session: Session) -> list[Cell]:
    rules, pair = session.subject.rules, session.pairs[0]
    passable = [kind for kind in rules.passable if kind in session.subject.kinds or kind == "null"]
    signatures = tuple(
        Signature((Param(kind, TensorSpec() if kind == "tensor" else None),), "none") for kind in passable
    )
    bundle: Bundle = session.bundle(Drawn(signatures, 0))
    shots = []
    for callee in bundle.callees:
        declared = signatures[callee].params[0].kind
        for name, code in rules.codes.items():
            caller = next((i for i, kind in enumerate(passable) if rules.code_name(kind) == name), None)
            decision = rules.decide(declared, code)
            cls = {"reject": "type", "coerce": "coerce", "exact": "match"}[decision]
            if rules.code(declared) == code:
                shots.append(Shot(callee, callee, "packed", Mismatch("match", 0, declared, name)))
            elif caller is not None:
                shots.append(Shot(caller, callee, "packed", Mismatch(cls, 0, declared, passable[caller])))
            else:
                mismatch = Mismatch(cls, 0, declared, f"code({code})")
                shots.append(Shot(callee, callee, "packed", mismatch, codes=((0, code),)))
        unknown = rules.unknown_codes[0]
        mismatch = Mismatch("unknown-code", 0, declared, f"code({unknown})")
        shots.append(Shot(callee, callee, "packed", mismatch, codes=((0, unknown),)))
    plan = Plan(bundle, tuple(blocks.of_shots(bundle, shots)))
    result = session.executor.run(plan, session.sides(bundle, pair), texts=True)
    cells = []
    for at, shot in enumerate(shots):
        case = case_of(bundle, shot, "X0-TYPE", pair.ids)
        judged = execute.judge_one(bundle, shot, case, result, at, session.subject.claims)
        seen = execute.observe(result, at, [32])
        declared = signatures[shot.callee].params[0].kind
        code = dict(shot.codes).get(0, rules.code(signatures[shot.caller].params[0].kind))
        decision = rules.decide(declared, code)
        observed = _OUTCOMES.get(seen.outcome, "no record")
        if observed == "accept" and decision == "coerce":
            observed = "coerce" if judged.conforms else "accept"
        expected = {"exact": "accept"}.get(decision, decision)
        name = rules.names_of(code)
        cells.append(Cell(declared, code, name, expected, observed, judged.verdict, judged.conforms))
    return cells
