"""Every way to make a call comes to the same."""

from __future__ import annotations

from collections.abc import Callable

from conformance.checks import in_group
from conformance.engine.session import Session
from conformance.model.outcome import Outcome
from conformance.suite.requirement import Requirement

CHECKS = in_group("across")


def test_across(requirement: Requirement, session: Session, report: Callable[[Outcome], None]) -> None:
    """Every way to make a call comes to the same."""
    requirement.hold(session, report)
