"""Calls leave each other alone."""

from __future__ import annotations

from collections.abc import Callable

from conformance.checks import in_group
from conformance.model.outcome import Outcome
from conformance.prepare import AnySession
from conformance.suite.requirement import Requirement

CHECKS = in_group("state")


def test_state(requirement: Requirement, session: AnySession, report: Callable[[Outcome], None]) -> None:
    """Calls leave each other alone."""
    requirement.hold(session, report)
