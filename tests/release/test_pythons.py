"""The wheel in an empty environment of every Python that is supported and found, with the newest of what it needs."""

from __future__ import annotations

import pytest

from tests.release.environment import PYTHONS, Environment, small_runs


@pytest.mark.parametrize("newest", PYTHONS, indirect=True)
def test_the_wheel_works_in_an_empty_environment(newest: Environment) -> None:
    assert "ruff" not in newest.versions()
    small_runs(newest)
