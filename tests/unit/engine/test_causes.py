"""By what a call is excused that is wrong in several arguments."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.engine.causes import Sorter, excused
from conformance.generation import payloads
from conformance.model.case import Case, Mismatch
from conformance.model.signature import parse_signature
from conformance.oracle.expect import Expectation
from conformance.oracle.judge import Grounds, Judgement
from conformance.rules.load import load

RULES = load("tvm-packed")
PASSED, DECLARED = parse_signature("(f64, str, i8) -> none"), parse_signature("(i8, handle, i8) -> none")
CASE = Case(
    "X0-TYPE", "packed", "wire", "gcc", PASSED, DECLARED, Mismatch("type", 0, "i8", "f64"), payloads.payload(PASSED, 0)
)
OWN, OTHER = "type::packed::wire>gcc::i8<-f64@0", "type::packed::wire>gcc::handle<-str@1"


def came_to(verdict: str, *named: int) -> Judgement:
    """A judgement of the call, which must be rejected for one of the arguments."""
    call: Any = None  # which nobody asks for here
    expectation = Expectation("rejected", "detected", named, False, None)
    return Judgement(verdict, False, "", "", grounds=Grounds(call, RULES, (), expectation))


def known(*keys: str) -> Any:
    """An excuse of these keys."""
    return lambda case, key, verdict: f"waived {key}" if key in keys else None


def test_a_call_is_first_of_all_of_its_own_argument() -> None:
    assert excused(known(OWN, OTHER), CASE, came_to("misattributed", 0, 1)) == (CASE, f"waived {OWN}")


def test_one_that_may_be_rejected_for_another_argument_is_excused_with_it_and_told_as_its() -> None:
    found, by = excused(known(OTHER), CASE, came_to("misattributed", 0, 1))
    assert by == f"waived {OTHER}"
    assert found.mismatch == Mismatch("type", 1, "handle", "str")
    sorter = Sorter(known(OTHER))
    sorter.add(None, None, 0, CASE, came_to("misattributed", 0, 1))  # type: ignore[arg-type]
    (cause,) = sorter.causes()
    assert (cause.excused_by, cause.simplest.key, cause.simplest.mark.place) == (by, OTHER, "handle<-str")


@pytest.mark.parametrize(
    "judgement",
    [
        pytest.param(came_to("misattributed", 0), id="it may be rejected for its own alone"),
        pytest.param(came_to("misattributed", 0, 2), id="the other one is right"),
        pytest.param(came_to("crashed", 0, 1), id="it is not the error that is wrong"),
    ],
)
def test_what_is_known_of_another_argument_excuses_nothing_else(judgement: Judgement) -> None:
    assert excused(known(OTHER, "match::packed::wire>gcc::match"), CASE, judgement) == (CASE, "")
