"""One test of the suite: a stream of a check on its pairs, and how its outcome becomes a test's result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from conformance.engine.session import Session
from conformance.model.outcome import Outcome
from conformance.model.unit import Unit
from conformance.model.verdict import Nonconforming


@dataclass(frozen=True)
class Requirement:
    """A unit and the pairs it is held on: one, or all where its check compares them; none where it does not apply."""

    unit: Unit
    pairs: tuple[tuple[str, str], ...]
    why: str = ""

    @property
    def id(self) -> str:
        """The test's parameter: `X0-TYPE-gcc-O2>tcc`, `X0-TYPE#2-gcc-O2>tcc` for the second stream."""
        return "-".join([str(self.unit), *([">".join(self.pairs[0])] if len(self.pairs) == 1 else [])])

    def hold(self, session: Session, report: Callable[[Outcome], None]) -> None:
        """Explores, reports the outcome, and raises Nonconforming with what did not conform."""
        if not self.pairs:
            report(Outcome(self.unit.check, (), "not-applicable", self.why))
            return
        outcome = session.explore(self.unit.check, self.pairs, self.unit.stream)
        report(outcome)
        if outcome.findings:
            raise Nonconforming("\n".join(finding.message for finding in outcome.findings))


def requirements(session: Session, checks: Sequence[str]) -> list[Requirement]:
    """The tests of a run, of those `checks` that were asked for, in order."""
    wanted, found = session.checks(), []
    for check in checks:
        if check not in wanted:
            continue
        why = session.transport.not_applicable(check)
        if why is None:
            groups = session.transport.groups_of_pairs(check)
            found += [Requirement(unit, pairs) for pairs in groups for unit in session.streams(check, pairs)]
        elif session.makes(Unit(check)):
            found.append(Requirement(Unit(check), (), why))
    return found
