"""What a run came to, as typed and frozen data: read from the result JSON that the run wrote."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen

from conformance.gate.files import read_result
from conformance.model.case import Case
from conformance.model.errors import CONFORMING


@frozen
class CheckOutcome:
    """One check of a run.

    `status` is `pass`, `fail`, `waived`, `not-applicable` or `not-run`; `why` says why where it is one of the last two.
    `cases` counts the calls that were judged, `by_verdict` what they came to.
    """

    id: str
    status: str
    cases: int
    by_verdict: Mapping[str, int]
    why: str


@frozen
class ToldFinding:
    """One nonconforming call, shrunk, as the terminal tells it.

    `pair` are the ids of caller and callee. `replay` is the command that makes it again, `reproducer` the folder with
    a stand-alone program, None where there is none. `waived_by` says what excuses it, "" where nothing does.
    `case` is what `Subject.call` takes.
    """

    id: str
    key: str
    check: str
    verdict: str
    declared: str
    passed: str
    pair: tuple[str, str]
    required: str
    observed: str
    message: str
    replay: str
    reproducer: Path | None
    waived_by: str
    case: Case = field(repr=False)


@frozen
class Result:
    """What a run came to.

    `exit_code` is the command's: 0 conforming, 1 nonconforming, 2 interrupted, 3 internal error, 5 nothing ran.
    `subject`, `version` and `convention` say what ran. `counts` are those of the result JSON: `signatures`,
    `generated`, `executed`, `judged`, `inconclusive`, `not_run` and others, and `by_convention`, verdicts by
    convention. `complete` is False where the run did not come to its end. `notes` are remarks by subject, `errors` the
    suite's own faults. `report_dir` is the folder with result.json and a folder for each finding. `document` is the
    whole result as plain JSON data, for what is not listed here.
    """

    exit_code: int
    subject: str
    version: str
    convention: str
    seed: int
    complete: bool
    counts: Mapping[str, Any]
    checks: tuple[CheckOutcome, ...]
    findings: tuple[ToldFinding, ...]
    notes: Mapping[str, str]
    errors: tuple[str, ...]
    report_dir: Path
    document: Mapping[str, Any] = field(repr=False)

    @property
    def conforms(self) -> bool:
        """Whether the run ended with 0: something ran, it came to its end, and nothing is wrong but what is waived."""
        return self.exit_code == CONFORMING

    @property
    def failures(self) -> tuple[ToldFinding, ...]:
        """The findings that nothing excuses."""
        return tuple(finding for finding in self.findings if not finding.waived_by)

    def __str__(self) -> str:
        """Some lines for an assertion: the exit code and what is not excused, each with the command to see it again."""
        name = f"{self.subject} {self.version}".strip()
        head = f"{name}: exit code {self.exit_code}, {self.counts['judged']} cases, {len(self.failures)} findings"
        told = [line for each in self.failures for line in (f"{each.check} {each.message}", f"  {each.replay}")]
        return "\n".join([head, *told, *self.errors])


def load(path: Path, exit_code: int) -> Result:
    """The result at a path, of a run that ended with `exit_code`. Raises GateError, a UserError."""
    raw = read_result(path)
    about = raw["subject"]
    return Result(
        exit_code=exit_code,
        subject=about["name"],
        version=about["version"],
        convention=about["convention"],
        seed=raw["seed"],
        complete=raw["complete"],
        counts=raw["counts"],
        checks=tuple(
            CheckOutcome(row["id"], row["status"], row["cases"], row["by_verdict"], row["why"]) for row in raw["checks"]
        ),
        findings=tuple(map(_finding, raw["findings"])),
        notes=raw.get("notes", {}),
        errors=tuple(raw.get("errors", ())),
        report_dir=path.parent,
        document=raw,
    )


def _finding(row: Mapping[str, Any]) -> ToldFinding:
    caller, callee = row["pair"]
    return ToldFinding(
        id=row["id"],
        key=row["key"],
        check=row["check"],
        verdict=row["verdict"],
        declared=row["signature"]["declared"],
        passed=row["signature"]["passed"],
        pair=(caller, callee),
        required=row["required"],
        observed=row["observed"],
        message=row["message"],
        replay=row["replay"],
        reproducer=Path(row["reproducer"]) if row["reproducer"] else None,
        waived_by=row["waived_by"] or "",
        case=Case.from_json(row["case"]),
    )
