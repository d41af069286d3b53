"""What came of an audit as plain data (`abi-conformance/audit/1`, schema/audit-1.json)."""

from __future__ import annotations

from collections import Counter
from typing import Any

from conformance import __version__
from conformance.audit.result import AuditResult, Group
from conformance.subjects.audited import AuditedFunction

SCHEMA = "abi-conformance/audit/1"


def document(result: AuditResult) -> dict[str, Any]:
    """Everything that was called, and what is held against whom; calls that differ in what is passed are one entry."""
    calls = Counter((call.function.origin, call.function.name) for call in result.calls)
    return {
        "schema": SCHEMA,
        "tool": {"version": __version__},
        "subject": {"name": result.subject, "version": result.version},
        "audited": result.what,
        "seconds": round(result.seconds, 3),
        "notes": list(result.notes),
        "calls": dict(sorted(result.by_verdict.items())),
        "functions": [_function(function, calls[function.origin, function.name]) for function in result.functions],
        "findings": [_group(group) for group in result.findings],
        "subtracted": [_group(group) | {"control": group.first.control} for group in result.subtracted],
        "unjudged": [_group(group) for group in result.unjudged],
    }


def _function(function: AuditedFunction, calls: int) -> dict[str, Any]:
    return {
        "name": function.name,
        "origin": function.origin,
        "signature": function.signature if function.parameters is not None else None,
        "why": function.why,
        "calls": calls,
    }


def _group(group: Group) -> dict[str, Any]:
    planned = group.first.planned
    return {
        "function": group.function.name,
        "origin": group.function.origin,
        "verdict": group.first.verdict,
        "mismatch": {
            "classes": list(dict.fromkeys(call.planned.mismatch for call in group.calls)),
            "index": planned.index,
            "declared": planned.declared,
            "passed": list(group.passed),
        },
        "required": planned.required,
        "observed": group.first.observed,
    }
