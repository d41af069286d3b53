"""Shrinks a nonconforming case: all candidates of a step are one batch, so a step costs one compile.

Hypothesis would shrink whole bundles, with a compile a try; knowing what a case is takes a few steps instead and ends
at the shortest signature that still shows what its cause is about.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from conformance.checks.choices import rejected_codes
from conformance.checks.draft import LONG
from conformance.engine.carrier import Carrier, Transport
from conformance.engine.causes import Excuse, excused
from conformance.generation import payloads
from conformance.model.case import NO_MUTATIONS, RESULT, Case, Mismatch, Mutations
from conformance.model.kinds import KINDS, NONE
from conformance.model.mark import Mark, alike, mark_of
from conformance.model.signature import Param, Signature, TensorSpec
from conformance.model.value import NO_VALUE, Value
from conformance.oracle import mismatch as mismatches
from conformance.oracle.judge import Judgement
from conformance.oracle.sendable import forbidden_case
from conformance.rules.load import Rules

MOST_COMPILES = 20
"""A step is one compile; a case that is not minimal by then is left as it is."""

_MORE_HISTORY = 5
_OTHER_SALT = 7

_PLACES = {kind: place for place, kind in enumerate(KINDS)}


@dataclass(frozen=True)
class Shrinker:
    """Looks for the simplest case of a cause that nothing excuses; spends at most `compiles`.

    A simpler case has one of the cause's `marks`, or one that differs from them in kinds alone and is not of another
    cause (`taken`), so that two causes never come to one case.
    """

    transport: Transport
    carrier: Carrier
    marks: Collection[Mark]
    taken: Collection[Mark]
    excuse: Excuse
    compiles: int

    def _is_of_the_cause(self, mark: Mark) -> bool:
        forms = {alike(known) for known in self.marks}
        return mark in self.marks or (alike(mark) in forms and mark not in self.taken)

    def shrink(self, case: Case, judgement: Judgement) -> tuple[Case, Judgement]:
        """The simplest case found that gets the verdict of `judgement`, with its own judgement."""
        start = self.carrier.compiles
        most = min(self.compiles, MOST_COMPILES)
        tried: set[Case] = {case}
        most -= 2  # one batch was spent to confirm the case, one is for the wrong code as it would be passed
        while self.carrier.compiles - start < most:
            size = self._size(case)
            # In the order in which they are made where sizes are alike, so that it is the same in every run.
            sizes = {one: self._size(one) for one in self._candidates(case) if one not in tried}
            tried.update(sizes)
            smaller = sorted((one for one in sizes if sizes[one] < size), key=lambda one: sizes[one])
            found = self._first(smaller, judgement.verdict)
            if found is None:
                break
            case, judgement = found
        return self._first(list(self._as_passed(case)), judgement.verdict) or (case, judgement)

    def _first(self, cases: Sequence[Case], verdict: str) -> tuple[Case, Judgement] | None:
        """The first case that shows what the cause is about, with its judgement."""
        fixed = self.transport.fixed
        cases = [case for case in cases if not fixed or case.wire.by_packer or case.declared in fixed]
        cases = [case for case in cases if not forbidden_case(self._rules, case)]
        for case, judgement in zip(cases, self.carrier.judge_each(cases) if cases else (), strict=False):
            if judgement is None or judgement.conforms or judgement.verdict != verdict:
                continue
            mark = mark_of(case, verdict, judgement.place)
            if self._is_of_the_cause(mark) and not excused(self.excuse, case, judgement)[1]:
                return case, judgement
        return None

    @property
    def _rules(self) -> Rules:
        return self.transport.subject.rules

    def _plain(self, param: Param, place: int) -> Value:
        return self.transport.plain_value(param, place)

    def _others(self, signature: Signature) -> tuple[Value, ...]:
        """What the other call passes in the modes that make two."""
        return tuple(self.transport.plain_value(p, at, _OTHER_SALT) for at, p in enumerate(signature.params))

    def _size(self, case: Case) -> tuple[int, ...]:
        """What makes a case simple, the most important first."""
        kinds = [*(p.kind for p in case.passed.params), *(p.kind for p in case.declared.params)]
        values = zip(case.passed.params, case.payload, strict=False)
        return (
            max(len(case.passed), len(case.declared)),
            len(case.passed) + len(case.declared),
            case.calls_before,
            case.calls,
            len({case.passed.ret, case.declared.ret} - {NONE}),
            len(case.wire.codes),
            sum(one.wire.preset is not None for one in (*case.history, case)),
            sum(_PLACES.get(kind, len(_PLACES)) for kind in kinds),
            sum(value != self._plain(param, at) for at, (param, value) in enumerate(values)),
            sum(len(value.data or b"") for value in case.payload),
        )

    def _candidates(self, case: Case) -> Iterator[Case]:
        usual = _with_usual_presets(case)
        for candidate in (*self._simpler(case), usual):
            yield candidate
            if case != usual:  # most cases need no other preset, so that it goes with whatever else goes
                yield _with_usual_presets(candidate)

    def _simpler(self, case: Case) -> Iterator[Case]:
        if case.wire.handed is not None or case.mismatch.cls == "layout":
            return
        if case.second and tuple(value.kind for value in case.second) != tuple(p.kind for p in case.passed.params):
            return  # the other call is wrong in a way of its own
        for calls in range(2, case.calls):
            yield replace(case, calls=calls)
        keep = _kept_places(case)
        yield from self._shorter(case, keep)
        yield from self._simpler_mistakes(case)
        yield from _fewer_before(case)
        if not case.mismatch.cls.startswith("ret-") and (case.passed.ret, case.declared.ret) != (NONE, NONE):
            passed, declared = Signature(case.passed.params), Signature(case.declared.params)
            yield from self._rebuilt(case, passed, declared, case.payload)
        yield from self._simpler_kinds(case, keep)
        if len(case.wire.codes) == 2:
            for code in case.wire.codes:
                if code[0] == case.mismatch.index:
                    yield replace(case, wire=replace(case.wire, codes=(code,)))
        yield from self._simpler_values(case)

    def _shorter(self, case: Case, keep: set[int]) -> Iterator[Case]:
        """The case without some arguments: everything else away at once, then halves, then single ones."""
        free = [at for at in range(max(len(case.passed), len(case.declared))) if at not in keep]
        groups = [free, free[: len(free) // 2], free[len(free) // 2 :]]
        if len(free) > LONG:  # each candidate is long, so there must be few
            groups += [free[-(len(free) * part // 8) :] for part in (7, 6, 2, 1)]
            groups += [free[-size:] for size in (16, 8, 4, 2, 1)]
            groups += [free[:size] for size in (16, 1)]
        else:
            groups += [[at] for at in free]
            if len(free) > 2:
                groups += [free[:at] + free[at + 1 :] for at in range(len(free))]
        for group in groups:
            for fewer in self._without(case, set(group)) if group else ():
                yield fewer
                # What depends on how much was done before may need more calls where each does less.
                if fewer.history:
                    *before, last = fewer.history
                    for more in range(1, _MORE_HISTORY):
                        yield replace(fewer, history=(*before, replace(last, times=last.times + more)))

    def _simpler_kinds(self, case: Case, keep: set[int]) -> Iterator[Case]:
        if case.wire.by_packer:
            return  # what a front end packs need not be what the subject declares
        kind = self.transport.subject.kinds[0]
        simple = Param(kind, TensorSpec() if kind == "tensor" else None)
        sides = (case.passed, case.declared)
        both = zip(case.passed.params, case.declared.params, strict=False)
        free = [at for at, (passed, declared) in enumerate(both) if at not in keep and passed == declared != simple]
        half = len(free) // 2
        groups = [free, free[:half], free[half:]] if len(free) > 1 else []
        for group in [*groups, *([at] for at in free[-LONG:])]:
            passed, declared = (
                Signature(tuple(simple if at in group else p for at, p in enumerate(side.params)), side.ret)
                for side in sides
            )
            values = tuple(self._plain(simple, at) if at in group else v for at, v in enumerate(case.payload))
            yield from self._rebuilt(case, passed, declared, values)

    def _simpler_values(self, case: Case) -> Iterator[Case]:
        plain = tuple(self._plain(param, at) for at, param in enumerate(case.passed.params))
        if case.payload == plain or any(value.guarded for value in case.payload):
            return
        keep_null = any(value.is_null for value in case.payload)
        if not keep_null:
            yield replace(case, payload=plain)
        for at, value in list(enumerate(plain))[-LONG:]:
            if case.payload[at] != value and not case.payload[at].is_null:
                yield replace(case, payload=(*case.payload[:at], value, *case.payload[at + 1 :]))

    def _as_passed(self, case: Case) -> Iterator[Case]:
        """A wrong code as a real argument: what a caller would pass to send it, where such a kind exists."""
        if len(case.wire.codes) != 1 or case.mode != "plain" or case.history or case.release:
            return
        rules, ((at, code),) = self._rules, case.wire.codes
        if at == RESULT:
            return
        for kind in ("i64", "f64", *rules.passable):
            if kind in rules.passable and rules.code(kind) == code:
                param = Param(kind, TensorSpec() if kind == "tensor" else None)
                passed = Signature((*case.passed.params[:at], param, *case.passed.params[at + 1 :]), case.passed.ret)
                guarded = case.payload[at].guarded and KINDS[kind].is_pointer and kind != "null"
                value = Value(kind, guarded=True) if guarded else self._plain(param, at)
                payload = (*case.payload[:at], value, *case.payload[at + 1 :])
                mismatch = mismatches.pair(passed, case.declared, rules)
                if mismatch.cls == case.mismatch.cls:
                    yield replace(case, passed=passed, payload=payload, mismatch=mismatch, wire=NO_MUTATIONS)
                return

    def _simpler_mistakes(self, case: Case) -> Iterator[Case]:
        """A mistake of the check elsewhere: at one other argument alone."""
        if not case.wire.codes or RESULT in dict(case.wire.codes) or case.history or case.convention != "packed":
            return
        rules = self._rules
        pointers = {rules.code(kind) for kind in ("str", "bytes", "tensor") if kind in rules.passable}
        for at, param in enumerate(case.declared.params) if len(case.declared) > 1 else ():
            codes = rejected_codes(rules, param.kind)
            for code in {*codes[:1], *[code for code in codes if code in pointers][:1]}:
                value = case.payload[at]
                alone = Signature((param,), case.declared.ret)
                yield replace(
                    case,
                    passed=alone,
                    declared=alone,
                    payload=(value if value.guarded else self._plain(param, 0),),
                    wire=Mutations(codes=((0, code),)),
                    mismatch=Mismatch("type", 0, param.kind, f"code({code})"),
                    second=self._others(alone) if case.second else (),
                )

    def _without(self, case: Case, gone: set[int]) -> Iterator[Case]:
        """The case without some arguments: on both sides, and where the count is wrong also on one side alone."""

        def left(params: tuple[Param, ...]) -> tuple[Param, ...]:
            return tuple(p for at, p in enumerate(params) if at not in gone)

        passed = Signature(left(case.passed.params), case.passed.ret)
        declared = Signature(left(case.declared.params), case.declared.ret)
        values = tuple(v for at, v in enumerate(case.payload) if at not in gone)
        yield from self._rebuilt(case, passed, declared, values, gone)
        if case.wire.count is None and len(case.passed) != len(case.declared):
            yield from self._rebuilt(case, passed, case.declared, values, gone)
            yield from self._rebuilt(case, case.passed, declared, case.payload, gone)

    def _rebuilt(
        self,
        case: Case,
        passed: Signature,
        declared: Signature,
        values: tuple[Value, ...],
        gone: Collection[int] = (),
    ) -> Iterator[Case]:
        """The mismatch of the case between other signatures, if there is one of its class."""
        wire, mismatch = _moved_wire(case.wire, gone), case.mismatch
        if case.wire.count is not None:
            count = len(declared) + case.wire.count - len(case.declared)
            if not -(2**31) <= count < 2**31 or count == len(declared):
                return
            wire = replace(wire, count=count)
            mismatch = Mismatch("few" if count < len(declared) else "many", None, str(len(declared)), str(count))
        elif case.passed != case.declared and mismatch.cls != "match" and not case.wire.codes:
            mismatch = mismatches.pair(passed, declared, self._rules)
            if mismatch.cls != case.mismatch.cls:
                return
        elif mismatch.index is not None:
            mismatch = replace(mismatch, index=_moved(mismatch.index, gone))
        if case.mismatch.cls in ("null-args", "null-codes") and not len(declared):
            return
        fitted = tuple(self._fitted(p, at, v) for at, (p, v) in enumerate(zip(passed.params, values, strict=False)))
        if len(fitted) != len(passed):
            return
        yield replace(
            case,
            passed=passed,
            declared=declared,
            mismatch=mismatch,
            payload=fitted,
            result=self._result(case, declared),
            wire=wire,
            second=self._others(passed) if case.second else (),
            history=tuple(self._follow(earlier, case, passed, declared, values, gone) for earlier in case.history),
        )

    def _follow(
        self,
        earlier: Case,
        case: Case,
        passed: Signature,
        declared: Signature,
        values: tuple[Value, ...],
        gone: Collection[int],
    ) -> Case:
        """A call of the history changed in the same way, where it is of the same signatures; else as it was."""
        if earlier.passed != case.passed or earlier.declared != case.declared:
            return earlier
        kept = tuple(v for at, v in enumerate(earlier.payload) if at not in gone)
        if len(kept) != len(passed):
            kept = values
        index = earlier.mismatch.index
        return replace(
            earlier,
            passed=passed,
            declared=declared,
            payload=tuple(self._fitted(p, at, v) for at, (p, v) in enumerate(zip(passed.params, kept, strict=True))),
            wire=_moved_wire(earlier.wire, gone),
            result=self._result(earlier, declared),
            second=self._others(passed) if earlier.second else (),
            mismatch=earlier.mismatch if index is None else replace(earlier.mismatch, index=_moved(index, gone)),
        )

    def _result(self, case: Case, declared: Signature) -> Value:
        if declared.ret == case.declared.ret:
            return case.result
        return NO_VALUE if declared.ret == NONE else self._plain(Param(declared.ret), payloads.RESULT_PLACE)

    def _fitted(self, param: Param, at: int, value: Value) -> Value:
        """The value where it still is of the argument's kind, else a plain one."""
        return value if value.kind == param.kind else self._plain(param, at)


