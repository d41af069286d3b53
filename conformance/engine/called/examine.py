"""Makes the calls of a check, judges each reply, and counts what came of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from conformance.engine.called.attempt import Attempt
from conformance.engine.carrier import HarnessError
from conformance.model.case import MATCH, RESULT, Case, Mismatch, Wire
from conformance.model.groups import groups_of
from conformance.model.kinds import KINDS, NONE
from conformance.model.observation import Ended, Observation
from conformance.model.signature import Signature
from conformance.model.subject import Call, CalleeResponse, Reply, Slot
from conformance.model.value import NO_VALUE
from conformance.oracle import judge as oracle
from conformance.oracle.expect import expect, expect_taken
from conformance.oracle.judge import JudgedCall, Judgement
from conformance.rules.load import Rules
from conformance.transport.process.client import (
    Batch,
    Broke,
    Budget,
    Caller,
    Died,
    Hung,
    Malformed,
    Request,
    Response,
    Unrun,
)

Tally = Counter[tuple[str, str, str]]
"""Counts by (convention, mismatch class, verdict)."""


class Counted(NamedTuple):
    """How often a kind of case got a verdict, and the simplest call that did: what its callee declares, its place."""

    number: int
    attempt: Attempt
    declared: Signature
    place: str


Groups = dict[str, dict[str, Counted]]
"""For each kind of case and each verdict how often, and the simplest call."""


@dataclass(frozen=True)
class Promise:
    """What a called subject is held to."""

    rules: Rules
    claims: tuple[str, ...]
    sides: tuple[str, str]


@dataclass
class Examined:
    """What came of the calls of a check: the judgements of those that were made, in order, and their verdicts counted.

    `nonconforming` are the calls that do not conform, by their place. `paired` counts those of which there is an
    unpacked counterpart, `pairs` are these. `groups` has for each kind of case and verdict a count and the simplest
    attempt. `unrun` calls were never made, since too much died or hung before them; `undeclared` ones are of callees
    that the subject cannot declare.
    """

    tally: Tally = field(default_factory=Counter)
    paired: Tally = field(default_factory=Counter)
    pairs: list[tuple[Signature, Signature, Mismatch]] = field(default_factory=list)
    groups: Groups = field(default_factory=dict)
    judgements: list[Judgement] = field(default_factory=list)
    nonconforming: list[tuple[int, Attempt, Judgement]] = field(default_factory=list)
    executed: int = 0
    judged: int = 0
    unrun: int = 0
    undeclared: int = 0
    deaths: int = 0
    hangs: int = 0


def requests(attempts: Sequence[Attempt]) -> list[Request]:
    """The attempts as a process takes them."""
    return [
        Request(
            one.callee,
            one.call,
            None if one.beside is None else (one.callee, one.beside),
            None if one.handed is None else (one.passed.ret, one.handed),
        )
        for one in attempts
    ]


def examine(
    process: Caller,
    batch: Batch,
    attempts: Sequence[Attempt],
    promise: Promise,
    hang_ms: int,
    budget: Budget | None = None,
) -> Examined:
    """Runs the attempts on declared callees. Raises HarnessError where one came back as no reply.

    What would cost more deaths and hangs than the budget has is left unrun.
    """
    out = Examined()
    known = [place for place, one in enumerate(attempts) if is_known(batch, one)]
    out.undeclared = len(attempts) - len(known)
    results = process.run(batch, requests([attempts[place] for place in known]), hang_ms, budget)
    for place, result in zip(known, results, strict=True):
        attempt = attempts[place]
        if isinstance(result, Unrun):
            out.unrun += 1
            continue
        out.executed += 1
        out.deaths += isinstance(result, Died)
        out.hangs += isinstance(result, Hung)
        declared = declared_by(batch, attempt)
        judgement = judge(promise, attempt, declared, result, batch.release)
        cls, verdict = attempt.mismatch.cls, judgement.verdict
        out.judged += 1
        out.judgements.append(judgement)
        out.tally["packed", cls, verdict] += 1
        if attempt.paired and _has_counterpart(attempt.passed) and _has_counterpart(declared):
            out.paired["packed", cls, verdict] += 1
            out.pairs.append((attempt.passed, declared, attempt.mismatch))
        _note(out.groups, attempt, declared, batch.release, judgement)
        if not judgement.conforms:
            out.nonconforming.append((place, attempt, judgement))
    return out


def is_known(batch: Batch, attempt: Attempt) -> bool:
    """Whether an attempt can be made: its callee could be declared, or it needs none of the batch."""
    return attempt.handed is not None or batch.refused[attempt.callee] is None


def declared_by(batch: Batch, attempt: Attempt) -> Signature:
    """The signature of an attempt's callee; of one that only gives something back, that of what it gives."""
    if attempt.handed is None:
        return batch.signatures[attempt.callee]
    result = attempt.handed.result
    return Signature((), NONE if result is None else result.value.kind)


