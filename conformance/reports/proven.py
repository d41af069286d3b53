"""Keeps of a check that needs it only what a stand-alone reproducer shows: the rest was seen, and becomes a note."""

from __future__ import annotations

from collections.abc import Callable

from conformance.model.outcome import NOT_SHOWN, SHOWN, Finding, Outcome, Reproduced

UNPROVEN = (
    "differences were seen whose reproducers cannot be built here; install make and, as programs, the compilers that "
    "the run names"
)
"""Why a check says nothing of a subject: what it found could not be shown."""


def only_proven(
    outcome: Outcome, tried: Callable[[Finding], Reproduced], confirmed: Callable[[Finding], bool]
) -> Outcome:
    """The outcome with the findings that are excused, and those that their reproducers show.

    Causes that were not confirmed for their number are kept beside one that is shown. Where no other is left, the check
    passes; it is an error where a reproducer could not be built, since nobody knows then.
    """
    unexcused = [finding for finding in outcome.findings if not finding.excused_by]
    came_to = {finding.id: tried(finding) for finding in unexcused if confirmed(finding)}
    shown = SHOWN in came_to.values()
    left_out = [each for each in unexcused if came_to.get(each.id, SHOWN if shown else NOT_SHOWN) != SHOWN]
    kept = tuple(finding for finding in outcome.findings if finding not in left_out)
    notes = (*outcome.notes, *(_note(finding, came_to.get(finding.id)) for finding in left_out))
    outcome = outcome.changed(findings=kept, notes=notes)
    if shown or not left_out:
        return outcome
    if any(came_to.get(finding.id, NOT_SHOWN) != NOT_SHOWN for finding in left_out):
        return outcome.changed(status="error", why=UNPROVEN, adapter=True)
    return outcome if kept else outcome.changed(status="pass")


def _note(finding: Finding, came_to: Reproduced | None) -> str:
    why = {"not built": "cannot be built here", None: "was not tried"}.get(came_to, "does not show it")
    return f"{finding.check} {finding.key}: {finding.verdict} was seen, and its stand-alone reproducer {why}"
