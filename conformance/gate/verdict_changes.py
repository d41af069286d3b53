"""Which kinds of cases changed verdict between two results, gathered by what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

from conformance.checks import CHECKS
from conformance.gate.compare import Change, Direction, harm, rank
from conformance.model.case import id_of
from conformance.model.groups import general, group_of, merged, size

_OF_FINDINGS: dict[Direction, Direction] = {"new": "worse", "gone": "better"}
"""What has become of a group where a finding of it is new or gone."""

_CHANCE = 3.0
"""Standard deviations by which a share must have changed where the two runs have not drawn the same cases."""


@dataclass(frozen=True)
class Moved:
    """One group in both results; `kind` is the tail of its key, such as `f64<-i64`."""

    kind: str
    old: dict[str, int]
    new: dict[str, int]


@dataclass(frozen=True)
class Example:
    """The smallest case that can be shown, with the verdict that it has in `where`, "old" or "new"."""

    key: str
    id: str
    declared: str
    passed: str
    verdict: str
    where: str


@dataclass(frozen=True)
class VerdictChange:
    """Groups of one class and check that lost the verdicts `old` to the verdicts `new`."""

    direction: Direction
    check: str
    cls: str
    old: tuple[str, ...]
    new: tuple[str, ...]
    moved: tuple[Moved, ...]
    example: Example | None

    def tells(self, change: Change) -> bool:
        """Whether a finding's change is one of these."""
        direction = _OF_FINDINGS.get(change.direction, change.direction)
        if change.kind != "finding" or (change.check, direction) != (self.check, self.direction):
            return False
        group = group_of(change.what)
        return group.startswith(f"{self.cls}::") and _kind(group) in {moved.kind for moved in self.moved}


@dataclass(frozen=True)
class VerdictChanges:
    """What changed, worse first; `gone` and `come` are groups of cases that only one result has."""

    changes: tuple[VerdictChange, ...]
    gone: tuple[str, ...]
    come: tuple[str, ...]


def compare_groups(old: Mapping[str, Any], new: Mapping[str, Any]) -> VerdictChanges:
    """All groups whose shares of verdicts differ. A result without groups has nothing to compare."""
    before, after = _by_name(old), _by_name(new)
    if not before or not after:
        return VerdictChanges((), (), ())
    causes: dict[tuple[Direction, str, str, tuple[str, ...], tuple[str, ...]], list[tuple[str, str]]] = {}
    for name in sorted(before.keys() & after.keys()):
        was, now = before[name]["verdicts"], after[name]["verdicts"]
        lost, gained = _lost(was, now), _lost(now, was)
        if lost or gained:
            group, check = name
            cause = (_direction(check, was, now, lost, gained), check, group.partition("::")[0], lost, gained)
            causes.setdefault(cause, []).append(name)
    changes = [_change(cause, [(before[name], after[name]) for name in names]) for cause, names in causes.items()]
    changes.sort(key=lambda change: (rank(change.direction, change.check), change.cls))
    return VerdictChanges(tuple(changes), _only(before, after), _only(after, before))


def counts(verdicts: Mapping[str, int]) -> str:
    """Verdicts with how often they were reached."""
    return ", ".join(f"{verdict} {n:,}" for verdict, n in sorted(verdicts.items(), key=lambda item: harm(item[0])))


def _by_name(result: Mapping[str, Any]) -> dict[tuple[str, str], Mapping[str, Any]]:
    groups = ({**group, "group": general(group["group"])} for group in result.get("groups", []))
    return {(group["group"], group["check"]): group for group in merged(groups)}


def _only(groups: Iterable[tuple[str, str]], others: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(sorted({group for group, _ in groups} - {group for group, _ in others}))


def _lost(was: Mapping[str, int], now: Mapping[str, int]) -> tuple[str, ...]:
    """The verdicts with a smaller share than before, by more than chance where other cases were drawn."""
    n, m = sum(was.values()), sum(now.values())
    lost = []
    for verdict, count in was.items():
        left = now.get(verdict, 0)
        share = (count + left) / (n + m) if n + m else 0.0
        chance = 0.0 if n == m or not left else _CHANCE * sqrt(share * (1 - share) * (n + m) / (n * m))
        if count * m - left * n > chance * n * m:
            lost.append(verdict)
    return tuple(sorted(lost, key=harm))


def _direction(
    check: str, was: Mapping[str, int], now: Mapping[str, int], lost: tuple[str, ...], gained: tuple[str, ...]
) -> Direction:
    """Worse where more cases do not conform than before, or where any does more harm."""
    passes = (*(CHECKS[check].passes if check in CHECKS else ()), "inconclusive")
    bad, fine = [v for v in gained if v not in passes], [v for v in lost if v not in passes]
    if not bad:
        mended = fine and set(gained) != {"inconclusive"}
        return "better" if mended else "changed"  # what can no longer be told is not mended
    if not fine:
        return "worse"
    more = "pass" in _lost(_in_two(was, passes), _in_two(now, passes))
    return "worse" if more or max(map(harm, bad)) > max(map(harm, fine)) else "better"


def _in_two(verdicts: Mapping[str, int], passes: Iterable[str]) -> dict[str, int]:
    conform = sum(verdicts.get(verdict, 0) for verdict in passes)
    return {"pass": conform, "fail": sum(verdicts.values()) - conform}


def _change(
    cause: tuple[Direction, str, str, tuple[str, ...], tuple[str, ...]],
    pairs: list[tuple[Mapping[str, Any], Mapping[str, Any]]],
) -> VerdictChange:
    direction, check, cls, lost, gained = cause
    moved = tuple(Moved(_kind(new["group"]), dict(old["verdicts"]), dict(new["verdicts"])) for old, new in pairs)
    example = _example([new for _, new in pairs], gained, "new") or _example([old for old, _ in pairs], lost, "old")
    return VerdictChange(direction, check, cls, lost, gained, moved, example)


def _kind(group: str) -> str:
    cls, *rest = group.split("::", 2)
    return rest[1] if len(rest) > 1 else cls


def _example(groups: Iterable[Mapping[str, Any]], verdicts: Iterable[str], where: str) -> Example | None:
    """The smallest case of the groups that has one of the verdicts."""
    shown = [(group["examples"][v], v) for group in groups for v in verdicts if v in group["examples"]]
    if not shown:
        return None
    example, verdict = min(shown, key=lambda pair: size(pair[0]))
    signature = example["signature"]
    return Example(
        example["key"], id_of(example["case"]), signature["declared"], signature["passed"],
        verdict, where,
    )  # fmt: skip
