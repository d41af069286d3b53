"""Shrinks a nonconforming case: all candidates of a step are one bundle, so a step costs one compile.

Hypothesis would shrink whole bundles, with a compile a try; knowing what a case is takes a few steps instead and always
ends at the shortest signature that still shows the same verdict.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.engine.lab import Lab
from conformance.engine.plans import rejected_codes
from conformance.generation import payloads
from conformance.model.case import Case, Mismatch, Wire
from conformance.model.kinds import KINDS, NONE
from conformance.model.signature import Param, Signature, TensorSpec
from conformance.model.value import NO_VALUE, Value
from conformance.oracle import classify
from conformance.oracle.judge import Judgement
from conformance.rules.load import Rules

_MORE_HISTORY = 5

MOST_COMPILES = 20
"""A step is one compile; a case that is not minimal by then is left as it is."""


def shrink(lab: Lab, case: Case, judgement: Judgement) -> tuple[Case, Judgement]:
    """The simplest case found that gets the same verdict, with its judgement."""
    rules = lab.libraries.subject.rules
    start = lab.compiles
    tried: set[Case] = {case}
    while lab.compiles - start < MOST_COMPILES:
        candidates = sorted({c for c in _candidates(case, rules, lab) if c not in tried}, key=_order)
        tried.update(candidates)
        found = lab.first_alike([c for c in candidates if _size(c) < _size(case)], judgement.verdict)
        if found is None:
            break
        case, judgement = found
    return lab.first_alike(list(_as_passed(case, rules)), judgement.verdict) or (case, judgement)


def _as_passed(case: Case, rules: Rules) -> Iterator[Case]:
    """A code changed on the wire as what a caller would have to pass to send it, where there is such a kind."""
    if len(case.wire.codes) != 1 or case.mode != "plain" or case.history or case.release:
        return
    ((at, code),) = case.wire.codes
    for kind in ("i64", "f64", *rules.passable):
        if kind in rules.passable and rules.code(kind) == code:
            param = Param(kind, TensorSpec() if kind == "tensor" else None)
            params = (*case.passed.params[:at], param, *case.passed.params[at + 1 :])
            passed = Signature(params, case.passed.ret)
            guarded = case.payload[at].guarded and KINDS[kind].is_pointer and kind != "null"
            value = Value(kind, guarded=True) if guarded else payloads.graffiti(param, at, 0)
            payload = (*case.payload[:at], value, *case.payload[at + 1 :])
            mismatch = classify.pair(passed, case.declared, rules)
            if mismatch.cls == case.mismatch.cls:
                yield replace(case, passed=passed, payload=payload, mismatch=mismatch, wire=Wire())
            return


def _order(case: Case) -> tuple[tuple[int, ...], str]:
    return _size(case), case.id


def _size(case: Case) -> tuple[int, ...]:
    """What makes a case simple, the most important first."""
    kinds = [*(p.kind for p in case.passed.params), *(p.kind for p in case.declared.params)]
    order = list(KINDS)
    return (
        max(len(case.passed), len(case.declared)),
        len(case.passed) + len(case.declared),
        len(case.history),
        len({case.passed.ret, case.declared.ret} - {NONE}),
        len(case.wire.codes),
        sum(order.index(kind) for kind in kinds),
        sum(
            value != payloads.graffiti(p, i, 0)
            for i, (p, value) in enumerate(zip(case.passed.params, case.payload, strict=True))
        ),
    )


def _candidates(case: Case, rules: Rules, lab: Lab) -> Iterator[Case]:
    n = max(len(case.passed), len(case.declared))
    keep = {at for at, _ in case.wire.codes}
    if case.mismatch.index is not None:
        keep.add(case.mismatch.index)
    if case.mismatch.cls == "swap":
        keep |= {int(case.mismatch.declared), int(case.mismatch.passed)}
    free = [at for at in range(n) if at not in keep]
    # The largest steps first: everything else away at once, then halves, then single arguments.
    groups = [free, free[: len(free) // 2], free[len(free) // 2 :], *([at] for at in free)]
    if len(free) > 2:
        groups += [free[:at] + free[at + 1 :] for at in range(len(free))]
    for group in groups:
        if group:
            for fewer in _without(case, set(group), rules):
                yield fewer
                # What depends on how much was done before may need more calls where each does less.
                if fewer.history:
                    for more in range(1, _MORE_HISTORY):
                        yield replace(fewer, history=fewer.history + fewer.history[-1:] * more)
    yield from _simpler_mistakes(case, lab)
    if case.history:
        for at in range(len(case.history)):
            yield replace(case, history=case.history[:at] + case.history[at + 1 :])
    if case.mismatch.cls not in ("ret-type", "ret-none") and (case.passed.ret, case.declared.ret) != (NONE, NONE):
        yield from _rebuilt(
            case, rules, Signature(case.passed.params, NONE), Signature(case.declared.params, NONE), case.payload
        )
    simple = Param(lab.libraries.subject.kinds[0])
    if simple.kind == "tensor":
        simple = Param("tensor", TensorSpec())
    for at in range(min(len(case.passed), len(case.declared))):
        if at not in keep and case.passed.params[at] == case.declared.params[at] != simple:
            params = [list(s.params) for s in (case.passed, case.declared)]
            params[0][at] = params[1][at] = simple
            values = list(case.payload)
            values[at] = payloads.graffiti(simple, at, 0)
            passed, declared = (
                Signature(tuple(p), s.ret) for p, s in zip(params, (case.passed, case.declared), strict=True)
            )
            yield from _rebuilt(case, rules, passed, declared, tuple(values))
    if len(case.wire.codes) == 2:
        for code in case.wire.codes:
            if code[0] == case.mismatch.index:
                yield replace(case, wire=replace(case.wire, codes=(code,)))
    plain = payloads.payload(case.passed, 0)
    if case.payload != plain and not any(value.guarded for value in case.payload):
        yield replace(case, payload=plain)
        for at, value in enumerate(plain):
            if case.payload[at] != value:
                yield replace(case, payload=(*case.payload[:at], value, *case.payload[at + 1 :]))


def _simpler_mistakes(case: Case, lab: Lab) -> Iterator[Case]:
    """The same check's mistake elsewhere: at one other argument alone, or in the count of no arguments."""
    if not case.wire.codes or case.history:
        return
    rules = lab.libraries.subject.rules
    for at, param in enumerate(case.declared.params):
        if len(case.declared) == 1:
            break
        codes = rejected_codes(rules, param.kind)
        pointers = [rules.codes[name] for name in ("str", "bytes", "tensor") if name in rules.codes]
        for code in {codes[0], *[code for code in codes if code in pointers][:1]}:
            value = case.payload[at]
            yield replace(
                case,
                passed=Signature((param,), case.declared.ret),
                declared=Signature((param,), case.declared.ret),
                payload=(value if value.guarded else payloads.graffiti(param, 0, 0),),
                wire=Wire(codes=((0, code),)),
                mismatch=Mismatch("type", 0, param.kind, f"code({code})"),
                second=tuple(payloads.payload(Signature((param,)), 7)) if case.second else (),
            )
    if case.check == "X0-ERROR":
        empty = Signature((), NONE)
        yield replace(
            case,
            passed=empty,
            declared=empty,
            payload=(),
            result=NO_VALUE,
            wire=Wire(count=1),
            mismatch=Mismatch("many", None, "0", "1"),
        )


