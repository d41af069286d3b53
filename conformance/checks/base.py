"""What a check is: its requirement and why it matters, what passes, and to which subjects it applies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.checks.columns import Rows
from conformance.checks.draft import Draft
from conformance.model.case import CLASSES
from conformance.rules.load import Rules

TENSOR_CLASSES = tuple(cls for cls in CLASSES if cls.startswith("tensor-"))
"""The mismatch classes of a tensor's metadata."""

SILENT = ("silent-wrong", "silent-equal", "overrun", "crashed", "intact")
"""The verdicts of calls that nothing checks."""


@dataclass(frozen=True)
class SubjectFacts:
    """What decides which checks apply to a subject.

    `compiled` says that stubs are compiled against it; else it runs in Python, in a process of its own. `checks` are
    those that it gives a way to see (None: all), `mutable_parts` the parts of a call that can be changed on the wire.
    `compiled_pairs` counts the pairs of which Python is no side, `stubs` says which forms of stubs they have. A subject
    in Python that has no callees is a packer alone, with callers that take the kinds `takes`.
    """

    name: str
    convention: str
    rules: Rules
    kinds: tuple[str, ...]
    compiled: bool
    mutable_parts: tuple[str, ...] = ("type-codes", "args", "codes", "ret", "count")
    checks: tuple[str, ...] | None = None
    compiled_pairs: int = 0
    stubs: str = "both"
    has_callees: bool = True
    takes: tuple[str, ...] = ()


def _anything(_: SubjectFacts) -> str | None:
    return None


@dataclass(frozen=True)
class Check:
    """One numbered requirement, and `why` it matters; what its cases look at, and what they cannot see.

    `passes` are the verdicts that conform for a case of one of `classes`. `group` is the file of tests that it belongs
    to. `asks` says what else a subject must have for it, None where it has that; `stubs` that it needs compiled ones.
    With `proven` nothing is told that its stand-alone reproducer does not show. With `release` the callees' own checks
    are compiled out, with `texts` the errors of all its calls are kept.
    `plan` drafts its calls, callee by callee; there is none where no calls are made, or only by subjects in Python.
    """

    id: str
    requirement: str
    why: str
    looks_at: str
    cannot_see: str
    group: str
    classes: tuple[str, ...]
    passes: tuple[str, ...]
    conventions: tuple[str, ...] = ("packed",)
    asks: Callable[[SubjectFacts], str | None] = _anything
    stubs: bool = False
    proven: bool = False
    release: bool = False
    texts: bool = False
    plan: Callable[[Draft], Rows] | None = None

    def applies_to(self, subject: SubjectFacts) -> str | None:
        """Why the check does not apply to a subject, None where it does."""
        if not subject.compiled:
            if self.id.startswith("X1-"):
                return f"{subject.name} has no unpacked convention; the X1 column is the reference's"
            if self.stubs:
                return f"{subject.name} is called: there are no stubs of a compiler on either side"
        if subject.convention not in self.conventions:
            return f"{subject.name} has the {subject.convention} convention only"
        if not subject.has_callees and self.id not in ("X0-MATCH", *(["X0-RETURN"] if subject.takes else [])):
            return f"{subject.name} is a packer: it has no callees"
        if subject.checks is not None and self.id not in subject.checks:
            return f"{subject.name} gives no way to see it"
        why = self.asks(subject)
        if why is None and subject.compiled and not subject.compiled_pairs and self.id != "DYNAMIC":
            return "Python is a side of every pair, which DYNAMIC alone is about"
        return why
