"""What must be rejected is, in time and for the right reason."""

from __future__ import annotations

from collections.abc import Callable

from conformance.model.outcome import Outcome
from conformance.prepare import AnySession
from conformance.suite.requirement import Requirement

CHECKS = ("X0-TYPE", "X0-COUNT", "X0-NULL", "X0-UNKNOWN", "X0-ORDER", "X0-TENSOR")


def test_rejection(requirement: Requirement, session: AnySession, report: Callable[[Outcome], None]) -> None:
    """What must be rejected is, in time and for the right reason."""
    requirement.hold(session, report)