def _without(case: Case, gone: set[int], rules: Rules) -> Iterator[Case]:
    """The case without some arguments: on both sides, and where the count is wrong also on the longer side alone."""

    def left(params: tuple[Param, ...]) -> tuple[Param, ...]:
        return tuple(p for at, p in enumerate(params) if at not in gone)

    passed = Signature(left(case.passed.params), case.passed.ret)
    declared = Signature(left(case.declared.params), case.declared.ret)
    values = tuple(v for at, v in enumerate(case.payload) if at not in gone)
    yield from _rebuilt(case, rules, passed, declared, values, gone)
    if case.wire.count is None and len(case.passed) != len(case.declared):
        yield from _rebuilt(case, rules, passed, case.declared, values, gone)
        yield from _rebuilt(case, rules, case.passed, declared, case.payload, gone)


def _rebuilt(
    case: Case,
    rules: Rules,
    passed: Signature,
    declared: Signature,
    values: tuple[Value, ...],
    gone: set[int] | None = None,
) -> Iterator[Case]:
    """The same mismatch between other signatures, if there is such a one."""
    gone = gone or set()

    def moved(at: int) -> int:
        return at - sum(other < at for other in gone)

    wire = replace(case.wire, codes=tuple((moved(at), code) for at, code in case.wire.codes))
    mismatch = case.mismatch
    grid = case.passed != case.declared
    if grid:
        mismatch = classify.pair(passed, declared, rules)
        if mismatch.cls != case.mismatch.cls:
            return
    elif case.wire.count is not None:
        count = len(declared) + case.wire.count - len(case.declared)
        if not -(2**31) <= count < 2**31 or count == len(declared):
            return
        wire = replace(wire, count=count)
        mismatch = Mismatch("few" if count < len(declared) else "many", None, str(len(declared)), str(count))
    elif mismatch.index is not None:
        mismatch = replace(mismatch, index=moved(mismatch.index))
    if case.mismatch.cls.startswith("null-") and case.mismatch.cls != "null-ret" and not len(declared):
        return
    result = case.result
    if declared.ret != case.declared.ret:
        result = NO_VALUE if declared.ret == NONE else payloads.result(declared.ret)
    second = tuple(payloads.payload(passed, 7)) if case.second else ()
    history = tuple(_follow(one, case, passed, declared, values, gone) for one in case.history)
    fitted = tuple(_fitted(p, at, v) for at, (p, v) in enumerate(zip(passed.params, values, strict=False)))
    if len(fitted) != len(passed):
        return
    yield replace(
        case,
        passed=passed,
        declared=declared,
        mismatch=mismatch,
        payload=fitted,
        result=result,
        wire=wire,
        second=second,
        history=history,
    )


def _follow(
    one: Case, case: Case, passed: Signature, declared: Signature, values: tuple[Value, ...], gone: set[int]
) -> Case:
    """A call of the history changed in the same way, where it is of the same signatures; else as it was."""
    if one.passed != case.passed or one.declared != case.declared:
        return one

    def moved(at: int) -> int:
        return at - sum(other < at for other in gone)

    codes = tuple((moved(at), code) for at, code in one.wire.codes if at not in gone)
    kept = tuple(v for at, v in enumerate(one.payload) if at not in gone)
    if len(kept) != len(passed):
        kept = values
    kept = tuple(_fitted(p, at, v) for at, (p, v) in enumerate(zip(passed.params, kept, strict=True)))
    result = one.result if declared.ret == case.declared.ret else payloads.result(declared.ret)
    index = one.mismatch.index
    return replace(
        one,
        passed=passed,
        declared=declared,
        payload=kept,
        wire=replace(one.wire, codes=codes),
        result=result,
        second=payloads.payload(passed, 7) if one.second else (),
        mismatch=one.mismatch if index is None else replace(one.mismatch, index=moved(index)),
    )


def _fitted(param: Param, at: int, value: Value) -> Value:
    """The value where it still is of the argument's kind, else graffiti."""
    return value if value.kind == param.kind else payloads.graffiti(param, at, 0)
