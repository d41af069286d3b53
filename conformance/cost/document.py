"""The JSON form of cost results, `abi-conformance/cost-1`: what was measured, and what follows from it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from conformance import __version__
from conformance.cost.claims import frame_claims
from conformance.cost.model import FrameResult, Missing

SCHEMA = "abi-conformance/cost-1"


def head(measure: str, missing: tuple[Missing, ...]) -> dict[str, Any]:
    """What every cost result begins with; `measure` is frame, inline or call."""
    return {
        "schema": SCHEMA,
        "measure": measure,
        "tool": {"version": __version__},
        "missing": [asdict(gap) for gap in missing],
    }


def frame_document(result: FrameResult) -> dict[str, Any]:
    """The document of `cost frame`; each frame with its bytes, and whether all ways agree."""
    tables = [
        {
            "configuration": asdict(table.configuration),
            "unpainted": table.unpainted,
            "curves": [
                {
                    **asdict(curve),
                    "frames": [{**asdict(one), "bytes": one.bytes, "agrees": one.agrees} for one in curve.frames],
                }
                for curve in table.curves
            ],
        }
        for table in result.tables
    ]
    claims = [{**asdict(claim), "answer": claim.answer} for claim in frame_claims(result)]
    return {**head("frame", result.missing), "tables": tables, "claims": claims}
