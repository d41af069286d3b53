"""Predicts a packed call: whether it is accepted, what a rejection names, the values that body and caller must see."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from conformance.model.kinds import KINDS, NONE
from conformance.model.signature import Param, Signature, TensorSpec
from conformance.model.subject import Call, CalleeResponse, Slot
from conformance.model.value import Value
from conformance.oracle import bits as b
from conformance.oracle.conversions import convert
from conformance.oracle.ends import Outcome, decide, is_counted_out, lacks_array
from conformance.oracle.mismatch import tensor as tensor_mismatch
from conformance.oracle.nans import keeps
from conformance.oracle.packing import DueSlot, due_slot
from conformance.rules.load import Decision, Rules


class ExpectedArgument(NamedTuple):
    """What must become of one value that crosses: of an argument, or of a return.

    `value` is the value as the callee sees it, None where that cannot be predicted. `rejected` values must be rejected:
    by their code, or when they are unpacked if `at_unpack`. `equal` says whether what is seen means what was sent.
    `copied` says that the conversion makes another object of a pointee, so that its address is not the one sent.
    """

    value: Value | None = None
    rejected: bool = False
    at_unpack: bool = False
    equal: bool = True
    copied: bool = False


class Expectation(NamedTuple):
    """What must happen to a call.

    `named` are the arguments that a rejection may name, none where it is of no argument. `entered` says whether the
    body runs; of a rejected call, whether it may have run. `seen` is what the body must see and `taken` what the caller
    must take, None where there is nothing to see or to take. `ret_code` is the return's code, `ret` the value that the
    body was given to return. `out` are the bytes from which the caller takes the result, where they are known. `slots`
    is what a packer must leave on the wire, None where it is not one that is tried.
    """

    outcome: Outcome
    verdict: str
    named: tuple[int, ...] = ()
    entered: bool = False
    seen: tuple[ExpectedArgument, ...] | None = None
    taken: ExpectedArgument | None = None
    ret_code: int | None = None
    ret: Value | None = None
    out: bytes | None = None
    slots: tuple[DueSlot, ...] | None = None

    @property
    def rejected(self) -> bool:
        """Whether the callee must reject the call."""
        return self.outcome == "rejected"

    @property
    def saw(self) -> tuple[Value | None, ...]:
        """The values that the body must see."""
        return tuple([argument.value for argument in self.seen or ()])


REJECTED = ExpectedArgument(rejected=True)
REJECTED_AT_UNPACK = ExpectedArgument(rejected=True, at_unpack=True)
UNKNOWN = ExpectedArgument(equal=False)


@lru_cache(maxsize=65536)
def base(rules: Rules, value: Value) -> Value:
    """The value as one of the kind that its own is like, where there is one."""
    custom = rules.custom_kinds.get(value.kind)
    return replace(value, kind=custom.like) if custom is not None and custom.like else value


def takes_all(rules: Rules, kind: str) -> bool:
    """Whether a declared kind accepts every code of the table, so that it looks at none."""
    return set(rules.accept[kind]) >= set(rules.codes)


def same(sent: Value, seen: Value) -> bool:
    """Whether what is seen means what was sent."""
    if sent.kind in KINDS and seen.kind in KINDS and not KINDS[sent.kind].is_pointer:
        return b.meaning(sent.kind, sent.bits) == b.meaning(seen.kind, seen.bits)
    return (sent.data, sent.tensor, sent.bits) == (seen.data, seen.tensor, seen.bits)


@lru_cache(maxsize=65536)
def expect_argument(rules: Rules, declared: Param, slot: Slot) -> ExpectedArgument:
    """What a callee with checks must make of one argument."""
    decision = rules.decide(declared.kind, slot.code)
    if decision == "reject":
        return REJECTED
    if declared.kind in rules.custom_kinds:
        return _of_custom_kind(rules, declared.kind, slot)
    arrives = _accepted(rules, declared, slot, decision, null_allowed=declared.kind not in rules.rejects_null)
    return _as_told(rules, slot.value, arrives)


def _as_told(rules: Rules, sent: Value | None, arrives: ExpectedArgument) -> ExpectedArgument:
    """`arrives`, without its value where the target's floating-point unit may change what is sent or what arrives.

    On some targets it does so with signalling NaNs, on some with all of them (oracle/nans.py).
    """
    if keeps(rules.target, sent) and keeps(rules.target, arrives.value):
        return arrives
    return arrives._replace(value=None)


def _accepted(
    rules: Rules, declared: Param, slot: Slot, decision: Decision, null_allowed: bool = True
) -> ExpectedArgument:
    """What becomes of a value whose code is accepted."""
    kind, value = declared.kind, base(rules, slot.value)
    lies = slot.code != rules.code(slot.value.kind)
    if lies and (decision != "exact" or slot.value.kind in rules.custom_kinds):
        return UNKNOWN
    if not null_allowed and (value.is_null or value.kind == "null"):
        return REJECTED_AT_UNPACK
    if _differs(rules, declared, value):
        return REJECTED_AT_UNPACK
    how = "" if decision == "exact" else rules.conversion(kind, slot.code)
    return _arriving(rules, kind, value, how)


def _differs(rules: Rules, declared: Param, value: Value) -> bool:
    """Whether a tensor that can be looked at has other metadata than declared."""
    if declared.tensor is None or value.tensor is None or value.guarded:
        return False
    return tensor_mismatch(value, declared.tensor, rules) is not None


def _of_custom_kind(rules: Rules, kind: str, slot: Slot) -> ExpectedArgument:
    """What becomes of an argument of a kind that only one runtime has, as its table says."""
    custom, passed = rules.custom_kinds[kind], slot.value.kind
    if slot.code != rules.code(passed):
        return UNKNOWN  # the code lies about what is there
    if passed in custom.refuses:
        return REJECTED_AT_UNPACK
    sees = custom.sees.get(rules.names_of(slot.code))
    if passed in custom.converts:
        text = custom.converts[passed].get((slot.value.data or b"").decode())
        return ExpectedArgument(Value(sees, data=text.encode())) if sees and text is not None else UNKNOWN
    if sees is None:
        return ExpectedArgument(slot.value) if passed == kind else UNKNOWN
    if sees == passed:
        return ExpectedArgument(slot.value)
    if sees in rules.custom_kinds:
        other = rules.custom_kinds[sees]
        texts = (
            not other.like and passed in rules.custom_kinds and not rules.custom_kinds[passed].like
        )  # one text, whoever reads it
        arrives = other.like == passed or texts
        return ExpectedArgument(replace(slot.value, kind=sees)) if arrives else UNKNOWN
    value = base(rules, slot.value)
    return _arriving(rules, sees, value, _usual(sees, value.kind))


def _usual(kind: str, passed: str) -> str:
    """How a value of one kind becomes one of another where the table says no more than which kind is seen."""
    families = [KINDS[one].family if one in KINDS else "" for one in (passed, kind)]
    if "" in families:
        return "unknown"
    if passed == "null":
        return "null"
    if kind == passed or set(families) <= {"int", "uint"} or families == ["float", "float"]:
        return ""
    if set(families) <= {"int", "uint", "bool", "float"}:
        return "nonzero" if kind == "bool" else "number"
    if kind in ("dtype", "device"):
        return "parse"
    return "format" if kind in ("str", "bytes") else ""


def _arriving(rules: Rules, kind: str, value: Value, how: str) -> ExpectedArgument:
    """An accepted value as it arrives: as it lies in its slot (`how` is empty), or converted."""
    if value.kind not in KINDS or kind not in KINDS:
        return ExpectedArgument(value) if value.kind == kind else UNKNOWN
    pointer = KINDS[kind].is_pointer
    if how == "null" or (value.kind == "null" and how not in ("unknown", "nonzero", "number")):
        seen = Value(kind) if pointer else convert(kind, value, "null")
        return UNKNOWN if seen is None else ExpectedArgument(seen, equal=pointer)
    if how == "" and pointer and KINDS[value.kind].is_pointer:
        # What a pointer leads to is what was sent where it is of the kind that was sent, or of none.
        return ExpectedArgument(replace(value, kind=kind), equal=kind in (value.kind, "handle"))
    if how == "" or (how == "number" and KINDS[kind].is_integer and KINDS[value.kind].is_integer):
        return _read(rules, kind, value)
    seen = convert(kind, value, how, rules.slot_integers == "extended")
    if seen is not None:
        return ExpectedArgument(seen, equal=same(value, seen), copied=pointer)
    unreadable = how == "parse" and value.data is not None
    out_of_range = how == "number" and KINDS[kind].is_integer and rules.range_of(kind) == "reject"
    return REJECTED_AT_UNPACK if unreadable or out_of_range else UNKNOWN


def read_slot(rules: Rules, kind: str, value: Value) -> int | None:
    """The bits that a reader of `kind` finds in the slot of a value, whatever code it bears.

    None where it looks at bytes that the value leaves open, which are nobody's promise.
    """
    slot, data, reader = rules.slot, rules.target.data, KINDS[kind]
    lies = KINDS[value.kind].packed_bytes(value.bits, slot, data)
    looked_at = reader.packed_width(slot, data)
    # Of a little-endian integer the low bytes are the first ones, and they are all that is kept.
    needed = reader.width if reader.is_integer and data.byte_order == "little" else looked_at
    return None if len(lies) < needed else reader.unpack_bytes(lies.ljust(looked_at, b"\0"), slot, data)


def _read(rules: Rules, kind: str, value: Value) -> ExpectedArgument:
    """A value as a reader of `kind` finds it in its slot, under a code that it accepts as it is."""
    bits = read_slot(rules, kind, value)
    if bits is None:
        return UNKNOWN
    if KINDS[kind].is_integer and rules.range_of(kind) == "reject" and not _fits(rules, kind, value):
        return REJECTED_AT_UNPACK
    return ExpectedArgument(Value(kind, bits), equal=b.meaning(kind, bits) == b.meaning(value.kind, value.bits))


def _fits(rules: Rules, kind: str, value: Value) -> bool:
    # An extended integer is an int64_t whatever it was before, so u64 fits where it is not negative as one.
    sent, width = KINDS[value.kind], KINDS[kind].width
    word, known = sent.pack(value.bits, rules.slot), sent.packed_width(rules.slot)
    number = b.signed(word, known) if known == 8 or sent.family == "int" else word
    if KINDS[kind].family == "uint":
        return 0 <= number < 1 << 8 * width
    return -(1 << 8 * width - 1) <= number < 1 << 8 * width - 1


def expect(
    rules: Rules, declared: Signature, call: Call, cls: str, takes: str | None = None, ret_code: int | None = None
) -> Expectation:
    """What must happen to a call of a callee with checks, of which `cls` says how it is wrong.

    `takes` is the kind of return that its caller takes, None where that is no part of the call. It finds the return
    under `ret_code` where that is given, and else under the code of its kind.
    """
    count = len(call.slots) if call.claimed_count is None else call.claimed_count
    seen: tuple[ExpectedArgument, ...] = ()
    if not is_counted_out(len(declared), count, lacks_array(call.nulls)):
        both = zip(declared.params, call.slots, strict=True)
        seen = tuple([expect_argument(rules, param, slot) for param, slot in both])
    taken = None
    if takes is not None:
        taken = expect_return(rules, declared.ret, takes, call.result, ret_code)
    outcome, verdict, first, any_of, entered = decide(rules, len(declared), count, call.nulls, seen, taken, cls)
    if outcome == "rejected":
        named = any_of or (() if first is None else (first,))
        return Expectation(outcome, verdict, named, entered, seen if entered else None)
    returns = takes is not None or (declared.ret != NONE and call.result is not None)
    code = ret_code if ret_code is not None else rules.code(declared.ret) if returns else None
    ret = None if declared.ret == NONE else _told_by(rules, declared.ret, call.result)
    return Expectation(outcome, verdict, (), True, seen, taken, code, ret)


def _told_by(rules: Rules, kind: str, given: Value | None) -> Value | None:
    """What a caller finds of what the body was given to return, None where that cannot be told."""
    if given is None or not keeps(rules.target, given):
        return None
    if kind in rules.custom_kinds and expect_argument(rules, Param(kind), Slot(rules.code(kind), given)).value is None:
        return None
    return base(rules, given)


def expect_return(
    rules: Rules, declared: str, takes: str, result: Value | None, replaced: int | None = None
) -> ExpectedArgument:
    """What a caller that takes the kind `takes` must make of a result that is returned as the kind `declared`.

    `replaced` is the code under which it finds it, None where that is the kind's own.
    """
    code = rules.code(declared) if replaced is None else replaced
    decision = rules.decide_return(takes, code)
    if decision == "reject":
        return REJECTED
    if takes == NONE:
        return ExpectedArgument()
    if replaced is not None:
        return UNKNOWN
    if declared == NONE:
        # Nothing is returned under null's code, or is converted as null is; what else is in the slot nobody says.
        is_null = rules.names_of(code) == rules.packs_as.get("null")
        is_null |= rules.conversion_of_return(takes, code) == "null"
        return ExpectedArgument(Value(takes)) if is_null else UNKNOWN
    if result is None:
        return ExpectedArgument()
    if decision == "coerce":
        arrives = _arriving(rules, takes, base(rules, result), rules.conversion_of_return(takes, code))
    else:
        arrives = _accepted(rules, Param(takes), Slot(code, result), decision)
    return _as_told(rules, result, arrives)


def expect_taken(rules: Rules, takes: str, handed: CalleeResponse, cls: str) -> Expectation:
    """What must become of what a caller that takes `takes` is handed by a callee that is no runtime's.

    A return is converted as an argument is (`[accept.KIND]`): the caller asks for a kind as a callee does.
    """
    if handed.status != 0:
        return Expectation("rejected", "detected")
    slot = handed.result or Slot(rules.code(NONE), Value("null"))
    if takes == NONE:
        return Expectation("accepted", "intact" if cls == "match" else "silent-equal", seen=())
    argument = expect_argument(rules, Param(takes, TensorSpec() if takes == "tensor" else None), slot)
    if argument.rejected:
        return Expectation("rejected", "detected")
    verdict = {"match": "intact", "coerce": "coerced"}.get(cls, "silent-equal")
    return Expectation("accepted", verdict, (), True, (argument,))


def expect_packed(rules: Rules, call: Call) -> Expectation:
    """What a packer must leave on the wire of the values of a call, and give back for its result."""
    due = tuple([due_slot(rules, slot.value.kind, base(rules, slot.value)) for slot in call.slots])
    ret = None if call.result is None else base(rules, call.result)
    return Expectation("accepted", "intact", (), True, ret=ret, slots=due)
