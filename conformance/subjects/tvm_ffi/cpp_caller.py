"""What a C++ caller makes of what a callee gives back: any status, any result slot, an error raised or none.

This is the caller's side of X0-RETURN ("a caller that takes another kind is told"). `CppCaller.take` is one call of a
`TypedFunction<R()>` whose callee is a raw `TVMFFISafeCallType`; a case of the check maps to it so:

| class | call | what must happen |
|---|---|---|
| `match` | status 0, a result of the kind that is taken | the value is taken: `status` 0, `saw` is it |
| `ret-type` | status 0, a result of a kind that `rules.decide(kind, code)` rejects | a TypeError: `status` 1 |
| `ret-none` | status 0, no result or `null`, where a value is taken | the same, but for nullable kinds |
| `ret-error`, `ret-status` | another status, with an error raised or none | that error, or one that can be read |

The caller may crash: call it in a process that may die. A `remark` is something that no caller should do.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from conformance.model.kinds import NONE
from conformance.model.signature import Param, Signature, TensorSpec
from conformance.model.subject import Reply, Slot
from conformance.model.value import Value
from conformance.rules.load import load
from conformance.subjects.tvm_ffi import types
from conformance.subjects.tvm_ffi.abi import Library, ffi
from conformance.subjects.tvm_ffi.cpp import RULES, compiler, job
from conformance.subjects.tvm_ffi.decode import decode_witness, lay, records
from conformance.subjects.tvm_ffi.kinds import RVALUE
from conformance.subjects.tvm_ffi.loading import find, open_library
from conformance.subjects.tvm_ffi.wire import TvmFfiWire
from conformance.toolchain import Cache, Toolchain

ffi.cdef("typedef struct { int32_t status, writes; Any result; const char* kind; const char* message; } Answer;")

TOOK, THREW_ERROR, THREW_NULL_ERROR, THREW_OTHER = range(4)
"""How a call ends for the caller (`Ended` in templates/tvm_ffi/caller.h)."""


class CppCaller:
    """Callers of the headers of a release of tvm-ffi, one for each kind that can be returned.

    `package` is the folder of its package, that of the first release on sys.path if None. `kinds` are what can be
    taken, `none` among them, and `library` is where their code lies.
    """

    def __init__(self, package: Path | None = None) -> None:
        """Compiles them, or finds them in the cache. Raises SubjectUnavailable, CompileError."""
        self._library = Library()
        self._rules = load(RULES)
        self._wire = TvmFfiWire(self._library, lambda value: lay(self._rules, value))
        toolchain = Toolchain(Cache(), None, jobs=1)
        package = package or self._library.package
        kinds = types.taken(package)
        built = toolchain.build(job(package, compiler(), "tvm-ffi-caller", types.callers(kinds)))
        self.path = built.path
        self._shared = open_library(built.path)
        self._witness = find(self._shared, "abi_witness", "void*(*)(void)")
        self.kinds = (*kinds, NONE)

    def take(self, kind: str, status: int, result: Slot | None, raised: tuple[str, str] | None = None) -> Reply:
        """Calls a callee that returns `status` and leaves `result`, or nothing where None, and takes its return.

        `raised` are kind and message of the error that the callee raises, whatever its status. In the reply, `status`
        is how the call ended for the caller, one of the numbers of this module; `saw` is what it took.
        """
        answer, counts, kept = self._answer(status, result, raised)
        before = counts[0] if counts is not None else 0
        if counts is not None:
            counts[0] += 1  # the reference that the caller is to own
        ended = find(self._shared, f"take_{kind}", "int(*)(void*)")(answer)
        remarks: tuple[str, ...] = ()
        if ended == THREW_NULL_ERROR:
            remarks += ("threw an error that is null: whoever catches it and asks what it says follows a null pointer",)
        left = self._library.take_error()
        if left is not None:
            remarks += (f"left the callee's error behind: {left[1]!r}",)
        noted = [data for _, data in records(self._witness())]
        del kept
        said = [text.decode(errors="replace") for text in noted] if ended in (THREW_ERROR, THREW_OTHER) else []
        return Reply(
            ended,
            error=said[-1] if said else "",
            error_kind=said[0] if ended == THREW_ERROR else "std::exception" if said else "",
            saw=self._saw(kind, result) if ended == TOOK else None,
            references=counts[0] - before if counts is not None else None,
            remarks=remarks,
        )

    def _answer(self, status: int, result: Slot | None, raised: tuple[str, str] | None) -> tuple[Any, Any, list[Any]]:
        """The callee's orders, the counts of the object that it returns, and what must outlive the call."""
        answer = ffi.new("Answer*")
        kept: list[Any] = [answer]
        counts = None
        answer.status, answer.writes = status, int(result is not None)
        if result is not None:
            made = self._wire.make(result.value)
            counts = made.counts if result.code != RVALUE else None  # what is only lent is nobody's to give back
            padding = made.padding if result.padding is None else result.padding
            answer.result.index, answer.result.padding, answer.result.payload = result.code, padding, made.payload
        if raised is not None:
            texts = [ffi.new("char[]", text.encode()) for text in raised]
            kept += texts
            answer.kind, answer.message = texts
        return answer, counts, kept

    def _saw(self, kind: str, result: Slot | None) -> tuple[Value | None, ...]:
        if kind == NONE:
            return ()
        declared = Signature((Param(kind, TensorSpec() if kind == "tensor" else None),))
        return decode_witness(
            self._rules, self._wire.reader, records(self._witness()), declared, (result,) if result else ()
        )
