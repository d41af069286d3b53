"""Finds the fewest calls before one on which its verdict depends (delta debugging over the calls of a process)."""

from __future__ import annotations

from collections.abc import Callable, Sequence


def minimal_history(at: int, shows: Callable[[Sequence[int]], bool]) -> list[int] | None:
    """The fewest of the places before `at` after which the call there shows the same again.

    `shows` makes the calls at some places and then the one at `at`. None where not even all of them bring it back.
    """
    if shows([]):
        return []
    size = 1
    while not shows(range(max(0, at - size), at)):
        if size >= at:
            return None
        size *= 4
    kept = list(range(max(0, at - size), at))
    step = max(1, len(kept) // 2)
    while step:
        start = 0
        while start < len(kept):
            fewer = kept[:start] + kept[start + step :]
            if shows(fewer):
                kept = fewer
            else:
                start += step
        step //= 2
    return kept
