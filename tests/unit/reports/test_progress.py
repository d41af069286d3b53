"""What is shown while a run goes on."""

from __future__ import annotations

import io
import os
import re

import pytest
from attrs import evolve
from rich.console import Console

from conformance.model.headway import Headway
from conformance.reports.progress import Listener, Live, Plain, line
from conformance.reports.terminal import console

from .made import FAILED, PAIR, PASSED

STEP = Headway("X0-TYPE", PAIR, 0.45, 1234, 2)
OTHER = Headway("X0-MATCH", PAIR, 0.1, 10)


def test_plain_progress_is_a_line_an_item() -> None:
    stream = io.StringIO()
    plain = Plain(console(stream))
    plain.started(3)
    plain.item(PASSED)
    plain.item(FAILED)
    plain.item(evolve(FAILED, stream=2))
    plain.finished()
    assert [line.rstrip() for line in stream.getvalue().splitlines()] == [
        "[1/3] PASS     X0-MATCH    gcc-O2>tcc                1,000 cases  0.2 s",
        "[2/3] FAIL     X0-TYPE     gcc-O2>tcc                12,340 cases  1.5 s",
        "[3/3] FAIL     X0-TYPE#2   gcc-O2>tcc                12,340 cases  1.5 s",
        "",
    ]


@pytest.mark.parametrize(
    ("room", "shown"),
    [
        (80, "X0-TYPE gcc-O2>tcc 45% · 5 findings · 2,244 cases · 1 more"),
        (55, "X0-TYPE gcc-O2>tcc 45% · 5 findings · 2,244 cases"),
        (40, "X0-TYPE gcc-O2>tcc 45% · 5 findings"),
        (30, "X0-TYPE 45% · 5 findings"),
        (15, "X0-TYPE 45%"),
        (4, "X0-T"),
        (-3, ""),
    ],
)
def test_what_matters_most_stays_where_there_is_little_room(room: int, shown: str) -> None:
    assert line((OTHER, STEP), cases=1000, found=3, room=room) == shown


def test_what_was_drawn_to_the_end_is_being_confirmed_where_something_was_found() -> None:
    assert line((Headway("X0-TYPE", (), 1, 9, 1),), 0, 0, 99) == "X0-TYPE confirming · 1 finding · 9 cases"
    assert line((Headway("X0-TYPE", (), 1, 9),), 0, 0, 99) == "X0-TYPE 100% · 9 cases"


def test_between_items_there_is_what_was_found() -> None:
    assert line((), 1000, 0, 50) == "1,000 cases"
    assert line((), 1000, 1, 50) == "1 finding · 1,000 cases"


def test_the_live_line_moves_within_an_item_and_counts_what_was_found() -> None:
    stream, (there, terminal) = io.StringIO(), os.openpty()
    live = Live(Console(file=stream, force_terminal=True, width=200, color_system=None), terminal)
    try:
        live.moved(STEP)  # nothing is shown yet
        live.started(2)
        assert stream.getvalue().count("starting") <= 1
        live.moved(OTHER)
        live.moved(STEP)
        live.item(FAILED)
        live.item(PASSED)
        live.finished()
    finally:
        os.close(there)
        os.close(terminal)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue())
    assert "FAIL  X0-TYPE  gcc-O2>tcc  silent-wrong 1 · detected 12,339" in text
    assert "2/2" in text and "1 finding · 13,340 cases" in text


def test_nobody_is_told_how_far_an_item_is_unless_it_is_shown() -> None:
    assert Live.watches and not Listener.watches and not Plain.watches
    stream = io.StringIO()
    Plain(console(stream)).moved(STEP)
    assert stream.getvalue() == ""
