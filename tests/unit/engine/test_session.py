"""A session is prepared for what was asked, or says in one sentence why not."""

from __future__ import annotations

import pytest

from conformance.engine.carrier import UsageProblem
from conformance.engine.session import prepare
from conformance.model.options import RunOptions


@pytest.mark.parametrize(
    ("pattern", "hint"),
    [("X0-TYP", "did you mean X0-TYPE?"), ("y?", "'abi-conformance list checks' shows all")],
)
def test_a_check_that_is_not_there_is_told_with_a_hint(pattern: str, hint: str) -> None:
    with pytest.raises(UsageProblem) as told:
        prepare(RunOptions(checks=("X0-*", pattern)))
    assert str(told.value) == f"--check {pattern}: there is no such check; {hint}"