def _has_counterpart(signature: Signature) -> bool:
    if any(param.kind == "tensor" and param.tensor is None for param in signature.params):
        return False  # the reference's tensors are declared with their metadata
    return all(kind in KINDS or kind == NONE for kind in (*(p.kind for p in signature.params), signature.ret))


@lru_cache(maxsize=65536)
def _groups_of(cls: str, tail: str, concurrent: bool, released: bool, declared: Signature) -> tuple[str, ...]:
    """The groups in which a call counts: what two versions of a subject are compared by."""
    mode = ("+concurrent" if concurrent else "") + ("+released" if released else "") if tail.startswith("match") else ""
    return groups_of(f"{cls}::packed::::{tail}{mode}", declared)


def _note(groups: Groups, attempt: Attempt, declared: Signature, release: bool, judgement: Judgement) -> None:
    mismatch, concurrent = attempt.mismatch, attempt.beside is not None
    tail = mismatch.tail + (judgement.place if mismatch.tail == MATCH.tail else "")
    for name in _groups_of(mismatch.cls, tail, concurrent, release, declared):
        verdicts = groups.setdefault(name, {})
        known = verdicts.get(judgement.verdict)
        number = 0 if known is None else known.number
        if known is None or len(attempt.passed) + len(declared) < len(known.attempt.passed) + len(known.declared):
            verdicts[judgement.verdict] = Counted(number + 1, attempt, declared, judgement.place)
        else:
            verdicts[judgement.verdict] = known._replace(number=number + 1)


def judge(promise: Promise, attempt: Attempt, declared: Signature, result: Response, release: bool) -> Judgement:
    """The judgement of one result. Raises HarnessError where it is no observation."""
    rules, cls = promise.rules, attempt.mismatch.cls
    other = None
    if attempt.handed is not None:
        expected = expect_taken(rules, attempt.passed.ret, attempt.handed, cls)
    else:
        expected = expect(rules, declared, attempt.call, cls)
    if attempt.beside is not None:
        other = expect(rules, declared, attempt.beside, "match")
    raised = attempt.handed.raised if attempt.handed is not None else None
    made = JudgedCall(
        attempt.passed,
        declared,
        attempt.call.slots,
        attempt.mismatch,
        mode="plain" if attempt.beside is None else "concurrent",
        release=release,
        raised=None if raised is None else raised[1],
    )
    return oracle.judge(made, rules, promise.claims, expected, observed(attempt, declared, result), other)


def observed(attempt: Attempt, declared: Signature, result: Response) -> Observation:
    """A result as an observation. Raises HarnessError where it is none."""
    if isinstance(result, Reply):
        return result
    if isinstance(result, Died):
        return Observation(-1, ended=Ended("died", result.signal, result.status))
    if isinstance(result, Hung):
        return Observation(-1, ended=Ended("hung"))
    if isinstance(result, Broke):
        return Observation(-1, ended=Ended("broke", message=result.words))
    if attempt.beside is None or isinstance(result, Unrun | Malformed):
        raise HarnessError(f"a call of {declared} came back as {type(result).__name__}, which is no reply")
    first, second = result
    return first._replace(second=second)