def _fewer_before(case: Case) -> Iterator[Case]:
    """The case after fewer calls: without a part of a long history, one call of a short one, or some repeats of one."""
    history = case.history
    step = 1 if len(history) <= LONG else len(history) // 8
    for start in range(0, len(history), step):
        yield replace(case, history=history[:start] + history[start + step :])
    for at, earlier in enumerate(history):
        for times in {earlier.times // 2, earlier.times * 3 // 4, earlier.times * 7 // 8, earlier.times - 1} - {0}:
            yield replace(case, history=(*history[:at], replace(earlier, times=times), *history[at + 1 :]))


def _with_usual_presets(case: Case) -> Case:
    """The case, and the calls before it, with the usual code in the result slot; not where that is what it is about."""
    if case.mismatch.cls == "padding":
        return case
    history = tuple(map(_with_usual_presets, case.history))
    return replace(case, wire=replace(case.wire, preset=None), history=history)


def _kept_places(case: Case) -> set[int]:
    """The arguments that the mistake is about, or whose payload is released."""
    keep = {at for at, _ in (*case.wire.codes, *case.wire.padding)}
    keep |= {at for at, value in enumerate(case.payload) if value.released}
    if case.mismatch.index is not None:
        keep.add(case.mismatch.index)
    if case.mismatch.cls == "swap":
        keep |= {int(case.mismatch.declared), int(case.mismatch.passed)}
    return keep


def _moved(at: int, gone: Collection[int]) -> int:
    """Where an argument stands once others are gone."""
    return at - sum(other < at for other in gone)


def _moved_wire(wire: Mutations, gone: Collection[int]) -> Mutations:
    return replace(
        wire,
        codes=tuple((_moved(at, gone), code) for at, code in wire.codes if at not in gone),
        padding=tuple((_moved(at, gone), word) for at, word in wire.padding if at not in gone),
    )
