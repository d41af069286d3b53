"""Tries single cases of a called subject in fresh processes: confirms, finds what they depend on, shrinks, replays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from conformance.engine.called.attempt import Attempt
from conformance.engine.called.bundle import value
from conformance.engine.called.examine import Promise, attempt_of, declared_by, is_known, judge, requests
from conformance.engine.history import fewest_before
from conformance.model.case import Case
from conformance.model.kinds import NONE
from conformance.model.signature import Param, Signature
from conformance.model.value import NO_VALUE
from conformance.oracle.calls import pair
from conformance.oracle.judge import Judgement
from conformance.transport.process.client import Batch, DeclareError, SubjectProcess

MOST_STEPS = 12
"""Batches that are declared to shrink one case; what is not the smallest by then is left as it is."""


@dataclass
class CalledLab:
    """Runs cases of one subject. `compiles` counts the batches that were declared."""

    process: SubjectProcess
    promise: Promise
    hang_ms: int
    compiles: int = 0

    def judge_each(self, cases: Sequence[Case]) -> Iterator[Judgement | None]:
        """The judgement of each case, made in a process of its own after the calls of its history; None: undeclarable.

        All are declared as one batch.
        """
        every = [(*one.history, one) for one in cases]
        signatures = list(dict.fromkeys(one.declared for group in every for one in group if not one.wire.handed))
        place = {signature: at for at, signature in enumerate(signatures)}
        self.compiles += 1
        try:
            batch = self.process.declare(signatures or [Signature(())], cases[0].release)
        except DeclareError:
            yield from [None] * len(cases)
            return
        for group in every:
            attempts = [attempt_of(one, place.get(one.declared, 0), self.promise.rules) for one in group]
            if not all(is_known(batch, one) for one in attempts):
                yield None
                continue
            last = self.process.run(batch, requests(attempts), self.hang_ms)[-1]
            yield judge(self.promise, attempts[-1], group[-1].declared, last, batch.release)

    def judge(self, case: Case) -> Judgement | None:
        """The judgement of one case."""
        return next(iter(self.judge_each([case])))

    def first_alike(self, cases: Sequence[Case], verdict: str) -> tuple[Case, Judgement] | None:
        """The first of the cases that does not conform in the same way, with its judgement."""
        for case, judgement in zip(cases, self.judge_each(cases) if cases else (), strict=False):
            if judgement is not None and not judgement.conforms and judgement.verdict == verdict:
                return case, judgement
        return None

    def depends_on(self, batch: Batch, attempts: Sequence[Attempt], at: int, verdict: str) -> list[int] | None:
        """The fewest earlier attempts, by place, after which the one at `at` gets `verdict` again, if any."""

        def shows(before: Sequence[int]) -> bool:
            some = [
                attempts[k] for k in (*before, at) if attempts[k].handed or batch.refused[attempts[k].callee] is None
            ]
            last = self.process.run(batch, requests(some), self.hang_ms)[-1]
            declared = declared_by(batch, some[-1])
            return judge(self.promise, some[-1], declared, last, batch.release).verdict == verdict

        return fewest_before(at, shows)

    def shrink(self, case: Case, judgement: Judgement, fixed: Sequence[Signature]) -> tuple[Case, Judgement]:
        """The simplest case found that gets the same verdict; where only `fixed` can be declared, among these."""
        tried = {case}
        for _ in range(MOST_STEPS):
            candidates = [one for one in self._candidates(case) if one not in tried]
            candidates = [one for one in candidates if not fixed or one.declared in fixed]
            candidates = sorted(dict.fromkeys(candidates), key=_size)
            tried.update(candidates)
            found = self.first_alike([one for one in candidates if _size(one) < _size(case)], judgement.verdict)
            if found is None:
                break
            case, judgement = found
        return case, judgement

    def _candidates(self, case: Case) -> Iterator[Case]:
        keep = {at for at, _ in (*case.wire.codes, *case.wire.padding)}
        if case.mismatch.index is not None:
            keep.add(case.mismatch.index)
        if case.mode != "plain" or case.mismatch.cls == "swap" or case.wire.handed is not None:
            return
        free = [at for at in range(max(len(case.passed), len(case.declared))) if at not in keep]
        groups = [free, free[: len(free) // 2], free[len(free) // 2 :], *([at] for at in free)]
        for group in groups:
            if group and not case.history:
                yield from self._without(case, set(group))
        if case.declared.ret != NONE:
            rules, no_ret = self.promise.rules, Signature(case.declared.params)
            if not case.mismatch.cls.startswith("ret-") and "none" not in rules.own:
                yield replace(case, declared=no_ret, passed=Signature(case.passed.params), result=NO_VALUE, history=())
        for at in range(len(case.history)):
            yield replace(case, history=case.history[:at] + case.history[at + 1 :])
        plain = tuple(value(self.promise.rules, param, at, 0) for at, param in enumerate(case.passed.params))
        if plain != case.payload and not any(one.guarded or one.is_null for one in case.payload):
            yield replace(case, payload=plain)

    def _without(self, case: Case, gone: set[int]) -> Iterator[Case]:
        """The case without some arguments on both sides, or on one of them where it is the count that is wrong."""

        def left(params: Sequence[Param]) -> tuple[Param, ...]:
            return tuple(param for at, param in enumerate(params) if at not in gone)

        def moved(at: int) -> int:
            return at - sum(other < at for other in gone)

        passed, declared = (Signature(left(side.params), side.ret) for side in (case.passed, case.declared))
        mismatch, told = case.mismatch, case.wire.count
        if mismatch.cls in ("few", "many"):
            if told is not None:
                told += len(declared) - len(case.declared)
                if told == len(declared) or not -(2**31) <= told < 2**31:
                    return
                number = str(told)
            else:
                if pair(self.promise.rules, passed, declared).cls != mismatch.cls:
                    return
                number = str(len(passed))
            mismatch = replace(mismatch, declared=str(len(declared)), passed=number)
        elif mismatch.cls.startswith("null-") and mismatch.cls != "null-ret" and not len(declared):
            return
        elif mismatch.index is not None:
            mismatch = replace(mismatch, index=moved(mismatch.index))
        yield replace(
            case,
            passed=passed,
            declared=declared,
            mismatch=mismatch,
            payload=tuple(one for at, one in enumerate(case.payload) if at not in gone),
            wire=replace(
                case.wire,
                count=told,
                codes=tuple((moved(at), code) for at, code in case.wire.codes),
                padding=tuple((moved(at), word) for at, word in case.wire.padding),
            ),
        )


def _size(case: Case) -> tuple[int, ...]:
    """What makes a case simple, the most important first."""
    return (
        max(len(case.passed), len(case.declared)),
        len(case.passed) + len(case.declared),
        len(case.history),
        case.declared.ret != NONE,
        sum(len(one.data or b"") for one in case.payload),
    )
