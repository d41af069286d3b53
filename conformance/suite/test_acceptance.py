"""What must be accepted arrives as it was sent."""

from __future__ import annotations

from collections.abc import Callable

from conformance.checks import in_group
from conformance.engine.session import Session
from conformance.model.outcome import Outcome
from conformance.suite.requirement import Requirement

CHECKS = in_group("acceptance")


def test_acceptance(requirement: Requirement, session: Session, report: Callable[[Outcome], None]) -> None:
    """What must be accepted arrives as it was sent."""
    requirement.hold(session, report)
