"""The fewest calls before one on which its verdict depends."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from conformance.engine.ddmin import minimal_history


class Counted:
    """Shows what it is about if `holds` does; counts how often it was asked, and the calls that were made."""

    def __init__(self) -> None:
        self.asked = 0
        self.calls = 0

    def __call__(self, holds: bool, before: Sequence[int]) -> bool:
        self.asked += 1
        self.calls += len(before)
        return holds


def test_nothing_before_it_matters() -> None:
    assert minimal_history(100, lambda before: True) == []


def test_the_calls_that_matter_are_found_one_by_one() -> None:
    assert minimal_history(100, lambda before: {3, 70} <= set(before)) == [3, 70]


def test_what_does_not_come_back_has_no_history() -> None:
    assert minimal_history(20, lambda before: len(before) > 20) is None


@pytest.mark.parametrize("entries", [9, 100, 512, 1024])
def test_a_table_that_fills_up_is_the_call_itself_so_often_and_found_by_bisection(entries: int) -> None:
    counted = Counted()
    assert minimal_history(5000, lambda before: counted(len(before) >= entries, before)) == [5000] * entries
    assert counted.asked < 30
    assert counted.calls < 30 * entries


def test_where_it_is_the_call_before_that_fills_the_table_that_one_is_repeated() -> None:
    found = minimal_history(300, lambda before: sum(at != 300 for at in before) >= 64)
    assert found == [299] * 64


def test_many_calls_of_one_sort_among_others_are_found_without_a_try_for_each() -> None:
    counted = Counted()
    found = minimal_history(4000, lambda before: counted(len([at for at in before if at % 7 == 1]) >= 40, before))
    assert found is not None
    assert len([at for at in found if at % 7 == 1]) >= 40
    assert counted.asked < 2000
