"""The subject `tvm-ffi`: ready-made C++ functions of a tvm-ffi release, called over the wire slot by slot.

Arguments are written byte by byte as `TVMFFIAny` (include/tvm/ffi/c_api.h) against the end of a page, with a page
behind it that cannot be read, and the function's `safe_call` is called directly. What a body saw is told by what it
returns: nearly all of these functions are identities.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from conformance.model.case import Case
from conformance.model.signature import Signature
from conformance.model.subject import Call, Refused, Reply, Runtime, SubjectInfo
from conformance.model.value import NO_VALUE, Value
from conformance.subjects.tvm_ffi.abi import CallError, Library, Word, ffi
from conformance.subjects.tvm_ffi.builtin_functions import BuiltinFunction, available, members
from conformance.subjects.tvm_ffi.front_end import PACKS, FrontEnd
from conformance.subjects.tvm_ffi.kinds import NONE
from conformance.subjects.tvm_ffi.reading import Reader
from conformance.subjects.tvm_ffi.wire import TvmFfiWire, reply

CHECKS = ("X0-MATCH", "X0-TYPE", "X0-COERCE", "X0-COUNT", "X0-NULL", "X0-UNKNOWN", "X0-ERROR",
          "X0-RANGE", "X0-NESTED", "X0-REPEAT", "X0-REFS")  # fmt: skip
"""What can be seen: these functions look at no metadata, choose their returns, and have no build without checks."""


class BuiltinCallee(NamedTuple):
    """A function that can be called: its address, its C entry point, and what it declares."""

    handle: Any
    safe_call: Any
    ready: BuiltinFunction


class TvmFfi:
    """The ready-made functions of tvm-ffi's own testing library."""

    runtime = Runtime(distributions=("apache-tvm-ffi",), packages=("tvm_ffi",), extra="tvm-ffi")

    def __init__(self) -> None:
        """Loads it. Raises SubjectUnavailable."""
        self._library = Library()
        self._available = available(self._library)
        self._wire = TvmFfiWire(self._library)
        self._front_end = _front_end(self._library, self._wire)
        kinds = dict.fromkeys(param.kind for signature in self._available for param in signature.params)
        self.about = SubjectInfo(
            name="tvm-ffi",
            version=self._library.wheel,
            versions={"wheel": self._library.wheel, "reported": self._library.reported},
            rules="tvm-ffi",
            sides=("wire", "tvm-ffi"),
            kinds=tuple(kinds),
            signatures=tuple(self._available),
            max_args=max(map(len, self._available), default=0),
            checks=CHECKS,
            mutable_parts=("type-codes", "count", "args", "ret", "padding", "preset"),
            waivers=Path(__file__).parents[1] / "waivers" / "tvm-ffi.toml",
            packs=PACKS if self._front_end is not None else (),
            limits=(
                *(() if self._front_end is not None else ("its Python package cannot be imported here",)),
                f"only the {len(self._available)} ready-made functions of libtvm_ffi_testing.so",
                "what a body saw is known where its result tells it",
            ),
        )

    def declare(self, signatures: Sequence[Signature], release: bool) -> Sequence[BuiltinCallee | Refused]:
        """Finds the ready-made function for each signature; there is no build without checks."""
        if release:
            return [Refused("tvm-ffi has no build without checks") for _ in signatures]
        self._read_symbols()
        return [self._declare(signature) for signature in signatures]

    def _read_symbols(self) -> None:
        """Has the library fail once: its first error reads all debug symbols, 0.2 s that no forked child should pay."""
        with suppress(CallError):
            self._library.invoke(self._library.function("testing.schema_id_int"), [])

    def _declare(self, signature: Signature) -> BuiltinCallee | Refused:
        if signature not in self._available:
            return Refused(f"this release of tvm-ffi has no ready-made function {signature}")
        ready, address = self._available[signature]
        return BuiltinCallee(ffi.cast("void*", address), ffi.cast("Function*", address).call, ready)

    def call(self, callee: BuiltinCallee, call: Call) -> Reply:
        """Calls the function's safe_call with the slots as they are told."""
        outcome = self._wire.call(callee.handle, callee.safe_call, call)
        saw = ret = None
        if outcome.status == 0:
            saw, ret = _results(callee.ready, self._wire.reader, outcome.result)
        return reply(outcome, self._wire, saw, ret)

    def pack(self, call: Call) -> Reply | Refused:
        """Has the release's Python package pack the values and call."""
        assert self._front_end is not None
        return self._front_end.pack(call)

    def reproducer(self, case: Case) -> dict[str, str]:
        """A stand-alone program that needs only tvm-ffi and ctypes."""
        from conformance.subjects.tvm_ffi.reproducer import render

        ready = None if case.wire.by_packer else self._available.get(case.declared)
        return {"reproduce.py": render(case, ready[0], self.about.version)} if ready else {}


def _front_end(library: Library, wire: TvmFfiWire) -> FrontEnd | None:
    """The release's own Python package, None where it cannot be imported: it is made for certain versions of Python."""
    try:
        return FrontEnd(library, wire)
    except ImportError:
        return None


def _results(ready: BuiltinFunction, reader: Reader, result: Word) -> tuple[tuple[Value | None, ...], Value | None]:
    """What the body saw, as far as its result tells, and the result."""
    count = len(ready.params)
    if ready.ret == "none":
        return (None,) * count, NO_VALUE if result.type_index == NONE else reader.read(result)
    ret = reader.read(result)
    if ready.witness == "result":
        return (_nullable(ready.params[0], ret),), ret
    if ready.witness == "one less" and ret is not None:
        low = (result.payload - 1) & 0xFFFFFFFF
        return (Value("i32", low),), Value("i32", result.payload & 0xFFFFFFFF)
    if ready.witness == "fields":
        return tuple(map(reader.read, members(result.payload))), ret
    if ready.witness == "elements":
        return tuple(map(_nullable, ready.params, reader.elements(result))), ret
    return (None,) * count, ret


def _nullable(kind: str, seen: Value | None) -> Value | None:
    """A null tensor comes back as nothing at all."""
    return Value("tensor") if kind == "tensor" and seen is not None and seen.kind == "null" else seen
