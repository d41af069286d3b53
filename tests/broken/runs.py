"""What is expected of the broken subjects, and a run of their checks."""

from __future__ import annotations

import os
import tomllib
from typing import Any

import pytest

from conformance.checks import CHECKS
from conformance.engine.session import Session, prepare
from conformance.model.options import RunOptions
from conformance.model.outcome import Finding, Outcome
from conformance.model.signature import parse_signature
from conformance.reports.streams import joined
from conformance.suite.requirement import requirements
from conformance.toolchain.fixtures import root

BROKEN = root() / "broken"
EXPECTED: dict[str, dict[str, Any]] = tomllib.loads((BROKEN / "expect.toml").read_text("utf-8"))
COUNT = int(os.environ.get("ABI_TEST_SEEDS", "1"))
SEEDS = range(1, COUNT + 1) if COUNT > 1 else (0,)
FEW = {"check": 3, "deep": 4, "survival": 1}
"""Examples in a run of one seed, by group; with several seeds it is the whole profile."""
RARE = {
    "bool-at-five", "compacts-in-place", "f64-at-three", "hangs-for-two-floats", "integral-float-for-int",
    "tensor-empty-strides", "tensor-reads-empty", "tensor-size-32-bits", "u16-at-nine-of-eleven",
}  # fmt: skip
"""Subjects whose defect shows in so few calls that one seed, too, takes the whole profile."""


def compilers(name: str) -> tuple[str, ...]:
    """The compilers that a subject's defect needs."""
    return tuple(EXPECTED[name].get("compilers", ["tcc"]))


def marks(name: str) -> list[pytest.MarkDecorator]:
    """What a test of a subject needs beyond the embedded compiler."""
    needed = [spec for spec in compilers(name) if not spec.startswith("tcc")]
    return [pytest.mark.compiler(*needed)] if needed else []


def run(name: str, check: str, seed: int, others: tuple[str, ...] = ()) -> tuple[Session, list[Outcome]]:
    """What a check, or a glob of checks, comes to on each pair of a broken subject; and its session, closed.

    `others` are compilers in place of those that the defect needs.
    """
    chosen = others or compilers(name)
    plain = all(spec.startswith("tcc") for spec in chosen)
    few = COUNT == 1 and (plain or any("-fsanitize" in spec for spec in chosen)) and name not in RARE
    options = RunOptions(
        subject=str(BROKEN / name),
        compilers=chosen,
        checks=(check,),
        seed=seed,
        max_examples=FEW[EXPECTED[name]["group"]] if few else None,
    )
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
    return session, joined(found)


def of_verdict(name: str, outcomes: list[Outcome]) -> list[Finding]:
    """The findings that have a subject's expected verdict, those of the shortest signature first."""
    every = [finding for outcome in outcomes for finding in outcome.findings]
    shown = [finding for finding in every if finding.verdict == EXPECTED[name]["verdict"]]
    return sorted(shown, key=lambda finding: len(parse_signature(finding.signature["declared"])))
