"""Keeps of a check that needs it only what a stand-alone reproducer shows: the rest was seen, and becomes a note."""

from __future__ import annotations

from collections.abc import Callable

from conformance.model.outcome import NOT_SHOWN, Finding, Outcome, Reproduced

UNPROVEN = "differences were seen whose reproducers cannot be built here, which takes make and the run's compilers"
"""Why a check has not run where nothing of what it found could be shown."""


def only_proven(
    outcome: Outcome, tried: Callable[[Finding], Reproduced], confirmed: Callable[[Finding], bool]
) -> Outcome:
    """The outcome with the findings that their reproducers show.

    Causes that were not confirmed for their number are kept beside one that is shown. Where nothing is left, the check
    passes, unless a reproducer could not be built: then it has not run.
    """
    came_to = {finding.id: tried(finding) for finding in outcome.findings if confirmed(finding)}
    shown = any(found == "shown" for found in came_to.values())
    unconfirmed = "shown" if shown else ""
    kept = tuple(each for each in outcome.findings if came_to.get(each.id, unconfirmed) == "shown")
    left_out = [finding for finding in outcome.findings if finding not in kept]
    notes = tuple(f"{_note(finding, came_to.get(finding.id))}" for finding in left_out)
    status, why = outcome.status, outcome.why
    if not kept and left_out:
        unproven = any(found != NOT_SHOWN for found in came_to.values())
        status, why = ("not-run", UNPROVEN) if unproven else ("pass", why)
    return outcome.changed(findings=kept, notes=(*outcome.notes, *notes), status=status, why=why)


def _note(finding: Finding, came_to: Reproduced | None) -> str:
    why = {"not built": "cannot be built here", None: "was not tried"}.get(came_to, "does not show it")
    return f"{finding.check} {finding.key}: {finding.verdict} was seen, and its stand-alone reproducer {why}"
