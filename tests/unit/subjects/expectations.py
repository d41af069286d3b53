"""Cases of subjects in Python with the expectation that a finding's case holds."""

from __future__ import annotations

from dataclasses import replace

from conformance.engine.planned_call import Promise, planned_of
from conformance.engine.replies import judge
from conformance.model.case import Case
from conformance.model.subject import Reply
from conformance.oracle import stored
from conformance.rules.load import Rules


def with_expectation(case: Case, rules: Rules) -> Case:
    """The case with what these rules, and the claims that they come with, expect of it."""
    promise = Promise(rules, rules.claims, (case.caller, case.callee))
    judgement = judge(promise, planned_of(case, 0, rules), case.declared, Reply(0), case.release)
    return replace(case, expectation=stored.of_judgement(judgement))
