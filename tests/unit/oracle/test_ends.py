"""Where a call ends: at the first of what ends it, whether calls are asked about one by one or in columns."""

from __future__ import annotations

from functools import reduce
from itertools import combinations, product
from operator import or_

import numpy as np
import pytest

from conformance.engine.readings import FIRST_END, ending
from conformance.oracle import ends
from conformance.oracle.ends import ENDS, decide, is_counted_out
from conformance.oracle.expect import REJECTED, REJECTED_AT_UNPACK, ExpectedArgument
from conformance.rules.load import load

RULES = load("tvm-packed")
FINE = ExpectedArgument()


@pytest.mark.parametrize(
    ("told", "nulls", "arguments", "taken", "end", "named"),
    [
        (3, ("ret",), (REJECTED,), REJECTED, ends.COUNTED_OUT, None),
        (2, ("codes",), (REJECTED,), REJECTED, ends.COUNTED_OUT, None),
        (2, ("ret",), (REJECTED_AT_UNPACK, REJECTED), REJECTED, ends.BY_CODE, 1),
        (2, ("ret",), (FINE, REJECTED_AT_UNPACK), REJECTED, ends.AT_UNPACK, 1),
        (2, ("ret",), (FINE, FINE), REJECTED, ends.NO_RESULT, None),
        (2, (), (FINE, FINE), REJECTED, ends.NOT_TAKEN, None),
        (2, (), (FINE, FINE), FINE, ends.ACCEPTED, None),
    ],
)
def test_a_call_ends_at_the_first_that_applies(
    told: int,
    nulls: tuple[str, ...],
    arguments: tuple[ExpectedArgument, ...],
    taken: ExpectedArgument,
    end: int,
    named: int | None,
) -> None:
    decided = decide(RULES, 2, told, nulls, arguments, taken, "match")
    assert (decided.outcome, decided.entered, decided.first) == (ENDS[end].outcome, ENDS[end].entered, named)
    assert decided.verdict == ("intact" if end == ends.ACCEPTED else "detected")


def test_an_argument_is_named_only_where_one_is_rejected() -> None:
    naming = [number for number, end in enumerate(ENDS) if end.names]
    assert naming == [ends.BY_CODE, ends.AT_UNPACK]


def test_counts_in_columns_are_those_of_single_calls() -> None:
    calls = list(product((0, 1, 2), (-1, 0, 1, 2), (False, True)))
    declared, told, null_array = (np.array(column) for column in zip(*calls, strict=True))
    assert is_counted_out(declared, told, null_array).tolist() == [is_counted_out(*call) for call in calls]


def test_readings_together_end_a_call_at_the_first_end_of_any() -> None:
    for several in (chosen for n in range(len(ENDS) + 1) for chosen in combinations(range(len(ENDS)), n)):
        bits = reduce(or_, map(ending, several), 0)
        assert FIRST_END[bits] == min(several, default=ends.ACCEPTED)
