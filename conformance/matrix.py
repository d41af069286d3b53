"""Observes the acceptance table: what each declared kind does with each code, beside what the rules say."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.engine.carrier import UsageProblem
from conformance.engine.session import prepare
from conformance.model.options import RunOptions
from conformance.model.verdict import decided
from conformance.oracle.judge import Judgement
from conformance.rules.load import Rules


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
    """The cells of a packed subject, row by row, as the first pair of the options shows them. Raises UserError."""
    session = prepare(options)
    try:
        subject = session.subject
        if subject.convention != "packed":
            raise UsageProblem(f"{subject.name} has the {subject.convention} convention, which carries no codes")
        return [_cell(subject.rules, *cell) for cell in session.transport.matrix()]
    finally:
        session.close()


def _cell(rules: Rules, declared: str, code: int, judged: Judgement) -> Cell:
    decision = rules.decide(declared, code)
    expected = {"exact": "accept"}.get(decision, decision)
    return Cell(
        declared, code, rules.names_of(code), expected, decided(judged.verdict), judged.verdict, judged.conforms
    )