def case(
    check: str, attempt: Attempt, declared: Signature, promise: Promise, release: bool, history: Sequence[Case] = ()
) -> Case:
    """The case that an attempt is, spelled out."""
    rules, call = promise.rules, attempt.call
    if attempt.handed is not None:
        return _taken_case(check, attempt, attempt.handed, declared, promise)
    codes = [(at, one.code) for at, one in enumerate(call.slots) if one.code != rules.code(one.value.kind)]
    padding = [(at, one.padding) for at, one in enumerate(call.slots) if one.padding is not None]
    return Case(
        check=check,
        convention="packed",
        caller=promise.sides[0],
        callee=promise.sides[1],
        passed=attempt.passed,
        declared=declared,
        mismatch=attempt.mismatch,
        payload=tuple(one.value for one in call.slots),
        result=call.result or NO_VALUE,
        wire=Wire(tuple(codes), call.claimed_count, call.nulls, tuple(padding), call.preset),
        mode="plain" if attempt.beside is None else "concurrent",
        second=() if attempt.beside is None else tuple(one.value for one in attempt.beside.slots),
        release=release,
        history=tuple(history),
    )


def _taken_case(check: str, attempt: Attempt, handed: CalleeResponse, declared: Signature, promise: Promise) -> Case:
    result = handed.result
    lies = result is not None and result.code != promise.rules.code(result.value.kind)
    return Case(
        check=check,
        convention="packed",
        caller=promise.sides[1],
        callee=promise.sides[0],
        passed=attempt.passed,
        declared=declared,
        mismatch=attempt.mismatch,
        payload=(),
        result=NO_VALUE if result is None else result.value,
        wire=Wire(
            codes=((RESULT, result.code),) if result is not None and lies else (),
            handed=(handed.status, *(handed.raised or ("", ""))),
        ),
    )


def attempt_of(case: Case, callee: int, rules: Rules) -> Attempt:
    """The inverse of `case`, with the callee's place in a batch."""
    codes, padding = dict(case.wire.codes), dict(case.wire.padding)
    if case.wire.handed is not None:
        status, kind, message = case.wire.handed
        taken = None
        if case.result != NO_VALUE:
            taken = Slot(codes.get(RESULT, rules.code(case.result.kind)), case.result)
        handed = CalleeResponse(status, taken, (kind, message) if kind or message else None)
        return Attempt(callee, case.passed, Call(() if taken is None else (taken,)), case.mismatch, handed=handed)
    slots = tuple(
        Slot(codes.get(at, rules.code(value.kind)), value, padding.get(at)) for at, value in enumerate(case.payload)
    )
    result = None if case.result == NO_VALUE else case.result
    call = Call(slots, case.wire.count, case.wire.nulls, result, case.wire.preset)
    beside = None
    if case.mode == "concurrent":
        beside = Call(tuple(Slot(rules.code(value.kind), value) for value in case.second), result=result)
    return Attempt(callee, case.passed, call, case.mismatch, beside)


def examples(groups: Groups, check: str, promise: Promise, release: bool) -> list[dict[str, Any]]:
    """The groups as plain data: counts by verdict, and the simplest example of each."""
    out = []
    for name, verdicts in sorted(groups.items()):
        shown = {}
        for verdict, simplest in sorted(verdicts.items()):
            shown_case = case(check, simplest.attempt, simplest.declared, promise, release)
            signature = {"declared": str(simplest.declared), "passed": str(simplest.attempt.passed)}
            key = shown_case.failed_key(simplest.place)
            shown[verdict] = {"key": key, "signature": signature, "case": shown_case.to_json()}
        counts = {verdict: counted.number for verdict, counted in sorted(verdicts.items())}
        out.append({"group": name, "check": check, "verdicts": counts, "examples": shown})
    return out
