"""Every deliberately broken subject turns its check red, by the quick profile, shrunk to the smallest signature.

One seed by default; ABI_TEST_SEEDS=10 (`make seeds`) takes the seeds 1 to 10.
"""

from __future__ import annotations

import contextlib
import fnmatch
import os
import tomllib
from typing import Any

import pytest

from conformance.checks import CHECKS
from conformance.engine.session import prepare
from conformance.model.case import Case
from conformance.model.options import RunOptions
from conformance.model.outcome import Outcome
from conformance.model.signature import parse_signature
from conformance.reports.causes import with_causes
from conformance.suite.requirement import requirements
from conformance.toolchain.fixtures import root
from tests.called.broken import DEFECTS

BROKEN = root() / "broken"
EXPECTED: dict[str, dict[str, Any]] = tomllib.loads((BROKEN / "expect.toml").read_text("utf-8"))
COUNT = int(os.environ.get("ABI_TEST_SEEDS", "1"))
SEEDS = range(1, COUNT + 1) if COUNT > 1 else (0,)


def outcomes(name: str, check: str, compilers: tuple[str, ...], seed: int) -> list[Outcome]:
    """What one check comes to on a broken subject."""
    options = RunOptions(subject=str(BROKEN / name), compilers=compilers, checks=(check,), seed=seed)
    session = prepare(options)
    found: list[Outcome] = []
    try:
        for requirement in requirements(session, list(CHECKS)):
            try:
                requirement.hold(session, found.append)
            except AssertionError:
                assert found[-1].status == "fail"
    finally:
        session.close()
    return found


def parameters() -> list[Any]:
    """A test a subject and seed, with the compilers that it needs beyond the embedded one."""
    made = []
    for name, expected in EXPECTED.items():
        needed = [spec for spec in expected.get("compilers", []) if not spec.startswith("tcc")]
        for seed in SEEDS:
            marks = [pytest.mark.compiler(*needed)] if needed else []
            made.append(pytest.param(name, seed, id=f"{name}-{seed}", marks=marks))
    return made


@pytest.mark.parametrize(("name", "seed"), parameters())
def test_a_broken_subject_is_found_and_shrunk(name: str, seed: int) -> None:
    expected = EXPECTED[name]
    compilers = tuple(expected.get("compilers", ["tcc"]))
    found = outcomes(name, expected["check"] or "X0-MATCH", compilers, seed)
    for outcome in found:
        assert outcome.judged == outcome.executed + outcome.inconclusive == outcome.generated - outcome.not_run
    findings = [finding for outcome in found for finding in outcome.findings]
    if not expected["check"]:
        assert [outcome.status for outcome in found] == ["pass"] and not findings
        return
    assert findings, f"{expected['check']} stays green: {[(one.status, one.by_verdict) for one in found]}"
    assert {finding.check for finding in findings} == {expected["check"]}
    shown = [finding for finding in findings if finding.verdict == expected["verdict"]]
    assert shown, [finding.message for finding in findings]
    finding = min(shown, key=lambda finding: len(parse_signature(finding.signature["declared"])))
    assert len(parse_signature(finding.signature["declared"])) <= expected["length"], finding.message
    assert any(fnmatch.fnmatchcase(finding.key, expected.get("key", "*")) for finding in shown), finding.key
    for finding in findings:
        assert finding.shrink["compiles"] <= 20
        assert Case.from_json(finding.case).id == finding.id


def test_a_defect_of_one_kind_is_one_cause_in_all_checks() -> None:
    options = RunOptions(subject=str(BROKEN / "bool-byte-arg"), compilers=("tcc",), checks=("X0-*",), seed=0)
    session = prepare(options)
    found: list[Outcome] = []
    try:
        for requirement in requirements(session, list(CHECKS)):
            with contextlib.suppress(AssertionError):
                requirement.hold(session, found.append)
    finally:
        session.close()
    rows = [{**finding.to_json(), "id": finding.id} for outcome in found for finding in outcome.findings]
    told = with_causes(rows)
    assert len({row["check"] for row in told}) > 5
    assert [row["key"] for row in told if "same_as" not in row] == ["match::packed::tcc>tcc::match(bool)@0"]


def test_every_check_has_a_subject_that_turns_it_red() -> None:
    called = {check for check, _ in DEFECTS.values()}  # X0-REFS is about objects, which C subjects do not pass
    assert {expected["check"] for expected in EXPECTED.values()} | called >= set(CHECKS)
    assert {expected["check"] for expected in EXPECTED.values()} >= set(CHECKS) - {"X0-REFS"}


def test_every_folder_is_expected_and_every_expectation_has_a_folder() -> None:
    assert {folder.name for folder in BROKEN.iterdir() if folder.is_dir()} == set(EXPECTED)
