"""Calls are counted by group and verdict as numbers, and come out by name."""

from __future__ import annotations

import numpy as np

from conformance.engine.group_counts import NO_COUNTS, GroupCounts, number_of


def counted(*of: tuple[str, str, int]) -> GroupCounts:
    numbers = [number_of(group, verdict) for group, verdict, _ in of]
    return GroupCounts(np.array(numbers, np.int64), np.array([count for *_, count in of], np.int64))


def test_a_group_has_one_number_with_each_verdict() -> None:
    assert number_of("type::packed::i8<-f64", "detected") == number_of("type::packed::i8<-f64", "detected")
    assert number_of("type::packed::i8<-f64", "detected") != number_of("type::packed::i8<-f64", "silent-wrong")


def test_counts_add_up_by_name() -> None:
    first = counted(("few::packed", "detected", 3), ("many::packed", "detected", 1))
    second = counted(("few::packed", "detected", 4), ("few::packed", "died", 2))
    assert dict((first + second).items()) == {
        ("few::packed", "detected"): 7,
        ("many::packed", "detected"): 1,
        ("few::packed", "died"): 2,
    }


def test_what_comes_up_twice_is_told_once() -> None:
    assert dict(counted(("few::packed", "detected", 3), ("few::packed", "detected", 4)).items()) == {
        ("few::packed", "detected"): 7
    }


def test_of_nothing_there_is_nothing() -> None:
    assert dict((NO_COUNTS + NO_COUNTS).items()) == {}
