"""Holds a pair whose sides and runtime are of several versions against what is all of one version: the check SKEW."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from conformance.engine import plans
from conformance.engine.carrier import Examined
from conformance.engine.comparison import NOTHING, PairCarrier, alike, differing
from conformance.engine.ddmin import minimal_history
from conformance.engine.group_counts import NO_COUNTS
from conformance.engine.libraries import Versions
from conformance.engine.plans import Plan
from conformance.model.case import MATCH, Case, Mismatch
from conformance.model.mark import mark_of
from conformance.oracle.judge import Judgement
from conformance.transport.compiled import observe
from conformance.transport.compiled.memory import ACCEPTED, REJECTED, TAKE_REJECTED
from conformance.transport.compiled.program import RunResult

CHECK = "SKEW"

NO_VERSION = "all sides are built against the version that runs; name another one with --built"
"""Why the check does not apply where no versions are named."""

UNLOADABLE = "unloadable"

LOADS = ("load-caller", "load-callee")
"""What is looked at before any call: the two sides, as their cases name them."""

_DEATHS = ("crashed", "hung", "overrun")


@dataclass(frozen=True)
class LoadPlan:
    """What SKEW looks at before any call: whether each of the two sides finds what it needs when it is loaded."""

    @property
    def count(self) -> int:
        """How many things are looked at."""
        return 2


Kind = Literal["same", "news", "break", "nothing"]
"""What a difference is: none, something that one version alone does and is right by itself, a break, or undefined."""


def difference(
    *, alone_ended: bool, judgement: Judgement, is_match: bool, as_another: Callable[[], bool]
) -> Literal["news", "break", "nothing"]:
    """What it is that a call does something else than with all of one version.

    `alone_ended` says that it ends its process there, so nothing is known of what it must do. `judgement` is what the
    rules say of it now. `as_another` says whether it now does what it does with all of the other side's version, or of
    the runtime's: where the mistake is one that versions treat otherwise, such as a conversion that only the newer one
    has, that is news. A matched call never is.
    """
    died = judgement.verdict in _DEATHS
    if alone_ended:
        return "nothing" if died or not judgement.conforms else "news"
    if judgement.conforms and not died:
        return "news"
    if not is_match and not died and as_another():
        return "news"
    return "break"


class VersionsCarrier(PairCarrier, Protocol):
    """What carries the calls of a pair, and knows its versions and what its sides lack."""

    @property
    def versions(self) -> Versions:
        """Those that meet."""
        ...

    def lacks(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The symbols that caller and callee need of the runtime and that this version of it does not have."""
        ...


