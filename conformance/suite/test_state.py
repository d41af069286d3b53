"""Calls leave each other alone."""

from __future__ import annotations

from collections.abc import Callable

from conformance.model.outcome import Outcome
from conformance.prepare import AnySession
from conformance.suite.requirement import Requirement

CHECKS = ("X0-ERROR", "X0-NESTED", "X0-REPEAT", "X0-REFS")


def test_state(requirement: Requirement, session: AnySession, report: Callable[[Outcome], None]) -> None:
    """Calls leave each other alone."""
    requirement.hold(session, report)
