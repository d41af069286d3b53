"""What a unit of a campaign came to: plain data, read from the result of its run."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any, Literal

from attrs import evolve, field, frozen

from conformance import __version__
from conformance.campaign.units import CampaignUnit
from conformance.compat.cells import CellCause
from conformance.compat.reading import cause_of
from conformance.model.errors import CONFORMING, NONCONFORMING
from conformance.model.schema import problem
from conformance.reports.causes import Told, told_once

UnitStatus = Literal["conforming", "nonconforming", "failed", "hung", "killed", "not-stored", "no-worker", "pending"]

STATUSES: dict[UnitStatus, str] = {
    "conforming": "conforms",
    "nonconforming": "does not conform",
    "failed": "left no whole result",
    "hung": "did not come to an end in time",
    "killed": "took its workers along",
    "not-stored": "could not be stored",
    "no-worker": "cannot be run",
    "pending": "not run",
}
"""What a unit can come to, in words; the first two are stored, and all others are run by the next call."""

STORED: tuple[UnitStatus, ...] = ("conforming", "nonconforming")

COUNTED = ("generated", "executed", "judged", "inconclusive", "not_run")
"""The counts of a result that are summed over units."""


@frozen
class UnitCause:
    """A cause of a unit's findings, in its subject; `waived_by` says what excused it, "" for nothing."""

    subject: str
    cause: CellCause
    waived_by: str


@frozen
class UnitOutcome:
    """What a unit came to.

    `why` says what kept it from being stored. `seconds` and `processor` are the wall and processor time of its run, of
    units that this call has made. `counts` has `COUNTED`.
    """

    name: str
    status: UnitStatus
    why: str = ""
    seconds: float = 0.0
    processor: float | None = None
    counts: dict[str, int] = field(factory=dict)
    causes: tuple[UnitCause, ...] = ()

    @property
    def is_stored(self) -> bool:
        """Whether its result lies in the store."""
        return self.status in STORED


def unfit(unit: CampaignUnit, result: Any) -> str:
    """What keeps a result from being a unit's, "" for nothing."""
    if not isinstance(result, dict):
        return "its result is no JSON object"
    wrong = problem(result, "result-2")
    return f"its result is none: {wrong}" if wrong else of_another(unit, result)


def of_another(unit: CampaignUnit, result: Mapping[str, Any]) -> str:
    """What tells a result from one of the unit's, "" for nothing; the result is whole."""
    told = (
        ("abi-conformance", result["tool"]["version"], __version__),
        ("its subject", result["subject"]["version"], unit.version),
        ("its seed", result["seed"], unit.seed),
    )
    for what, there, wanted in told:
        if there != wanted:
            return f"{what} is {there} where it was run, and the campaign's is {wanted}"
    if result["exit_code"] not in (CONFORMING, NONCONFORMING) or not result["complete"]:
        return f"its run ended with {result['exit_code']} and is not complete"
    return ""


def of_result(unit: CampaignUnit, result: Mapping[str, Any], file: str) -> UnitOutcome:
    """What a unit came to by its result, and the file that this is in, "" where it lies elsewhere."""
    return UnitOutcome(
        unit.name,
        "conforming" if result["exit_code"] == CONFORMING else "nonconforming",
        why="" if result["findings"] or result["exit_code"] == CONFORMING else _first_failure(result),
        seconds=result["seconds"],
        counts={name: result["counts"][name] for name in COUNTED},
        causes=tuple(
            UnitCause(result["subject"]["name"], _cause(unit, told, file), told.finding["waived_by"] or "")
            for told in told_once(result["findings"])
        ),
    )


def _cause(unit: CampaignUnit, told: Told, file: str) -> CellCause:
    """A cause that is replayed from the stored result where that is a file, and else by the unit's run."""
    replay = shlex.join(("abi-conformance", "replay", f"{file}#{told.finding['id']}")) if file else unit.command
    return evolve(cause_of(told), replay=replay, reproducer=None)


def _first_failure(result: Mapping[str, Any]) -> str:
    """Why a run without findings is not green: a check, or what its waivers say."""
    failed = [f"{check['id']}: {check['why']}" for check in result["checks"] if check["status"] == "fail"]
    return next(iter(failed), "its waivers do not hold any more")
