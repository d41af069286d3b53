from __future__ import annotations

import io
from typing import Any

import pytest

from conformance.reports import html
from conformance.reports.terminal import console, show
from conformance.reports.wire import changed_on_the_wire

from .made import FOUND, failed, finding, result


def wire(**changes: Any) -> dict[str, Any]:
    return {
        "payload": [{"kind": "i8"}, {"kind": "handle"}],
        "wire": {"codes": [], "count": None, "nulls": [], **changes},
    }


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ""),
        (
            {"codes": [[0, -1], [1, 8]]},
            "argument 0 travels under code -1; argument 1, a null pointer, travels under code 8",
        ),
        ({"codes": [[-1, 7]]}, "the result slot has code 7"),
        ({"count": 65538}, "the callee is told of 65,538 arguments, 2 are there"),
        ({"count": 1, "nulls": ["args"]}, "the callee is told of 1 argument, 2 are there; the array of values is null"),
        ({"nulls": ["codes", "ret"]}, "the array of codes is null; the result slot is null"),
        ({"padding": [[1, 255]]}, "argument 1 has 0xff in bytes that mean nothing"),
        ({"preset": 2}, "the result slot has code 2 before the call"),
        ({"handed": [7, "", ""]}, "the caller is handed status 7 and no error"),
        ({"handed": [-1, "TypeError", "no"]}, "the caller is handed status -1 and TypeError: 'no'"),
        ({"by_packer": True}, ""),
    ],
)
def test_what_is_changed_on_the_wire_is_said(changes: dict[str, Any], said: str) -> None:
    assert changed_on_the_wire({"case": wire(**changes)}) == said


def test_a_case_that_is_no_call_changes_nothing() -> None:
    assert changed_on_the_wire({"case": FOUND.case}) == ""


def test_the_terminal_and_the_page_say_it() -> None:
    made = result(failed(finding(case=FOUND.case | wire(codes=[[1, 8]]))))
    stream = io.StringIO()
    show(made, console(stream))
    assert "  changed    argument 1, a null pointer, travels under code 8\n" in stream.getvalue()
    assert "<dt>changed</dt><dd>argument 1, a null pointer, travels under code 8</dd>" in html.render(made)
    assert "<dt>changed" not in html.render(result(failed(FOUND)))
