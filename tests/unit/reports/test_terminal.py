from __future__ import annotations

import io
from typing import Any

import pytest
from attrs import evolve
from syrupy.assertion import SnapshotAssertion

from conformance.checks import CHECKS
from conformance.gate.decide import Gate
from conformance.gate.waivers import Waiver
from conformance.model.options import ON_REQUEST
from conformance.model.outcome import Outcome
from conformance.reports.terminal import console, is_plain, show

from .made import ABSENT, FAILED, PASSED, RELEASE, failed, finding, result


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


def cases() -> dict[str, str]:
    """What is shown of runs of every kind."""
    waiver = Gate((Waiver(1, "type::*", "silent-wrong", "known, issue 17"),), "abi-waivers.toml")
    stale = Gate((Waiver(1, "match::*", "late", "old"),), "w.toml")
    wrong = result(PASSED, gate=stale)
    wrong["gate"]["problems"] = ["w.toml, waiver 1: gone"]
    wrong["exit_code"] = 1
    wrong["errors"] = ["first line\nsecond line"]
    return {
        "everything": shown(everything()),
        "quiet": shown(everything(), quiet=True),
        "conforming": shown(result(PASSED, not_run="not selected")),
        "interrupted": shown(result(PASSED, not_run="interrupted", complete=False)),
        "waived": shown(result(FAILED, gate=waiver)),
        "stale": shown(wrong),
        "only reported": shown(result(FAILED, gate=Gate(report_only=True))),
    }


def test_what_is_shown_is_as_the_snapshots_say(snapshot: SnapshotAssertion) -> None:
    """Where it is meant to change: `pytest tests/unit/reports --snapshot-update`, and look at the difference."""
    assert cases() == snapshot


def test_quiet_keeps_failures_and_the_verdict() -> None:
    text = shown(everything(), quiet=True)
    assert "X0-MATCH" not in text
    assert "X1 (unpacked)" not in text
    assert "NONCONFORMING  X0-TYPE" in text
    assert text.splitlines()[-1].startswith("NONCONFORMING: 1 check failed")


def test_quiet_keeps_why_a_check_did_not_run() -> None:
    made = result(PASSED, not_run="nothing could be declared")
    assert "NOT RUN  X0-NULL" in shown(made, quiet=True)
    assert "nothing could be declared" in shown(made, quiet=True)
    interrupted = result(PASSED, not_run="interrupted", complete=False)
    assert "NOT RUN" not in shown(interrupted, quiet=True)


def test_a_conforming_run_ends_with_the_word() -> None:
    last = shown(result(PASSED, not_run="not selected")).splitlines()[-1]
    assert last == f"CONFORMING: 1 check passed, {len(CHECKS) - len(ON_REQUEST) - 1} not run; 1,000 cases in 12.3 s"


FEW = evolve(PASSED, generated=9, executed=9, judged=9, by_verdict={"intact": 9})


@pytest.mark.parametrize(
    ("outcomes", "says"),
    [
        ((FEW,), "this says little (only 9 cases executed); 1 check passed, "),
        (
            (PASSED, evolve(FEW, check="X0-NULL")),
            "this says little (fewer than 10 cases of X0-NULL); 2 checks passed, ",
        ),
        (
            (evolve(PASSED, executed=900, inconclusive=100, by_verdict={"intact": 900, "inconclusive": 100}),),
            "this says little (10% of the cases inconclusive); 1 check passed, ",
        ),
        (
            (evolve(PASSED, generated=2000, not_run=1000, cut_off=1000), evolve(FEW, check="X0-NULL")),
            "this says little (fewer than 10 cases of X0-NULL, 50% of the cases not run); 2 checks passed, ",
        ),
        ((evolve(PASSED, executed=950, inconclusive=50),), "1 check passed, "),
        ((evolve(PASSED, generated=2000, not_run=1000),), "1 check passed, "),  # which a policy forbids
    ],
)
def test_a_pass_that_says_little_says_so_first(outcomes: tuple[Outcome, ...], says: str) -> None:
    last = shown(result(*outcomes, not_run="not selected")).splitlines()[-1]
    assert last.startswith(f"CONFORMING: {says}")


def test_what_is_red_has_no_doubts() -> None:
    assert "says little" not in shown(result(evolve(FAILED, generated=9, executed=9, judged=9)))


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


def test_errors_of_an_adapter_are_not_told_as_internal_ones() -> None:
    made = {**result(PASSED), "errors": ["the adapter is wrong"]}
    assert "── internal errors ──" in shown({**made, "exit_code": 3})
    assert "── errors to mend ──" in shown({**made, "exit_code": 4})


def test_many_internal_errors_are_not_all_shown() -> None:
    text = shown({**result(PASSED), "errors": [f"error {n}" for n in range(10)]})
    assert "error 2" in text
    assert "error 3" not in text
    assert "and 7 more" in text


def test_details_of_a_finding_are_notes() -> None:
    text = shown(result(failed(finding(detail=("depends on 2 calls before it",)))))
    assert "  note       depends on 2 calls before it" in text


def test_a_verdict_without_a_row_gets_one() -> None:
    odd = evolve(FAILED, by_bundle={"aaaa": {"packed": {"type": {"detected": 1, "late": 2}}}})
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
