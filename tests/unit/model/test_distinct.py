"""Counts of distinct things: exact for few, near for many, and the same however they are put together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from conformance.model.distinct import MOST, count, hash_of, kept

FEW = st.lists(st.integers(0, 100).map(str), max_size=50)


@given(FEW, FEW)
def test_few_are_counted_exactly_in_any_order_and_union(left: list[str], right: list[str]) -> None:
    of = [[hash_of(text) for text in texts] for texts in (left, right)]
    assert count([*kept(of[0]), *kept(of[1])]) == count([*of[1], *of[0]]) == len({*left, *right})


def test_many_are_estimated_from_what_is_kept_of_parts() -> None:
    number = 8 * MOST
    hashes = [hash_of(str(at)) for at in range(number)]
    parts = [kept(hashes[at::3]) for at in range(3)]
    assert all(len(part) == MOST for part in parts)
    united = kept(name for part in parts for name in part)
    assert united == kept(hashes)
    assert len(united) == MOST
    assert abs(count(united) - number) < 0.04 * number  # five standard errors


def test_none_is_none() -> None:
    assert kept([]) == ()
    assert count([]) == 0
