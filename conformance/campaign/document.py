"""What a campaign came to as plain data, `abi-conformance/campaign/1`; its JSON Schema is beside this file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from attrs import frozen

from conformance import __version__
from conformance.campaign.merge import CampaignCause, counted, exit_code, merged
from conformance.campaign.outcome import STATUSES, UnitOutcome
from conformance.campaign.plan import CampaignPlan
from conformance.campaign.store import ResultStore
from conformance.campaign.units import CampaignUnit
from conformance.model import json

SCHEMA = "abi-conformance/campaign/1"


@frozen
class CampaignAccount:
    """All that there is to tell of a campaign.

    `outcomes` has every unit by its name. `scheduler` is the address of the cluster, "" for one of this machine.
    `ended` says what ended it before its time, "" for nothing; `earlier` is how many units were stored before it began.
    """

    plan: CampaignPlan
    store: ResultStore
    scheduler: str
    units: Sequence[CampaignUnit]
    outcomes: Mapping[str, UnitOutcome]
    started: datetime
    ended: str
    earlier: int

    @property
    def exit_code(self) -> int:
        """What the command ends with."""
        return exit_code(self.outcomes.values(), self.ended)

    @property
    def causes(self) -> list[CampaignCause]:
        """The findings of all units by their causes."""
        return merged(self.units, self.outcomes)


def document(account: CampaignAccount) -> dict[str, Any]:
    """Everything: the units in the order of the plan, and the causes by themselves."""
    outcomes = account.outcomes
    statuses = Counter(outcome.status for outcome in outcomes.values())
    return {
        "schema": SCHEMA,
        "tool": {"version": __version__},
        "started": account.started.isoformat(timespec="seconds"),
        "seconds": round((datetime.now(UTC) - account.started).total_seconds(), 3),
        "complete": all(outcome.is_stored for outcome in outcomes.values()),
        "exit_code": account.exit_code,
        "ended": account.ended,
        "plan": str(account.plan.path),
        "store": account.store.url,
        "scheduler": account.scheduler or None,
        "counts": {
            "units": len(account.units),
            "earlier": account.earlier,
            **{status: statuses[status] for status in STATUSES if statuses[status]},
        },
        "calls": counted(outcomes.values()),
        "units": [_unit(account, unit, outcomes[unit.name]) for unit in account.units],
        "causes": [_cause(cause) for cause in account.causes],
    }


def _unit(account: CampaignAccount, unit: CampaignUnit, outcome: UnitOutcome) -> dict[str, Any]:
    return {
        "name": unit.name,
        "run": unit.run,
        "subject": unit.subject,
        "version": unit.version,
        "seed": unit.seed,
        "needs": list(unit.needs),
        "command": unit.command,
        "status": outcome.status,
        "why": outcome.why,
        "seconds": outcome.seconds,
        "processor": outcome.processor,
        "calls": dict(outcome.counts),
        "result": account.store.place(unit.name) if outcome.is_stored else None,
    }


def _cause(cause: CampaignCause) -> dict[str, Any]:
    raw = json.to_json(cause.first.cause)
    for key in ("of_runtime", "reproducer"):  # which are about a cell of a matrix, and a folder of a run
        del raw[key]
    return {
        "subject": cause.first.subject,
        **raw,
        "findings": cause.findings,
        "waived_by": cause.waived_by,
        "units": [unit.name for unit in cause.units],
    }
