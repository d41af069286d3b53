"""Observations of what the runner left: outcomes, side effects, and values by the words of a witness."""

from __future__ import annotations

import re
import zlib
from dataclasses import replace

import pytest

from conformance.model.observation import NAMES_NONE, Ended
from conformance.model.signature import parse_signature
from conformance.model.subject import Call, Slot
from conformance.model.value import Value
from conformance.oracle.expect import expect
from conformance.rules.load import load
from conformance.transport.compiled import encode, layouts, memory
from conformance.transport.compiled.encode import Arg
from conformance.transport.compiled.observe import ExpectedCall, Left, decode, named_by_text, observation
from conformance.transport.compiled.program import RunResult

RULES = load("tvm-packed")
DECLARED = parse_signature("(i32, str) -> none")
TEXT = Value("str", data=b"some")
ARGS = [Arg("i32", 5, Value("i32", 5)), Arg("str", 0x5A00_0000_1000, TEXT, zlib.crc32(b"some"))]


def expected(follow: bool = False) -> ExpectedCall:
    codes = [RULES.code(arg.kind) for arg in ARGS]
    call = Call(tuple(Slot(code, arg.value) for code, arg in zip(codes, ARGS, strict=True)))
    expectation = expect(RULES, DECLARED, call, "match", "none")
    return ExpectedCall(expectation, encode.packed(RULES, DECLARED, expectation, ARGS, None, "none", follow), ARGS)


def row(*records: tuple[int, int]) -> bytes:
    words = [word.to_bytes(8, "little") for record in records for word in record]
    return encode.UNTAKEN + b"".join(words)


@pytest.mark.parametrize("follow", [False, True])
def test_what_is_left_as_predicted_are_the_expected_values(follow: bool) -> None:
    due = expected(follow)
    assert due.prediction.seen is not None
    left = encode.UNTAKEN + b"".join(seen.record() for seen in due.prediction.seen)
    seen = observation(Left(memory.ACCEPTED, memory.NO_INDEX, memory.ENTERED, 0, 4, (left,)), DECLARED, "plain", [due])
    assert (seen.saw, seen.ran, seen.status) == ((ARGS[0].value, TEXT), True, 0)


def test_other_words_are_other_values() -> None:
    left = row((6, 0), (0x5A00_0000_2000, 0))
    seen = observation(
        Left(memory.ACCEPTED, memory.NO_INDEX, memory.ENTERED, 0, 4, (left,)), DECLARED, "plain", [expected()]
    )
    assert seen.saw == (Value("i32", 6), Value("str", 0x5A00_0000_2000))


def test_a_followed_pointer_is_known_by_its_checksum() -> None:
    assert decode("str", 0, ARGS[1].checksum, ARGS[1]) == TEXT
    assert decode("str", 0, encode.NULL_CHECKSUM, ARGS[1]) == Value("str")
    assert decode("str", 0, 99, ARGS[1]) == Value("str", 99)
    assert decode("handle", ARGS[1].bits, 0, ARGS[1]) == replace(TEXT, kind="handle")


@pytest.mark.parametrize(
    ("left", "ended"),
    [
        (Left(memory.HUNG, 0, 0, 0, 0), Ended("hung")),
        (Left(memory.DIED, 0, 0, 6, 0), Ended("died", 6, 0, region="")),
        (Left(memory.FAULT, 1, 0, 11, 0), Ended("faulted", 11, argument=1, region="")),
        (Left(memory.FAULT, memory.AT_CODES, 0, 11, 0), Ended("faulted", 11, region="codes")),
        (Left(memory.NOT_RUN, 0, 0, 0, 0), Ended("lost", message="outcome 0xeeee")),
    ],
)
def test_a_call_that_does_not_return_says_how_it_ended(left: Left, ended: Ended) -> None:
    assert observation(left, DECLARED, "plain", [expected()]).ended == ended


def test_a_rejection_names_an_argument_or_none_and_has_side_effects() -> None:
    flags = memory.ARRAYS | memory.RET | memory.STALE
    seen = observation(Left(memory.REJECTED, 1, flags, 0, 0), DECLARED, "after", [expected()])
    assert (seen.status, seen.named, seen.effects, seen.stale) == (-1, 1, ("arrays", "ret"), True)
    seen = observation(Left(memory.REJECTED, memory.NO_TEXT, 0, 0, 0), DECLARED, "plain", [expected()])
    assert (seen.named, seen.readable) == (NAMES_NONE, False)


def test_a_pattern_of_ones_own_finds_the_argument_in_the_text() -> None:
    texts = b"".join(text.ljust(memory.TEXT_SIZE, b"\0") for text in (b"parameter <2> is bad", b"argument 1", b""))
    records = b"".join(
        layouts.RECORD.pack(memory.REJECTED, index, 0, 0, 0) for index in (memory.NO_INDEX, 1, memory.NO_TEXT)
    )
    pattern = re.compile(r"<(\d+)>")

    def named(text: str) -> int | None:
        found = pattern.search(text)
        return int(found[1]) - 1 if found else None

    result = named_by_text(RunResult(records, b"", b"", texts, 0, 0, 0, 0), named)
    indices = [index for _, index, *_ in layouts.RECORD.iter_unpack(result.records)]
    assert indices == [
        1,
        memory.NO_INDEX,
        memory.NO_TEXT,
    ]


@pytest.mark.parametrize("ran", [True, False])
def test_a_call_whose_payload_is_released_is_observed_with_the_one_after_it(ran: bool) -> None:
    both = [expected(), expected()]
    predicted = both[0].prediction.seen or ()
    good, other = (row(*((seen.bits or 0, 0) for seen in predicted)), row((6, 0), (0x5A00_0000_1000, 0)))
    rows = (good, other) if ran else (other,)
    outcome, flags = (memory.ACCEPTED, memory.ENTERED) if ran else (memory.REJECTED, 0)
    left = Left(outcome, memory.NO_INDEX, flags | memory.STALE | memory.INNER, 0, 4, (*rows, good))
    seen = observation(left, DECLARED, "released", both)
    assert (seen.saw, seen.ran, seen.stale) == ((ARGS[0].value, TEXT) if ran else None, ran, True)
    assert seen.second is not None
    assert (seen.second.status, seen.second.saw) == (-1, (Value("i32", 6), TEXT))
