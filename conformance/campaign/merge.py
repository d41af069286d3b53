"""The findings of all units, a cause once with the units that it hits, and what the campaign ends with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from attrs import frozen

from conformance.campaign.outcome import COUNTED, UnitCause, UnitOutcome
from conformance.campaign.units import CampaignUnit
from conformance.model.errors import CONFORMING, INTERRUPTED, NONCONFORMING


@frozen
class CampaignCause:
    """A cause of one subject, whatever version, side, target or seed shows it.

    `first` is it in the first of its `units`; `findings` are those of all of them. `waived_by` is "" unless it is
    excused in every unit that it hits.
    """

    first: UnitCause
    units: tuple[CampaignUnit, ...]
    findings: int
    waived_by: str


def merged(units: Sequence[CampaignUnit], outcomes: Mapping[str, UnitOutcome]) -> list[CampaignCause]:
    """The causes, each once: those that nothing excuses first, and of these the ones that hit most units."""
    hits: dict[tuple[str, str], list[tuple[CampaignUnit, UnitCause]]] = {}
    for unit in units:
        for found in outcomes[unit.name].causes:
            hits.setdefault((found.subject, found.cause.cause), []).append((unit, found))
    causes = [_cause(hit) for hit in hits.values()]
    return sorted(causes, key=lambda cause: (bool(cause.waived_by), -len(cause.units)))


def _cause(hits: Sequence[tuple[CampaignUnit, UnitCause]]) -> CampaignCause:
    excuses = {found.waived_by for _, found in hits}
    first = next((found for _, found in hits if not found.waived_by), hits[0][1])
    return CampaignCause(
        first,
        tuple({unit.name: unit for unit, _ in hits}.values()),
        sum(found.cause.findings for _, found in hits),
        "" if "" in excuses else ", ".join(sorted(excuses)),
    )


def counted(outcomes: Iterable[UnitOutcome]) -> dict[str, int]:
    """The counts of all units."""
    stored = [outcome for outcome in outcomes if outcome.is_stored]
    return {name: sum(outcome.counts[name] for outcome in stored) for name in COUNTED}


def exit_code(outcomes: Iterable[UnitOutcome], ended: str = "") -> int:
    """What a campaign ends with: it is interrupted where it `ended` early, or a unit has no stored result."""
    found = list(outcomes)
    if ended or not all(outcome.is_stored for outcome in found):
        return INTERRUPTED
    return NONCONFORMING if any(outcome.status == "nonconforming" for outcome in found) else CONFORMING
