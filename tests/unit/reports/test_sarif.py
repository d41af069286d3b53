"""SARIF: what a reader of code scanning needs to tell causes apart, and no more than it reads."""

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import evolve

from conformance.gate.decide import Gate
from conformance.gate.waivers import Waiver
from conformance.reports import sarif

from .made import FAILED, PASSED, failed, finding, result


def run(made: dict[str, Any]) -> dict[str, Any]:
    (only,) = json.loads(sarif.render(made))["runs"]
    return dict(only)


def prints(made: dict[str, Any]) -> list[str]:
    return [row["partialFingerprints"]["abiCause/v1"] for row in run(made)["results"]]


def test_a_cause_keeps_its_fingerprint_with_another_pair_index_and_value() -> None:
    other = finding(id="d", pair=("tcc", "gcc-O2"), key="type::packed::tcc>gcc-O2::f64<-i64@7", observed="else")
    worse = finding(id="e", verdict="crashed")
    elsewhere = finding(id="f", key="type::packed::gcc-O2>tcc::f32<-i64@1")
    first = prints(result(FAILED))
    assert first == prints(result(evolve(failed(other), pair=("tcc", "gcc-O2"))))
    assert len({*first, *prints(result(failed(worse))), *prints(result(failed(elsewhere)))}) == 3


def test_findings_of_one_cause_are_one_result() -> None:
    other = finding(id="d", pair=("tcc", "gcc-O2"), key="type::packed::tcc>gcc-O2::f64<-i64@1")
    assert len(prints(result(failed(finding(), other)))) == 1


def test_no_more_results_than_are_read_and_waived_ones_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "MOST_RESULTS", 2)
    found = [finding(id=kind, key=f"type::packed::gcc-O2>tcc::{kind}<-i64@1") for kind in ("f32", "f64", "bool")]
    gate = Gate((Waiver(1, "type::*::f32<-*", "silent-wrong", "known"),), "w.toml")
    results = run(result(failed(*found), gate=gate))["results"]
    assert len(results) == 2
    assert not any("suppressions" in row for row in results)


def test_errors_and_stale_waivers_are_told() -> None:
    made = {**result(PASSED), "errors": ["the suite broke"], "exit_code": 3}
    made["gate"]["problems"] = ["w.toml, waiver 1: it excuses nothing"]
    told = run(made)
    assert told["invocations"][0]["executionSuccessful"] is False
    assert told["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"] == "the suite broke"
    assert told["results"][0]["ruleId"] == "waiver"
