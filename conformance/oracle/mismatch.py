"""Names the mismatch between a passed and a declared signature: the first difference that decides what must happen."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from conformance.model.case import MATCH, Mismatch
from conformance.model.kinds import KINDS, NONE
from conformance.model.signature import Param, Signature, TensorSpec
from conformance.model.value import Value
from conformance.oracle.tensors import difference
from conformance.rules.load import Rules


def pair(passed: Signature, declared: Signature, rules: Rules) -> Mismatch:
    """The mismatch of a caller that passes `passed` to a callee that declares `declared`.

    What is rejected first decides: the count, the first code, the first tensor, the return. Otherwise the first
    conversion, then what codes cannot tell. But where a tensor is declared and something passed that is laid out
    otherwise, under a code that it takes, nobody can say what its metadata read as: then all else does not matter.
    """
    if len(passed) != len(declared):
        cls = "few" if len(passed) < len(declared) else "many"
        return Mismatch(cls, None, str(len(declared)), str(len(passed)))
    both = list(zip(passed.params, declared.params, strict=True))
    for index, (p, d) in enumerate(both):
        if argument(p, d, rules) == "type":
            return _at("type", index, both[index])
    return accepted(passed, declared, rules, [index for index, (p, d) in enumerate(both) if p != d])


def accepted(passed: Signature, declared: Signature, rules: Rules, differing: Sequence[int]) -> Mismatch:
    """The mismatch where the rules accept the count and every code; `differing` are the arguments that differ."""
    both, classes = {}, {}
    for index in differing:
        cls = argument(passed.params[index], declared.params[index], rules)
        if cls is not None:
            both[index], classes[index] = (passed.params[index], declared.params[index]), cls
    for index, cls in classes.items():
        if cls == "pointee" and _is_misread(*both[index]):
            return _at(cls, index, both[index])
    for index, cls in classes.items():
        if cls.startswith("tensor"):
            return _at(cls, index, both[index])
    ret = returned(passed.ret, declared.ret, rules) if passed.ret != declared.ret else None
    if ret in ("ret-type", "ret-none"):
        return Mismatch(ret, None, declared.ret, passed.ret)
    for index, cls in classes.items():
        if cls == "coerce":
            return _at(cls, index, both[index])
    if ret == "coerce":
        return Mismatch(ret, None, declared.ret, passed.ret)
    if len(both) == 2:
        (low, first), (high, second) = both.items()
        if first == second[::-1]:
            return Mismatch("swap", low, str(low), str(high))
    for index, cls in classes.items():
        return _at(cls, index, both[index])
    if ret is not None:
        return Mismatch(ret, None, declared.ret, passed.ret)
    return MATCH


def _is_misread(passed: Param, declared: Param) -> bool:
    """Whether metadata of a tensor are read where there are none: handles lead to a tensor, and null to nothing."""
    return declared.kind == "tensor" and passed.kind not in ("tensor", "handle", "null")


def _at(cls: str, index: int, both: tuple[Param, Param]) -> Mismatch:
    passed, declared = both
    named = (str(declared), str(passed)) if cls.startswith("tensor") else (declared.kind, passed.kind)
    return Mismatch(cls, index, *named)


@lru_cache(maxsize=65536)
def argument(passed: Param, declared: Param, rules: Rules) -> str | None:
    """The class of one argument's mismatch, or None where there is none.

    A handle that leads to a tensor is another pointee than a tensor, whatever lies behind it.
    """
    decision = rules.decide(declared.kind, rules.code(passed.kind))
    custom = rules.custom_kinds.get(declared.kind)
    if decision == "reject" or (custom is not None and passed.kind in custom.refuses):
        return "type"
    if passed == declared:
        return None
    if decision == "coerce" or (custom is not None and passed.kind in custom.converts):
        return "coerce"
    like = rules.custom_kinds[passed.kind].like if passed.kind in rules.custom_kinds else ""
    if declared.kind == "tensor" and declared.tensor is not None and "tensor" in (passed.kind, like):
        return difference(
            passed.tensor or TensorSpec(), declared.tensor, rules.tensor_order, empty_strides=rules.empty_strides
        )
    if custom is not None or like == declared.kind:
        return None  # its own code, or one that it accepts as such
    return _equal_codes(passed.kind, declared.kind)


def tensor(passed: Value, declared: TensorSpec, rules: Rules) -> str | None:
    """The class of a tensor's mismatch with what is declared, the pointers inside it too; None where there is none."""
    assert passed.tensor is not None
    return difference(
        passed.tensor,
        declared,
        rules.tensor_order,
        no_data=passed.no_data,
        no_shape=passed.no_shape,
        empty_strides=rules.empty_strides,
    )


def returned(taken: str, declared: str, rules: Rules) -> str | None:
    """The class of a return's mismatch: the callee returns `declared`, the caller takes `taken`."""
    decision = rules.decide_return(taken, rules.code(declared))
    if decision == "reject":
        return "ret-none" if NONE in (taken, declared) else "ret-type"
    if taken == declared:
        return None
    if decision == "coerce" or NONE in (taken, declared):
        return "coerce"  # null's code is nothing's too: what takes null takes a missing return as null
    return _equal_codes(taken, declared)


def _equal_codes(passed: str, declared: str) -> str:
    """The class of a mismatch that no code tells."""
    if passed not in KINDS or declared not in KINDS:
        return "pointee"  # kinds that only one runtime has
    p, d = KINDS[passed], KINDS[declared]
    if p.is_pointer or d.is_pointer or "struct" in (p.family, d.family):
        return "pointee"
    return "width" if p.width != d.width or "bool" in (passed, declared) else "sign"
