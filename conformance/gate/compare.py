"""What changed between two results, a line for each check and each mark of a finding, and whether it got worse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from attrs import evolve

from conformance.checks import CHECKS
from conformance.gate.baseline import marks_of
from conformance.model.groups import general, group_of
from conformance.model.mark import UNPLACED, Mark

Direction = Literal["worse", "new", "not-run", "changed", "gone", "better"]
"""What became of something: `new` goes wrong and did not, `gone` the other way round. What was not run this time is
neither better nor gone, and what could not be run before is only `changed`."""

_DIRECTIONS: tuple[Direction, ...] = get_args(Direction)

WORSE: tuple[Direction, ...] = ("worse", "new")
"""What ends `diff` with 1."""

_RANK = {"pass": 0, "not-applicable": 1, "waived": 2, "not-run": 3, "fail": 4}
"""Statuses from good to bad; a check that no longer runs is worse than one that passes."""

_NOT_RUN = "not-run"

_HARM = (
    "intact", "coerced", "detected", "inconclusive", "misattributed", "late", "false-alarm", "silent-equal",
    "silent-reject", "silent-wrong", "unpredicted", "overrun", "hung", "crashed", "harness-error",
)  # fmt: skip
"""Verdicts from the one that does least harm where it is not due to the one that does most."""


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
    return _DIRECTIONS.index(direction), order.index(check) if check in order else len(order)


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
            changes.append(Change(_step(was, now), "check", name, name, was, now))
    return changes


def _step(was: str, now: str) -> Direction:
    if now == "not-run" and was in ("fail", "waived"):
        return "not-run"
    return "worse" if _RANK.get(now, 4) > _RANK.get(was, 4) else "better"


def _findings(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    had, has = _Cases(old), _Cases(new)
    before, after = (_by_place(result, (had, has)) for result in (old, new))
    changes = []
    for name in dict.fromkeys([*before, *after]):
        was, now = before.get(name, []), after.get(name, [])
        shown = (now or was)[0]
        told = [_verdicts(marks, cases.has_like(shown)) for marks, cases in ((was, had), (now, has))]
        direction: Direction = "not-run" if told[1] == _NOT_RUN else "changed"
        direction = direction if _NOT_RUN in told else _direction(was, now)
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
        self._groups = {(group["check"], general(group["group"])) for group in result.get("groups", [])}
        self._grouped = {check for check, _ in self._groups}

    def has_like(self, told: _Told) -> bool:
        """Whether cases like that of a mark were among them."""
        names = [group_of(told.key)]
        if told.mark.cls == "match" and "<-" not in told.mark.place:
            names.append(f"match::{told.mark.convention}::{UNPLACED}")  # groups that do not tell places are about all
        check = told.mark.check
        known = check not in self._grouped or any((check, name) in self._groups for name in names)
        return check in self._checks and known


def _verdicts(marks: Sequence[_Told], ran: bool) -> str:
    verdicts = sorted({told.mark.verdict for told in marks}, key=harm)
    return ", ".join(verdicts) or ("-" if ran else _NOT_RUN)


def _direction(was: Sequence[_Told], now: Sequence[_Told]) -> Direction:
    if not was or not now:
        return "new" if now else "gone"
    before, after = (max(harm(told.mark.verdict) for told in marks) for marks in (was, now))
    return "worse" if after > before else "better" if after < before else "changed"


def _by_place(result: Mapping[str, Any], drawn: Sequence[_Cases]) -> dict[Mark, list[_Told]]:
    """What nothing excuses, by the marks without pair and verdict: the places at which something is wrong.

    Shrinking can lead to a mark that its check never draws, so that no run could tell whether it is mended. Such a mark
    is left out where the finding has others.
    """
    places: dict[Mark, list[_Told]] = {}
    for finding in result["findings"]:
        if not finding.get("waived_by"):
            told = [_Told(mark, key, finding["id"]) for key, mark in marks_of(finding)]
            for each in [each for each in told if any(cases.has_like(each) for cases in drawn)] or told:
                places.setdefault(evolve(each.mark, pair=("", ""), verdict=""), []).append(each)
    return places
