"""`cost call` and `cost report` on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.cli import cost_call, main
from conformance.cost.messages import size_text
from conformance.cost.timing import CallCost, CallTiming, Interval, OperatorTiming, Untimed

ONE = Interval(12.34, 12.0, 13.0)
COST = CallCost(
    "gcc-O2", "gcc 12", "x86_64-linux-gnu", 21,
    (CallTiming("direct", 0, ONE, ONE, 9, None, None), CallTiming("direct", 3, ONE, ONE, 9, None, None)),
    (OperatorTiming("copy", "x0_checked", 1024, ONE, 0.25), OperatorTiming("copy", "numpy", 1024, ONE, None)),
    (Untimed("libffi", "no ffi.h", "apt install libffi-dev"),),
)  # fmt: skip


def test_the_table_has_times_shares_and_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    cost_call.show(COST)
    told = capsys.readouterr().out
    assert "12.3 [12.0, 13.0]" in told and "25 %" in told and "1 KB" in told
    assert "missing: libffi: no ffi.h; apt install libffi-dev" in told


def test_a_compiler_that_is_named_and_missing_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", "call", "--compiler", "clang-99"]) == 4
    assert "clang-99 is not installed" in capsys.readouterr().err


def test_a_report_without_markers_is_a_usage_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "cost.md").write_text("mine")
    assert main(["cost", "report", "--out", str(tmp_path)]) == 4
    assert "no markers" in capsys.readouterr().err


@pytest.mark.parametrize(("size", "words"), [(1024, "1 KB"), (256 << 10, "256 KB"), (16 << 20, "16 MB")])
def test_sizes_are_told_in_their_unit(size: int, words: str) -> None:
    assert size_text(size) == words
