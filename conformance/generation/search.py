"""Has Hypothesis draw bundles, so many at a time from one seed, and cuts them into streams."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256

import hypothesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy, binary

from conformance.generation.strategies import Drawn, bundles, long_signatures

STREAM = 64
"""As few examples as this are one stream."""

MOST_STREAMS = 8
"""Streams that the examples of a check are cut into, at most."""

_AT_ONCE = 64
"""Examples that are drawn from one seed, and before any of them is looked at."""

SAMPLED = 16
"""One example in so many is a sample: stubs are compiled for its signatures."""

_KEPT = 16
"""Draws that are remembered: most checks of a run look at the same ones."""


def streams(examples: int) -> int:
    """How many streams that many examples are cut into: at least one."""
    return max(1, min(MOST_STREAMS, -(-examples // STREAM)))


def part(stream: int, count: int, examples: int) -> range:
    """The places of a stream's examples among all; streams are numbered from 1."""
    size = -(-examples // count)
    return range(min(examples, (stream - 1) * size), min(examples, stream * size))


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
) -> Iterator[Drawn]:
    """The bundles of one of `count` streams, numbered from 1: together they are `examples` of `size` signatures.

    Those of `first` are in the first stream; with `long` a bundle of very long signatures is the end of the last.
    """
    if stream == 1:
        yield from first
    places = part(stream, count, examples)
    for begin in range(places.start // _AT_ONCE * _AT_ONCE, places.stop, _AT_ONCE):
        number = min(_AT_ONCE, examples - begin)
        drawn = _drawn(number, _seed(seed, begin), size, max_args, tuple(kinds), with_null)
        yield from drawn[max(0, places.start - begin) : places.stop - begin]
    if long and examples and stream == count:
        yield long_signatures(seed, kinds)


def _seed(seed: int, begin: int) -> int:
    """The seed of the examples from a place on: at first the run's own."""
    return seed if begin == 0 else int.from_bytes(sha256(f"{seed} {begin}".encode()).digest()[:4])


@lru_cache(_KEPT)
def _drawn(
    examples: int, seed: int, size: int, max_args: int, kinds: tuple[str, ...], with_null: bool
) -> tuple[Drawn, ...]:
    """So many bundles."""
    return tuple(_examples_of(bundles(size, max_args, kinds, with_null), examples, seed))


def drawn_from_tapes(size: int, read: Callable[[bytes], Drawn], examples: int, seed: int) -> list[Drawn]:
    """So many bundles of signatures that are no subject's, each as it is read off a tape of `size` bytes."""
    return _examples_of(binary(min_size=size, max_size=size).map(read), examples, seed)


def _examples_of(strategy: SearchStrategy[Drawn], examples: int, seed: int) -> list[Drawn]:
    """So many examples. Hypothesis owns what is drawn; to look at it and to shrink is the engine's own."""
    found: list[Drawn] = []
    sampled = min(1, examples - 1)  # Hypothesis begins with the simplest example

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
    @given(strategy)
    def explored(drawn: Drawn) -> None:
        found.append(replace(drawn, sampled=len(found) % SAMPLED == sampled))

    explored()
    return found
