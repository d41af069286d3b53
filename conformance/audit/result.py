"""What came of an audit, as plain data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from conformance.audit.judge import FINDINGS, UNJUDGED
from conformance.audit.plan import AuditCall
from conformance.subjects.audited import AuditedFunction


@dataclass(frozen=True)
class AuditedCall:
    """One call and what came of it. `control` names a function of the runtime of which the same came, "" for none."""

    function: AuditedFunction
    planned: AuditCall
    verdict: str
    observed: str
    control: str = ""


@dataclass(frozen=True)
class Group:
    """Calls of one function that are wrong in one place and came to one verdict: they differ in what is passed."""

    function: AuditedFunction
    calls: tuple[AuditedCall, ...]

    @property
    def first(self) -> AuditedCall:
        """The call that stands for the others."""
        return self.calls[0]

    @property
    def passed(self) -> tuple[str, ...]:
        """What was passed, in each of them."""
        return tuple(call.planned.passed for call in self.calls)


@dataclass(frozen=True)
class AuditResult:
    """All calls of an audit. `functions` are those of what was audited, `version` is the runtime's."""

    what: str
    subject: str
    version: str
    functions: tuple[AuditedFunction, ...]
    calls: tuple[AuditedCall, ...]
    seconds: float
    notes: tuple[str, ...] = ()

    @property
    def with_schema(self) -> tuple[AuditedFunction, ...]:
        """The functions that declare what they take."""
        return tuple(function for function in self.functions if function.parameters is not None)

    @property
    def judged(self) -> int:
        """The number of calls that say something about a function."""
        return sum(number for verdict, number in self.by_verdict.items() if verdict not in UNJUDGED)

    @property
    def unread(self) -> tuple[AuditedFunction, ...]:
        """The functions whose schema cannot be read."""
        return tuple(function for function in self.functions if function.why)

    @property
    def by_verdict(self) -> Counter[str]:
        """The number of calls by verdict."""
        return Counter(call.verdict for call in self.calls)

    @property
    def findings(self) -> tuple[Group, ...]:
        """What is held against functions."""
        return self._groups(lambda call: call.verdict in FINDINGS and not call.control)

    @property
    def subtracted(self) -> tuple[Group, ...]:
        """What a function of the runtime itself does as well."""
        return self._groups(lambda call: call.verdict in FINDINGS and bool(call.control))

    @property
    def unjudged(self) -> tuple[Group, ...]:
        """What says nothing about a function: it was rejected for another reason, or ended by a stand-in."""
        return self._groups(lambda call: call.verdict in UNJUDGED)

    def _groups(self, chosen: Callable[[AuditedCall], bool]) -> tuple[Group, ...]:
        found: dict[tuple[str, ...], list[AuditedCall]] = {}
        for call in filter(chosen, self.calls):
            key = call.function.origin, call.function.name, call.planned.place, call.verdict
            found.setdefault(key, []).append(call)
        return tuple(Group(calls[0].function, tuple(calls)) for calls in found.values())
