"""The carrier of plain C calls: makes them between two compilers' code, and asks third ones about what disagrees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from conformance.direct import calls, simpler
from conformance.direct.calls import Arrived
from conformance.direct.draw import drawn
from conformance.direct.judge import RETURN, Blame, compare, judge, narrow_is_caller
from conformance.direct.kinds import bare, features, parse, scalars
from conformance.direct.plan import DirectPlan, alone_in_a_call
from conformance.direct.psabi import LEFT_OPEN
from conformance.direct.sides import Sides
from conformance.engine.carrier import Draws, Examined
from conformance.engine.libraries import Pair
from conformance.engine.shrink import Shrinker
from conformance.generation.profiles import Profile
from conformance.generation.strategies import Drawn
from conformance.model.case import MATCH, Case
from conformance.model.kinds import NONE
from conformance.oracle.judge import Judgement
from conformance.toolchain import sanitizers
from conformance.toolchain.compilers import Compiler
from conformance.toolchain.errors import CompileError


def draws(sides: Sides, pairs: Sequence[Pair], profile: Profile, examples: int) -> Draws:
    """How much is drawn for these pairs: every kind, and signatures of the kinds that all their compilers have."""
    lacking = {name for pair in pairs for side in (pair.caller, pair.callee) for name in sides.lacks(side)}

    def own(seed: int) -> Iterator[Drawn]:
        yield from drawn(seed, examples, profile.bundle, lacking)

    return Draws(examples + 1, profile.bundle, profile.max_args, own=own)


class DirectShrinker(Shrinker):
    """A shrinker that knows what is simpler than a plain C call."""

    def _size(self, case: Case) -> tuple[int, ...]:
        return simpler.size(case)

    def _candidates(self, case: Case) -> Iterator[Case]:
        yield from simpler.candidates(case)


@dataclass
class DirectCarrier:
    """Plain C calls on one pair of compilers, each call in a process of its own.

    With `asks` third compilers are asked about what disagrees; where many meet, the matrix of pairs tells it.
    """

    sides: Sides
    pair: Pair
    asks: bool = True
    compiles: int = 0
    _faulty: dict[tuple[str, bool], bool] = field(default_factory=dict)

    @property
    def ids(self) -> tuple[str, str]:
        """The ids of caller and callee."""
        return self.pair.ids

    def examine(self, check: str, plan: DirectPlan) -> Examined:  # noqa: ARG002 - the one check that it serves
        """Makes the calls of a plan and judges them; a call of kinds that a side lacks is inconclusive."""
        found = Examined()
        cases = [self._on_pair(case) for case in plan.cases]
        able = {at: case for at, case in enumerate(cases) if not self._lacking(case)}
        judged = dict(zip(able, self._judged(list(able.values())), strict=True))
        for at, case in enumerate(cases):
            judgement = judged.get(at)
            if judgement is None or isinstance(judgement, CompileError):
                found.inconclusive += 1
                found.why = found.why or (self._lacking(case) if judgement is None else str(judgement))
                continue
            found.executed += 1
            found.judged += 1
            found.tally[case.convention, case.mismatch.cls, judgement.verdict] += 1
            if not judgement.conforms:
                found.nonconforming.append((at, judgement))
        return found

    def case(self, check: str, plan: DirectPlan, at: int) -> Case:  # noqa: ARG002
        """The call at a place of a plan."""
        return self._on_pair(plan.cases[at])

    def minimal_history(self, plan: DirectPlan, at: int, verdict: str) -> list[int] | None:  # noqa: ARG002
        """Nothing comes before a call: each is made in a process of its own."""
        return []

    def judge_each(self, cases: Sequence[Case]) -> Iterator[Judgement | None]:
        """The judgement of each call, built as one batch."""
        self.compiles += 1
        for judgement in self._judged(cases):
            yield None if isinstance(judgement, CompileError) else judgement

    def remarks(self, case: Case) -> list[str]:
        """What third compilers do in a call on which the two of the pair disagree: as which of the two, a sentence.

        A side is called off where all that side with one side with the other; where the psABI leaves it open none is.
        """
        caller, callee = self._both
        if caller.id == callee.id or not self.asks:
            return []
        judgement = self._judged([case])[0]
        does_as: dict[str, list[str]] = {}
        for third in self.sides.third_compilers(self.pair.target, self._both):
            if one := self._does_as(case, third):
                does_as.setdefault(one.id, []).append(third.id)
        said = [
            f"{' and '.join(names)} {'do' if len(names) > 1 else 'does'} as {one}" for one, names in does_as.items()
        ]
        is_open = isinstance(judgement, CompileError) or LEFT_OPEN in judgement.required
        if len(does_as) == 1 and not is_open:
            off = callee.id if caller.id in does_as else caller.id
            return [f"{off} is off: {said[0]}"]
        return [", and ".join(said)] if said else []

    @property
    def _both(self) -> tuple[Compiler, Compiler]:
        return self.pair.caller, self.pair.callee

    def _does_as(self, case: Case, third: Compiler) -> Compiler | None:
        """Which of the two a third compiler does as, None where it does as neither or cannot be asked."""
        caller, callee = self._both
        with suppress(CompileError):
            if case.mismatch == MATCH:
                as_caller, as_callee = (
                    self._fits(case, caller, third) and not self._fits(case, third, callee),
                    self._fits(case, third, callee) and not self._fits(case, caller, third),
                )
            else:
                as_caller, as_callee = self._alike(case, third)
            if as_caller != as_callee:
                return caller if as_caller else callee
        return None

    def _fits(self, case: Case, caller: Compiler, callee: Compiler) -> bool:
        """Whether a matched call arrives between two other compilers. Raises CompileError."""
        return judge(case, self._one(case, caller, callee), self.pair.target).conforms

    def _alike(self, case: Case, third: Compiler) -> tuple[bool, bool]:
        """Whether a third compiler does with a narrow value as caller and callee of the pair do."""
        caller, callee = self._both
        narrow = narrow_is_caller(case)
        fixed = callee if narrow else caller

        def seen(side: Compiler) -> Arrived:
            return self._one(case, side, fixed) if narrow else self._one(case, fixed, side)

        its = seen(third)
        same = [compare(case, its, seen(side), self.pair.target).conforms for side in (caller, callee)]
        return same[0], same[1]

    def _one(self, case: Case, caller: Compiler, callee: Compiler) -> Arrived:
        seen = calls.make(self.sides, caller, callee, self.pair.target, [case])[0]
        if isinstance(seen, CompileError):
            raise seen
        return seen

    def _on_pair(self, case: Case) -> Case:
        caller, callee = self.ids
        against = None
        if case.mismatch != MATCH:
            against = (callee, callee) if narrow_is_caller(case) else (caller, caller)
        return replace(case, caller=caller, callee=callee, against=against)

    def _lacking(self, case: Case) -> str:
        """Which kind of a call which side lacks; "" where both have all."""
        kinds = [*(param.kind for param in case.declared.params), case.declared.ret]
        needed = {feature for kind in kinds for feature in features(kind)}
        for side in self._both:
            if sanitizers.of(side):
                return f"plain C calls are made without sanitizers, and {side.id} has one"
            missing = [name for name in self.sides.lacks(side) if name in needed]
            if missing:
                return f"{side.id} has no {', '.join(self.sides.lacks(side))}"
        return ""

    def _judged(self, cases: Sequence[Case]) -> list[Judgement | CompileError]:
        caller, callee = self._both
        target = self.pair.target
        seen = calls.make(self.sides, caller, callee, target, cases)
        others: dict[int, Arrived | CompileError] = {}
        for both, narrow in ((callee, True), (caller, False)):
            places = [
                at for at, case in enumerate(cases) if case.mismatch != MATCH and narrow_is_caller(case) == narrow
            ]
            made = calls.make(self.sides, both, both, target, [cases[at] for at in places])
            others.update(zip(places, made, strict=True))
        found: list[Judgement | CompileError] = []
        for at, (case, one) in enumerate(zip(cases, seen, strict=True)):
            other = others.get(at)
            if isinstance(one, CompileError) or isinstance(other, CompileError):
                found.append(one if isinstance(one, CompileError) else other)  # type: ignore[arg-type]
            elif other is None:
                found.append(judge(case, one, target))
            else:
                found.append(compare(case, one, other, target))
        return self._blamed(cases, seen, found)

    def _blamed(
        self, cases: Sequence[Case], seen: Sequence[Arrived | CompileError], judged: Sequence[Judgement | CompileError]
    ) -> list[Judgement | CompileError]:
        """The judgements with each wrong call blamed on a kind that goes wrong by itself, where there is one."""
        blamed = list(judged)
        wrong = [
            at for at, one in enumerate(judged)
            if isinstance(one, Judgement) and not one.conforms and cases[at].mismatch == MATCH
        ]  # fmt: skip
        self._look_at([cases[at] for at in wrong])
        for at in wrong:
            case, one = cases[at], seen[at]
            blame = next(self._faulty_kinds(case), None)
            if blame is not None and isinstance(one, Arrived):
                blamed[at] = judge(case, one, self.pair.target, blame)
        return blamed

    def _faulty_kinds(self, case: Case) -> Iterator[Blame]:
        """The kinds of a call that go wrong by themselves: the return's first, for it may move all arguments."""
        kinds = {RETURN: case.declared.ret} | {at: param.kind for at, param in enumerate(case.declared.params)}
        for place, kind in kinds.items():
            for one in _within(kind):
                if self._faulty.get((one, place == RETURN)):
                    yield Blame(place, one)
                    break

    def _look_at(self, cases: Sequence[Case]) -> None:
        """Finds out which kinds of some calls go wrong by themselves, as an argument or as the return."""
        new = dict.fromkeys(
            one
            for case in cases
            for one in (
                *((kind, False) for param in case.declared.params for kind in _within(param.kind)),
                *((kind, True) for kind in _within(case.declared.ret)),
            )
            if one[0] != NONE and one not in self._faulty
        )
        alone = [alone_in_a_call(kind, is_return) for kind, is_return in new]
        made = calls.make(self.sides, *self._both, self.pair.target, alone)
        for one, case, came in zip(new, alone, made, strict=True):
            self._faulty[one] = isinstance(came, Arrived) and not judge(case, came, self.pair.target).conforms


def _within(kind: str) -> tuple[str, ...]:
    """The kinds to blame where a kind goes wrong, the simplest first.

    These are the scalars in it; it with plain integers in place of enumerations, chars and bools; it without the mark
    of an argument behind dots, for what goes wrong as any argument does not go wrong because of the dots; and itself.
    """
    if kind == NONE:
        return ()
    inner = [scalar.name for scalar in scalars(parse(kind))]
    plain = bare(kind)
    for special, usual in (("enumeration", "i32"), ("char", "i8"), ("bool", "i8")):
        plain = plain.replace(special, usual)
    return tuple(dict.fromkeys((*inner, plain, bare(kind), kind)))
