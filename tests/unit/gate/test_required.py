from __future__ import annotations

import hashlib
from importlib import resources
from typing import Any

import pytest

from conformance.checks import CHECKS
from conformance.gate import required
from conformance.gate.decide import Gate, apply, exit_code
from conformance.model.options import REQUIREMENT_SETS

DIGESTS = {
    "packed/1": "b708234d7654912b923701f0f4ac0e1272b9403d2af54a34357f1a9449aea424",
    "unpacked/1": "c1dbdd8ca842326d312789e7777a5ea6999269124b9b4072af720704d587cdf7",
    "tensor/1": "722b2ae97174a89c8a77d7e3efbb9614e44fe49dbbf2aebeb6ffa0aa8b27da3e",
}
"""What shipped: a list is superseded by another one, and never changed."""


def result(**changes: Any) -> dict[str, Any]:
    """A result that just meets packed/1."""
    checks = [
        {
            "id": check,
            "status": "pass",
            "cases": least["cases"],
            "signatures": least["signatures"],
            "kinds": [f"k{n}" for n in range(least["kinds"])],
            "by_verdict": {},
            "why": "",
            "pairs": [],
        }
        for check, least in required.load("packed/1").items()
    ]
    checks[0] |= changes
    return {"subject": {"name": "acme", "version": "1"}, "checks": checks, "findings": [], "complete": True}


def test_the_lists_that_shipped_are_as_they_were() -> None:
    folder = resources.files("conformance.gate") / "requirements"
    files = {file.name.removesuffix(".toml").replace("-", "/"): file for file in folder.iterdir()}
    assert set(files) == set(REQUIREMENT_SETS) == set(DIGESTS)
    assert {name: hashlib.sha256(file.read_bytes()).hexdigest() for name, file in files.items()} == DIGESTS
    assert all(set(required.load(name)) <= set(CHECKS) for name in files)


def test_the_least_is_enough() -> None:
    applied = apply(result(), Gate(require=("packed/1",)))
    assert applied["requirements"] == [{"set": "packed/1", "unmet": []}]
    assert exit_code(applied) == 0


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"cases": 9999}, "X0-MATCH must have at least 10,000 cases, not 9,999"),
        ({"by_verdict": {"inconclusive": 1}}, "X0-MATCH must have at least 10,000 cases, not 9,999"),
        ({"signatures": 399, "kinds": []}, "X0-MATCH must have at least 400 signatures, not 399, 4 kinds, not 0"),
        ({"status": "not-run", "why": "not selected"}, "X0-MATCH must pass; it is not-run: not selected"),
        ({"status": "not-applicable"}, "X0-MATCH must pass; it is not-applicable"),
        ({"status": "waived"}, "X0-MATCH must pass; it is waived"),
    ],
)
def test_less_is_told_and_fails(changes: dict[str, Any], says: str) -> None:
    applied = apply(result(**changes), Gate(require=("packed/1",)))
    assert required.unmet(applied) == [f"packed/1: {says}"]
    assert exit_code(applied) == 1
    assert exit_code(applied, interrupted=True) == 2
    assert exit_code(apply(result(**changes), Gate())) == 0


def test_nothing_that_ran_meets_nothing() -> None:
    raw = result()
    raw["checks"] = [{**check, "status": "not-run"} for check in raw["checks"]]
    assert exit_code(apply(raw, Gate())) == 5
    assert exit_code(apply(raw, Gate(require=("packed/1",)))) == 1
