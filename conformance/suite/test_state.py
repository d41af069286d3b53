"""Calls leave each other alone."""

from __future__ import annotations

from collections.abc import Callable

from conformance.checks import in_group
from conformance.engine.session import Session
from conformance.model.outcome import Outcome
from conformance.suite.requirement import Requirement

CHECKS = in_group("state")


def test_state(requirement: Requirement, session: Session, report: Callable[[Outcome], None]) -> None:
    """Calls leave each other alone."""
    requirement.hold(session, report)
