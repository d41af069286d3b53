"""Holds a subject in Python, whose sides and runtime are of several versions, against processes of one: SKEW."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from conformance.engine.carrier import Examined
from conformance.engine.exchanges import Exchange, ExchangePlan, case_of, compared, exchange_of, lines_due
from conformance.engine.group_counts import NO_COUNTS
from conformance.engine.libraries import Versions
from conformance.engine.process_carrier import ProcessCarrier, ProcessPlan, faults_told
from conformance.engine.replies import Judged, judged
from conformance.engine.skew import LOADS, Kind, difference, load_case, loaded
from conformance.model.case import MATCH, Case
from conformance.model.mark import mark_of
from conformance.oracle.judge import Judgement
from conformance.transport.process.client import Response, Unrun


@dataclass
class ProcessSkew:
    """Makes calls and exchanges between versions, and with all of one; one conforms that does the same, or better.

    `alone` carries to the processes that are all of one version: the caller's first, then the callee's and the
    runtime's as far as they are others.
    """

    mixed: ProcessCarrier
    alone: Sequence[ProcessCarrier]
    compiles: int = 0
    _calls: dict[int, tuple[ProcessPlan, Mapping[int, Judged]]] = field(default_factory=dict)

    @property
    def ids(self) -> tuple[str, str]:
        """The ids of caller and callee."""
        return self.mixed.ids

    @property
    def versions(self) -> Versions:
        """The versions that meet."""
        versions = self.mixed.variant.versions
        assert versions is not None
        return versions

    def examine(self, check: str, plan: ProcessPlan | ExchangePlan) -> Examined:
        """Makes the calls or exchanges of a plan and compares them. Raises NotBuilt and HarnessError."""
        return self._exchanged(plan) if isinstance(plan, ExchangePlan) else self._called(check, plan)

    def case(self, check: str, plan: ProcessPlan | ExchangePlan, at: int) -> Case:
        """What stands at a place of a plan."""
        if isinstance(plan, ExchangePlan):
            return self._case(check, plan, at)
        return self.mixed.case(check, plan, at)

    def minimal_history(self, plan: ProcessPlan | ExchangePlan, at: int, verdict: str) -> list[int] | None:
        """The fewest earlier calls after which it gets `verdict` again; before an exchange comes none."""
        return [] if isinstance(plan, ExchangePlan) else self.mixed.minimal_history(plan, at, verdict)

    def judge_each(self, cases: Sequence[Case]) -> Iterator[Judgement | None]:
        """The judgement of each case, made again on all processes."""
        self.compiles += 1
        for case in cases:
            exchange = exchange_of(case)
            if case.mismatch.cls == "layout":
                yield list(self._loads())[LOADS.index(case.mismatch.declared)]
            elif exchange is not None:
                yield self._judged([exchange])[0][0]
            else:
                yield self._judged_again(case)

    def remarks(self, case: Case) -> list[str]:  # noqa: ARG002 - as every carrier
        """Nothing: what both did is told."""
        return []

    def due(self, exchange: Exchange) -> str:
        """What must be read of an exchange, line by line, for a reproducer."""
        mixed = self._run(self.mixed, [exchange])[0]
        return lines_due([self._run(carrier, [exchange])[0] for carrier in self.alone], mixed)

    # Calls.

    def _called(self, check: str, plan: ProcessPlan) -> Examined:
        """Makes the calls that come back with all of one version; of others nobody knows what is due."""
        alone = self._made(self.alone[0], plan)
        back = [at for at, call in alone.items() if not _ended_its_process(call.judgement)]
        part = replace(plan, planned_calls=tuple(plan.planned_calls[at] for at in back))
        found = self.mixed.examine(check, part)
        found.kinds, found.groups, found.nonconforming = NO_COUNTS, (), []
        found.not_run += len(alone) - len(back)
        found.inconclusive += plan.count - len(alone)
        if len(back) < len(alone):
            found.why = found.why or f"the calls that are not made end their process with all of {self.versions.caller}"
        if self.versions == self.versions.diagonal:
            return found
        for place, now in self._made(self.mixed, part).items():
            at = back[place]
            if _alike(alone[at].judgement, now.judgement):
                continue
            what = difference(
                alone_ended=False,
                judgement=now.judgement,
                is_match=now.planned_call.mismatch.cls == MATCH.cls,
                as_another=lambda at=at, now=now: self._as_another(plan, at, now),  # type: ignore[misc]
            )
            if what == "break":
                found.nonconforming.append((at, self._told(alone[at].judgement, now.judgement, what)))
            elif what == "news":
                mark = mark_of(self.mixed.case(check, plan, at), now.judgement.verdict)
                found.news[f"{mark.cls} {mark.place}"] += 1
        return found

    def _as_another(self, plan: ProcessPlan, at: int, now: Judged) -> bool:
        """Whether a call does what it does with all of another of the versions that meet."""
        others = (self._made(carrier, plan).get(at) for carrier in self.alone[1:])
        return any(other is not None and _alike(other.judgement, now.judgement) for other in others)

    def _made(self, carrier: ProcessCarrier, plan: ProcessPlan) -> Mapping[int, Judged]:
        """The calls of a plan as a process makes them, by place, made once."""
        known = self._calls.get(id(carrier))
        if known is None or known[0] is not plan:
            transport, variant = carrier.transport, carrier.variant
            with faults_told(variant):
                batch = transport.batch(variant, plan.bundle.declared, plan.release)
                calls = judged(variant.process, batch, plan.planned_calls, variant.promise, transport.hang_ms)
                made = {call.place: call for call in calls if isinstance(call, Judged)}
            known = self._calls[id(carrier)] = plan, made
        return known[1]

    def _told(self, alone: Judgement, now: Judgement, what: Kind) -> Judgement:
        required = f"do as with all of {self.versions.caller}: {alone.observed}"
        return Judgement(
            now.verdict, what != "break", required, now.observed, now.place, now.wrong_kind, grounds=now.grounds
        )

    def _judged_again(self, case: Case) -> Judgement | None:
        now, alone = (next(iter(carrier.judge_each([case]))) for carrier in (self.mixed, self.alone[0]))
        if now is None or alone is None:
            return None
        if _alike(alone, now):
            return Judgement("intact", True, f"do as with all of {self.versions.caller}", now.observed)
        what = difference(
            alone_ended=_ended_its_process(alone),
            judgement=now,
            is_match=case.mismatch.cls == MATCH.cls,
            as_another=lambda: any(
                (other := next(iter(carrier.judge_each([case])))) is not None and _alike(other, now)
                for carrier in self.alone[1:]
            ),
        )
        return self._told(alone, now, what)

    # Exchanges.

    def _case(self, check: str, plan: ExchangePlan, at: int) -> Case:
        if at < len(LOADS):
            return load_case(check, self.ids, self.versions.runtime, at)
        return case_of(check, plan.exchanges[at - len(LOADS)], self.ids, self.versions.runtime)

    def _exchanged(self, plan: ExchangePlan) -> Examined:
        found = Examined(executed=plan.count, judged=plan.count)
        exchanged = self._judged(plan.exchanges)
        for at, judgement in enumerate([*self._loads(), *(judgement for judgement, _ in exchanged)]):
            cls = "layout" if at < len(LOADS) else MATCH.cls
            found.tally["packed", cls, judgement.verdict] += 1
            if not judgement.conforms:
                found.nonconforming.append((at, judgement))
        for exchange, (_, news) in zip(plan.exchanges, exchanged, strict=True):
            if news:
                found.news[f"match {exchange.what}"] += 1
        return found

    def _judged(self, exchanges: Sequence[Exchange]) -> list[tuple[Judgement, int]]:
        """The judgement of each exchange, and how many lines of it are news.

        All are made one after the other in a process of each combination; what then differs is made again by itself,
        since what was made before may have damaged the heap.
        """
        alone = [self._run(carrier, exchanges) for carrier in self.alone]
        is_alone = self.versions == self.versions.diagonal
        mixed = alone[0] if is_alone else self._run(self.mixed, exchanges)
        found = []
        for at, exchange in enumerate(exchanges):
            judged = compared(exchange, [each[at] for each in alone], mixed[at], self.versions.caller)
            if not judged[0].conforms and len(exchanges) > 1:
                judged = self._judged([exchange])[0]
            found.append(judged)
        return found

    def _run(self, carrier: ProcessCarrier, exchanges: Sequence[Exchange]) -> list[Response]:
        process = carrier.variant.process
        has = set(process.about.exchanges)
        some = [exchange for exchange in exchanges if exchange.what in has]
        with faults_told(carrier.variant):
            responses = process.run(process.declare(()), [e.request for e in some], self._hang_ms)
            made = dict(zip(some, responses, strict=True))
        return [made.get(exchange, Unrun()) for exchange in exchanges]

    @property
    def _hang_ms(self) -> int:
        return self.mixed.transport.hang_ms

    def _loads(self) -> Iterator[Judgement]:
        """Whether each side finds all that it needs."""
        versions, sentences = self.versions, self.mixed.variant.process.unloadable()
        for role, built in zip(("callers", "callees"), versions, strict=False):
            names = [text.rpartition(", asked for by")[0] for text in sentences if f" {role} " in text]
            yield loaded(f"find all that headers of {built} need in the runtime of {versions.runtime}", names)


def _ended_its_process(judgement: Judgement) -> bool:
    """Whether a call died or hung, whatever verdict that got; one in which the adapter raised did neither."""
    observation = judgement.grounds.observation if judgement.grounds is not None else None
    ended = observation.ended if observation is not None else None
    return ended is not None and ended.how in ("died", "hung")


def _alike(first: Judgement, second: Judgement) -> bool:
    """Whether two calls came to the same; texts of errors and addresses may differ."""
    keys = [(each.verdict, each.conforms, each.place, each.wrong_kind) for each in (first, second)]
    return keys[0] == keys[1]
