"""Runtimes with one defect each, and those that damage the process in which they run."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any

from conformance.model.signature import Param, Signature, TensorSpec
from conformance.model.subject import Call, CalleeResponse, Reply, Slot
from conformance.model.value import Value
from tests.called.honest import Honest, Rejected, number


class TakesAnything(Honest):
    def accepts(self, kind: str, code: int) -> bool:
        return True


class LowByte(Honest):
    def accepts(self, kind: str, code: int) -> bool:
        return super().accepts(kind, code & 0xFF)


class OffByOne(Honest):
    def words(self, at: int, kind: str, code: int) -> str:
        return super().words(at + 1, kind, code)


class NamesNothing(Honest):
    def words(self, at: int, kind: str, code: int) -> str:
        return f"argument {at} is wrong"


class Speechless(Honest):
    def text(self, words: str) -> str:
        return ""


class TakesMore(Honest):
    def check_count(self, declared: Signature, call: Call) -> None:
        told = len(call.slots) if call.claimed_count is None else call.claimed_count
        if told <= len(declared) or not declared.params:
            super().check_count(declared, call)

    def check_codes(self, declared: Signature, call: Call) -> None:
        super().check_codes(declared, call._replace(slots=call.slots[: len(declared)]))

    def check_values(self, declared: Signature, call: Call) -> None:
        super().check_values(declared, call._replace(slots=call.slots[: len(declared)]))


class IgnoresNulls(Honest):
    def check_count(self, declared: Signature, call: Call) -> None:
        super().check_count(declared, call._replace(nulls=()))


class DropsABit(Honest):
    def convert(self, param: Param, slot: Slot) -> Value:
        value = super().convert(param, slot)
        return Value("i64", value.bits & ~(1 << 63)) if value.kind == "i64" else value


class RoundsDown(Honest):
    def to_float(self, value: int) -> float:
        return float(value & ~0x7FF)


class Truncates(Honest):
    def check_range(self, at: int, kind: str, value: Value) -> None:
        if kind == "i8":
            super().check_range(at, kind, value)


class IgnoresShape(Honest):
    def check_tensor(self, at: int, spec: TensorSpec, value: Value) -> None:
        if value.tensor is None or len(value.tensor.shape) != len(spec.shape):
            super().check_tensor(at, spec, value)


class LooksEarly(Honest):
    def check_codes(self, declared: Signature, call: Call) -> None:
        for at, (param, slot) in enumerate(zip(declared.params, call.slots, strict=True)):
            if param.kind == "tensor" and slot.code == 6:
                self.check_tensor(at, param.tensor or TensorSpec(), slot.value)
        super().check_codes(declared, call)


class WrongReturn(Honest):
    def returned(self, declared: Signature, call: Call) -> tuple[Value | None, int | None]:
        ret, code = super().returned(declared, call)
        return (ret, 2) if declared.ret == "i64" else (ret, code)


class TakesWhatever(Honest):
    def take(self, kind: str, handed: CalleeResponse) -> Reply:
        return Reply(0, saw=(Value(kind),)) if handed.status == 0 else super().take(kind, handed)


class SwallowsErrors(Honest):
    def take(self, kind: str, handed: CalleeResponse) -> Reply:
        return super().take(kind, handed._replace(raised=None))


class WritesOnRejection(Honest):
    def call(self, callee: tuple[Signature, bool], call: Call) -> Reply:
        reply = super().call(callee, call)
        return reply._replace(ret_code=1) if reply.status else reply


class Leaks(Honest):
    def kept(self, rejected: bool) -> int:
        return int(rejected)


class ForgetsAfterRejection(Honest):
    def check_codes(self, declared: Signature, call: Call) -> None:
        if self.errors < 3:
            try:
                super().check_codes(declared, call)
            except Rejected:
                self.errors += 1
                raise


class SharesItsError(Honest):
    last = ""

    def text(self, words: str) -> str:
        self.last = words
        time.sleep(0.0005)
        return self.last


class SharesItsSlots(Honest):
    saw: Sequence[Slot] = ()

    def call(self, callee: tuple[Signature, bool], call: Call) -> Reply:
        self.saw = call.slots
        time.sleep(0.0005)
        return super().call(callee, call._replace(slots=tuple(self.saw)))


class RejectsWithZero(Honest):
    def call(self, callee: tuple[Signature, bool], call: Call) -> Reply:
        return super().call(callee, call)._replace(status=0)


class ChecksInRelease(Honest):
    def declare(self, signatures: Sequence[Signature], release: bool) -> Sequence[Any]:
        return super().declare(signatures, False)


DEFECTS: dict[type[Honest], tuple[str, str]] = {
    TakesAnything: ("X0-TYPE", "silent-wrong"),
    LowByte: ("X0-UNKNOWN", "silent-wrong"),
    OffByOne: ("X0-TYPE", "misattributed"),
    NamesNothing: ("X0-TYPE", "misattributed"),
    Speechless: ("X0-ERROR", "misattributed"),
    TakesMore: ("X0-COUNT", "silent-equal"),
    IgnoresNulls: ("X0-NULL", "silent-wrong"),
    DropsABit: ("X0-MATCH", "unpredicted"),
    RoundsDown: ("X0-COERCE", "unpredicted"),
    Truncates: ("X0-RANGE", "silent-wrong"),
    IgnoresShape: ("X0-TENSOR", "silent-wrong"),
    LooksEarly: ("X0-ORDER", "late"),
    WrongReturn: ("X0-RETURN", "unpredicted"),
    TakesWhatever: ("X0-RETURN", "silent-wrong"),
    SwallowsErrors: ("X0-RETURN", "misattributed"),
    WritesOnRejection: ("X0-RETURN", "overrun"),
    Leaks: ("X0-REFS", "unpredicted"),
    ForgetsAfterRejection: ("X0-REPEAT", "silent-wrong"),
    SharesItsError: ("X0-ERROR", "misattributed"),
    SharesItsSlots: ("X0-NESTED", "unpredicted"),
    RejectsWithZero: ("X0-TYPE", "silent-reject"),
    ChecksInRelease: ("X0-RELEASE", "detected"),
}
"""Every defect with the check that it turns red and the verdict that it gets."""


class _Misdeed(Honest):
    """Does something terrible where an i64 of 2**15 arrives: in few calls of many."""

    def convert(self, param: Param, slot: Slot) -> Value:
        if param.kind == "i64" and number(slot.value) == 2**15:
            self.misdeed()
        return super().convert(param, slot)

    def misdeed(self) -> None:
        raise NotImplementedError


class Segfaults(_Misdeed):
    def misdeed(self) -> None:
        ctypes.string_at(8)


class Aborts(_Misdeed):
    def misdeed(self) -> None:
        os.abort()


class Exits(_Misdeed):
    def misdeed(self) -> None:
        os._exit(0)


class ExitsPolitely(_Misdeed):
    def misdeed(self) -> None:
        sys.exit(3)


class IsKilled(_Misdeed):
    def misdeed(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class Hangs(_Misdeed):
    def misdeed(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64))
        threading.Event().wait()


class RecursesForEver(_Misdeed):
    def misdeed(self) -> None:
        sys.setrecursionlimit(10**9)
        callback: Any = ctypes.CFUNCTYPE(None)(lambda: callback())
        callback()


class DamagesItsHeap(_Misdeed):
    def misdeed(self) -> None:
        libc = ctypes.CDLL(None)
        libc.malloc.restype = ctypes.c_void_p
        pointer = libc.malloc(ctypes.c_size_t(64))
        ctypes.memset(pointer - 8, 0xFF, 8)
        libc.free(ctypes.c_void_p(pointer))


class Floods(_Misdeed):
    def misdeed(self) -> None:
        for _ in range(1000):
            os.write(1, b"x" * 4096)
        os.close(1)
        os.close(2)


class Forks(_Misdeed):
    def misdeed(self) -> None:
        if os.fork() == 0:
            time.sleep(1000)


MISDEEDS: dict[type[Honest], str] = {
    Segfaults: "crashed",
    Aborts: "crashed",
    Exits: "crashed",
    ExitsPolitely: "crashed",
    IsKilled: "crashed",
    Hangs: "hung",
    RecursesForEver: "crashed",
    DamagesItsHeap: "crashed",
    Floods: "",
    Forks: "",
}
"""What is done to the process, with the verdict; no verdict where the call still comes back."""


class RaisesInCall(_Misdeed):
    def misdeed(self) -> None:
        raise RuntimeError("the adapter itself is wrong")


class CannotDeclare(Honest):
    def declare(self, signatures: Sequence[Signature], release: bool) -> Sequence[Any]:
        if len(signatures) > 1:  # one is declared for the first call
            raise RuntimeError("no more callees today")
        return super().declare(signatures, release)


class DiesInDeclare(Honest):
    def declare(self, signatures: Sequence[Signature], release: bool) -> Sequence[Any]:
        if any(len(one) > 6 for one in signatures):
            os.abort()
        return super().declare(signatures, release)
