"""What is taken for a unit's result, what its run's end says, and how causes are merged over units."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

pytest.importorskip("fsspec", reason="needs fsspec (the extra campaign)")

from conformance import __version__
from conformance.campaign import worker
from conformance.campaign.merge import counted, exit_code, merged
from conformance.campaign.outcome import COUNTED, UnitCause, UnitOutcome, UnitStatus, unfit
from conformance.campaign.plan import read_plan
from conformance.campaign.store import ResultStore
from conformance.campaign.units import CampaignUnit, units
from conformance.compat.cells import CellCause


@pytest.fixture
def unit(tmp_path: Path) -> CampaignUnit:
    (tmp_path / "plan.toml").write_text('[runs.a]\nsubjects = ["reference"]\n')
    return units(read_plan(tmp_path / "plan.toml"))[0]


def outcome(name: str, status: UnitStatus = "conforming", *causes: UnitCause) -> UnitOutcome:
    return UnitOutcome(name, status, counts=dict.fromkeys(COUNTED, 3), causes=causes)


def cause(name: str, subject: str = "acme", waived_by: str = "") -> UnitCause:
    told = CellCause(name, "X0-TYPE", "type::packed::f64<-i64@0", "late", "reject", "returned 0", 2, "abc", "", None)
    return UnitCause(subject, told, waived_by)


def test_causes_are_one_over_units_and_apart_over_subjects(unit: CampaignUnit) -> None:
    every = [evolve(unit, name=name) for name in "abc"]
    outcomes = {
        "a": outcome("a", "nonconforming", cause("x"), cause("w", waived_by="known")),
        "b": outcome("b", "nonconforming", cause("x", waived_by="known"), cause("w", waived_by="known")),
        "c": outcome("c", "nonconforming", cause("x", "other")),
    }
    found = merged(every, outcomes)
    told = [(c.first.subject, c.first.cause.cause, [u.name for u in c.units], c.findings, c.waived_by) for c in found]
    assert told == [
        ("acme", "x", ["a", "b"], 4, ""),
        ("other", "x", ["c"], 2, ""),
        ("acme", "w", ["a", "b"], 4, "known"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("statuses", "ended", "code"),
    [
        (("conforming", "conforming"), "", 0),
        (("conforming", "nonconforming"), "", 1),
        (("nonconforming", "hung"), "", 2),
        (("conforming", "pending"), "", 2),
        (("conforming", "conforming"), "interrupted", 2),
        (("no-worker", "killed"), "", 2),
    ],
)
def test_what_has_no_result_makes_it_incomplete(statuses: tuple[UnitStatus, ...], ended: str, code: int) -> None:
    assert exit_code([outcome("a", status) for status in statuses], ended) == code


def test_only_what_is_stored_counts() -> None:
    assert counted([outcome("a"), outcome("b", "failed")]) == dict.fromkeys(COUNTED, 3)


@pytest.mark.parametrize(
    ("raw", "words"),
    [([], "its result is no JSON object"), ({}, "its result is none: schema is missing")],
)
def test_a_result_that_is_none_is_not_taken(unit: CampaignUnit, raw: Any, words: str) -> None:
    assert unfit(unit, raw).startswith(words)


def test_what_somebody_else_put_there_is_not_replaced(unit: CampaignUnit, tmp_path: Path) -> None:
    store = ResultStore(str(tmp_path / "store"))
    store.put(unit.name, b"{}")
    found = worker.run_unit(unit, store.url, __version__)
    assert found.status == "failed"
    assert "is not what a campaign stores" in found.why and found.why.endswith("; remove it")


def test_a_worker_of_another_release_runs_nothing(unit: CampaignUnit, tmp_path: Path) -> None:
    found = worker.run_unit(unit, str(tmp_path / "store"), "99")
    assert (found.status, found.why) == ("failed", f"a worker has abi-conformance {__version__}, the campaign 99")
    assert not (tmp_path / "store").exists()


def test_what_a_run_said_of_a_mistake_is_told(unit: CampaignUnit, tmp_path: Path) -> None:
    wrong = evolve(unit, options=("--subject", "nobody", "--seed", "0"))
    found = worker.run_unit(wrong, str(tmp_path / "store"), __version__)
    assert found.status == "failed"
    assert found.why.startswith("its run ended with 4: ERROR: there is no subject 'nobody'")
