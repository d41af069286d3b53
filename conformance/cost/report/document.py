"""Everything that was measured, with the answers, as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from conformance.cost.report.claims import Answer, Measured

SCHEMA = "abi-conformance-cost-report/1"
"""What the JSON calls itself; `conformance/cost/schema/report-1.json` describes it."""


def document(measured: Measured, answers: tuple[Answer, ...], setting: tuple[str, ...]) -> dict[str, Any]:
    """The report as plain data."""
    claims = [
        {**asdict(one.claim), "state": one.state, "measured": one.measured, "answer": one.sentence} for one in answers
    ]
    return {
        "schema": SCHEMA,
        "setting": setting,
        "claims": claims,
        "calls": [asdict(cost) for cost in measured.calls],
        "frames": asdict(measured.frames) if measured.frames is not None else None,
        "inline": asdict(measured.inline) if measured.inline is not None else None,
        "missing": measured.why or {},
    }
