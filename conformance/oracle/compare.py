"""Compares what was observed of an accepted call with what was expected: arguments, the return and its code."""

from __future__ import annotations

from dataclasses import replace

from conformance.model.kinds import FOLLOWED, NONE
from conformance.model.observation import Observation
from conformance.model.value import Value
from conformance.oracle.expect import Expectation, same
from conformance.oracle.packing import codes_of, wrong_slots
from conformance.oracle.words import shown
from conformance.rules.load import Rules


def is_as_due(due: Value, got: Value, copied: bool = False) -> bool:
    """Whether a value arrived as expected, of the same kind and with the same content.

    `copied` says that it may be a copy: of a tensor, with strides written out and the offset folded into its data.
    """
    # How a tensor tells compact strides, and which cell it lies in, is the caller's own.
    if due.tensor is not None and got.tensor is not None:
        if copied and due.kind == "tensor":
            due, got = _anywhere(due), _anywhere(got)
        return same(due, got) or due.tensor == got.tensor
    return (due.kind, due.bits, due.data, due.tensor) == (got.kind, got.bits, got.data, got.tensor)


def _anywhere(value: Value) -> Value:
    """A tensor without what its copy need not share."""
    assert value.tensor is not None
    return replace(value, tensor=replace(value.tensor, strides=None, byte_offset=0))


def first_wrong(rules: Rules, expectation: Expectation, seen: Observation) -> int | None:
    """The first argument that arrived otherwise than it must, None if all that can be told arrived as due."""
    if expectation.slots is not None:
        return wrong_slots(expectation.slots, seen.slots or ())[0]
    both = zip(expectation.seen or (), seen.saw or (), strict=False)
    for at, (due, got) in enumerate(both):
        if due.value is not None and got is not None and not is_as_due(due.value, got, rules.copies_pointees):
            return at
    return None


def difference(rules: Rules, expectation: Expectation, seen: Observation) -> str:
    """What the body saw otherwise than it must, in words; empty if nothing."""
    if expectation.slots is not None:
        return wrong_slots(expectation.slots, seen.slots or ())[1]
    wanted, saw = expectation.seen or (), seen.saw
    if saw is None:
        return "what the body saw was not recorded"
    if len(saw) != len(wanted):
        return f"the body saw {len(saw)} arguments where {len(wanted)} are due"
    at = first_wrong(rules, expectation, seen)
    if at is None:
        return ""
    due, got, order = wanted[at].value, saw[at], rules.target.data
    if due is not None and got is not None and due.leads_somewhere and got.leads_somewhere and got.bits:
        other = "another tensor, or to other elements," if rules.reads_contents and due.tensor else "something else"
        return f"argument {at} points to {other} than what was sent"
    return f"argument {at} read as {shown(got, order)} where {shown(due, order)} was sent"


def return_difference(rules: Rules, kind: str, expectation: Expectation, seen: Observation) -> str:
    """How the return, or its code, came back otherwise than it must, in words; empty if as due.

    `kind` is the declared one.
    """
    results, number = seen.returned, int(kind != NONE)
    if seen.results is not None and len(results) != number:
        return (
            f"; the caller finds {len(results)} results ({', '.join(map(shown, results)) or 'none'}), {number} is due"
        )
    if not is_code_as_due(rules, kind, expectation, seen):
        return f" with return code {seen.ret_code} where {expectation.ret_code} is due"
    if expectation.out is not None and seen.out is not None:
        took, due = seen.out.hex(" "), expectation.out.hex(" ")
        if rules.copies_pointees and kind in FOLLOWED and took != due:
            return "; the caller took what holds something else than what was returned"
        return "" if took == due else f"; the caller took {took} where {due} was returned"
    got, due_value = results[0] if results else None, expectation.ret
    if due_value is not None and (got is None or not _is_returned(rules, due_value, got)):
        finds, returned = (shown(value, rules.target.data) for value in (got, due_value))
        return f"; the caller finds {finds} where {returned} was returned"
    return ""


def _is_returned(rules: Rules, due: Value, got: Value) -> bool:
    """Whether a result means what was returned, or is a copy of it where the rules allow one."""
    copied = rules.copies_pointees and due.tensor is not None and got.tensor is not None and due.kind == "tensor"
    return same(_anywhere(due), _anywhere(got)) if copied else same(due, got)


def is_code_as_due(rules: Rules, kind: str, expectation: Expectation, seen: Observation) -> bool:
    """Whether the return's code is the declared kind's, or that of another form of it, or null's for a null."""
    codes = codes_as_due(rules, kind, expectation)
    return codes is None or seen.ret_code is None or seen.ret_code in codes


def codes_as_due(rules: Rules, kind: str, expectation: Expectation) -> tuple[int, ...] | None:
    """The codes that a return of the declared kind may have, the usual one first; None where it may have any."""
    due = expectation.ret_code
    if due is None or kind in rules.custom_kinds:
        return None
    forms = {*codes_of(rules, kind, expectation.ret is not None and expectation.ret.is_null)} - {due}
    return (due, *sorted(code for code in forms if rules.decide_return(kind, code) != "reject"))
