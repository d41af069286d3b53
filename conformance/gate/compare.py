"""What changed between two results, a line for each check and each mark of a finding, and whether it got worse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from attrs import evolve

from conformance.checks import CHECKS
from conformance.gate.baseline import marks_of
from conformance.model.groups import group_of
from conformance.model.mark import UNPLACED, Mark

Direction = Literal["worse", "better", "changed"]

_RANK = {"pass": 0, "not-applicable": 1, "waived": 2, "not-run": 3, "fail": 4}
"""Statuses from good to bad; a check that no longer runs is worse than one that passes."""

_HARM = (
    "intact", "coerced", "detected", "inconclusive", "misattributed", "late", "false-alarm", "silent-equal",
    "silent-reject", "silent-wrong", "unpredicted", "overrun", "hung", "crashed", "harness-error",
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
    changes = [*_checks(old, new), *_findings(old, new)]
    return sorted(changes, key=lambda c: (rank(c.direction, c.check), c.kind, c.what, c.finding))


def rank(direction: Direction, check: str) -> tuple[int, int]:
    """The place of a change among others: what is worse first, then in the order of the checks."""
    order = list(CHECKS)
    return ("worse", "changed", "better").index(direction), order.index(check) if check in order else len(order)


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
    before, after = _by_place(old), _by_place(new)
    had, has = _Cases(old), _Cases(new)
    changes = []
    for name in dict.fromkeys([*before, *after]):
        was, now = before.get(name, []), after.get(name, [])
        shown = (now or was)[0]
        told = [_verdicts(marks, cases.has_like(shown)) for marks, cases in ((was, had), (now, has))]
        # What was not run again is not mended, and what could not be run before has not got worse.
        direction = _CHANGED if "not-run" in told else _direction(was, now)
        if told[0] != told[1]:
            finding = shown.finding if now else ""
            changes.append(Change(direction, "finding", shown.mark.check, shown.key, told[0], told[1], finding))
    return changes


@dataclass(frozen=True)
class _Told:
    """A mark that a result tells of, with the key of its example and the id of its finding."""

    mark: Mark
    key: str
    finding: str


class _Cases:
    """Which cases a result is about: the checks that ran, and the kinds of cases where it tells them."""

    def __init__(self, result: Mapping[str, Any]) -> None:
        self._checks = {check["id"] for check in result["checks"] if check["status"] in ("pass", "fail", "waived")}
        self._groups = {group["group"] for group in result.get("groups", [])}

    def has_like(self, told: _Told) -> bool:
        """Whether cases like that of a mark were among them."""
        names = [group_of(told.key)]
        if told.mark.cls == "match" and "<-" not in told.mark.place:
            names.append(f"match::{told.mark.convention}::{UNPLACED}")  # groups that do not tell places are about all
        known = not self._groups or any(name in self._groups for name in names)
        return told.mark.check in self._checks and known


def _verdicts(marks: Sequence[_Told], ran: bool) -> str:
    verdicts = sorted({told.mark.verdict for told in marks}, key=harm)
    return ", ".join(verdicts) or ("-" if ran else "not-run")


def _direction(was: Sequence[_Told], now: Sequence[_Told]) -> Direction:
    most = [max((harm(told.mark.verdict) for told in marks), default=-1) for marks in (was, now)]
    return "worse" if most[1] > most[0] else "better" if most[1] < most[0] else _CHANGED


def _by_place(result: Mapping[str, Any]) -> dict[Mark, list[_Told]]:
    """What nothing excuses, by the marks without pair and verdict: the places at which something is wrong."""
    places: dict[Mark, list[_Told]] = {}
    for finding in result["findings"]:
        if not finding.get("waived_by"):
            for key, mark in marks_of(finding):
                place = evolve(mark, pair=("", ""), verdict="")
                places.setdefault(place, []).append(_Told(mark, key, finding["id"]))
    return places