@dataclass
class Skew:
    """Makes calls on a pair of versions, and with all of one; a call conforms where it does the same, or better.

    `alone` are the carriers of what is all of one version: the caller's first, then the callee's and the runtime's as
    far as they are others.
    """

    mixed: VersionsCarrier
    alone: Sequence[PairCarrier]
    compiles: int = 0

    @property
    def ids(self) -> tuple[str, str]:
        """The ids of caller and callee."""
        return self.mixed.ids

    def examine(self, check: str, plan: Plan | LoadPlan) -> Examined:
        """Makes the calls of a plan and compares them. Raises NotBuilt and HarnessError."""
        if isinstance(plan, LoadPlan):
            return self._loaded(plan)
        first = self.alone[0].run_once(plan)
        mixed = self.mixed.run(plan) if self._is_mixed else first
        found = self.mixed.judged(check, plan, mixed)
        found.kinds, found.groups, found.nonconforming = NO_COUNTS, (), []
        for at in differing(plan, first, mixed):
            what, judgement = self._compared(plan, at, first, mixed)
            if what == "break":
                found.nonconforming.append((at, judgement))
            elif what == "news":
                mark = mark_of(self.mixed.case(check, plan, at), judgement.verdict)
                found.news[f"{mark.cls} {mark.place}"] += 1
        return found

    @property
    def _is_mixed(self) -> bool:
        return self.mixed.versions != self.mixed.versions.diagonal

    def case(self, check: str, plan: Plan | LoadPlan, at: int) -> Case:
        """The call at a place of a plan, with the version that runs; or a side that is loaded."""
        if isinstance(plan, LoadPlan):
            return load_case(check, self.ids, self.mixed.versions.runtime, at)
        return self.mixed.case(check, plan, at)

    def minimal_history(self, plan: Plan | LoadPlan, at: int, verdict: str) -> list[int] | None:
        """The fewest earlier calls after which it does something else again."""
        if isinstance(plan, LoadPlan):
            return []

        def shows(before: Sequence[int]) -> bool:
            part = plans.part(plan, [*before, at])
            what, judgement = self._compared(part, part.count - 1, self.alone[0].run(part), self.mixed.run(part))
            return what == "break" and judgement.verdict == verdict

        return minimal_history(at, shows)

    def judge_each(self, cases: Sequence[Case]) -> Iterator[Judgement | None]:
        """The judgement of each case, made alone on the pair and with all of one version."""
        self.compiles += 1
        loads = dict(enumerate(self._loads()))
        for case in cases:
            if case.mismatch.cls == "layout":
                yield loads[LOADS.index(case.mismatch.declared)]
                continue
            (plan, first), (_, mixed) = (next(iter(c.run_each([case]))) for c in (self.alone[0], self.mixed))
            yield None if first is None or mixed is None else self._compared(plan, plan.count - 1, first, mixed)[1]

    def remarks(self, case: Case) -> list[str]:  # noqa: ARG002 - as every carrier
        """Nothing: what both did is told."""
        return []

    def _compared(self, plan: Plan, at: int, first: RunResult, mixed: RunResult) -> tuple[Kind, Judgement]:
        """What the difference of a call is, and its judgement, which conforms unless it is a break."""
        alone, now = self.alone[0].judge_at(plan, at, first), self.mixed.judge_at(plan, at, mixed)
        required = f"do as with all of {self.mixed.versions.caller}: {alone.observed}"
        if alike(plan, at, first, mixed):
            return "same", replace(now, verdict="intact", conforms=True, required=required, place="")
        what = difference(
            alone_ended=not _came_back(first, at),
            judgement=now,
            is_match=plan.encoded(at).mismatch.cls == MATCH.cls,
            as_another=lambda: any(alike(plan, at, other.run_once(plan), mixed) for other in self.alone[1:]),
        )
        return what, replace(now, conforms=what != "break", required=required)

    def _loaded(self, plan: LoadPlan) -> Examined:
        found = Examined(executed=plan.count, judged=plan.count)
        for at, judgement in enumerate(self._loads()):
            found.tally["packed", "layout", judgement.verdict] += 1
            if not judgement.conforms:
                found.nonconforming.append((at, judgement))
        return found

    def _loads(self) -> Iterator[Judgement]:
        """Whether each side finds all that it needs."""
        versions = self.mixed.versions
        for built, names in zip(versions, self.mixed.lacks(), strict=False):
            required = f"find all that headers of {built} need in the runtime of {versions.runtime}"
            yield loaded(required, names)


def load_case(check: str, ids: tuple[str, str], runtime: str, at: int) -> Case:
    """A side that is loaded, as a case that makes no call."""
    return Case(check, "packed", *ids, NOTHING, NOTHING, Mismatch("layout", None, LOADS[at]), (), runtime=runtime)


def loaded(required: str, names: Sequence[str]) -> Judgement:
    """The judgement of a side that is loaded, and lacks the symbols `names`."""
    if not names:
        return Judgement("intact", True, required, "it finds all")
    one = len(names) == 1
    observed = (
        f"it has no {', '.join(names)}: RTLD_NOW refuses to load the side; RTLD_LAZY loads it, "
        f"and calls that reach {'it' if one else 'one of them'} end with exit code 127"
    )
    return Judgement(UNLOADABLE, False, required, observed)


def _came_back(result: RunResult, at: int) -> bool:
    """Whether a call came to an end of its own, however it ended."""
    return observe.left(result, at, ()).outcome in (ACCEPTED, REJECTED, TAKE_REJECTED)
