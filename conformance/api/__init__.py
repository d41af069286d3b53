"""The suite from Python: `run` and its `Result`, one case at a time with `subject`, strategies for tests of your own.

Everything else in this package may change between releases; what `__all__` lists here gains, and is not renamed.
Importing it starts no process. What a user can mend is raised as `UserError`, with the sentence of the command.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.api.held import CaseJudgement as Judgement
from conformance.api.held import OpenSubject as Subject
from conformance.api.held import subject
from conformance.api.mistake import Mistake
from conformance.api.result import CheckOutcome, Result, ToldFinding
from conformance.api.running import RunFailed, run
from conformance.model.case import Case
from conformance.model.errors import UserError
from conformance.model.signature import Signature

if TYPE_CHECKING:
    from conformance.api.drawing import calls, mismatches, signatures

__all__ = [
    "Case",
    "CheckOutcome",
    "Judgement",
    "Mistake",
    "Result",
    "RunFailed",
    "Signature",
    "Subject",
    "ToldFinding",
    "UserError",
    "calls",
    "mismatches",
    "run",
    "signatures",
    "subject",
]

_DRAWN = ("calls", "mismatches", "signatures")


def __getattr__(name: str) -> Any:
    """The strategies, imported when the first is asked for: with Hypothesis and NumPy, which a gate does not need."""
    if name not in _DRAWN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from conformance.api import drawing

    return getattr(drawing, name)
