"""Hypothesis strategies for tests of your own: signatures, ways to get them wrong, whole calls."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from attrs import frozen
from hypothesis import assume
from hypothesis import strategies as st

from conformance.api.held import OpenSubject
from conformance.api.mistake import Mistake
from conformance.checks import CHECKS, SubjectFacts
from conformance.checks.choices import rejected_codes
from conformance.checks.counts import wrong_counts
from conformance.generation import payloads, single
from conformance.model.case import MATCH, NO_MUTATIONS, Case, Mismatch, Mutations
from conformance.model.kinds import KINDS, NONE
from conformance.model.signature import Param, Signature, TensorSpec, parse_signature
from conformance.oracle import mismatch as mismatches_of
from conformance.oracle.expect import takes_all
from conformance.oracle.sendable import forbidden_case
from conformance.rules.load import Rules, load
from conformance.subjects.manifest import known, load_subject
from conformance.subjects.table import MANIFEST

Source = Rules | OpenSubject | str | Path
"""What says which kinds there are and what is accepted.

The name of a rules table or its path, a subject that is built (its name, or the path of its subject.toml), or one that
is open.
"""


@frozen
class _Drawn:
    """What may be drawn: the rules, the kinds of them, and the parts of a call that can be made to lie."""

    rules: Rules
    kinds: tuple[str, ...]
    parts: tuple[str, ...] = SubjectFacts.mutable_parts

    @property
    def passable(self) -> tuple[str, ...]:
        return (*self.kinds, "null") if "null" in self.rules.passable else self.kinds


def signatures(rules: Source = "reference", *, max_args: int = 6) -> st.SearchStrategy[Signature]:
    """Signatures of the kinds of `rules`, of at most `max_args` arguments.

    They shrink to fewer arguments of simpler kinds. Raises UserError for rules that cannot be read.
    """
    return single.signatures(_drawn(rules).kinds, max_args)


def mismatches(signature: Signature | str, rules: Source = "reference") -> st.SearchStrategy[Mistake]:
    """Ways to call `signature` wrongly: another kind, count or return, two arguments swapped, and lies on the wire.

    Not all are to be rejected: some are converted, and some no code tells; their class says which. `signature` may be
    a text such as "(i64, f64) -> i64". Raises UserError for rules or a signature that cannot be read.
    """
    declared = parse_signature(signature) if isinstance(signature, str) else signature
    return _mistakes(declared, _drawn(rules), "packed")


def calls(
    rules: Source = "reference", *, max_args: int = 6, convention: Literal["packed", "unpacked"] = "packed"
) -> st.SearchStrategy[Case]:
    """Calls for `Subject.call`, right ones and wrong ones: a signature, a way to call it, and the values.

    They name no pair of compilers. Of an open subject that is called through Python they are calls that the suite's
    checks make of one callee, since what can be passed to it is for it to say.

    Raises UserError for rules that cannot be read.
    """
    if isinstance(rules, OpenSubject) and rules.is_called:
        return _planned(rules, single.signatures(_drawn(rules).kinds, max_args))
    return _calls(_drawn(rules), max_args, convention)


def _drawn(rules: Source) -> _Drawn:
    if isinstance(rules, OpenSubject):
        kinds = tuple(kind for kind in rules.kinds if kind in KINDS)
        return _Drawn(rules.rules, kinds, rules.mutable_parts)
    if isinstance(rules, Rules):
        return _Drawn(rules, rules.kinds)
    spec = str(rules)
    is_subject = spec.partition("==")[0] in known() or Path(spec).is_dir() or Path(spec).name == MANIFEST
    if is_subject:
        subject = load_subject(spec)
        return _Drawn(subject.rules, subject.kinds)
    table = load(spec)
    return _Drawn(table, table.kinds)


@st.composite
def _calls(draw: Any, drawn: _Drawn, max_args: int, convention: str) -> Case:
    declared = draw(single.signatures(drawn.kinds, max_args))
    passed, mismatch, wire = declared, MATCH, NO_MUTATIONS
    if draw(st.integers(0, 3)):  # three calls of four are wrong
        mistake = draw(_mistakes(declared, drawn, convention))
        passed, mismatch, wire = mistake.passed, mistake.mismatch, mistake.wire
    case = Case(
        check=_check_of(mismatch.cls, convention),
        convention=convention,
        caller="",
        callee="",
        passed=passed,
        declared=declared,
        mismatch=mismatch,
        payload=tuple(draw(single.values(param, at)) for at, param in enumerate(passed.params)),
        result=draw(single.results(declared.ret)),
        wire=wire,
        follow_pointers=mismatch is MATCH and drawn.rules.reads_contents,
        generic=True,
    )
    assume(not forbidden_case(drawn.rules, case))
    return case


@st.composite
def _planned(draw: Any, subject: OpenSubject, callees: st.SearchStrategy[Signature]) -> Case:
    count, call = subject.planned(draw(st.sampled_from(subject.checks)), draw(callees))
    assume(count)
    return call(int(draw(st.integers(0, count - 1))))


def _check_of(cls: str, convention: str) -> str:
    """The check that is about a class of mistakes: of those of the convention, the one about the fewest classes."""
    mark = "X0-" if convention == "packed" else "X1-"
    about = [check for check in CHECKS.values() if check.id.startswith(mark) and cls in check.classes]
    if not about:  # what codes cannot tell is counted beside the types
        return "X0-TYPE" if convention == "packed" else "X1-SILENT"
    return min(about, key=lambda check: len(check.classes)).id


@st.composite
def _mistakes(draw: Any, declared: Signature, drawn: _Drawn, convention: str) -> Mistake:
    parts = drawn.parts if convention == "packed" else ()
    ways = [_other_kind, _other_kind, _fewer] if declared.params else []  # most mistakes are about a kind
    ways += [_more, _other_return]
    ways += [_swapped] if len(set(declared.params)) > 1 else []
    ways += [_told_count] if "count" in parts else []
    ways += [_lying_code, _unknown_code] if "type-codes" in parts and declared.params else []
    ways += [_null_arrays] if {"args", "codes", "ret"} & set(parts) and declared.params else []
    passed, wire, mismatch = draw(st.sampled_from(ways))(draw, declared, drawn)
    if mismatch is None:
        mismatch = mismatches_of.pair(passed, declared, drawn.rules)
    assume(mismatch is not MATCH)
    own = dict(wire.codes)
    codes = tuple(own.get(at, drawn.rules.code(param.kind)) for at, param in enumerate(passed.params))
    return Mistake(declared, passed, mismatch, codes, len(passed) if wire.count is None else wire.count, wire)


Way = tuple[Signature, Mutations, Mismatch | None]
"""What is passed, what is changed on the wire, and the mismatch where the two signatures do not say it."""


def _place(draw: Any, declared: Signature) -> int:
    return int(draw(st.integers(0, len(declared) - 1)))


def _other_kind(draw: Any, declared: Signature, drawn: _Drawn) -> Way:
    at = _place(draw, declared)
    own = declared.params[at]
    others = [Param(kind, TensorSpec() if kind == "tensor" else None) for kind in drawn.passable]
    if own.tensor is not None:
        others += [Param("tensor", near.tensor) for near in payloads.near_tensors(own.tensor) if not near.no_data]
    wrong = [other for other in others if mismatches_of.argument(other, own, drawn.rules) is not None]
    assume(wrong)
    params = (*declared.params[:at], draw(st.sampled_from(wrong)), *declared.params[at + 1 :])
    return Signature(params, declared.ret), NO_MUTATIONS, None


def _fewer(draw: Any, declared: Signature, drawn: _Drawn) -> Way:  # noqa: ARG001 - as every way
    at = _place(draw, declared)
    return Signature((*declared.params[:at], *declared.params[at + 1 :]), declared.ret), NO_MUTATIONS, None


def _more(draw: Any, declared: Signature, drawn: _Drawn) -> Way:
    at = int(draw(st.integers(0, len(declared))))
    params = (*declared.params[:at], draw(single.params(drawn.kinds)), *declared.params[at:])
    return Signature(params, declared.ret), NO_MUTATIONS, None


def _other_return(draw: Any, declared: Signature, drawn: _Drawn) -> Way:
    returns = [kind for kind in (*drawn.kinds, NONE) if kind != declared.ret]
    taken = [kind for kind in returns if mismatches_of.returned(kind, declared.ret, drawn.rules) is not None]
    assume(taken)
    return Signature(declared.params, draw(st.sampled_from(taken))), NO_MUTATIONS, None


def _swapped(draw: Any, declared: Signature, drawn: _Drawn) -> Way:  # noqa: ARG001 - as every way
    one, two = _place(draw, declared), _place(draw, declared)
    params = list(declared.params)
    assume(params[one] != params[two])
    params[one], params[two] = params[two], params[one]
    return Signature(tuple(params), declared.ret), NO_MUTATIONS, None


def _told_count(draw: Any, declared: Signature, drawn: _Drawn) -> Way:  # noqa: ARG001 - as every way
    count = draw(st.sampled_from(wrong_counts(len(declared))))
    cls = "few" if count < len(declared) else "many"
    return declared, Mutations(count=count), Mismatch(cls, None, str(len(declared)), str(count))


def _lying_code(draw: Any, declared: Signature, drawn: _Drawn) -> Way:
    return _coded(draw, declared, "type", lambda kind: rejected_codes(drawn.rules, kind))


def _unknown_code(draw: Any, declared: Signature, drawn: _Drawn) -> Way:
    rules = drawn.rules
    return _coded(draw, declared, "unknown-code", lambda kind: () if takes_all(rules, kind) else rules.unknown_codes)


def _coded(draw: Any, declared: Signature, cls: str, codes_of: Any) -> Way:
    at = _place(draw, declared)
    kind = declared.params[at].kind
    codes: Sequence[int] = codes_of(kind)
    assume(codes)
    code = draw(st.sampled_from(codes))
    return declared, Mutations(codes=((at, code),)), Mismatch(cls, at, kind, f"code({code})")


def _null_arrays(draw: Any, declared: Signature, drawn: _Drawn) -> Way:
    every = (("args",), ("codes",), ("args", "codes"), ("ret",))
    nulls = draw(st.sampled_from([some for some in every if set(some) <= set(drawn.parts)]))
    return declared, Mutations(nulls=nulls), Mismatch(f"null-{nulls[0]}")
