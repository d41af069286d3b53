"""Sorts the nonconforming calls of a check into causes, so that none hides another and each is told once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.engine.carrier import Carrier
from conformance.model.case import Case, Mismatch
from conformance.model.mark import MOST_ALIKE, Mark, alike, mark_of, place_of
from conformance.oracle.judge import Judgement
from conformance.oracle.mismatch import argument

Excuse = Callable[[Case, str, str], "str | None"]
"""By what a case with this key and verdict is excused (a waiver, the baseline), None where nothing excuses it."""


def nothing_excused(case: Case, key: str, verdict: str) -> str | None:  # noqa: ARG001 - what an excuse is asked
    """Excuses no call."""
    return None


def excused(excuse: Excuse, case: Case, judgement: Judgement) -> tuple[Case, str]:
    """The case, and by what it is excused, "" where nothing does.

    A call that is wrong in several arguments may be rejected for any of them. Where what comes of one is excused, such
    as a conversion whose error names no argument, the call is taken for one of that argument: of the others it says
    nothing, and calls in which they alone are wrong are drawn as well.
    """
    for one in (case, *_of_other_arguments(case, judgement)):
        if excused_by := excuse(one, one.failed_key(judgement.place), judgement.verdict):
            return one, excused_by
    return case, ""


def _of_other_arguments(case: Case, judgement: Judgement) -> Iterator[Case]:
    grounds = judgement.grounds
    if judgement.verdict != "misattributed" or grounds is None:
        return
    for at in grounds.expectation.named:
        if at != case.mismatch.index and at < min(len(case.passed), len(case.declared)):
            passed, declared = case.passed.params[at], case.declared.params[at]
            cls = argument(passed, declared, grounds.rules)
            if cls is not None:
                yield replace(case, mismatch=Mismatch(cls, at, declared.kind, passed.kind))


@dataclass(frozen=True)
class Candidate:
    """A nonconforming call: where it stands, what it is, its key and mark, and what came of it.

    It has no `plan` if it was not drawn but kept from an earlier run.
    """

    carrier: Carrier
    plan: Any | None
    at: int
    case: Case
    judgement: Judgement
    key: str
    mark: Mark
    drawn: int

    @property
    def simplicity(self) -> tuple[int, int, int]:
        """What the simplest call has least of: arguments of its longer side, of both sides, calls drawn before it."""
        passed, declared = len(self.case.passed), len(self.case.declared)
        return max(passed, declared), passed + declared, self.drawn


@dataclass(frozen=True)
class Cause:
    """Nonconforming calls that most likely go wrong for one reason: the simplest call of each of their marks.

    `simplest` is the first of `candidates`; `excused_by` is what excuses them all, "" where nothing does.
    """

    candidates: tuple[Candidate, ...]
    excused_by: str = ""

    @property
    def simplest(self) -> Candidate:
        """The call that stands for the cause."""
        return self.candidates[0]

    @property
    def marks(self) -> frozenset[Mark]:
        """All marks of the cause."""
        return frozenset(candidate.mark for candidate in self.candidates)


@dataclass
class Sorter:
    """Takes nonconforming calls in the order in which they are drawn, and keeps the simplest of each mark.

    Calls that are excused are set aside first, by what excuses them: they never stand for a mark that has others. With
    `by_place` marks that differ in verdict and mode alone are one cause: what they come to depends on what lies in
    memory.
    """

    excuse: Excuse
    by_place: bool = False
    unexcused: int = 0
    _alike: set[Mark] = field(default_factory=set)
    _kept: dict[tuple[str, Mark], Candidate] = field(default_factory=dict)
    _drawn: int = 0

    def add(self, carrier: Carrier, plan: Any | None, at: int, case: Case, judgement: Judgement) -> None:
        """Takes one nonconforming call."""
        case, excused_by = excused(self.excuse, case, judgement)
        key = case.failed_key(judgement.place)
        self.unexcused += not excused_by
        mark = mark_of(case, judgement.verdict, judgement.place)
        candidate = Candidate(carrier, plan, at, case, judgement, key, mark, self._drawn)
        self._drawn += 1
        known = self._kept.get((excused_by, mark))
        if known is None and not excused_by:
            self._alike.add(alike(self._place(mark)))
        if known is None or candidate.simplicity < known.simplicity:
            self._kept[excused_by, mark] = candidate

    def _place(self, mark: Mark) -> Mark:
        return place_of(mark) if self.by_place else mark

    @property
    def found(self) -> int:
        """How many causes there are at least that nothing excuses: marks that are alike count once."""
        return len(self._alike)

    def causes(self) -> Iterator[Cause]:
        """The causes, simplest first: those that nothing excuses, then the others."""
        groups: dict[tuple[str, Mark], dict[Mark, list[Candidate]]] = {}
        for (excused_by, mark), candidate in self._kept.items():
            place = self._place(mark)
            groups.setdefault((excused_by, alike(place)), {}).setdefault(place, []).append(candidate)
        causes = []
        for (excused_by, _), places in groups.items():
            if len(places) > MOST_ALIKE:
                causes.append(_cause([candidate for group in places.values() for candidate in group], excused_by))
            else:
                causes += [_cause(candidates, excused_by) for candidates in places.values()]
        yield from sorted(causes, key=lambda cause: (cause.excused_by != "", cause.simplest.simplicity))


def _cause(candidates: list[Candidate], excused_by: str) -> Cause:
    return Cause(tuple(sorted(candidates, key=lambda candidate: candidate.simplicity)), excused_by)
