"""Makes the calls of a subject in Python, judges each reply, and counts what came of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from conformance.engine.carrier import Examined, HarnessError
from conformance.engine.planned_call import PlannedCall, Promise, case, declared_by
from conformance.model.case import MATCH, Mismatch
from conformance.model.groups import groups_of
from conformance.model.kinds import KINDS, NONE
from conformance.model.observation import Ended, Observation
from conformance.model.signature import Signature
from conformance.model.subject import Refused, Reply
from conformance.model.value import Value
from conformance.oracle import judge as oracle
from conformance.oracle.duty import JudgedCall
from conformance.oracle.expect import expect, expect_packed, expect_taken
from conformance.oracle.judge import Judgement
from conformance.rules.load import Rules
from conformance.transport.process.client import (
    Batch,
    Broke,
    Caller,
    Died,
    Hung,
    Malformed,
    ProtocolError,
    Response,
    Spending,
    Unrun,
)

Unpacked = tuple[Signature, Signature, Mismatch]
"""A mistake that can be made without codes too: what is passed, what is declared, how they differ."""


class Counted(NamedTuple):
    """How often a kind of case got a verdict, and the simplest call that did: what its callee declares, its place."""

    number: int
    planned_call: PlannedCall
    declared: Signature
    place: str


Groups = dict[str, dict[str, Counted]]
"""For each kind of case and each verdict how often, and the simplest call."""


class Judged(NamedTuple):
    """A call that was made: its place in the plan, what its callee declares, what came of it and how it is judged."""

    place: int
    planned_call: PlannedCall
    declared: Signature
    response: Response
    judgement: Judgement


def judged(
    process: Caller,
    batch: Batch,
    planned_calls: Sequence[PlannedCall],
    promise: Promise,
    hang_ms: int,
    budget: Spending | None = None,
) -> Iterator[Judged | Refused]:
    """Makes the calls whose callees could be declared, and judges each. Raises HarnessError where one is no reply.

    In place of a call of which a front end cannot write the values stands why. What would cost more deaths and hangs
    than the budget has is left out.
    """
    known = [place for place, planned_call in enumerate(planned_calls) if is_known(batch, planned_call)]
    responses = process.run(batch, [planned_calls[place].request for place in known], hang_ms, budget)
    for place, response in zip(known, responses, strict=True):
        if isinstance(response, Refused):
            yield response
        elif not isinstance(response, Unrun):
            planned_call = planned_calls[place]
            declared = declared_by(planned_call, batch.signatures)
            yield Judged(
                place, planned_call, declared, response, judge(promise, planned_call, declared, response, batch.release)
            )


def is_known(batch: Batch, planned_call: PlannedCall) -> bool:
    """Whether a planned call can be made: its callee could be declared, or it needs none of the batch."""
    return not planned_call.has_callee or batch.refused[planned_call.callee] is None


def examined(
    check: str, batch: Batch, planned_calls: Sequence[PlannedCall], promise: Promise, calls: Iterable[Judged | Refused]
) -> tuple[Examined, list[Unpacked]]:
    """What came of the calls of a check, and those of which there is an unpacked counterpart.

    Where no reply tells what the check is about, calls that conform otherwise are inconclusive.
    """
    out, pairs, every = Examined(), [], list(calls)
    groups: Groups = {}
    refused: list[Refused] = []
    is_told = check != "X0-REFS" or any(isinstance(call, Judged) and _tells_references(call) for call in every)
    untold = 0
    for call in every:
        if isinstance(call, Refused):
            refused.append(call)
            continue
        place, planned_call, declared, response, judgement = call
        if judgement.conforms and not is_told:
            untold += 1
            continue
        out.executed += 1
        out.judged += 1
        out.deaths += isinstance(response, Died)
        out.hangs += isinstance(response, Hung)
        counted = "packed", planned_call.mismatch.cls, judgement.verdict
        out.tally[counted] += 1
        if planned_call.paired and _has_counterpart(planned_call.passed) and _has_counterpart(declared):
            out.paired[counted] += 1
            pairs.append((planned_call.passed, declared, planned_call.mismatch))
        _note(groups, planned_call, declared, batch.release, judgement)
        if not judgement.conforms:
            out.nonconforming.append((place, judgement))
    undeclared = sum(not is_known(batch, planned_call) for planned_call in planned_calls)
    out.inconclusive = undeclared + len(refused) + untold
    out.not_run = len(planned_calls) - out.executed - out.inconclusive
    out.groups = tuple(examples(groups, check, promise, batch.release))
    if untold:
        out.why = "no reply has `references`, which this check is about"
    if refused:
        out.why = f"some values cannot be passed: {refused[0].why}"
    if undeclared:
        out.why = f"some callees cannot be declared: {next((why for why in batch.refused if why), '')}"
    return out, pairs


def _tells_references(call: Judged) -> bool:
    return isinstance(call.response, Reply) and call.response.references is not None


def _has_counterpart(signature: Signature) -> bool:
    if any(param.kind == "tensor" and param.tensor is None for param in signature.params):
        return False  # the reference's tensors are declared with their metadata
    return all(kind in KINDS or kind == NONE for kind in (*(p.kind for p in signature.params), signature.ret))


@lru_cache(maxsize=65536)
def _groups_of(cls: str, tail: str, concurrent: bool, released: bool, declared: Signature) -> tuple[str, ...]:
    """The groups in which a call counts: what two versions of a subject are compared by."""
    mode = ("+concurrent" if concurrent else "") + ("+released" if released else "") if tail.startswith("match") else ""
    return groups_of(f"{cls}::packed::::{tail}{mode}", declared)


def _note(groups: Groups, planned_call: PlannedCall, declared: Signature, release: bool, judgement: Judgement) -> None:
    mismatch, concurrent = planned_call.mismatch, planned_call.beside is not None
    tail = mismatch.tail + (judgement.place if mismatch.tail == MATCH.tail else "")
    for name in _groups_of(mismatch.cls, tail, concurrent, release, declared):
        verdicts = groups.setdefault(name, {})
        known = verdicts.get(judgement.verdict)
        number = 0 if known is None else known.number
        length = len(planned_call.passed) + len(declared)
        if known is None or length < len(known.planned_call.passed) + len(known.declared):
            verdicts[judgement.verdict] = Counted(number + 1, planned_call, declared, judgement.place)
        else:
            verdicts[judgement.verdict] = known._replace(number=number + 1)


def refuse_unknown_kinds(rules: Rules, response: Response) -> None:
    """Raises ProtocolError where a reply has a value of a kind that there is not: no runtime can have made it so."""
    known = _known_kinds(rules)
    for reply in response if type(response) is tuple else (response,):
        for field, value in _values(reply) if isinstance(reply, Reply) else ():
            if value is not None and value.kind not in known:
                raise ProtocolError(f"`Reply.{field}` has the kind '{value.kind}', which the rules do not have")


def _values(reply: Reply) -> Iterator[tuple[str, Value | None]]:
    """All values of a reply, each with where it stands."""
    yield "ret", reply.ret
    for name, values in (("saw", reply.saw), ("results", reply.results)):
        yield from ((f"{name}[{at}]", value) for at, value in enumerate(values or ()))


@lru_cache(maxsize=64)
def _known_kinds(rules: Rules) -> frozenset[str]:
    return frozenset((*KINDS, NONE, *rules.custom_kinds))


def judge(
    promise: Promise, planned_call: PlannedCall, declared: Signature, result: Response, release: bool
) -> Judgement:
    """The judgement of one result. Raises HarnessError where it is no observation, ProtocolError for unknown kinds."""
    rules, cls = promise.rules, planned_call.mismatch.cls
    refuse_unknown_kinds(rules, result)
    other = None
    if planned_call.packed:
        expected = expect_packed(rules, planned_call.call)
    elif planned_call.handed is not None:
        expected = expect_taken(rules, planned_call.passed.ret, planned_call.handed, cls)
    else:
        expected = expect(rules, declared, planned_call.call, cls)
    if planned_call.beside is not None:
        other = expect(rules, declared, planned_call.beside, "match")
    raised = planned_call.handed.raised if planned_call.handed is not None else None
    made = JudgedCall(
        planned_call.passed,
        declared,
        planned_call.call.slots,
        planned_call.mismatch,
        mode="plain" if planned_call.beside is None else "concurrent",
        release=release,
        raised=None if raised is None else raised[1],
    )
    return oracle.judge(made, rules, promise.claims, expected, observed(planned_call, declared, result), other)


def observed(planned_call: PlannedCall, declared: Signature, result: Response) -> Observation:
    """A result as an observation. Raises HarnessError where it is none."""
    if isinstance(result, Reply):
        return result
    if isinstance(result, Died):
        return Observation(-1, ended=Ended("died", result.signal, result.status))
    if isinstance(result, Hung):
        return Observation(-1, ended=Ended("hung"))
    if isinstance(result, Broke):
        return Observation(-1, ended=Ended("broke", message=result.words))
    if planned_call.beside is None or isinstance(result, Unrun | Malformed | Refused):
        raise HarnessError(f"a call of {declared} came back as {type(result).__name__}, which is no reply")
    first, second = result
    return first._replace(second=second)


def examples(groups: Groups, check: str, promise: Promise, release: bool) -> list[dict[str, Any]]:
    """The groups as plain data: counts by verdict, and the simplest example of each."""
    out = []
    for name, verdicts in sorted(groups.items()):
        shown = {}
        for verdict, simplest in sorted(verdicts.items()):
            planned_call, declared = simplest.planned_call, simplest.declared
            shown_case = case(check, planned_call, declared, promise, release)
            signature = {"declared": str(simplest.declared), "passed": str(simplest.planned_call.passed)}
            key = shown_case.failed_key(simplest.place)
            shown[verdict] = {"key": key, "signature": signature, "case": shown_case.to_json()}
        counts = {verdict: counted.number for verdict, counted in sorted(verdicts.items())}
        out.append({"group": name, "check": check, "verdicts": counts, "examples": shown})
    return out
