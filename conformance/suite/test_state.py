"""Calls leave each other alone."""

from __future__ import annotations

from collections.abc import Callable

from conformance.model.outcome import Outcome
from conformance.session import Session
from conformance.suite.requirement import Requirement

CHECKS = ("X0-ERROR", "X0-NESTED", "X0-REPEAT")


def test_state(requirement: Requirement, session: Session, report: Callable[[Outcome], None]) -> None:
    """Calls leave each other alone."""
    requirement.hold(session, report)
