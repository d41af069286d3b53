"""The result of a run (`abi-conformance/2`): built from what the items left, by pure functions.

The same outcomes give the same result in whatever order they came, but for `started` and `seconds`.
"""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance import __version__
from conformance.checks import CHECKS
from conformance.model.case import BLIND_SPOTS, CLASSES
from conformance.model.distinct import count
from conformance.model.facts import RunFacts
from conformance.model.groups import merged
from conformance.model.mark import mark_of_key
from conformance.model.options import REPORT_DIR, RunOptions
from conformance.model.outcome import RESULT_SCHEMA, Finding, Outcome
from conformance.model.verdict import VERDICTS
from conformance.reports.acceptance import acceptance
from conformance.reports.causes import with_causes
from conformance.reports.streams import joined, summed

NOT_SELECTED, ELSEWHERE = "not selected", "in other shards"
"""Why a check did not run that nobody asked for, or that is no part of this shard."""

Result = dict[str, Any]
"""A result as plain JSON data; `model/schemas/result-2.json` says what is in it."""

_ORDER = {check: place for place, check in enumerate(CHECKS)}
_STATUSES = ("fail", "error", "not-run", "pass", "not-applicable")
"""An item's statuses; of several the first decides about their check."""


@dataclass(frozen=True)
class RunRecord:
    """What is known of a run besides its outcomes.

    `given` are the options that were given, by name, with where they came from; `not_run` says why checks that were
    asked for have no outcome; `units` are those of a shard. Without `by_kind` cases are not counted by kind, which
    takes by far the longest.
    """

    facts: RunFacts
    options: RunOptions
    started: str
    seconds: float
    given: Mapping[str, Any] = field(default_factory=dict)
    complete: bool = True
    not_run: str = "nothing of it was run"
    units: Sequence[str] | None = None
    by_kind: bool = True

    def why_not(self, check: str) -> str:
        """Why a check has no outcome."""
        if not self.options.wants(check):
            return NOT_SELECTED
        elsewhere = self.units is not None and not any(unit.partition("#")[0] == check for unit in self.units)
        return ELSEWHERE if elsewhere else self.not_run


def build(outcomes: Iterable[Outcome], record: RunRecord) -> Result:
    """The result, before waivers, folders and the exit code."""
    ordered = sorted(joined(outcomes), key=lambda outcome: (_ORDER.get(outcome.check, len(_ORDER)), outcome.pair))
    facts, options = record.facts, record.options
    assert options.seed is not None, "the plugin settles the seed before anything is drawn"
    return {
        "schema": RESULT_SCHEMA,
        "tool": {"version": __version__},
        "started": record.started,
        "seconds": round(record.seconds, 3),
        "seed": options.seed,
        "profile": options.profile,
        "options": dict(record.given),
        "complete": record.complete,
        "subject": dict(facts.subject),
        "compilers": [dict(compiler) for compiler in facts.compilers],
        "pairs": [list(pair) for pair in facts.pairs],
        "notes": dict(facts.notes),
        "counts": _counts(ordered),
        "checks": [_check(name, ordered, record.why_not(name), shared=SHARED in facts.notes) for name in CHECKS],
        "findings": _findings(ordered, options.report_dir),
        "release": by_severity(summed(outcome.release for outcome in ordered)),
        "blind_spots": _blind_spots(ordered),
        "acceptance": acceptance(ordered) if record.by_kind else [],
        "groups": [
            {**group, "verdicts": by_severity(group["verdicts"]), "examples": dict(sorted(group["examples"].items()))}
            for group in merged(group for outcome in ordered for group in outcome.groups if record.by_kind)
        ],
    }


def by_severity(counts: Mapping[str, int]) -> dict[str, int]:
    """Counts of verdicts in the order of `VERDICTS`, without zeros."""
    known = {verdict: counts[verdict] for verdict in VERDICTS if counts.get(verdict)}
    return known | {verdict: n for verdict, n in sorted(counts.items()) if n and verdict not in known}


def replay_command(finding_id: str, report_dir: Path) -> str:
    """What to type to see a finding again."""
    folder = "" if report_dir == REPORT_DIR else f" --report-dir {shlex.quote(str(report_dir))}"
    return f"abi-conformance replay {finding_id}{folder}"


