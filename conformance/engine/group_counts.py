"""Counts of calls by group and verdict: added up as numbers, thousands of plans of them, and named only when asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[Any]

_NAMES: list[tuple[str, str]] = []
_NUMBERS: dict[tuple[str, str], int] = {}


def number_of(group: str, verdict: str) -> int:
    """The number of a group (model/groups.py) with a verdict: the same as long as this process lives."""
    found = _NUMBERS.setdefault((group, verdict), len(_NAMES))
    if found == len(_NAMES):
        _NAMES.append((group, verdict))
    return found


@dataclass(frozen=True, eq=False)
class GroupCounts:
    """How many calls there are of each group and verdict: `counts` of the `numbers`, which may come up again."""

    numbers: Integers
    counts: Integers

    def __add__(self, other: GroupCounts) -> GroupCounts:
        """Both together, each number once."""
        numbers = np.concatenate([self.numbers, other.numbers])
        counts = np.concatenate([self.counts, other.counts])
        sums = np.bincount(numbers, counts).astype(np.int64)  # exact below 2^53 calls
        distinct = np.flatnonzero(sums)
        return GroupCounts(distinct, sums[distinct])

    def items(self) -> Iterator[tuple[tuple[str, str], int]]:
        """(group, verdict) and how many, each once."""
        both = self + NO_COUNTS
        return ((_NAMES[at], count) for at, count in zip(both.numbers.tolist(), both.counts.tolist(), strict=True))


NO_COUNTS = GroupCounts(np.zeros(0, np.int64), np.zeros(0, np.int64))
"""Of no calls."""
