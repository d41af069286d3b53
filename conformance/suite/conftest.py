"""Gives the suite's tests their parameters, the session that they share, and a way to report what they came to."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from conformance import plugin
from conformance.engine.session import Session
from conformance.model.outcome import Outcome
from conformance.plugin.items import OUTCOME
from conformance.suite.requirement import requirements


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test a check and pair."""
    session = plugin.session(metafunc.config)
    made = requirements(session, metafunc.module.CHECKS)
    metafunc.parametrize("requirement", made, ids=[requirement.id for requirement in made])


@pytest.fixture
def session(request: pytest.FixtureRequest) -> Session:
    """The run's session."""
    return plugin.session(request.config)


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Callable[[Outcome], None]:
    """Takes the outcome of a test along with its report, across xdist too."""

    def keep(outcome: Outcome) -> None:
        request.node.user_properties.append((OUTCOME, json.dumps(outcome.to_json())))

    return keep
