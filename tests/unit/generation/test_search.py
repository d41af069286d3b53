"""What is drawn does not depend on how it is cut into streams."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.generation.search import STREAM, drawn_in
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


@pytest.mark.parametrize("examples", [1, STREAM, STREAM + 1, 3 * STREAM])
def test_all_streams_together_are_what_one_alone_would_be(examples: int) -> None:
    count = -(-examples // STREAM)
    whole = drawn(examples, 1, of=1)
    assert whole == drawn(examples, *range(1, count + 1), of=count)
    assert len(whole) == examples + 2
    assert whole[0] == FIRST and len(whole[-1].signatures[-1]) > 200


def test_only_the_first_stream_begins_and_only_the_last_ends_with_more() -> None:
    one, two, three = (drawn(2 * STREAM + 3, stream, of=3) for stream in (1, 2, 3))
    assert (len(one), len(two), len(three)) == (1 + STREAM, STREAM, 3 + 1)
    assert FIRST not in two + three and len({*one, *two, *three}) > 2 * STREAM


def test_without_examples_there_is_what_comes_first() -> None:
    assert drawn(0, 1, of=1) == [FIRST]
