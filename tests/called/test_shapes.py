"""What a subject may say of how it is reached: codes that cannot lie, an index beside the error, several results."""

from __future__ import annotations

import pytest

from tests.called import shapes
from tests.called.honest import Honest
from tests.called.test_called import explored, session

pytestmark = pytest.mark.compiler("tcc")


def test_where_codes_cannot_lie_none_does() -> None:
    with session(shapes.FixedCodes, examples=1) as made:
        for check in ("X0-TYPE", "X0-ERROR", "X0-RETURN", "X0-RELEASE"):
            outcome = explored(made, check)
            assert (outcome.status, outcome.findings) == ("pass", ())
        assert made.transport.not_applicable("X0-UNKNOWN") == "the type codes of fixedcodes cannot be made to lie"
        assert explored(made, "X0-UNKNOWN").generated == 0


def test_the_matrix_has_columns_only_for_codes_that_can_be_passed() -> None:
    def names(subject: type[Honest]) -> set[str]:
        with session(subject) as made:
            return {made.subject.rules.names_of(code) for _, code, _ in made.transport.matrix()}

    everything, passable = names(Honest), names(shapes.FixedCodes)
    assert passable < everything
    assert everything - passable == {"-1"}


@pytest.mark.parametrize(
    ("subject", "check", "verdict", "observed"),
    [
        (shapes.NamesByAttribute, "X0-TYPE", "", ""),
        (shapes.NamesAnother, "X0-TYPE", "misattributed", "rejected, naming argument 1: "),
        (shapes.GivesResults, "X0-RETURN", "", ""),
        (shapes.GivesResults, "X0-MATCH", "", ""),
        (shapes.GivesOneTooMany, "X0-RETURN", "unpredicted", "returned 0; the caller finds "),
        (shapes.GivesNone, "X0-RETURN", "unpredicted", "returned 0; the caller finds 0 results (none), 1 is due"),
        (shapes.WritesResultsOnRejection, "X0-TYPE", "overrun", "wrote the result slot all the same: "),
    ],
)
def test_an_index_and_results_are_judged(subject: type[Honest], check: str, verdict: str, observed: str) -> None:
    with session(subject, examples=1) as made:
        outcome = explored(made, check)
    assert {finding.verdict for finding in outcome.findings} == ({verdict} if verdict else set())
    assert all(observed in finding.observed for finding in outcome.findings)
