"""Predicts a call of a subject that is called: whether it is accepted, what a rejection names, what the body sees."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from conformance.model.case import MATCH, Mismatch
from conformance.model.kinds import KINDS, NONE
from conformance.model.signature import Param, Signature, TensorSpec
from conformance.model.subject import Call, CalleeResponse, Slot
from conformance.model.value import Value
from conformance.oracle import bits as b
from conformance.oracle.conversions import device_from_text, dtype_from_text
from conformance.oracle.tensors import difference
from conformance.rules.load import Rules


@dataclass(frozen=True)
class Arrival:
    """What becomes of one argument: the value that the body sees (None: it cannot be told), or a rejection.

    `late` rejections are those of the value, when it is converted, and not of its code.
    """

    value: Value | None = None
    rejected: bool = False
    late: bool = False


@dataclass(frozen=True)
class Expected:
    """What must happen to a call. `named` are the arguments that a rejection may name, none if it is of no argument."""

    rejected: bool
    verdict: str
    named: tuple[int, ...] = ()
    saw: tuple[Value | None, ...] = ()


_REJECTED = Arrival(rejected=True)
_REJECTED_LATE = Arrival(rejected=True, late=True)
_TEXTS = ("str", "bytes")


@lru_cache(maxsize=65536)
def base(rules: Rules, value: Value) -> Value:
    """The value as one of the kind that its own is like, where there is one."""
    own = rules.own.get(value.kind)
    return replace(value, kind=own.like) if own is not None and own.like else value


def takes_all(rules: Rules, kind: str) -> bool:
    """Whether a declared kind accepts every code of the table, so that it looks at none."""
    return set(rules.accept[kind]) >= set(rules.codes)


@lru_cache(maxsize=65536)
def arrive(rules: Rules, declared: Param, slot: Slot) -> Arrival:
    """What a callee must make of one argument."""
    kind, decision = declared.kind, rules.decide(declared.kind, slot.code)
    if decision == "reject":
        return _REJECTED
    if slot.code != rules.code(slot.value.kind):
        return Arrival()  # the code lies about what is there
    own = rules.own.get(kind)
    if own is not None:
        return _arrive_own(rules, kind, slot)
    value = base(rules, slot.value)
    if kind in rules.rejects_null and (value.is_null or value.kind == "null"):
        return _REJECTED_LATE
    if declared.tensor is not None and value.tensor is not None and not value.guarded:
        if difference(value.tensor, declared.tensor, value.no_data) is not None:
            return _REJECTED_LATE
        return Arrival(replace(value, kind="tensor"))
    return _converted(rules, kind, value)


def _arrive_own(rules: Rules, kind: str, slot: Slot) -> Arrival:
    own, passed = rules.own[kind], slot.value.kind
    if passed in own.refuses:
        return _REJECTED_LATE
    sees = own.sees.get(rules.names_of(slot.code))
    if passed in own.converts:
        text = own.converts[passed].get((slot.value.data or b"").decode())
        return Arrival(Value(sees, data=text.encode())) if sees and text is not None else Arrival()
    if sees is None:
        return Arrival(slot.value) if passed == kind else Arrival()
    if sees == passed:
        return Arrival(slot.value)
    if sees in rules.own:
        other = rules.own[sees]
        texts = not other.like and passed in rules.own and not rules.own[passed].like  # one text, whoever reads it
        return Arrival(replace(slot.value, kind=sees)) if other.like == passed or texts else Arrival()
    return _converted(rules, sees, base(rules, slot.value))


def _converted(rules: Rules, kind: str, value: Value) -> Arrival:
    """A value as it arrives where `kind` is what is seen, by C's conversions."""
    passed = value.kind
    if kind == passed and not KINDS[kind].is_integer and kind != "f32":  # an f32 travels as a double, which quiets NaNs
        return Arrival(value)
    if passed == "null":
        return Arrival(Value(kind)) if KINDS[kind].is_pointer else Arrival()
    if passed not in KINDS:
        return Arrival()
    scalar = (*("int", "uint"), "bool", "float")
    one, other = KINDS[passed].family, KINDS[kind].family
    if one in scalar and other in scalar:
        wire = b.wire_bits(passed, value.bits)
        if other in ("int", "uint") and one != "float":
            if rules.range_of(kind) == "reject" and not _fits(kind, wire):
                return _REJECTED_LATE
            return Arrival(Value(kind, b.read_packed(kind, wire)))
        if other == "bool":
            return Arrival(Value(kind, int(wire != 0))) if one != "float" else Arrival()
        if other == "float" and one == "float":
            return Arrival(Value(kind, b.read_packed(kind, wire)))
        if other == "float":
            number = b.signed(wire, 8)
            return Arrival(Value(kind, b.double_of(number) if kind == "f64" else b.float_of(number)))
        return Arrival()
    if kind in _TEXTS and passed in _TEXTS and value.data is not None:
        return Arrival(Value(kind, data=value.data))
    if kind in ("dtype", "device") and passed in _TEXTS and value.data is not None:
        bits = dtype_from_text(value.data) if kind == "dtype" else device_from_text(value.data)
        return Arrival(Value(kind, bits)) if bits is not None else _REJECTED_LATE
    return Arrival()


