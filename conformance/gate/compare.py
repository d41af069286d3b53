"""What changed between two results, a line for each check and each finding, and whether it got worse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from conformance.checks import CHECKS
from conformance.model.groups import group_of

Direction = Literal["worse", "better", "changed"]

_RANK = {"pass": 0, "not-applicable": 1, "waived": 2, "not-run": 3, "fail": 4}
"""Statuses from good to bad; a check that no longer runs is worse than one that passes."""

_HARM = (
    "intact", "coerced", "detected", "inconclusive", "misattributed", "late", "false-alarm", "silent-equal",
    "silent-wrong", "unpredicted", "overrun", "hung", "crashed", "harness-error",
)  # fmt: skip
"""Verdicts from the one that does least harm where it is not due to the one that does most."""

_CHANGED: Direction = "changed"


@dataclass(frozen=True)
class Change:
    """One difference. `what` is a check's id or a finding's key; `finding` is the id to replay, if there is one."""

    direction: Direction
    kind: Literal["check", "finding"]
    check: str
    what: str
    old: str
    new: str
    finding: str = ""


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """All changes, worse ones first, then by check and key. A waived finding counts as one that is not there."""
    order = {check: place for place, check in enumerate(CHECKS)}
    severity = ("worse", "changed", "better")
    changes = [*_checks(old, new), *_findings(old, new)]
    return sorted(
        changes, key=lambda c: (severity.index(c.direction), order.get(c.check, len(order)), c.kind, c.what, c.finding)
    )


def harm(verdict: str) -> int:
    """How much harm a verdict does where it is not due: its place among all."""
    return _HARM.index(verdict) if verdict in _HARM else len(_HARM)


def _checks(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    before = {check["id"]: check["status"] for check in old["checks"]}
    after = {check["id"]: check["status"] for check in new["checks"]}
    changes = []
    for name in dict.fromkeys([*before, *after]):
        was, now = before.get(name, "not-run"), after.get(name, "not-run")
        if was != now:
            step = _RANK.get(now, 4) - _RANK.get(was, 4)
            changes.append(Change("worse" if step > 0 else "better", "check", name, name, was, now))
    return changes


def _findings(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    before, after = _by_fingerprint(old), _by_fingerprint(new)
    had, has = _Cases(old), _Cases(new)
    changes = []
    for name in dict.fromkeys([*before, *after]):
        was, now = before.get(name, []), after.get(name, [])
        shown = (now or was)[0]
        words = [_words(found, there.of(shown)) for found, there in ((was, had), (now, has))]
        # What was not run again is not mended, and what could not be run before has not got worse.
        direction = _CHANGED if "not-run" in words else _direction(was, now)
        if words[0] != words[1]:
            finding = shown["id"] if now else ""
            changes.append(Change(direction, "finding", shown["check"], shown["key"], words[0], words[1], finding))
    return changes


class _Cases:
    """Which cases a result is about: the checks that ran, and the kinds of cases where it tells them."""

    def __init__(self, result: Mapping[str, Any]) -> None:
        self._checks = {check["id"] for check in result["checks"] if check["status"] in ("pass", "fail", "waived")}
        self._groups = {group["group"] for group in result.get("groups", [])}

    def of(self, finding: Mapping[str, Any]) -> bool:
        """Whether cases like a finding's were among them."""
        known = not self._groups or group_of(finding["key"]) in self._groups
        return finding["check"] in self._checks and known


def _words(findings: Sequence[Mapping[str, Any]], ran: bool) -> str:
    verdicts = sorted({finding["verdict"] for finding in findings}, key=harm)
    return ", ".join(verdicts) or ("-" if ran else "not-run")


def _direction(was: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> Direction:
    step = max((harm(f["verdict"]) for f in now), default=-1) - max((harm(f["verdict"]) for f in was), default=-1)
    return "worse" if step > 0 else "better" if step < 0 else _CHANGED


def _by_fingerprint(result: Mapping[str, Any]) -> dict[str, list[Mapping[str, Any]]]:
    grouped: dict[str, list[Mapping[str, Any]]] = {}
    for finding in result["findings"]:
        if not finding.get("waived_by"):
            grouped.setdefault(finding["fingerprint"], []).append(finding)
    return grouped
