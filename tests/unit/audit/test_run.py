"""An audit of libraries that stand in for a runtime's: what is called, what is subtracted, what cannot be judged."""

from __future__ import annotations

import pytest

from conformance.audit import run
from conformance.audit.result import AuditResult
from conformance.subjects.audited import AuditError


def audited(monkeypatch: pytest.MonkeyPatch, what: str, library: str = "Pretend", matched: bool = False) -> AuditResult:
    monkeypatch.setitem(run.LIBRARIES, "tvm-ffi", f"tests.unit.audit.pretend:{library}")
    monkeypatch.setattr(run, "HANG_MS", 100)
    return run.audit(what, "tvm-ffi", matched=matched, probe=False)


def found(result: AuditResult) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {group.function.name: (group.first.verdict, group.passed) for group in result.findings}


def test_only_what_is_not_rejected_is_held_against_a_function(monkeypatch: pytest.MonkeyPatch) -> None:
    result = audited(monkeypatch, "checks+floats")
    assert found(result) == {"floats": ("silent-wrong", ("float",))}
    assert result.by_verdict == {"detected": 7, "silent-wrong": 1}
    assert not result.unjudged and not result.subtracted


def test_deaths_and_hangs_are_data_and_the_next_call_is_made_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    result = audited(monkeypatch, "dies+hangs+checks")
    assert result.by_verdict == {"crashed": 4, "hung": 3, "inconclusive": 1, "detected": 4}
    assert {group.first.observed for group in result.findings} == {
        "ended the process: SIGSEGV",
        "did not end within the limit",
    }
    assert [group.first.observed for group in result.unjudged] == ["not made, since 3 calls before it did not end"]


def test_what_a_control_does_as_well_is_subtracted_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    result = audited(monkeypatch, "floats", "Converting")
    assert not result.findings
    assert [(group.passed, group.first.control) for group in result.subtracted] == [(("float",), "floats")]


def test_what_a_control_does_otherwise_stays_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    result = audited(monkeypatch, "dies", "Converting")
    assert {call.planned.passed: call.control for call in result.calls} == {"0": "", "2": "", "float": "", "str": ""}
    assert result.by_verdict["crashed"] == 4


def test_matched_calls_are_made_where_they_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "intact" not in audited(monkeypatch, "checks").by_verdict
    assert audited(monkeypatch, "checks", matched=True).by_verdict == {"detected": 4, "intact": 1}


def test_a_call_that_cannot_be_made_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    result = audited(monkeypatch, "raises")
    assert not result.judged
    assert {call.observed for call in result.calls} == {"the call could not be made: ValueError: the adapter's own"}


def test_what_cannot_be_loaded_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AuditError, match=r"^there is nothing$"):
        audited(monkeypatch, "gone")


def test_a_runtime_without_audit_is_one_sentence() -> None:
    with pytest.raises(AuditError, match="not of 'reference'; name --subject tvm-ffi"):
        run.audit("lib.so", "reference", matched=False, probe=False)
