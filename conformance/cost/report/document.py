"""Everything that was measured, with the answers, as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from conformance import __version__
from conformance.cost.document import frame_document, inline_document
from conformance.cost.report.claims import Answer, Measured
from conformance.model.json import to_json

SCHEMA = "abi-conformance-cost-report/1"
"""What the JSON calls itself; `conformance/cost/schema/report-1.json` describes it."""


def document(measured: Measured, answers: tuple[Answer, ...], setting: tuple[str, ...]) -> dict[str, Any]:
    """The report as plain data."""
    claims = [
        {**asdict(one.claim), "state": one.state, "measured": one.measured, "answer": one.sentence} for one in answers
    ]
    return {
        "schema": SCHEMA,
        "tool": {"version": __version__},
        "setting": setting,
        "claims": claims,
        "calls": [to_json(cost) for cost in measured.calls],
        "frames": frame_document(measured.frames) if measured.frames is not None else None,
        "inline": inline_document(measured.inline) if measured.inline is not None else None,
        "missing": measured.why or {},
    }
