"""The result as SARIF 2.1.0, which code scanning reads: a rule a check, a result a cause."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from conformance.checks import CHECKS
from conformance.reports import summary
from conformance.reports.causes import cause_id, told_once
from conformance.reports.files import write_text
from conformance.reports.json_report import render as as_json
from conformance.reports.places import Place, waiver_file
from conformance.reports.result import Result

MOST_RESULTS = 25_000
"""As many as GitHub reads of a run."""

WAIVER_RULE = "waiver"
"""The rule of stale and expired waivers."""

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render(result: Result) -> str:
    """The JSON text."""
    subject = result["subject"]
    run = {
        "tool": {
            "driver": {
                "name": "abi-conformance",
                "semanticVersion": result["tool"]["version"],
                "rules": list(_rules(result)),
            }
        },
        "automationDetails": {"id": f"abi-conformance/{subject['name']}/"},
        "invocations": [_invocation(result)],
        "results": [*_stale(result), *_findings(result)][:MOST_RESULTS],
        "properties": {name: subject[name] for name in ("name", "version", "convention")}
        | {"compilers": [compiler["id"] for compiler in result["compilers"]]}
        | {name: result[name] for name in ("seed", "profile", "complete")},
    }
    return as_json({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def write(result: Result, path: Path) -> None:
    """Write the JSON. Raises ReportError."""
    write_text(path, render(result))


def _rules(result: Result) -> Iterator[dict[str, Any]]:
    for row in result["checks"]:
        check = CHECKS.get(row["id"])
        if check and not summary.unasked(row):
            yield {
                "id": check.id,
                "shortDescription": {"text": check.requirement.partition(";")[0]},
                "fullDescription": {"text": check.requirement},
                "help": {"text": check.why},
            }
    yield {
        "id": WAIVER_RULE,
        "shortDescription": {"text": "a waiver excuses what is still found, and has not expired"},
        "help": {"text": "abi-conformance waivers prune drops the entries that are stale."},
    }


def _invocation(result: Result) -> dict[str, Any]:
    code = result["exit_code"]
    told = [("error", text) for text in result["errors"]]
    told += [("warning" if result["complete"] else "error", text) for text in summary.not_run(result)]
    return {
        "executionSuccessful": code in (0, 1) and result["complete"],
        "exitCode": code,
        "exitCodeDescription": summary.EXIT_WORDS[code].lower(),
        "startTimeUtc": result["started"].replace("+00:00", "Z"),
        "toolExecutionNotifications": [{"level": level, "message": {"text": text}} for level, text in told],
    }


def _findings(result: Result) -> Iterator[dict[str, Any]]:
    """A result for each cause, those that nothing excuses first."""
    for told in sorted(told_once(result["findings"]), key=lambda told: bool(told.finding["waived_by"])):
        finding = told.finding
        row = {
            "ruleId": finding["check"],
            "level": "error",
            "message": {"text": summary.sentence(finding)},
            "partialFingerprints": {"abiCause/v1": cause_id(finding)},
            **_located(finding["place"], finding["key"]),
            "properties": {"id": finding["id"], "verdict": finding["verdict"], "replay": finding["replay"]},
        }
        if finding["waived_by"]:
            row["suppressions"] = [{"kind": "external", "justification": finding["waived_by"]}]
        yield row


def _stale(result: Result) -> Iterator[dict[str, Any]]:
    place = waiver_file(result)
    for problem in result["gate"]["problems"]:
        yield {
            "ruleId": WAIVER_RULE,
            "level": "error",
            "message": {"text": problem},
            **_located(place),
        }


def _located(place: Place | None, key: str = "") -> dict[str, Any]:
    location: dict[str, Any] = {}
    if place:
        file = {"uri": quote(place["path"]), "uriBaseId": "%SRCROOT%"}
        location["physicalLocation"] = {"artifactLocation": file, "region": {"startLine": place["line"]}}
    if key:
        location["logicalLocations"] = [{"fullyQualifiedName": key}]
    return {"locations": [location]} if location else {}
