"""Where a version of a subject stands: what all its runs came to, a check and a pair at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from attrs import frozen

from conformance.gate.required import unmet
from conformance.reports.causes import cause_id, told_once
from conformance.reports.result import Result
from conformance.reports.summary import plural, unasked
from conformance.site.collect import Run
from conformance.site.order import version_key

State = Literal["good", "waived", "unfinished", "bad", "nothing"]

_WORST = ("fail", "waived", "not-run", "pass", "not-applicable")
"""What a check comes to over several runs: the first of these that any of them has."""


@frozen
class CheckCell:
    """What a check came to, on all pairs or on one.

    `causes` are those of its findings that nothing excuses, `waived` those that are excused. `run` is the run that
    decides, where several have made the check.
    """

    check: str
    status: str
    causes: int
    waived: int
    cases: int
    run: Run


@frozen
class SubjectStanding:
    """A version of a subject.

    `problems` are the causes that nothing excuses, with waivers that are stale, requirements that are not met and
    errors; `waived` are the causes that are excused. The cells are by check, and those of pairs by pair and check.
    """

    subject: str
    version: str
    runs: tuple[Run, ...]
    problems: int
    waived: int
    cases: int
    complete: bool
    checks: Mapping[str, CheckCell]
    pairs: Mapping[str, Mapping[str, CheckCell]]

    @property
    def state(self) -> State:
        """What all of it comes to: what does not conform comes first, then what is not known."""
        if self.problems:
            return "bad"
        if not self.complete:
            return "unfinished"
        if not any(cell.status in ("pass", "waived") for cell in self.checks.values()):
            return "nothing"
        return "waived" if self.waived else "good"

    @property
    def words(self) -> str:
        """The state in words: `conforms`, `2 problems`."""
        unfinished = "" if self.complete else ", unfinished"
        return {
            "good": "conforms",
            "waived": f"conforms, {self.waived:,} waived",
            "unfinished": "unfinished",
            "bad": plural(self.problems, "problem") + unfinished,
            "nothing": "nothing ran",
        }[self.state]

    @property
    def run(self) -> Run:
        """The run to look at first: that with the most problems, of several the newest."""
        return max(self.runs, key=lambda run: (sum(problems(run.result).values()), run.started))


def standings(runs: Iterable[Run]) -> list[SubjectStanding]:
    """Every version of every subject, fewest problems first, then what is finished, then by subject the newest."""
    by_version: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        by_version.setdefault((run.subject, run.version), []).append(run)
    found = [_standing(subject, version, of_it) for (subject, version), of_it in by_version.items()]
    found.sort(key=lambda each: version_key(each.version), reverse=True)
    return sorted(found, key=lambda each: (each.problems, not each.complete, each.subject))


def check_names(found: Iterable[SubjectStanding], order: Sequence[str]) -> list[str]:
    """The checks that anything is known of, in this order, and those that it does not name last."""
    names = dict.fromkeys(name for each in found for name in each.checks)
    return [name for name in order if name in names] + sorted(name for name in names if name not in order)


def problems(result: Result) -> Counter[str]:
    """What nothing excuses, counted by what it is known by from run to run."""
    found = Counter(cause_id(told.finding) for told in told_once(result["findings"]) if not told.finding["waived_by"])
    with_findings = {finding["check"] for finding in result["findings"]}
    failed = (check["id"] for check in result["checks"] if check["status"] == "fail")
    found.update(f"check {name}" for name in failed if name not in with_findings)
    for what, sentences in (
        ("error", result["errors"]),
        ("waiver", result["gate"]["problems"]),
        ("requirement", unmet(result)),
    ):
        found.update(f"{what} {sentence}" for sentence in sentences)
    return found


def waived(result: Result) -> Counter[str]:
    """The causes that are excused, counted in the same way."""
    return Counter(cause_id(told.finding) for told in told_once(result["findings"]) if told.finding["waived_by"])


def _standing(subject: str, version: str, runs: Sequence[Run]) -> SubjectStanding:
    ordered = tuple(sorted(runs, key=lambda run: run.started, reverse=True))
    found: Counter[str] = Counter()
    excused: Counter[str] = Counter()
    for run in ordered:  # a cause that several runs show is one
        found |= problems(run.result)
        excused |= waived(run.result)
    checks: dict[str, list[CheckCell]] = {}
    pairs: dict[str, dict[str, list[CheckCell]]] = {}
    for run in ordered:
        for check in run.result["checks"]:
            if unasked(check):
                continue
            checks.setdefault(check["id"], []).append(_cell(run, check, check))
            for pair, row in _rows(run.result, check):
                pairs.setdefault(pair, {}).setdefault(check["id"], []).append(_cell(run, check, row, pair))
    return SubjectStanding(
        subject,
        version,
        ordered,
        found.total(),
        excused.total(),
        sum(run.result["counts"]["judged"] for run in ordered),
        all(run.result["complete"] for run in ordered),
        {name: _worst(cells) for name, cells in checks.items()},
        {pair: {name: _worst(cells) for name, cells in row.items()} for pair, row in sorted(pairs.items())},
    )


def _rows(result: Result, check: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What a check came to on each pair; a result of an earlier version tells it where there is one pair."""
    if check["pairs"]:
        yield from ((">".join(row["pair"]), row) for row in check["pairs"] if row["pair"])
    elif len(result["pairs"]) == 1:
        yield ">".join(result["pairs"][0]), check


def causes(result: Result, check: str, pair: str = "") -> tuple[int, int]:
    """How many causes the findings of a check have, on all pairs or on one, that nothing excuses, and that are excused.

    A cause that several pairs show is one.
    """
    found: dict[bool, set[str]] = {True: set(), False: set()}
    for finding in result["findings"]:
        if finding["check"] == check and pair in ("", ">".join(finding["pair"])):
            found[bool(finding["waived_by"])].add(cause_id(finding))
    return len(found[False]), len(found[True])


def _cell(run: Run, check: Mapping[str, Any], row: Mapping[str, Any], pair: str = "") -> CheckCell:
    return CheckCell(check["id"], row["status"], *causes(run.result, check["id"], pair), row["cases"], run)


def _worst(cells: Sequence[CheckCell]) -> CheckCell:
    """What several runs come to: what the worst of them does, with the cases of all."""
    worst = min(cells, key=lambda cell: (_WORST.index(cell.status), -cell.causes))
    cases = sum(cell.cases for cell in cells)
    return CheckCell(worst.check, worst.status, worst.causes, worst.waived, cases, worst.run)
