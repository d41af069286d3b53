"""Tests of your own with the suite's strategies: Hypothesis draws, shrinks, and keeps what failed for the next time."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance import api

SUBJECT = os.environ.get("SUBJECT", "reference")


@pytest.fixture(scope="module")
def runtime() -> Iterator[api.Subject]:
    """The runtime, held open for all calls of this file."""
    with api.subject(SUBJECT, compiler="tcc") as subject:
        yield subject


@settings(deadline=None, print_blob=True)  # what fails is printed as a line that replays it elsewhere
@given(case=api.calls(SUBJECT, max_args=4))
def test_every_call_is_as_the_rules_say(runtime: api.Subject, case: api.Case) -> None:
    """A call, right or wrong, comes to what the oracle expects of it."""
    judgement = runtime.call(case)
    assert judgement.conforms, judgement.message


def accepts(declared: api.Signature, codes: tuple[int, ...], count: int) -> bool:
    """A checker of one's own, such as a front end has: an int is passed under code 0, a float under code 2."""
    wanted = {"i64": 0, "f64": 2}
    return count == len(declared) and all(
        code == wanted[param.kind] for code, param in zip(codes, declared.params, strict=True)
    )


@given(st.data())
def test_my_own_checker_sees_wrong_types_and_counts(data: st.DataObject) -> None:
    """What your own code says of a mistake, whatever the mistake is."""
    declared = data.draw(st.sampled_from(["(i64) -> none", "(f64, i64) -> f64"]))
    mistake = data.draw(api.mismatches(declared, "tvm-packed"))
    if mistake.mismatch.cls in ("type", "few", "many", "unknown-code"):
        assert not accepts(mistake.declared, mistake.codes, mistake.count)
