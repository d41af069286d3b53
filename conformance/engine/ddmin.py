"""Finds the fewest calls before one on which its verdict depends.

Where many calls matter, what matters most often is how many there were: then the call itself, made so often, shows it
as well, and the number is found by bisection. Else it is delta debugging over the calls of a process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

MANY = 8
"""Where more earlier calls than this matter, the call itself, made as often, is tried in their place."""

MOST_REPEATS = 4096


def minimal_history(at: int, shows: Callable[[Sequence[int]], bool]) -> list[int] | None:
    """The fewest of the places before `at` after which the call there shows the same again.

    `shows` makes the calls at some places and then the one at `at`. None where not even all of them bring it back. A
    place may come more than once: then its call is made as often.
    """
    if shows([]):
        return []
    size = 1
    while not shows(range(max(0, at - size), at)):
        if size >= at:
            return None
        size *= 4
    kept = list(range(max(0, at - size), at))
    if len(kept) > MANY:
        for place in (at, at - 1):
            times = fewest_times(len(kept), lambda times, place=place: shows([place] * times))  # type: ignore[misc]
            if times is not None:
                return [place] * times
    step, least = max(1, len(kept) // 2), len(kept) // 256
    while step > least:
        start = 0
        while start < len(kept):
            fewer = kept[:start] + kept[start + step :]
            if shows(fewer):
                kept = fewer
            else:
                start += step
        step //= 2
    return kept


def fewest_times(about: int, shows: Callable[[int], bool]) -> int | None:
    """How often at least something must be done before `shows` holds, found by bisection; None where it never does.

    `about` is where to begin to look.
    """
    most = max(1, about)
    while not shows(most):
        most *= 4
        if most > MOST_REPEATS:
            return None
    least = 0  # too few
    while most - least > 1:
        middle = (least + most) // 2
        if shows(middle):
            most = middle
        else:
            least = middle
    return most
