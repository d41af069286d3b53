"""What the oracle expects of a call as the bytes that the runner must leave: addresses, checksums, witness words.

Nothing here says what must happen to a value; that is the oracle's (oracle/expect.py and oracle/unpacked.py).
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from conformance.model.data_model import NATIVE, DataModel
from conformance.model.kinds import FOLLOWED, KINDS, NONE
from conformance.model.signature import Param, Signature
from conformance.model.subject import Slot
from conformance.model.target import HERE, Target
from conformance.model.value import Value
from conformance.oracle import unpacked as x1
from conformance.oracle.ends import Outcome
from conformance.oracle.expect import Expectation, ExpectedArgument, expect_argument, expect_return
from conformance.oracle.unpacked import slot_bytes
from conformance.rules.load import Rules

__all__ = [
    "UNTAKEN",
    "Arg",
    "EncodedArgument",
    "EncodedExpectation",
    "EncodedReturn",
    "packed",
    "see_packed",
    "see_unpacked",
    "slot_bytes",
    "take",
    "unpacked",
]  # fmt: skip

UNTAKEN = b"\xd5" * 16
"""What the runner puts where a packed caller is to write the result that it takes."""

NULL_CHECKSUM = 1
"""The runner's checksum of a null pointer that a body was to follow."""


@dataclass(frozen=True, eq=False)
class Arg:
    """One value as it lies in memory: its kind, its bits (for a pointer the address) and where it came from.

    Compared by identity: an arena makes one a value. `checksum` is what the runner makes of the pointee as it lies
    there, `contents` what it makes of what it holds, wherever that lies.
    """

    kind: str
    bits: int
    value: Value
    checksum: int = 0
    contents: int = 0


class EncodedArgument(NamedTuple):
    """What a callee sees of one argument: `bits` of the kind `kind`, and `checksum` as the witness records it.

    `bits` None means that no byte can be predicted. The rest is as in `ExpectedArgument`.
    """

    bits: int | None = 0
    checksum: int = 0
    equal: bool = True
    rejected: bool = False
    at_unpack: bool = False
    kind: str = "u64"

    def record(self, data: DataModel = NATIVE) -> bytes:
        """The 16 bytes of the witness on a target."""
        value = KINDS[self.kind].to_bytes(self.bits or 0, data)
        return value.ljust(8, b"\0") + self.checksum.to_bytes(8, data.byte_order)


class EncodedReturn(NamedTuple):
    """What a caller takes of a packed return: the 16 bytes that it leaves, whether they mean what was returned.

    `rejected` says that it does not take what it is given, `told` that its bytes can be told.
    """

    record: bytes = UNTAKEN
    equal: bool = True
    rejected: bool = False
    at_unpack: bool = False
    told: bool = True


class EncodedExpectation(NamedTuple):
    """What a call must leave. `named` is the first argument that a rejection may name, None where it names none.

    `seen` and `taken` are None where the body must not run; `entered` says whether it must, and `told` whether the
    bytes of `taken` can be told.
    """

    outcome: Outcome
    verdict: str
    named: int | None = None
    entered: bool = False
    ret_code: int | None = None
    taken: bytes | None = None
    seen: tuple[EncodedArgument, ...] | None = None
    told: bool = True


def _encoded(expected: ExpectedArgument, arg: Arg | None, follow: bool, copied: bool = False) -> EncodedArgument:
    """An expected argument as the witness records it; `arg` is what was sent, if anything was.

    `copied` says that it may be a copy of what was sent, so that only what it holds can be told.
    """
    value, equal = expected.value, expected.equal
    if expected.rejected:
        return EncodedArgument(rejected=True, at_unpack=expected.at_unpack)
    if value is None:
        return EncodedArgument(None, equal=equal)
    kind, info = value.kind, KINDS[value.kind]
    if not info.is_pointer:
        return EncodedArgument(value.bits, 0, equal, kind=kind)
    if (follow or copied) and value.kind in FOLLOWED and not value.guarded:
        if value.is_null:
            return EncodedArgument(0, NULL_CHECKSUM, equal)
        if expected.copied:
            text = value.data or b""  # a body reads a text up to its first zero
            return EncodedArgument(0, zlib.crc32(text.partition(b"\0")[0] if value.kind == "str" else text), equal)
        if arg is None:
            return EncodedArgument(0, 0, equal)
        return EncodedArgument(0, arg.contents if copied else arg.checksum, equal)
    if expected.copied or (copied and arg is not None and arg.kind in FOLLOWED and not value.is_null):
        return EncodedArgument(None, equal=equal)  # where the copy lies nobody can tell
    leads = value.data is not None or value.tensor is not None or value.guarded
    return EncodedArgument(arg.bits if leads and arg is not None else value.bits, 0, equal, kind=kind)


