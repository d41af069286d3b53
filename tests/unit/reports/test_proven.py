from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve

from conformance.gate.decide import Gate
from conformance.model.options import RunOptions
from conformance.model.outcome import Finding, Outcome, Reproduced
from conformance.reports.progress import Listener
from conformance.reports.proven import UNPROVEN, only_proven
from conformance.reports.recorder import Recorder

from .made import FACTS, FAILED, FOUND

KEY = "match::packed::gcc@1>gcc@1::match(f64)@ret"


def break_of(name: str, excused_by: str = "", compiles: int = 1) -> Finding:
    return evolve(FOUND, id=name, key=KEY, check="SKEW", excused_by=excused_by, shrink={"compiles": compiles})


def proven(*findings: tuple[Finding, Reproduced]) -> Outcome:
    outcome = evolve(FAILED, check="SKEW", status="fail", findings=tuple(finding for finding, _ in findings))
    came_to = {finding.id: found for finding, found in findings}
    return only_proven(outcome, lambda finding: came_to[finding.id], lambda finding: finding.shrink["compiles"] > 0)


def test_what_is_shown_is_told_and_the_rest_is_noted() -> None:
    outcome = proven((break_of("a"), "shown"), (break_of("b"), "not shown"), (break_of("c", compiles=0), "not built"))
    assert [finding.id for finding in outcome.findings] == ["a", "c"]
    assert outcome.status == "fail"
    assert outcome.notes == (f"SKEW {KEY}: silent-wrong was seen, and its stand-alone reproducer does not show it",)


def test_nothing_that_is_not_shown_fails() -> None:
    outcome = proven((break_of("a"), "not shown"), (break_of("b", compiles=0), "shown"))
    assert (outcome.status, outcome.findings) == ("pass", ())
    assert outcome.notes[1].endswith("reproducer was not tried")


def test_what_is_excused_stays_whatever_its_reproducer_says() -> None:
    outcome = proven((break_of("a", "w.toml, waiver 1", compiles=0), "not built"), (break_of("b"), "not shown"))
    assert ([finding.id for finding in outcome.findings], outcome.status) == (["a"], "fail")  # which the gate waives


@pytest.mark.parametrize("excused_by", ["", "w.toml, waiver 1"])
def test_where_no_reproducer_can_be_built_nothing_is_green(excused_by: str) -> None:
    others = [(break_of("b", excused_by), "shown")] if excused_by else []
    outcome = proven((break_of("a"), "not built"), *others)  # type: ignore[arg-type]
    assert (outcome.status, outcome.why, outcome.adapter) == ("error", UNPROVEN, True)


class Store:
    """Findings in folders, of which no reproducer can be built."""

    def write(self, found: Finding, report_dir: Path) -> Path:
        return report_dir / found.id

    def tried(self, folder: Path) -> Reproduced:
        return "not built"

    def remark(self, found: Finding, folder: Path) -> str:
        return ""


def test_a_run_that_can_prove_nothing_ends_with_4_and_says_what_is_missing(tmp_path: Path) -> None:
    recorder = Recorder(RunOptions(seed=0, report_dir=tmp_path), FACTS, Gate(), Listener(), Store())
    recorder.begin(1)
    recorder.add("item", [evolve(FAILED, check="SKEW", status="fail", findings=(break_of("a"),))])
    result = recorder.finish()
    assert (result["exit_code"], result["findings"]) == (4, [])
    assert "install make" in result["errors"][0]
    assert next(check for check in result["checks"] if check["id"] == "SKEW")["status"] == "not-run"
