"""What all trials come to: the score raw and adjusted, by operator and by check, as JSON and as tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from benchmarks.mutants.build import Built
from benchmarks.mutants.outside import MOST, allowed_by
from benchmarks.mutants.trial import Trial

LEAST = 0.97
"""The part that must be killed of the mutants that are not outside the rules."""


@dataclass(frozen=True)
class Score:
    """How many mutants were run, killed, and allowed by the rules and not killed."""

    run: int
    killed: int
    outside: int

    @property
    def raw(self) -> float:
        """The part of all that was killed."""
        return self.killed / self.run if self.run else 0.0

    @property
    def adjusted(self) -> float:
        """The part that was killed of those that are not outside the rules."""
        counted = self.run - self.outside
        return self.killed / counted if counted else 0.0

    def reaches(self, least: float) -> bool:
        """Whether so large a part was killed of those that are not outside the rules, and few enough are."""
        return self.adjusted >= least and self.outside <= MOST * self.run


def score(trials: Iterable[Trial]) -> Score:
    """The score of some trials."""
    counted = list(trials)
    alive = [trial for trial in counted if not trial.killed]
    return Score(len(counted), len(counted) - len(alive), sum(_outside(trial) for trial in alive))


def document(seed: int, trials: Sequence[Trial], dropped: Sequence[Built]) -> dict[str, Any]:
    """Everything as JSON: the scores, and each mutant with its change and its end."""
    return {
        "seed": seed,
        "score": _score_json(score(trials)),
        "dropped": {why: sum(built.why == why for built in dropped) for why in sorted({b.why for b in dropped})},
        "operators": {name: _score_json(score(some)) for name, some in _grouped(trials, _operator).items()},
        "checks": {
            name: {"killed": len(some), "median_cases": int(median(trial.cases for trial in some))}
            for name, some in _grouped([trial for trial in trials if trial.killed], lambda trial: trial.check).items()
        },
        "mutants": [_trial_json(trial) for trial in trials],
    }


def tables(seed: int, trials: Sequence[Trial], dropped: Sequence[Built]) -> str:
    """The scores as Markdown, and below them each mutant that lives."""
    found = document(seed, trials, dropped)
    total = score(trials)
    not_run = ", ".join(f"{number} {why}" for why, number in found["dropped"].items())
    headline = (
        f"seed {seed}: {total.run} mutants, {total.killed} killed, {total.outside} outside the rules; "
        f"raw {total.raw:.1%}, adjusted {total.adjusted:.1%} (dropped: {not_run or 'none'})"
    )
    lines = [
        headline,
        "",
        "| operator | mutants | killed | outside the rules |",
        "|---|---|---|---|",
        *(
            f"| `{_cell(name)}` | {s['run']} | {s['killed']} | {s['outside']} |"
            for name, s in found["operators"].items()
        ),
        "",
        "| check | kills | cases to the kill, median |",
        "|---|---|---|",
        *(f"| {name} | {row['killed']} | {row['median_cases']:,} |" for name, row in found["checks"].items()),
    ]
    alive = [mutant for mutant in found["mutants"] if not mutant["killed"]]
    if alive:
        lines += [
            "",
            "| alive | outside the rules | subject | operator | line | before | after |",
            "|---|---|---|---|---|---|---|",
        ]
    lines += [
        f"| {m['id']} | {'yes' if m['outside'] else '**no**'} | {m['subject']} | `{_cell(m['operator'])}` "
        f"| {m['file']}:{m['line']} | `{_cell(m['before'])}` | `{_cell(m['after'])}` |"
        for m in alive
    ]
    return "\n".join(lines)


def _trial_json(trial: Trial) -> dict[str, Any]:
    mutant, allowed = trial.mutant, allowed_by(trial.mutant.change())
    return {
        "id": mutant.id,
        "maker": mutant.maker,
        "operator": mutant.operator,
        "file": mutant.file,
        **asdict(mutant.change()),
        "subject": trial.subject,
        "exit_code": trial.code,
        "killed": trial.killed,
        "check": trial.check,
        "cases": trial.cases,
        "seconds": round(trial.seconds, 1),
        "outside": allowed.quote if allowed and not trial.killed else "",
    }


def _score_json(of: Score) -> dict[str, Any]:
    return {**asdict(of), "raw": round(of.raw, 4), "adjusted": round(of.adjusted, 4)}


def _outside(trial: Trial) -> bool:
    return allowed_by(trial.mutant.change()) is not None


def _operator(trial: Trial) -> str:
    return f"{trial.mutant.maker}: {trial.mutant.operator}"


def _grouped(trials: Iterable[Trial], name: Callable[[Trial], str]) -> dict[str, list[Trial]]:
    groups: dict[str, list[Trial]] = {}
    for trial in sorted(trials, key=name):
        groups.setdefault(name(trial), []).append(trial)
    return groups


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