def _fits(kind: str, wire: int) -> bool:
    number, width = b.signed(wire, 8), KINDS[kind].width
    if KINDS[kind].family == "uint":
        return 0 <= number < 1 << 8 * width
    return -(1 << 8 * width - 1) <= number < 1 << 8 * width - 1


def same(sent: Value, seen: Value) -> bool:
    """Whether what is seen means what was sent."""
    if sent.kind in KINDS and seen.kind in KINDS and not KINDS[sent.kind].is_pointer:
        return b.meaning(sent.kind, sent.bits) == b.meaning(seen.kind, seen.bits)
    return (sent.data, sent.tensor, sent.bits) == (seen.data, seen.tensor, seen.bits)


def expect(rules: Rules, declared: Signature, call: Call, cls: str) -> Expected:
    """What must happen to a call of a callee with checks, of which `cls` says how it is wrong."""
    n = len(declared)
    told = len(call.slots) if call.claimed_count is None else call.claimed_count
    if told != n or (n > 0 and ("args" in call.nulls or "codes" in call.nulls)) or "ret" in call.nulls:
        return Expected(True, "detected")
    arrivals = [arrive(rules, param, slot) for param, slot in zip(declared.params, call.slots, strict=True)]
    rejected = [at for at, one in enumerate(arrivals) if one.rejected]
    if rejected:
        early = [at for at in rejected if not arrivals[at].late]
        first = (early or rejected)[0]
        return Expected(True, "detected", tuple(rejected) if rules.order == "any" else (first,))
    saw = tuple(one.value for one in arrivals)
    if cls == "match":
        return Expected(False, "intact", (), saw)
    if cls == "coerce":
        return Expected(False, "coerced", (), saw)
    equal = all(
        seen is not None and same(base(rules, slot.value), base(rules, seen))
        for slot, seen in zip(call.slots, saw, strict=True)
    )
    return Expected(False, "silent-equal" if equal else "silent-wrong", (), saw)


def expect_taken(rules: Rules, taken: str, handed: CalleeResponse, cls: str) -> Expected:
    """What must become of what a caller that takes `taken` is handed."""
    if handed.status != 0:
        return Expected(True, "detected")
    slot = handed.result or Slot(rules.code(NONE), Value("null"))
    if taken == NONE:
        return Expected(False, "intact" if cls == "match" else "silent-equal")
    arrival = arrive(rules, Param(taken, TensorSpec() if taken == "tensor" else None), slot)
    if arrival.rejected:
        return Expected(True, "detected")
    verdict = {"match": "intact", "coerce": "coerced"}.get(cls, "silent-equal")
    return Expected(False, verdict, (), (arrival.value,))


def pair(rules: Rules, passed: Signature, declared: Signature) -> Mismatch:
    """The mismatch of passing `passed` to a callee that declares `declared`; what is rejected first decides.

    Their returns are the same: what a caller takes is no part of a call.
    """
    if len(passed) != len(declared):
        cls = "few" if len(passed) < len(declared) else "many"
        return Mismatch(cls, None, str(len(declared)), str(len(passed)))
    found = [argument(rules, p, d) for p, d in zip(passed.params, declared.params, strict=True)]
    classes = {at: cls for at, cls in enumerate(found) if cls is not None}
    for wanted in ("type", "tensor"):
        for at, cls in classes.items():
            if cls.startswith(wanted):
                return _named(cls, at, passed, declared)
    for at, cls in classes.items():
        if cls == "coerce":
            return _named(cls, at, passed, declared)
    if len(classes) == 2:
        one, two = classes
        if passed.params[one] == declared.params[two] and passed.params[two] == declared.params[one]:
            return Mismatch("swap", one, str(one), str(two))
    return next((_named(cls, at, passed, declared) for at, cls in classes.items()), MATCH)


def _named(cls: str, at: int, passed: Signature, declared: Signature) -> Mismatch:
    d, p = declared.params[at], passed.params[at]
    return Mismatch(cls, at, *((str(d), str(p)) if cls.startswith("tensor") else (d.kind, p.kind)))


def argument(rules: Rules, passed: Param, declared: Param) -> str | None:
    """The class of one argument's mismatch, None where there is none."""
    decision = rules.decide(declared.kind, rules.code(passed.kind))
    own = rules.own.get(declared.kind)
    if decision == "reject" or (own is not None and passed.kind in own.refuses):
        return "type"
    if passed == declared:
        return None
    if decision == "coerce" or (own is not None and passed.kind in own.converts):
        return "coerce"
    like = rules.own[passed.kind].like if passed.kind in rules.own else ""
    if declared.kind == "tensor" and declared.tensor is not None and "tensor" in (passed.kind, like):
        return difference(passed.tensor or TensorSpec(), declared.tensor)
    if own is not None or like == declared.kind:
        return None  # its own code, or one that it accepts as such
    if declared.kind in KINDS and passed.kind in KINDS:
        d, p = KINDS[declared.kind], KINDS[passed.kind]
        if not (d.is_pointer or p.is_pointer or "struct" in (d.family, p.family)):
            return "width" if d.width != p.width or "bool" in (d.name, p.name) else "sign"
    return "pointee"
