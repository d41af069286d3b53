"""What carries no codes, or does not look at them, lets mistakes through."""

from __future__ import annotations

from collections.abc import Callable

from conformance.checks import in_group
from conformance.engine.session import Session
from conformance.model.outcome import Outcome
from conformance.suite.requirement import Requirement

CHECKS = in_group("controls")


def test_controls(requirement: Requirement, session: Session, report: Callable[[Outcome], None]) -> None:
    """What carries no codes, or does not look at them, lets mistakes through."""
    requirement.hold(session, report)
