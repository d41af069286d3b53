"""Which calls can be made of a runtime that copies: not those that would have it copy what is not there."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from conformance.model.case import Case
from conformance.model.kinds import FOLLOWED, KINDS
from conformance.model.signature import Signature
from conformance.model.subject import Slot
from conformance.model.value import Value
from conformance.oracle.tensors import reach
from conformance.rules.load import Rules

MOST_COPIED = 4096
"""Elements that the arrays of a call have at most (harness/run.h)."""

MOST_DATA = 32 << 10
"""Bytes that the elements of a tensor take at most."""

UNTRUE = 'calls whose code promises what is not there are not made: pointers = "equal"'
UNCOUNTED = f'calls that claim a negative count, or one beyond {MOST_COPIED:,}, are not made: arrays = "copied"'


def forbidden(rules: Rules, declared: Signature, passed: Signature, slots: Sequence[Slot], count: int | None) -> str:
    """Why a packed call cannot be made, "" where it can; `count` is what it claims instead of the right one."""
    if rules.copies_arrays and count is not None and not is_countable(count):
        return UNCOUNTED
    if rules.copies_pointees and (not all(_is_true(rules, slot) for slot in slots) or _unlike(rules, declared, passed)):
        return UNTRUE
    return ""


def forbidden_case(rules: Rules, case: Case) -> str:
    """Why a case cannot be made, "" where it can: only packed calls of a callee are forbidden."""
    has_callee = case.wire.handed is None and not case.wire.by_packer
    if case.convention != "packed" or not has_callee or case.mismatch.cls == "layout":
        return ""
    codes = dict(case.wire.codes)
    slots = [Slot(codes.get(at, rules.code(one.kind)), one) for at, one in enumerate(case.payload)]
    return forbidden(rules, case.declared, case.passed, slots, case.wire.count)


def is_countable(count: Any) -> Any:
    """Whether arrays can have as many elements as a call claims: of one call by a number, of many by a column."""
    return (count >= 0) & (count <= MOST_COPIED)


def has_elements(value: Value) -> bool:
    """Whether a value has all that it leads to: of a tensor, its extents and, where they are not too many, elements."""
    spec = value.tensor
    if spec is None or value.guarded:
        return not value.guarded
    if spec.told_ndim is not None or min(spec.shape, default=0) < 0 or (value.no_shape and spec.shape):
        return False
    low, high = reach(spec)
    small = max(prod(spec.shape), max(high, 0) - min(low, 0)) <= MOST_DATA
    return spec.is_empty or (small and not value.no_data)


def is_untrue(rules: Rules, kind: str, code: int) -> bool:
    """Whether a copying runtime that goes by `code` may follow a pointer that a value of `kind` is not.

    It may where texts, bytes, tensors or values of custom kinds travel under the code, or no kind does; not where the
    code is the kind's own or in no table, not for null, and not where a text, bytes or a tensor is taken under it as
    what it is.
    """
    if code not in rules.codes.values() or kind == "null":
        return False
    known = kind in rules.packs_as or kind in rules.custom_kinds
    if known and code == rules.code(kind):
        return False
    if kind in FOLLOWED and kind in rules.accept and rules.decide(kind, code) == "exact":
        return False
    under = [other for other in (*rules.packs_as, *rules.custom_kinds) if rules.code(other) == code]
    return not under or any(other in FOLLOWED or other in rules.custom_kinds for other in under)


def is_unlike(rules: Rules, kind: str, passed: str) -> bool:
    """Whether a declared `kind` takes what is `passed` as it is, although a copy of it would be of another thing."""
    return _differ(kind, passed) and rules.decide(kind, rules.code(passed)) == "exact"


def is_unlike_return(rules: Rules, taken: str, returned: str) -> bool:
    """Whether a returned pointer is taken as it is for one of another kind."""
    return _differ(taken, returned) and rules.decide_return(taken, rules.code(returned)) == "exact"


def _differ(kind: str, other: str) -> bool:
    pointers = all(name in KINDS and name != "null" for name in (kind, other))
    return pointers and kind != other and (kind in FOLLOWED or other in FOLLOWED)


def _is_true(rules: Rules, slot: Slot) -> bool:
    return has_elements(slot.value) and not is_untrue(rules, slot.value.kind, slot.code)


def _unlike(rules: Rules, declared: Signature, passed: Signature) -> bool:
    if declared == passed or len(declared) != len(passed):
        return False
    both = [(one.kind, other.kind) for one, other in zip(declared.params, passed.params, strict=True)]
    if any(rules.decide(kind, rules.code(other)) == "reject" for kind, other in both):
        return False
    return any(is_unlike(rules, *one) for one in both) or is_unlike_return(rules, passed.ret, declared.ret)
