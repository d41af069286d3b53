"""Evidence for pytest's own `--junitxml`: what an item left, as properties of its test case there."""

from __future__ import annotations

from conformance.model.outcome import Outcome
from conformance.reports.result import by_severity
from conformance.reports.summary import histogram


def properties(outcome: Outcome) -> list[tuple[str, object]]:
    """Name and value of each property."""
    rows: list[tuple[str, object]] = [
        ("abi-check", outcome.check),
        ("abi-status", outcome.status),
        ("abi-pair", ">".join(outcome.pair)),
        ("abi-cases", outcome.judged),
        ("abi-verdicts", histogram(by_severity(outcome.by_verdict))),
        ("abi-why", outcome.why),
    ]
    for finding in outcome.findings:
        rows += [
            ("abi-finding", f"{finding.id} {finding.verdict} {finding.key}"),
            (
                "abi-finding-signature",
                f"declared {finding.signature['declared']}, passed {finding.signature['passed']}",
            ),
            ("abi-finding-required", finding.required),
            ("abi-finding-observed", finding.observed),
        ]
        rows += [("abi-finding-evidence", line) for line in finding.evidence]
        rows += [("abi-finding-note", line) for line in finding.detail]
    return [(name, value) for name, value in rows if value != ""]
