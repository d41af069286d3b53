"""Observes the acceptance table: what each declared kind does with each code, beside what the rules say."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.engine import blocks, execute
from conformance.engine.bundle import Bundle
from conformance.engine.plans import Plan
from conformance.engine.shots import Shot
from conformance.engine.shots import case as case_of
from conformance.generation.strategies import Drawn
from conformance.model.case import Mismatch
from conformance.model.options import RunOptions
from conformance.model.signature import Param, Signature, TensorSpec
from conformance.session import prepare

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
    finally:
        session.close()
