"""Names the mismatch between a passed and a declared signature: the first difference that decides what must happen."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from conformance.model.case import MATCH, Mismatch
from conformance.model.kinds import KINDS, NONE
from conformance.model.signature import Param, Signature, TensorSpec
from conformance.oracle.tensors import difference
from conformance.rules.load import Rules


def pair(passed: Signature, declared: Signature, rules: Rules) -> Mismatch:
    """The mismatch of a caller that passes `passed` to a callee that declares `declared`.

    What is rejected first decides: the count, the first code, the first tensor, the return. Otherwise the first
    conversion, then what codes cannot tell.
    """
    if len(passed) != len(declared):
        cls = "few" if len(passed) < len(declared) else "many"
        return Mismatch(cls, None, str(len(declared)), str(len(passed)))
    both = list(zip(passed.params, declared.params, strict=True))
    for index, (p, d) in enumerate(both):
        if rules.decide(d.kind, rules.code(p.kind)) == "reject":
            return _at("type", index, both[index])
    return accepted(passed, declared, rules, [index for index, (p, d) in enumerate(both) if p != d])


def accepted(passed: Signature, declared: Signature, rules: Rules, differing: Sequence[int]) -> Mismatch:
    """The same where the rules accept the count and every code; `differing` are the arguments that are not equal."""
    both, classes = {}, {}
    for index in differing:
        found = argument(passed.params[index], declared.params[index], rules)
        if found is not None:
            both[index], classes[index] = (passed.params[index], declared.params[index]), found
    for index, found in classes.items():
        if found.startswith("tensor"):
            return _at(found, index, both[index])
    ret = returned(passed.ret, declared.ret, rules)
    if ret in ("ret-type", "ret-none"):
        return Mismatch(ret, None, declared.ret, passed.ret)
    for index, found in classes.items():
        if found == "coerce":
            return _at(found, index, both[index])
    if ret == "coerce":
        return Mismatch(ret, None, declared.ret, passed.ret)
    if len(both) == 2:
        (one, first), (two, second) = both.items()
        if first == second[::-1]:
            return Mismatch("swap", one, str(one), str(two))
    for index, found in classes.items():
        return _at(found, index, both[index])
    if ret is not None:
        return Mismatch(ret, None, declared.ret, passed.ret)
    return MATCH


def _at(cls: str, index: int, both: tuple[Param, Param]) -> Mismatch:
    passed, declared = both
    named = (str(declared), str(passed)) if cls.startswith("tensor") else (declared.kind, passed.kind)
    return Mismatch(cls, index, *named)


@lru_cache(maxsize=65536)
def _argument(passed: Param, declared: Param, decision: str) -> str | None:
    if decision == "reject":
        return "type"
    if passed == declared:
        return None
    if decision == "coerce":
        return "coerce"
    if declared.kind == "tensor" and declared.tensor is not None:
        # A handle leads to a tensor too (generation/payloads.py), so that following it is never undefined.
        found = difference(passed.tensor or TensorSpec(), declared.tensor)
        if found is not None or passed.kind == "tensor":
            return found
    return _same_code(passed.kind, declared.kind)


def argument(passed: Param, declared: Param, rules: Rules) -> str | None:
    """The class of one argument's mismatch, or None where there is none."""
    return _argument(passed, declared, rules.decide(declared.kind, rules.code(passed.kind)))


def returned(taken: str, declared: str, rules: Rules) -> str | None:
    """The class of a return's mismatch: the callee returns `declared`, the caller takes `taken`."""
    if rules.decide_return(taken, rules.code(declared)) == "reject":
        return "ret-none" if NONE in (taken, declared) else "ret-type"
    if taken == declared:
        return None
    if NONE in (taken, declared):  # null's code is nothing's too: what takes null takes a missing return as null
        return "coerce"
    return _same_code(taken, declared)


def _same_code(one: str, other: str) -> str:
    if one not in KINDS or other not in KINDS:
        return "pointee"  # kinds that only one runtime has
    a, b = KINDS[one], KINDS[other]
    if a.is_pointer or b.is_pointer or "struct" in (a.family, b.family):
        return "pointee"
    return "width" if a.width != b.width or "bool" in (one, other) else "sign"
