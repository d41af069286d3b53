"""Every deliberately broken subject turns its check red, by the quick profile, shrunk to the smallest signature.

One seed and few examples by default; ABI_TEST_SEEDS=10 (`make seeds`) takes the seeds 1 to 10 of the whole profile.
"""

from __future__ import annotations

import fnmatch
from typing import Any

import pytest

from conformance.checks import CHECKS
from conformance.model.case import Case
from conformance.model.options import ON_REQUEST
from conformance.model.signature import parse_signature
from conformance.reports.causes import with_causes
from tests.broken.runs import BROKEN, EXPECTED, SEEDS, marks, of_verdict, run
from tests.called.broken import DEFECTS


def parameters() -> list[Any]:
    """A test a subject and seed, with the compilers that it needs beyond the embedded one."""
    return [pytest.param(name, seed, id=f"{name}-{seed}", marks=marks(name)) for name in EXPECTED for seed in SEEDS]


@pytest.mark.parametrize(("name", "seed"), parameters())
def test_a_broken_subject_is_found_and_shrunk(name: str, seed: int) -> None:
    expected = EXPECTED[name]
    _, found = run(name, expected["check"] or "X0-MATCH", seed)
    for outcome in found:
        assert outcome.judged == outcome.executed + outcome.inconclusive == outcome.generated - outcome.not_run
    findings = [finding for outcome in found for finding in outcome.findings]
    if not expected["check"]:
        assert [outcome.status for outcome in found] == ["pass"] and not findings
        return
    assert findings, f"{expected['check']} stays green: {[(one.status, one.by_verdict) for one in found]}"
    assert {finding.check for finding in findings} == {expected["check"]}
    shown = of_verdict(name, found)
    assert shown, [finding.message for finding in findings]
    finding = shown[0]
    assert len(parse_signature(finding.signature["declared"])) <= expected["length"], finding.message
    assert any(fnmatch.fnmatchcase(finding.key, expected.get("key", "*")) for finding in shown), finding.key
    for finding in findings:
        assert finding.shrink["compiles"] <= 20
        assert Case.from_json(finding.case).id == finding.id


def hiding() -> list[Any]:
    """Each subject whose defect some compilers do not show, with one of these."""
    pairs = [(name, spec) for name, expected in EXPECTED.items() for spec in expected.get("hidden", [])]
    return [
        pytest.param(name, spec, id=f"{name}-{spec}", marks=[pytest.mark.compiler(spec)] if spec != "tcc" else [])
        for name, spec in pairs
    ]


@pytest.mark.parametrize(("name", "spec"), hiding())
def test_a_defect_is_hidden_where_nothing_shows_it(name: str, spec: str) -> None:
    _, found = run(name, EXPECTED[name]["check"], 0, (spec,))
    assert [outcome.status for outcome in found] == ["pass"]


def test_a_defect_of_one_kind_is_one_cause_in_all_checks() -> None:
    _, found = run("bool-byte-arg", "X0-*", 0)
    rows = [{**finding.to_json(), "id": finding.id} for outcome in found for finding in outcome.findings]
    told = with_causes(rows)
    assert len({row["check"] for row in told}) > 5
    assert [row["key"] for row in told if "same_as" not in row] == ["match::packed::tcc>tcc::match(bool)@0"]


def test_what_every_call_gets_wrong_is_one_cause() -> None:
    _, found = run("handle-32", "X0-[MCN]*", 0)
    told = with_causes([{**finding.to_json(), "id": finding.id} for outcome in found for finding in outcome.findings])
    assert len({row["check"] for row in told}) == 4
    assert [row["key"] for row in told if "same_as" not in row] == ["match::packed::tcc>tcc::match@handle"]


def test_a_return_code_that_is_cut_is_one_cause_whatever_is_called() -> None:
    _, found = run("ret-code-16", "X0-[MR][AE][TN]*", 0)
    told = with_causes([{**finding.to_json(), "id": finding.id} for outcome in found for finding in outcome.findings])
    assert {row["check"] for row in told} == {"X0-MATCH", "X0-RANGE", "X0-RETURN"}
    assert [row["key"] for row in told if "same_as" not in row] == ["match::packed::tcc>tcc::match(none)@ret"]


def test_every_check_has_a_subject_that_turns_it_red() -> None:
    called = {check for check, _ in DEFECTS.values()}  # X0-REFS is about objects, which C subjects do not pass
    # Two kinds of checks are about no one subject: plain C calls, which compilers turn red (e2e/test_direct.py), and
    # several versions of a subject, of which c_fixtures/versions has a broken one (e2e/test_skew.py).
    checks = set(CHECKS) - set(ON_REQUEST) - {"SKEW"}
    assert {expected["check"] for expected in EXPECTED.values()} | called >= checks
    assert {expected["check"] for expected in EXPECTED.values()} >= checks - {"X0-REFS"}


def test_every_folder_is_expected_and_every_expectation_has_a_folder() -> None:
    assert {folder.name for folder in BROKEN.iterdir() if folder.is_dir()} == set(EXPECTED)
