"""Fills in what results of earlier versions do not tell, so that every result has a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.gate.baseline import marks_of
from conformance.gate.decide import exit_code
from conformance.reports.result import Result

_GATE: dict[str, Any] = {"waivers": None, "baseline": None, "problems": [], "report_only": False}
_CHECK: dict[str, Any] = {"signatures": 0, "kinds": [], "pairs": []}
_FINDING: dict[str, Any] = {"detail": [], "evidence": [], "values": [], "place": None}


def filled(result: Mapping[str, Any]) -> Result:
    """A result that its schema allows, with the optional keys that a page asks for: nothing is told under them."""
    whole = {
        "errors": [],
        "notes": {},
        **result,
        "counts": {"not_run": 0, **result["counts"]},
        "gate": _GATE | result.get("gate", {}),
        "checks": [_CHECK | check for check in result["checks"]],
        "findings": [_FINDING | finding | {"marks": _marks(finding)} for finding in result["findings"]],
    }
    code = exit_code(whole, errors=whole["errors"], interrupted=not whole["complete"])
    return {"exit_code": code, **whole}


def _marks(finding: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{**mark.to_json(), "key": key} for key, mark in marks_of(finding)]