def see_packed(rules: Rules, declared: Param, arg: Arg, code: int, follow: bool) -> EncodedArgument:
    """What a packed callee makes of one argument under `code`, as the witness records it."""
    return _encoded(expect_argument(rules, declared, Slot(code, arg.value)), arg, follow, rules.copies_pointees)


def see_unpacked(
    declared: Param, arg: Arg | None, slot: bytes, follow: bool = False, target: Target = HERE
) -> EncodedArgument:
    """What an unpacked callee sees in a slot; `arg` None is a slot behind the last argument that was passed."""
    pointed = KINDS[declared.kind].is_pointer
    if not pointed or (not follow and (arg is None or not KINDS[arg.kind].is_pointer)):
        bits, equal = x1.read(declared.kind, arg, slot, target)
        return (
            EncodedArgument(None, equal=equal) if bits is None else EncodedArgument(bits, 0, equal, kind=declared.kind)
        )
    return _encoded(x1.see(declared, arg, slot, target), arg, follow)


def take(rules: Rules, returned: str, taken: str, result: Arg | None) -> EncodedReturn:
    """What a caller that takes the kind `taken` makes of `result` under the code of the kind `returned`."""
    expected = expect_return(rules, returned, taken, None if result is None else result.value)
    return _taken(rules, expected, taken, result, returned)


def _taken(rules: Rules, expected: ExpectedArgument, taken: str, result: Arg | None, returned: str) -> EncodedReturn:
    """What is left of an expected return that a caller takes as the kind `taken`."""
    if expected.rejected:
        return EncodedReturn(rejected=True)
    if taken == NONE or (result is None and returned != NONE):
        return EncodedReturn()
    data, seen = rules.target.data, _encoded(expected, result, False, rules.copies_pointees)
    left = KINDS[taken].to_bytes(seen.checksum or seen.bits or 0, data)
    return EncodedReturn(left + UNTAKEN[len(left) :], expected.equal, told=expected.value is not None)


def packed(
    rules: Rules,
    declared: Signature,
    expected: Expectation,
    args: Sequence[Arg],
    result: Arg | None,
    takes: str,
    follow: bool = False,
) -> EncodedExpectation:
    """What a packed call of a checked callee must leave, of which `expected` is expected.

    `args` and `result` are what is passed and what the body returns, as they lie; the caller takes the kind `takes`.
    """
    if not expected.entered:
        named = expected.named[0] if expected.named else None
        return EncodedExpectation(expected.outcome, expected.verdict, named)
    both = zip(expected.seen or (), args, strict=True)
    seen = tuple([_encoded(due, arg, follow, rules.copies_pointees) for due, arg in both])
    out = EncodedReturn()
    if expected.outcome == "accepted" and expected.taken is not None:
        out = _taken(rules, expected.taken, takes, result, declared.ret)
    return EncodedExpectation(
        expected.outcome, expected.verdict, None, True, expected.ret_code, out.record, seen, out.told
    )


def unpacked(
    declared: Signature,
    args: Sequence[Arg],
    poison: Sequence[bytes],
    result: Arg | None,
    taken: str,
    cls: str,
    follow: bool = False,
    target: Target = HERE,
) -> EncodedExpectation:
    """What an unpacked call must leave; `poison` are the 16 bytes of every slot, the last one the result's."""
    return of_expectation(x1.expect(declared, args, poison, result, taken, cls, target), args, follow)


def of_expectation(expected: Expectation, args: Sequence[Arg], follow: bool = False) -> EncodedExpectation:
    """What an accepted call must leave of which is known what body and caller see."""
    sent = [*args, *[None] * len(expected.seen or ())]
    seen = tuple([_encoded(one, sent[at], follow) for at, one in enumerate(expected.seen or ())])
    told = expected.out is not None
    return EncodedExpectation("accepted", expected.verdict, None, True, None, expected.out or UNTAKEN, seen, told)
