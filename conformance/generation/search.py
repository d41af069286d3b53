"""Has Hypothesis draw bundles, so many and from one seed, and cuts what it draws into streams."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import hypothesis
from hypothesis import HealthCheck, Phase, given, settings

from conformance.generation.strategies import Drawn, bundles, long_signatures

STREAM = 64
"""Examples of a stream; the last has what is left."""

_KEPT = 8
"""Draws that are remembered: most checks of a run look at the same one."""


def drawn_in(
    stream: int,
    count: int,
    *,
    first: Sequence[Drawn],
    long: bool,
    examples: int,
    seed: int,
    size: int,
    max_args: int,
    kinds: Sequence[str],
    with_null: bool,
) -> tuple[Drawn, ...]:
    """The bundles of one of `count` streams, numbered from 1: together they are `examples` of `size` signatures.

    Those of `first` are in the first stream; with `long` a bundle of very long signatures is the end of the last.
    """
    last = stream == count
    before = tuple(first) if stream == 1 else ()
    if not examples:
        return before
    every = _drawn(examples, seed, size, max_args, tuple(kinds), with_null)
    behind = (long_signatures(seed, kinds),) if long and last else ()
    return before + every[(stream - 1) * STREAM : None if last else stream * STREAM] + behind


@lru_cache(_KEPT)
def _drawn(
    examples: int, seed: int, size: int, max_args: int, kinds: tuple[str, ...], with_null: bool
) -> tuple[Drawn, ...]:
    """So many bundles. Hypothesis owns what is drawn; to look at it and to shrink is the engine's own."""
    found: list[Drawn] = []

    @hypothesis.seed(seed)
    @settings(
        max_examples=examples,
        database=None,
        phases=[Phase.generate],
        deadline=None,
        derandomize=False,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(bundles(size, max_args, kinds, with_null))
    def explored(drawn: Drawn) -> None:
        found.append(drawn)

    explored()
    return tuple(found)
