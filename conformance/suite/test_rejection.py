"""What must be rejected is, in time and for the right reason."""

from __future__ import annotations

from collections.abc import Callable

from conformance.checks import in_group
from conformance.engine.session import Session
from conformance.model.outcome import Outcome
from conformance.suite.requirement import Requirement

CHECKS = in_group("rejection")


def test_rejection(requirement: Requirement, session: Session, report: Callable[[Outcome], None]) -> None:
    """What must be rejected is, in time and for the right reason."""
    requirement.hold(session, report)
