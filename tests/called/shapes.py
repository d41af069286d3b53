"""Honest runtimes that are reached otherwise: no lying codes, errors that name no index, calls with several results."""

from __future__ import annotations

from dataclasses import replace

from conformance.model.signature import Signature
from conformance.model.subject import Call, CalleeResponse, Reply
from conformance.model.value import Value
from tests.called.honest import Honest

CODES = {
    "i8": 1, "i16": 1, "i32": 1, "i64": 1, "u8": 1, "u16": 1, "u32": 1, "u64": 1, "f32": 2, "f64": 2, "bool": 3,
    "str": 4, "handle": 5, "tensor": 6, "null": 7, "list_i64": 8, "list_str": 8, "opt_i64": 1,
}  # fmt: skip


class FixedCodes(Honest):
    """Its bindings make the codes, so each value has its own: another is a mistake of whoever calls."""

    def __init__(self) -> None:
        super().__init__()
        self.about = replace(self.about, mutable_parts=("count",))

    def call(self, callee: tuple[Signature, bool], call: Call) -> Reply:
        for slot in call.slots:
            assert slot.code == CODES[slot.value.kind]
        return super().call(callee, call)

    def take(self, kind: str, handed: CalleeResponse) -> Reply:
        assert handed.result is None or handed.result.code == CODES[handed.result.value.kind]
        return super().take(kind, handed)


class NamesByAttribute(Honest):
    """Its errors say nothing of an index, which is an attribute of the exception; a number in the text means other."""

    off = 0

    def words(self, at: int, kind: str, code: int) -> str:
        self.index = at
        return super().words(at, kind, code).replace(f"argument {at}", "argument 63")

    def call(self, callee: tuple[Signature, bool], call: Call) -> Reply:
        reply = super().call(callee, call)
        return reply._replace(named=self.index + self.off) if "argument 63" in reply.error else reply


class NamesAnother(NamesByAttribute):
    off = 1


class GivesResults(Honest):
    """A call has a list of results."""

    def results(self, ret: Value | None) -> tuple[Value | None, ...]:
        return () if ret is None else (ret,)

    def call(self, callee: tuple[Signature, bool], call: Call) -> Reply:
        reply = super().call(callee, call)
        return reply if reply.status else reply._replace(ret=None, results=self.results(reply.ret))


class GivesOneTooMany(GivesResults):
    def results(self, ret: Value | None) -> tuple[Value | None, ...]:
        return (*super().results(ret), Value("i64", 1))


class GivesNone(GivesResults):
    def results(self, ret: Value | None) -> tuple[Value | None, ...]:
        return ()


class WritesResultsOnRejection(GivesResults):
    def call(self, callee: tuple[Signature, bool], call: Call) -> Reply:
        reply = super().call(callee, call)
        return reply._replace(results=(Value("i64", 1),)) if reply.status else reply
