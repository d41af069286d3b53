"""What a response to a planned call comes to: a verdict of `model/verdict.py`, and in words what was observed."""

from __future__ import annotations

import re
import signal

from conformance.audit.plan import AuditCall
from conformance.model.subject import Reply
from conformance.transport.process.messages import Broke, Died, Hung, Response

FINDINGS = ("silent-wrong", "overrun", "crashed", "hung", "false-alarm")
"""The verdicts of a function that trusts what it is called with, or refuses what it declares."""

UNJUDGED = ("misattributed", "inconclusive")
"""The verdicts that say nothing about a function: whether it would have rejected what was wrong is not seen."""

_ABOUT_COUNT = re.compile(r"\bargument|\bargs?\b|\bcount\b|num_args", re.IGNORECASE)
"""What an error about a wrong count is recognised by, where it is no TypeError."""


def judge(planned: AuditCall, response: Response, guard_signal: int) -> tuple[str, str]:
    """The verdict, and what was observed; `inconclusive` says why nothing can be concluded.

    A death is held against the function where the arguments that are not wrong have something in them: a function may
    look into an argument before it checks the next.
    """
    if isinstance(response, Reply):
        return _replied(planned, response)
    if isinstance(response, Died) and response.signal == guard_signal:
        return "overrun", f"touched what lies behind the {len(planned.call.slots)} arguments"
    if isinstance(response, Broke):
        return "inconclusive", f"the call could not be made: {response.words.splitlines()[-1]}"
    ended = _ended(response)
    if not planned.is_real:
        return "inconclusive", f"{ended}, maybe of a stand-in for another argument, which has nothing in it"
    return ("hung" if isinstance(response, Hung) else "crashed"), ended


def _ended(response: Response) -> str:
    if isinstance(response, Died):
        how = signal.Signals(response.signal).name if response.signal else f"exit status {response.status}"
        return f"ended the process: {how}"
    return "did not end within the limit" if isinstance(response, Hung) else "was not made"


def _replied(planned: AuditCall, reply: Reply) -> tuple[str, str]:
    if planned.mismatch == "probe":
        return ("intact", "returned 0") if reply.status == 0 else ("detected", _error(reply))
    if reply.status == 0:
        return ("intact" if planned.mismatch == "match" else "silent-wrong"), "; ".join(("returned 0", *reply.remarks))
    about_types = reply.error_kind == "TypeError"
    if planned.mismatch == "match":
        return ("false-alarm" if reply.named in planned.plain else "inconclusive"), f"rejected: {_error(reply)}"
    if planned.mismatch == "type":
        is_due = reply.named == planned.index or (reply.named is None and about_types)
    else:
        is_due = about_types or bool(_ABOUT_COUNT.search(reply.error))
    return ("detected" if is_due else "misattributed"), _error(reply)


def _error(reply: Reply) -> str:
    """The first line of an error, with its kind."""
    lines = reply.error.strip().splitlines()
    if not lines and not reply.error_kind:
        return f"status {reply.status} without an error"
    return f"{reply.error_kind or 'an error'}: {lines[0] if lines else 'without a message'}"
