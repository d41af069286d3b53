"""The JSON form of frame and inline results: what was measured, and what follows from it."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib import resources
from typing import Any

from conformance import __version__
from conformance.cost.claims import frame_claims
from conformance.cost.model import FrameResult, InlineResult, Unmeasured


def schema(measure: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the results of `cost frame` or `cost inline`."""
    text = resources.files(__package__).joinpath("schema", f"{measure}-1.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def _head(measure: str, missing: tuple[Unmeasured, ...]) -> dict[str, Any]:
    return {
        "schema": f"abi-conformance-cost-{measure}/1",
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
    return {**_head("frame", result.missing), "tables": tables, "claims": claims}


def inline_document(result: InlineResult) -> dict[str, Any]:
    """The document of `cost inline`; each comparison with its share."""
    tables = [
        {
            "configuration": asdict(table.configuration),
            "sight": table.sight,
            "comparisons": [{**asdict(one), "share": one.share} for one in table.comparisons],
        }
        for table in result.tables
    ]
    return {**_head("inline", result.missing), "seed": result.seed, "signatures": result.signatures, "tables": tables}
