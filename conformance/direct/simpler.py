"""What is simpler than a plain C call: fewer arguments, no return, simpler kinds, simpler values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.direct.draw import PROMOTED
from conformance.direct.kinds import (
    SCALARS,
    VARIADIC,
    Member,
    Scalar,
    Structure,
    bare,
    is_variadic,
    parse,
    structure,
    weight,
)
from conformance.direct.plan import simplified
from conformance.direct.values import plain
from conformance.model.case import MATCH, Case
from conformance.model.kinds import NONE
from conformance.model.signature import Param, Signature
from conformance.model.value import NO_VALUE


def size(case: Case) -> tuple[int, ...]:
    """What makes a call simple, the most important first."""
    kinds = [param.kind for param in case.declared.params]
    simple = simplified(case) if case.mismatch == MATCH else case
    values = zip((*case.payload, case.result), (*simple.payload, simple.result), strict=True)
    return (
        len(kinds),
        int(case.declared.ret != NONE),
        sum(map(is_variadic, kinds)),
        sum(weight(parse(kind)) for kind in (*kinds, case.declared.ret) if kind != NONE),
        sum(value != other for value, other in values),
    )


def candidates(case: Case) -> Iterator[Case]:
    """Simpler calls than one that both sides declare alike; none of another."""
    if case.mismatch != MATCH:
        return
    params = case.declared.params
    count = len(params)
    for kept in _shorter(count):
        yield _rebuilt(case, [params[at].kind for at in kept], kept, case.declared.ret)
    same = list(range(count))
    kinds = [param.kind for param in params]
    if case.declared.ret != NONE:
        yield _rebuilt(case, kinds, same, NONE)
        for simpler in _simpler_kinds(case.declared.ret):
            yield _rebuilt(case, kinds, same, simpler)
    if any(map(is_variadic, kinds)):
        yield _rebuilt(case, [bare(kind) for kind in kinds], same, case.declared.ret)
    if count > 1:
        yield _rebuilt(case, [_mark(kind) + "i32" for kind in kinds], same, case.declared.ret)
    for at, kind in enumerate(kinds):
        for simpler in _simpler_kinds(kind):
            yield _rebuilt(case, [*kinds[:at], simpler, *kinds[at + 1 :]], same, case.declared.ret)
    yield simplified(case)
    simple = simplified(case)
    for at in range(count):
        payload = (*case.payload[:at], simple.payload[at], *case.payload[at + 1 :])
        yield replace(case, payload=payload)


def _mark(kind: str) -> str:
    return VARIADIC if is_variadic(kind) else ""


def _shorter(count: int) -> Iterator[list[int]]:
    """The arguments that are kept: none, one alone, a half, all but one."""
    every = list(range(count))
    if count:
        yield []
    if count > 1:
        yield from ([at] for at in every)
        yield every[: count // 2]
        yield every[count // 2 :]
    if count > 2:
        yield from (every[:at] + every[at + 1 :] for at in every)


def _rebuilt(case: Case, kinds: list[str], kept: list[int], ret: str) -> Case:
    """The call with other kinds; a value stays where its kind does, others are plain."""
    if kinds and is_variadic(kinds[0]):  # C needs one argument before the dots
        kinds = [bare(kinds[0]), *kinds[1:]]
    payload = tuple(
        case.payload[was] if case.payload[was].kind == kind else plain(kind, at)
        for at, (kind, was) in enumerate(zip(kinds, kept, strict=True))
    )
    result = NO_VALUE if ret == NONE else case.result if ret == case.declared.ret else plain(ret, len(kinds))
    both = Signature(tuple(map(Param, kinds)), ret)
    return replace(case, passed=both, declared=both, payload=payload, result=result)


def _simpler_kinds(name: str) -> Iterator[str]:
    """Simpler kinds than one, each as what is passed in its place."""
    kind, mark = parse(name), _mark(name)
    if isinstance(kind, Scalar):
        first = next(one for one in SCALARS.values() if one.family == kind.family)
        yield from (
            mark + other for other in dict.fromkeys(("i32", first.name)) if weight(SCALARS[other]) < weight(kind)
        )
        return
    for scalar in dict.fromkeys(member.kind.name for member in kind.members if isinstance(member.kind, Scalar)):
        if not mark or scalar in PROMOTED:
            yield mark + scalar
    for members in _simpler_members(kind):
        yield mark + structure(members).name


def _simpler_members(kind: Structure) -> Iterator[tuple[Member, ...]]:
    members = kind.members
    for at, member in enumerate(members):
        before, after = members[:at], members[at + 1 :]
        if len(members) > 1 and not (member.count != 0 and len(members) == 2 and members[-1].count == 0):
            yield before + after
        if member.count:
            yield (*before, Member(member.kind), *after)
            if member.count > 2:
                yield (*before, Member(member.kind, member.count - 1), *after)
        if isinstance(member.kind, Structure):
            yield before + member.kind.members + after
            yield from (
                (*before, Member(structure(inner), member.count), *after) for inner in _simpler_members(member.kind)
            )
        elif member.kind.name != "i8":
            yield (*before, Member(SCALARS["i8"], member.count), *after)
            if member.kind.name != "i32":
                yield (*before, Member(SCALARS["i32"], member.count), *after)
