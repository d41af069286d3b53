"""GitLab's code quality JSON: issues that are told apart, and are the same from run to run."""

from __future__ import annotations

import json
from typing import Any

from conformance.reports import code_quality

from .made import FAILED, FOUND, PASSED, failed, finding, result


def issues(made: dict[str, Any]) -> list[dict[str, Any]]:
    return list(json.loads(code_quality.render(made)))


def test_a_finding_without_a_place_has_the_subjects_name_for_a_path() -> None:
    (issue,) = (row for row in issues(result(FAILED)) if row["check_name"] == "X0-TYPE")
    assert issue["location"] == {"path": "acme-runtime", "lines": {"begin": 1}}
    assert issue["severity"] == "critical"
    assert issue["description"].startswith(
        "silent-wrong: declared (i64, f64) -> i64, passed (i64, i64) -> i64; required:"
    )


def test_fingerprints_are_unique_and_stay_with_other_values() -> None:
    unplaced = {"key": "match::packed::gcc-O2>tcc::match", "verdict": "crashed"}
    found = [finding(id=name, **unplaced) for name in "abc"]
    other = [finding(id=name, observed="else", signature=FOUND.signature, **unplaced) for name in "xyz"]
    first, again = ([row["fingerprint"] for row in issues(result(failed(*each)))] for each in (found, other))
    assert first == again
    assert len(set(first)) == len(first)


def test_stale_waivers_errors_and_what_was_not_run_are_issues() -> None:
    made = {**result(PASSED, not_run="interrupted", complete=False), "errors": ["the same", "the same"], "exit_code": 3}
    made["gate"]["problems"] = ["w.toml, waiver 1: it excuses nothing"]
    told = [(row["check_name"], row["severity"], row["description"]) for row in issues(made)]
    assert told[:3] == [
        ("waiver", "minor", "w.toml, waiver 1: it excuses nothing"),
        ("abi-conformance", "blocker", "the same"),
        ("abi-conformance", "blocker", "the same"),
    ]
    assert told[3][1:] == ("blocker", "not run: X0-LAYOUT, interrupted")
    assert len({row["fingerprint"] for row in issues(made)}) == len(told)
