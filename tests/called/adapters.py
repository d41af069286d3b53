"""Adapters that are wrong themselves: they raise, or give something of the wrong type."""

from __future__ import annotations

import faulthandler
import signal
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from conformance.model.signature import Signature
from conformance.model.subject import Call, CalleeResponse, Reply
from conformance.model.value import Value
from tests.called.honest import Honest

Callee = tuple[Signature, bool]


class RaisesWhenMade(Honest):
    def __init__(self) -> None:
        super().__init__()
        raise KeyError("no such runtime")


class RaisesAlways(Honest):
    def call(self, callee: Callee, call: Call) -> Reply:
        raise AttributeError("the adapter is wrong")


class RaisesInDeclare(Honest):
    def declare(self, signatures: Sequence[Signature], release: bool) -> Sequence[Any]:
        raise ZeroDivisionError("cannot declare")


class RaisesInTake(Honest):
    def take(self, kind: str, handed: CalleeResponse) -> Reply:
        raise LookupError("cannot take")


class DiesWhenCalled(Honest):
    """The runtime's fault, not the adapter's."""

    def call(self, callee: Callee, call: Call) -> Reply:
        signal.raise_signal(signal.SIGSEGV)
        raise AssertionError


class RejectsEverything(Honest):
    """The runtime's fault, not the adapter's."""

    def call(self, callee: Callee, call: Call) -> Reply:
        return Reply(-1, "no")


class Hangs(Honest):
    def __init__(self) -> None:
        threading.Event().wait()


class HangsWhenCalled(Honest):
    def __init__(self) -> None:
        super().__init__()
        self.about = replace(self.about, hang_ms=50)

    def call(self, callee: Callee, call: Call) -> Reply:
        threading.Event().wait()
        raise AssertionError


class Answers(Honest):
    """Replies another value in a field."""

    field: str
    value: Any

    def call(self, callee: Callee, call: Call) -> Reply:
        reply = super().call(callee, call)
        changes: dict[str, Any] = {self.field: self.value}
        return reply._replace(**changes)


class NoReply(Honest):
    def call(self, callee: Callee, call: Call) -> Reply:
        return 3  # type: ignore[return-value]


class NoStatus(Answers):
    field, value = "status", None


class BytesForError(Answers):
    field, value = "error", b"no"


class NoValueSeen(Answers):
    field, value = "saw", (1,)


class TooLittleSeen(Answers):
    field, value = "saw", ()


class ListSeen(Answers):
    field = "saw"
    value: Any = []  # noqa: RUF012


class NumberReturned(Answers):
    field, value = "ret", 7


class FloatBits(Answers):
    field, value = "ret", Value("f64", 2.5)  # type: ignore[arg-type]


class TextData(Answers):
    field, value = "ret", Value("str", data="x")  # type: ignore[arg-type]


class NegativeBits(Answers):
    field, value = "results", (Value("i64", -1),)


class StrangeKindSeen(Answers):
    field, value = "saw", (Value("int64", 1),)


class StrangeKindReturned(Answers):
    field, value = "ret", Value("int64", 1)


class StrangeKindOfText(Honest):
    """Its first call, of an integer, is right."""

    def call(self, callee: Callee, call: Call) -> Reply:
        reply = super().call(callee, call)
        saw = tuple(Value("text", data=one.data) if one and one.kind == "str" else one for one in reply.saw or ())
        return reply._replace(saw=saw) if reply.status == 0 else reply


class WideBits(Answers):
    field, value = "saw", (Value("i64", 1 << 64),)


class TextNamed(Answers):
    field, value = "named", "0"


class NoBatch(Honest):
    def declare(self, signatures: Sequence[Signature], release: bool) -> Sequence[Any]:
        return None  # type: ignore[return-value]


class OneTooMany(Honest):
    def declare(self, signatures: Sequence[Signature], release: bool) -> Sequence[Any]:
        return [*super().declare(signatures, release), None]


class RaisesInLaterDeclare(Honest):
    """Its first batch, of one signature, is right."""

    def declare(self, signatures: Sequence[Signature], release: bool) -> Sequence[Any]:
        if len(signatures) > 1:
            raise ZeroDivisionError("cannot declare two")
        return super().declare(signatures, release)


class DeclaresOne(Honest):
    """Its first batch, of one signature, is right."""

    def declare(self, signatures: Sequence[Signature], release: bool) -> Sequence[Any]:
        return super().declare(signatures, release)[:1]


class NoReferences(Answers):
    field, value = "references", None


class SaysTooMuch(Honest):
    def take(self, kind: str, handed: CalleeResponse) -> Reply:
        return Reply(0, saw=(Value("i64"), Value("i64")))


class NoAbout:
    def declare(self, signatures: Sequence[Signature], release: bool) -> Sequence[Any]:
        return list(signatures)

    def call(self, callee: Signature, call: Call) -> Reply:
        return Reply(0)


class _Says(Honest):
    field: str
    value: object

    def __init__(self) -> None:
        super().__init__()
        changes: dict[str, Any] = {self.field: self.value}
        self.about = replace(self.about, **changes)


class NumberForVersion(_Says):
    field, value = "version", 2.1


class PathForRules(_Says):
    field, value = "rules", Path(__file__).with_name("honest.toml")


class TextForKinds(_Says):
    field, value = "kinds", "i64"


class OneSide(_Says):
    field, value = "sides", ("python",)


class NoSide(_Says):
    field, value = "sides", ("", "python")


class BlankSide(_Says):
    field, value = "sides", ("test", "my python ")


class ColonSide(_Says):
    field, value = "sides", ("acme::call", "python")


class PairForSide(_Says):
    field, value = "sides", ("test", "gcc>python")


class StrangePart(_Says):
    field, value = "mutable_parts", ("type-codes", "everything")


class MistypedCheck(_Says):
    field, value = "checks", ("X0-MATCH", "X0-TYP")


class StrangeCheck(_Says):
    field, value = "checks", ("X0-MATCH", "DIRECT-PAIR")


class NoLimit(_Says):
    field, value = "hang_ms", 0


class WrongOnRejection(Honest):
    """Its first, matched call is right."""

    def call(self, callee: Callee, call: Call) -> Reply:
        reply = super().call(callee, call)
        return reply._replace(error=None) if reply.status else reply  # type: ignore[arg-type]


class Handles(Honest):
    """Has handlers for signals, and blocks one; replies which of them its calls still have."""

    def __init__(self) -> None:
        super().__init__()
        faulthandler.enable()
        signal.signal(signal.SIGUSR1, lambda *_: None)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGUSR2,))

    def call(self, callee: Callee, call: Call) -> Reply:
        lines = Path("/proc/self/status").read_text().splitlines()
        return Reply(-1, " ".join(line for line in lines if line.startswith(("SigBlk", "SigIgn", "SigCgt"))))
