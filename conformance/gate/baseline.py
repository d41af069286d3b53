"""A baseline: the findings of an earlier result, which do not fail a run as long as nothing joins them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from attrs import evolve

from conformance.gate.files import read_result
from conformance.model.mark import UNPLACED, Mark, mark_of_key
from conformance.model.outcome import RESULT_SCHEMAS

Known = frozenset[Mark]
"""The marks of what is known, without their pairs: a baseline holds for other compilers, too."""

ANYWHERE = "*"
"""Stands for every place of a matched call that varies nothing: a result of schema 1 does not tell which it was."""

_NO_PAIR = ("", "")


def load(path: Path) -> Known:
    """What an earlier result found, waived or not. Raises GateError."""
    result = read_result(path)
    return frozenset(_known(result, mark) for finding in result["findings"] for _, mark in marks_of(finding))


def marks_of(finding: Mapping[str, Any]) -> Iterator[tuple[str, Mark]]:
    """The marks of a finding of a result, each with the key of an example; those of schema 1 follow from the key."""
    for raw in finding.get("marks") or ():
        yield raw["key"], Mark.from_json(raw)
    if not finding.get("marks"):
        mode = finding.get("case", {}).get("mode", "plain")
        yield finding["key"], mark_of_key(finding["check"], finding["key"], finding["verdict"], mode)


def is_known(known: Known, mark: Mark) -> bool:
    """Whether a mark is in the baseline; its check and its mode are ignored where they are empty."""
    return any(_covers(entry, mark) for entry in known)


def _known(result: Mapping[str, Any], mark: Mark) -> Mark:
    old = result["schema"] == RESULT_SCHEMAS[0] and mark.place == UNPLACED
    return evolve(mark, pair=_NO_PAIR, place=ANYWHERE if old else mark.place)


def _covers(entry: Mark, mark: Mark) -> bool:
    return (
        (entry.verdict, entry.cls, entry.convention) == (mark.verdict, mark.cls, mark.convention)
        and (entry.place == mark.place or (entry.place == ANYWHERE and "<-" not in mark.place))
        and mark.check in (entry.check, "")
        and mark.mode in (entry.mode, "")
    )