def _counts(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    headline = _headline(outcomes)
    return {
        "signatures": count(name for outcome in outcomes for name in outcome.signatures),
        **{
            name: sum(getattr(outcome, name) for outcome in outcomes)
            for name in ("compiled", "generated", "executed", "judged", "inconclusive", "not_run", "examples")
        },
        "by_convention": {name: by_severity(headline[name]) for name in sorted(headline)},
    }


def _headline(outcomes: Sequence[Outcome]) -> dict[str, Counter[str]]:
    """Verdicts of the mismatches that the rules reject, by convention, and all conventions over the same calls.

    Where the calls of a pair, a bundle and a class were not all made in each of them, none of them count.
    """
    units: dict[tuple[object, ...], dict[str, Counter[str]]] = {}
    for outcome in outcomes:
        for bundle, conventions in outcome.by_bundle.items():
            for convention, classes in conventions.items():
                for cls in classes.keys() & set(outcome.rejected_classes):
                    unit = units.setdefault((outcome.pair, bundle, cls), {})
                    unit.setdefault(convention, Counter()).update(classes[cls])
    every = {convention for unit in units.values() for convention in unit}
    whole = [unit for unit in units.values() if len({unit.get(name, Counter()).total() for name in every}) == 1]
    return {name: summed(unit[name] for unit in whole) for name in every if whole}


SHARED = "pairs"
"""The note of a result whose pairs were chosen for it, and share what one pair would draw."""


def _check(name: str, everything: Sequence[Outcome], not_run: str, *, shared: bool) -> dict[str, Any]:
    """A check on all pairs; where these `shared` what is drawn, one that is not built decides nothing for others."""
    outcomes = [outcome for outcome in everything if outcome.check == name]
    deciding = [outcome for outcome in outcomes if not (shared and outcome.inconclusive == outcome.generated > 0)]
    statuses = {outcome.status for outcome in deciding or outcomes}
    decisive = next((status for status in _STATUSES if status in statuses), "not-run")
    said = (o for o in outcomes if o.status == decisive or o.not_run or o.inconclusive)
    reasons = dict.fromkeys(outcome.why for outcome in said if outcome.why)
    return {
        "id": name,
        "status": _status(decisive),
        "cases": sum(outcome.judged for outcome in outcomes),
        "signatures": count(name for outcome in outcomes for name in outcome.signatures),
        "kinds": sorted({kind for outcome in outcomes for kind in outcome.kinds}),
        "cut_off": sum(outcome.cut_off for outcome in outcomes),
        **({"news": dict(sorted(news.items()))} if (news := summed(outcome.news for outcome in outcomes)) else {}),
        "by_verdict": by_severity(summed(outcome.by_verdict for outcome in outcomes)),
        "why": "; ".join(reasons) or ("" if outcomes else not_run),
        "notes": [note for outcome in outcomes for note in outcome.notes],
        "pairs": [_on_pair(outcome) for outcome in outcomes],
    }


def _on_pair(outcome: Outcome) -> dict[str, Any]:
    return {
        "pair": list(outcome.pair),
        "status": _status(outcome.status),
        "cases": outcome.judged,
        "by_verdict": by_severity(outcome.by_verdict),
        "why": outcome.why,
    }


def _status(status: str) -> str:
    """A check's status; where an item broke it did not run, which says nothing about the subject."""
    return "not-run" if status == "error" else status


def _findings(outcomes: Sequence[Outcome], report_dir: Path) -> list[dict[str, Any]]:
    distinct = {(finding.check, finding.id): finding for outcome in outcomes for finding in outcome.findings}
    ordered = sorted(distinct.values(), key=lambda f: (_ORDER.get(f.check, len(_ORDER)), f.key, f.id))
    return with_causes([_finding(finding, report_dir) for finding in ordered])


def _finding(finding: Finding, report_dir: Path) -> dict[str, Any]:
    row = finding.to_json()
    case, marks = row.pop("case"), row.pop("marks")
    del row["excused_by"]
    return {
        **row,
        "replay": replay_command(finding.id, report_dir),
        "reproducer": None,
        "waived_by": None,
        "marks": marks or [_mark(finding)],
        "case": case,
    }


def _mark(finding: Finding) -> dict[str, Any]:
    mark = mark_of_key(finding.check, finding.key, finding.verdict, finding.case.get("mode", "plain"))
    return {**mark.to_json(), "key": finding.key}


def _blind_spots(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    counts = summed(outcome.blind_spots for outcome in outcomes)
    known = [cls for cls in BLIND_SPOTS if counts[cls]]
    others = sorted(cls for cls in counts if cls not in BLIND_SPOTS and counts[cls])
    return [{"class": cls, "cases": counts[cls], "note": CLASSES.get(cls, "")} for cls in (*known, *others)]
