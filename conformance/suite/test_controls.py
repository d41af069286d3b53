"""What carries no codes, or does not look at them, lets mistakes through."""

from __future__ import annotations

from collections.abc import Callable

from conformance.model.outcome import Outcome
from conformance.prepare import AnySession
from conformance.suite.requirement import Requirement

CHECKS = ("X0-RELEASE", "X1-MATCH", "X1-SILENT", "X1-WRITE")


def test_controls(requirement: Requirement, session: AnySession, report: Callable[[Outcome], None]) -> None:
    """What carries no codes, or does not look at them, lets mistakes through."""
    requirement.hold(session, report)
