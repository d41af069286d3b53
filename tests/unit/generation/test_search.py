"""What is drawn does not depend on how it is cut into streams."""

from __future__ import annotations

from itertools import islice
from typing import Any

import pytest

from conformance.generation.search import STREAM, drawn_in, part, streams
from conformance.generation.strategies import Drawn, every_kind

KINDS = ("i8", "i64", "f64")
FIRST = every_kind(KINDS, False)


def drawn(examples: int, *streams: int, of: int) -> list[Drawn]:
    settings: dict[str, Any] = {"seed": 7, "size": 4, "max_args": 4, "kinds": KINDS, "with_null": False}
    return [
        bundle
        for stream in streams
        for bundle in drawn_in(stream, of, first=(FIRST,), long=True, examples=examples, **settings)
    ]


@pytest.mark.parametrize("examples", [1, STREAM, STREAM + 1, 3 * STREAM + 7])
def test_all_streams_together_are_what_one_alone_would_be(examples: int) -> None:
    count = streams(examples)
    whole = drawn(examples, 1, of=1)
    assert whole == drawn(examples, *range(1, count + 1), of=count)
    assert len(whole) == examples + 2
    assert whole[0] == FIRST and len(whole[-1].signatures[-1].params) > 200


def test_only_the_first_stream_begins_and_only_the_last_ends_with_more() -> None:
    one, two, three = (drawn(2 * STREAM + 4, stream, of=3) for stream in (1, 2, 3))
    assert (len(one), len(two), len(three)) == (1 + 44, 44, 44 + 1)
    assert FIRST not in two + three and len({*one, *two, *three}) > 100


def test_many_examples_are_a_few_long_streams_drawn_as_they_are_looked_at() -> None:
    assert [streams(examples) for examples in (0, 32, 60, 64, 65, 400, 100_000)] == [1, 1, 1, 1, 2, 7, 8]
    assert [len(part(stream, 8, 100_000)) for stream in (1, 8)] == [12_500, 12_500]
    lazy = drawn_in(1, 8, first=(), long=True, examples=10**9, seed=7, size=4, max_args=4, kinds=KINDS, with_null=False)
    assert len(set(islice(lazy, 130))) > 100


def test_without_examples_there_is_what_comes_first() -> None:
    assert drawn(0, 1, of=1) == [FIRST]
