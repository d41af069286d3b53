"""Predicts one call: whether it is accepted, what a rejection names, and the exact bytes that the callee must see."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from conformance.model.kinds import KINDS, NONE
from conformance.model.signature import Param, Signature, TensorSpec
from conformance.model.value import Value
from conformance.oracle import bits as b
from conformance.oracle.conversions import dtype_from_text, text_of_dtype
from conformance.oracle.tensors import difference, digest
from conformance.rules.load import Rules

Outcome = Literal["accepted", "rejected", "take-rejected"]

UNTAKEN = b"\xd5" * 16
"""What the runner puts where a packed caller is to write the result that it takes."""


@dataclass(frozen=True, eq=False)
class Arg:
    """One value as it lies in memory: its kind, its bits (for a pointer the address) and where it came from.

    Compared by identity: an arena makes one a value.

    `data` is the address of a tensor's elements, `checksum` what the runner makes of the pointee.
    """

    kind: str
    bits: int
    value: Value
    data: int = 0
    checksum: int = 0


class Seen(NamedTuple):
    """What a callee sees of one argument: `bits` and `checksum` as the witness records them.

    `bits` None means that no byte can be predicted (a bool that is neither 0 nor 1). `equal` says whether the value
    means what was sent. `rejected` says that the argument must be rejected, when it is unpacked rather than by its code
    if `late_reject`.
    """

    bits: int | None = 0
    checksum: int = 0
    equal: bool = True
    rejected: bool = False
    at_unpack: bool = False

    @property
    def record(self) -> bytes:
        """The 16 bytes of the witness."""
        return (self.checksum << 64 | (self.bits or 0)).to_bytes(16, "little")


class Prediction(NamedTuple):
    """What must happen. `named` is the argument that a rejection names, None where it names none.

    `any_of` are the arguments that may be named where the rules leave the order open. `seen` and `taken` are None where
    the body must not run; `entered` says whether it must.
    """

    outcome: Outcome
    verdict: str
    named: int | None = None
    any_of: tuple[int, ...] = ()
    entered: bool = False
    ret_code: int | None = None
    taken: bytes | None = None
    seen: tuple[Seen, ...] | None = None


REJECTED = Seen(rejected=True)


def see_packed(rules: Rules, declared: Param, arg: Arg, code: int, follow: bool) -> Seen:
    """What a packed callee makes of one argument under `code`."""
    kind = declared.kind
    decision = rules.decide(kind, code)
    if decision == "reject":
        return REJECTED
    if decision == "coerce":
        return _coerced(rules, kind, arg, code, follow)
    wire = b.wire_bits(arg.kind, arg.bits)
    if KINDS[kind].is_pointer:
        return _pointer(rules, declared, arg, wire, follow)
    if KINDS[kind].is_integer and rules.range_of(kind) == "reject" and not _fits(kind, wire):
        return Seen(rejected=True, at_unpack=True)
    got = b.read_packed(kind, wire)
    return Seen(got, equal=b.meaning(kind, got) == b.meaning(arg.kind, arg.bits))


def _fits(kind: str, wire: int) -> bool:
    # A packed integer is an int64_t whatever it was before, so u64 fits where it is not negative as one.
    number, width = b.signed(wire, 8), KINDS[kind].width
    if KINDS[kind].family == "uint":
        return 0 <= number < 1 << 8 * width
    return -(1 << 8 * width - 1) <= number < 1 << 8 * width - 1


def _pointer(rules: Rules, declared: Param, arg: Arg, wire: int, follow: bool) -> Seen:
    if wire == 0 and declared.kind in rules.rejects_null:
        return Seen(rejected=True, at_unpack=True)
    if declared.tensor is not None and wire != 0 and not arg.value.guarded:
        pointee = arg.value.tensor or TensorSpec()
        if difference(pointee, declared.tensor, arg.value.no_data) is not None:
            return Seen(rejected=True, at_unpack=True)
    return see_pointer(declared.kind, arg, wire, follow)


def see_pointer(kind: str, arg: Arg, address: int, follow: bool) -> Seen:
    """What is recorded of a pointer that arrives as it was sent."""
    equal = kind in (arg.kind, "handle")
    if follow and kind in ("str", "bytes", "tensor"):
        return Seen(0, 1 if address == 0 else arg.checksum, equal)
    return Seen(address, 0, equal)


def _coerced(rules: Rules, kind: str, arg: Arg, code: int, follow: bool) -> Seen:
    name = rules.names_of(code)
    wire = b.wire_bits(arg.kind, arg.bits)
    if name == "null":
        if kind == "dtype":
            return Seen(0x0003)  # DLDataType of void: {kTVMOpaqueHandle, 0, 0} (packed_func.h)
        return Seen(0, 1 if follow and kind in ("str", "bytes", "tensor") else 0, equal=True)
    if kind == "f64" and name in ("int", "bool"):
        return Seen(b.double_of(b.signed(wire, 8)))
    if kind == "f32" and name in ("int", "bool"):
        return Seen(b.float_of(b.signed(wire, 8)))
    if kind == "bool":
        return Seen(int(wire != 0 if name in ("int", "bool") else b.meaning("f64", wire)[1] != 0.0))
    if KINDS[kind].is_integer and name == "bool":
        return Seen(int(wire != 0))
    if kind == "dtype" and name == "str":
        parsed = dtype_from_text(arg.value.data or b"")
        return Seen(parsed) if parsed is not None else Seen(rejected=True, at_unpack=True)
    if kind == "str" and name == "bytes" and follow:
        return Seen(0, arg.checksum)
    if kind == "str" and name == "dtype" and follow:
        text = text_of_dtype(arg.bits)
        return Seen(0, zlib.crc32(text)) if text is not None else Seen(None)
    return Seen(None)  # the rules convert, and C does not say to what: recorded only


class Call(NamedTuple):
    """What a packed callee is handed: arguments with their codes, the count that it is told, what is null."""

    args: Sequence[Arg]
    codes: Sequence[int]
    told: int
    nulls: tuple[str, ...] = ()


class Taken(NamedTuple):
    """What a caller takes of a packed return: the 16 bytes that it leaves, whether they mean what was returned.

    `refused` says that it does not take what it is given.
    """

    record: bytes = UNTAKEN
    equal: bool = True
    refused: bool = False


def take(rules: Rules, returned: str, taken: str, result: Arg | None) -> Taken:
    """What a caller that takes the kind `taken` makes of `result` under the code of the kind `returned`."""
    decision = rules.decide_return(taken, rules.code(returned))
    if decision == "reject":
        return Taken(refused=True)
    if taken == NONE:
        return Taken()
    width = KINDS[taken].width
    if returned == NONE:
        # The code of nothing is null's, which some kinds take as a null pointer.
        return Taken(bytes(width) + UNTAKEN[width:])
    if result is None:
        return Taken()
    if decision == "coerce":
        converted = _coerced(rules, taken, result, rules.code(returned), follow=False)
        if converted.rejected:
            return Taken(refused=True)
        bits = converted.bits or 0
    else:
        wire = b.wire_bits(result.kind, result.bits)
        if KINDS[taken].is_integer and rules.range_of(taken) == "reject" and not _fits(taken, wire):
            return Taken(refused=True)
        bits = b.read_packed(taken, wire)
    equal = b.meaning(taken, bits) == b.meaning(result.kind, result.bits)
    return Taken(bits.to_bytes(width, "little") + UNTAKEN[width:], equal)


def packed(
    rules: Rules,
    declared: Signature,
    call: Call,
    result: Arg | None,
    taken: str,
    cls: str,
    follow: bool = False,
    known: tuple[Sequence[Seen], Taken] | None = None,
) -> Prediction:
    """Predicts a packed call of a checked callee; `taken` is the kind of return that the caller takes.

    `known` is what `see_packed` says of each argument and `take` of the result, if that is known already.
    """
    n = len(declared)
    if call.told != n or (n > 0 and ("args" in call.nulls or "codes" in call.nulls)):
        return Prediction("rejected", "detected")
    if known is None:
        seen: Sequence[Seen] = [
            see_packed(rules, param, arg, code, follow)
            for param, arg, code in zip(declared.params, call.args, call.codes, strict=True)
        ]
        back = take(rules, declared.ret, taken, result)
    else:
        seen, back = known
    rejected = [i for i, one in enumerate(seen) if one.rejected]
    if rejected:
        first = next((i for i in rejected if not seen[i].at_unpack), rejected[0])
        return Prediction("rejected", "detected", first, tuple(rejected) if rules.order == "any" else ())
    if "ret" in call.nulls:
        return Prediction("rejected", "detected", entered=True, seen=tuple(seen), taken=UNTAKEN)
    code = rules.code(declared.ret)
    if back.refused:
        return Prediction("take-rejected", "detected", None, (), True, code, UNTAKEN, tuple(seen))
    verdict = accepted_verdict(cls, back.equal and all(one.equal for one in seen))
    return Prediction("accepted", verdict, None, (), True, code, back.record, tuple(seen))


def accepted_verdict(cls: str, equal: bool) -> str:
    """The verdict of an accepted call whose bytes are as predicted."""
    if cls in ("match", "layout"):
        return "intact"
    if cls == "coerce":
        return "coerced"
    return "silent-equal" if equal else "silent-wrong"


def slot_bytes(arg: Arg, poison: bytes) -> bytes:
    """The first 8 bytes of the unpacked slot in which `arg` lies over `poison`."""
    width = KINDS[arg.kind].width
    return arg.bits.to_bytes(8, "little")[:width] + poison[width:8]


def see_unpacked(declared: Param, arg: Arg | None, slot: bytes, follow: bool = False) -> Seen:
    """What an unpacked callee sees in a slot; `arg` None is a slot behind the last argument that was passed."""
    info = KINDS[declared.kind]
    got = int.from_bytes(slot[: info.width], "little")
    if declared.kind == "bool" and got > 1:
        return Seen(None, equal=False)
    if arg is not None and follow and declared.kind == arg.kind and info.is_pointer:
        return see_pointer(declared.kind, arg, got, follow)
    if arg is None:
        return Seen(got, equal=False)
    if info.is_pointer and KINDS[arg.kind].is_pointer:
        return Seen(got, equal=declared.kind in (arg.kind, "handle"))
    return Seen(got, equal=b.meaning(declared.kind, got) == b.meaning(arg.kind, arg.bits))


def unpacked(
    declared: Signature,
    args: Sequence[Arg],
    poison: Sequence[bytes],
    result: Arg | None,
    taken: str,
    cls: str,
    follow: bool = False,
) -> Prediction:
    """Predicts an unpacked call; `poison` are the 16 bytes of every slot, the last one the result's."""
    seen = []
    for i, param in enumerate(declared.params):
        arg = args[i] if i < len(args) else None
        slot = slot_bytes(arg, poison[i]) if arg is not None else poison[i][:8]
        seen.append(see_unpacked(param, arg, slot, follow))
    out = poison[-1]
    written = KINDS[result.kind].width if result is not None else 0
    if result is not None:
        out = result.bits.to_bytes(8, "little")[:written] + out[written:]
    wanted = KINDS[taken].width if taken != NONE else 0
    got = int.from_bytes(out[:wanted], "little")
    equal = taken == NONE or (result is not None and b.meaning(taken, got) == b.meaning(result.kind, result.bits))
    verdict = accepted_verdict(cls, equal and all(one.equal for one in seen))
    if cls != "match" and (len(args) < len(declared) or written > wanted):
        verdict = "overrun"
    return Prediction("accepted", verdict, None, (), True, None, out, tuple(seen))


def checksum(value: Value, data: int) -> int:
    """What the runner's checksum of a pointee must be; `data` is the address of a tensor's elements."""
    if value.data is not None:
        return zlib.crc32(value.data)
    if value.tensor is not None:
        return digest(value.tensor, data)
    return 0
