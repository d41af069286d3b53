"""Which findings of a result have a cause that another finding tells, so that a report tells it once."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.model.mark import MOST_ALIKE, UNPLACED, Mark, alike
from conformance.model.signature import parse_signature

Row = Mapping[str, Any]

_MOST_MARKS = 5
_MOST_PAIRS = 9


def with_causes(findings: Sequence[Row]) -> list[dict[str, Any]]:
    """Findings in the order of their checks, some with the id of the one that tells of them under `same_as`.

    Findings of other checks and pairs are the same where class, place and verdict of all marks are, where these are
    alike in all but kinds and a finding is about many kinds, and where the same is wrong whatever is called; a plain
    matched call tells of the others. A call that goes wrong at an argument is
    the same as the matched call that goes wrong at an argument of the kind that it passes; else as the call that goes
    wrong at an argument of that kind which the rules convert to the same kind. A call that goes wrong as a simpler call
    of its callee does is the same as that one.
    """
    marks = {row["id"]: [Mark.from_json(mark) for mark in row["marks"]] for row in findings}
    first: dict[object, str] = {}
    same: dict[str, str] = {}

    def teller(name: str) -> str:
        while name in same:
            name = same[name]
        return name

    def tell(name: str, by: str) -> None:
        if teller(by) != name:
            same[name] = teller(by)

    wide = {_form(mark) for of_row in marks.values() if len(of_row) > MOST_ALIKE for mark in of_row}
    for row in sorted(findings, key=lambda row: not all(map(_is_plain, marks[row["id"]]))):
        tell(row["id"], first.setdefault(_cause(row, marks[row["id"]], wide) or row["id"], row["id"]))
    failed = {
        (mark.convention, mark.place): teller(row["id"])
        for row in reversed(findings)
        for mark in marks[row["id"]]
        if _is_plain(mark)
    }
    for row in findings:
        kinds = [(mark.convention, row.get("wrong_kind") or _passed_kind(mark)) for mark in marks[row["id"]]]
        tellers = {failed.get(kind) for kind in kinds}
        if len(tellers) == 1 and (told_by := tellers.pop()) is not None:
            tell(row["id"], told_by)
    plain: dict[object, str] = {}
    for row in findings:
        for mark in marks[row["id"]]:
            plain.setdefault(_plain(mark), row["id"])
    for row in findings:
        if row.get("simpler") and row["id"] not in same:
            tell(row["id"], plain.setdefault(_plain(Mark.from_json(row["simpler"])), row["id"]))
    converted = {
        mark.place: row["id"]
        for row in reversed(findings)
        for mark in marks[row["id"]]
        if mark.cls == "coerce" and mark.convention == "packed"
    }
    for row in findings:
        told_by = next((converted[place] for place in _converted(row) if place in converted), None)
        if row["id"] not in same and told_by is not None:
            tell(row["id"], told_by)
    return [{**row, "same_as": teller(row["id"])} if row["id"] in same else dict(row) for row in findings]


_Place = tuple[str, str, str, str]


def _cause(row: Row, marks: Sequence[Mark], wide: Collection[_Place]) -> frozenset[_Place] | None:
    """What findings of one cause have in common; None where it is not known where a call goes wrong.

    `wide` are the forms of marks that some finding is about in many kinds.
    """
    if defect := row.get("defect"):
        return frozenset(("", defect, mark.convention, mark.verdict) for mark in marks)
    if any(mark.place == UNPLACED for mark in marks):
        return None
    forms = frozenset(map(_form, marks))
    return forms if forms <= frozenset(wide) else frozenset(map(_where, marks))


def _is_plain(mark: Mark) -> bool:
    """Whether it is of a matched call in which nothing was varied."""
    return mark.cls == "match" and "<-" not in mark.place


def _where(mark: Mark) -> _Place:
    return mark.cls, mark.place, mark.mode if mark.cls == "match" else "", mark.verdict


def _form(mark: Mark) -> _Place:
    return _where(alike(mark))


def _plain(mark: Mark) -> object:
    """What the marks of one call of a callee have in common in all checks and pairs."""
    return mark.cls, mark.convention, mark.place, mark.mode, mark.verdict


def cause_id(finding: Row) -> str:
    """What a finding's cause is known by from run to run: it has no pair, index, value or signature in it."""
    mark = Mark.from_json(finding["marks"][0])
    text = "|".join((finding["check"], mark.cls, mark.convention, mark.place, mark.mode, mark.verdict))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _converted(row: Row) -> list[str]:
    """What a packed call converts at arguments of the kind that arrives wrong: `f64<-i64`, as marks have it."""
    own = {*row["case"].get("own_kinds", ()), "null"}
    declared, passed = (parse_signature(row["signature"][side], own).params for side in ("declared", "passed"))
    kinds = [(theirs.kind, ours.kind) for theirs, ours in zip(declared, passed, strict=False)]
    wrong = row.get("wrong_kind") if row["key"].split("::")[1] == "packed" else None
    return [f"{theirs}<-{ours}" for theirs, ours in kinds if theirs != ours == wrong]


def _passed_kind(mark: Mark) -> str:
    """The kind that is passed at the argument at which a call goes wrong; empty where it is no argument."""
    return "" if mark.place.endswith("@ret") else mark.place.partition("<-")[2]


@dataclass(frozen=True)
class Told:
    """A finding as reports print it.

    `also` are its further marks, a line each. `folded` are the findings with the same cause that are not printed apart.
    """

    finding: Row
    also: tuple[str, ...]
    folded: tuple[Row, ...] = ()

    @property
    def elsewhere(self) -> str:
        """The checks and pairs of the findings that are not printed apart; empty if there are none."""
        pairs: dict[str, dict[str, None]] = {}
        for row in self.folded:
            pairs.setdefault(row["check"], {})[">".join(row["pair"])] = None
        return "; ".join(f"{check} {_few(list(names))}" for check, names in pairs.items())


def _few(names: Sequence[str]) -> str:
    """Names, the first of them where they are many."""
    more = len(names) - _MOST_PAIRS
    return ", ".join(names[:_MOST_PAIRS]) + (f" and {more} more pairs" if more > 0 else "")


def told_once(findings: Sequence[Row]) -> list[Told]:
    """The findings to print: all but those that another one tells, as long as both are excused or neither is."""
    by_id = {row["id"]: row for row in findings}
    folded: dict[str, list[Row]] = {}
    shown = []
    for row in findings:
        other = by_id.get(row.get("same_as", ""))
        if other is not None and bool(other["waived_by"]) == bool(row["waived_by"]):
            folded.setdefault(other["id"], []).append(row)
        else:
            shown.append(row)
    return [Told(row, _also(row), tuple(folded.get(row["id"], ()))) for row in shown]


def _also(row: Row) -> tuple[str, ...]:
    further = [f"{mark['key']} {mark['verdict']}" for mark in row["marks"]]
    lines = [line for line in dict.fromkeys(further) if line != f"{row['key']} {row['verdict']}"]
    more = len(lines) - _MOST_MARKS
    return (*lines[:_MOST_MARKS], *([f"… and {more:,} more, all in the result's JSON"] if more > 0 else []))
