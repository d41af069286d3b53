"""One test of the suite: a check on its pairs, and how its outcome becomes a test's result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from conformance.engine.libraries import Pair
from conformance.model.outcome import Outcome
from conformance.model.verdict import NONCONFORMING
from conformance.session import Session, dynamic_pairs
from conformance.suite.explore import Explorer


@dataclass(frozen=True)
class Requirement:
    """A check and the pairs it is held on: one, or all where it compares them; none where it does not apply."""

    check: str
    pairs: tuple[Pair, ...]
    why: str = ""

    @property
    def id(self) -> str:
        """The test's parameter: `X0-TYPE-gcc-O2>tcc`."""
        return "-".join([self.check, *([">".join(self.pairs[0].ids)] if len(self.pairs) == 1 else [])])

    def hold(self, session: Session, report: Callable[[Outcome], None]) -> None:
        """Explores, reports the outcome, and raises the exception of the verdict that did not conform."""
        if not self.pairs:
            report(Outcome(self.check, (), "not-applicable", self.why))
            return
        outcome = Explorer(session, self.check, self.pairs).run()
        report(outcome)
        for finding in outcome.findings:
            raise NONCONFORMING[finding.verdict](finding.message)


def requirements(session: Session, checks: Sequence[str]) -> list[Requirement]:
    """The tests of a run, of those `checks` that were asked for, in order."""
    wanted, out = session.checks(), []
    for check in checks:
        if check not in wanted:
            continue
        why = session.not_applicable(check)
        if why is not None:
            out.append(Requirement(check, (), why))
        elif check == "PAIR":
            out.append(Requirement(check, session.compiled_pairs))
        elif check == "DYNAMIC":
            out += [Requirement(check, (pair,)) for pair in dynamic_pairs(session)]
        else:
            out += [Requirement(check, (pair,)) for pair in session.compiled_pairs]
    return out
