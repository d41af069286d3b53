"""One test of the suite: a check on its pairs, and how its outcome becomes a test's result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from conformance.called_session import CalledSession, Variant
from conformance.engine.libraries import Pair
from conformance.model.outcome import Outcome
from conformance.model.verdict import NONCONFORMING
from conformance.prepare import AnySession
from conformance.session import Session, dynamic_pairs
from conformance.suite.explore import Explorer
from conformance.suite.explore_called import CalledExplorer


@dataclass(frozen=True)
class Requirement:
    """A check and the pairs it is held on: one, or all where it compares them; none where it does not apply."""

    check: str
    pairs: tuple[Pair | Variant, ...]
    why: str = ""

    @property
    def id(self) -> str:
        """The test's parameter: `X0-TYPE-gcc-O2>tcc`."""
        return "-".join([self.check, *([">".join(self.pairs[0].ids)] if len(self.pairs) == 1 else [])])

    def hold(self, session: AnySession, report: Callable[[Outcome], None]) -> None:
        """Explores, reports the outcome, and raises the exception of the verdict that did not conform."""
        if not self.pairs:
            report(Outcome(self.check, (), "not-applicable", self.why))
            return
        outcome = self._explored(session)
        report(outcome)
        for finding in outcome.findings:
            raise NONCONFORMING[finding.verdict](finding.message)

    def _explored(self, session: AnySession) -> Outcome:
        if isinstance(session, Session):
            return Explorer(session, self.check, tuple(pair for pair in self.pairs if isinstance(pair, Pair))).run()
        (variant,) = (one for one in self.pairs if isinstance(one, Variant))
        return CalledExplorer(session, self.check, variant).run()


def requirements(session: AnySession, checks: Sequence[str]) -> list[Requirement]:
    """The tests of a run, of those `checks` that were asked for, in order."""
    wanted, out = session.checks(), []
    for check in checks:
        if check not in wanted:
            continue
        why = session.not_applicable(check)
        if why is not None:
            out.append(Requirement(check, (), why))
        elif isinstance(session, CalledSession):
            out += [Requirement(check, (variant,)) for variant in session.variants]
        elif check == "PAIR":
            out.append(Requirement(check, session.compiled_pairs))
        elif check == "DYNAMIC":
            out += [Requirement(check, (pair,)) for pair in dynamic_pairs(session)]
        else:
            out += [Requirement(check, (pair,)) for pair in session.compiled_pairs]
    return out
