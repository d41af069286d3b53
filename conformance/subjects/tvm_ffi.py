"""The subject `tvm-ffi`: ready-made C++ functions of a tvm-ffi release, called over the wire slot by slot.

Arguments are written byte by byte as `TVMFFIAny` (include/tvm/ffi/c_api.h) against the end of a page, with a page
behind it that cannot be read, and the function's `safe_call` is called directly. What a body saw is told by what it
returns: nearly all of these functions are identities.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from struct import Struct
from typing import Any, NamedTuple

from conformance.model.case import Case
from conformance.model.signature import MAX_ARGS, Signature
from conformance.model.subject import About, Call, Refused, Reply
from conformance.model.value import NO_VALUE, Value
from conformance.subjects.tvm_ffi_abi import FIRST_OBJECT, CallError, Library, Word, ffi
from conformance.subjects.tvm_ffi_ready import Ready, available
from conformance.subjects.tvm_ffi_values import DYNAMIC, FLOAT, INT, NONE, OBJECT, Made, Values

_SLOTS = [Struct("<" + "iIQ" * count) for count in range(MAX_ARGS + 1)]
_SLOT = Struct("<iIQ")
_FIELDS = Struct("<32xqd")
"""Where testing.SchemaAllTypes has v_int and v_float, behind its header and v_bool; `declare` makes sure of it."""
_STRING_FIELD = 64
CHECKS = ("X0-MATCH", "X0-TYPE", "X0-COERCE", "X0-COUNT", "X0-NULL", "X0-UNKNOWN", "X0-ERROR",
          "X0-RANGE", "X0-NESTED", "X0-REPEAT", "X0-REFS")  # fmt: skip


class Callee(NamedTuple):
    """A function that can be called: its address, its C entry point, and what it declares."""

    handle: Any
    safe_call: Any
    ready: Ready


class _Arena(threading.local):
    """A thread's own slots, and what it has passed."""

    def __init__(self, library: Library) -> None:
        """Is called once in each thread."""
        self.args, self.args_end = library.guarded_page()
        self.ret, ret_end = library.guarded_page()
        self.ret_at = len(self.ret) // 2 - _SLOT.size
        self.ret_pointer = ffi.cast("void*", ret_end - _SLOT.size)
        self.ends = [ffi.cast("void*", self.args_end - _SLOT.size * count) for count in range(MAX_ARGS + 1)]
        self.at = [len(self.args) // 2 - _SLOT.size * count for count in range(MAX_ARGS + 1)]
        self.values = Values(library, self.args_end)


class TvmFfi:
    """The first release of tvm-ffi on sys.path."""

    def __init__(self) -> None:
        """Loads it. Raises SubjectUnavailable."""
        self._library = Library()
        self._available = available(self._library)
        self._arena = _Arena(self._library)
        kinds = dict.fromkeys(param.kind for signature in self._available for param in signature.params)
        self.about = About(
            name="tvm-ffi",
            version=self._library.wheel,
            versions={"wheel": self._library.wheel, "reported": self._library.reported},
            rules="tvm-ffi",
            sides=("wire", "tvm-ffi"),
            kinds=tuple(kinds),
            signatures=tuple(self._available),
            max_args=max(map(len, self._available), default=0),
            checks=CHECKS,
            wire=("count", "args", "ret", "padding"),
            waivers=Path(__file__).parent / "waivers" / "tvm-ffi.toml",
            limits=(
                f"only the {len(self._available)} ready-made functions of libtvm_ffi_testing.so",
                "what a body saw is known where its result tells it",
            ),
        )

    def declare(self, signatures: Sequence[Signature], release: bool) -> Sequence[Callee | Refused]:
        """Finds the ready-made function for each signature; there is no build without checks."""
        if release:
            return [Refused("tvm-ffi has no build without checks") for _ in signatures]
        self._read_symbols()
        return [self._declare(signature) for signature in signatures]

    def _read_symbols(self) -> None:
        """Has the library fail once: its first error reads all debug symbols, 0.2 s that no forked child should pay."""
        with suppress(CallError):
            self._library.invoke(self._library.function("testing.schema_id_int"), [])

    def _declare(self, signature: Signature) -> Callee | Refused:
        if signature not in self._available:
            return Refused(f"this release of tvm-ffi has no ready-made function {signature}")
        ready, address = self._available[signature]
        return Callee(ffi.cast("void*", address), ffi.cast("Function*", address).call, ready)

    def call(self, callee: Callee, call: Call) -> Reply:
        """Calls the function's safe_call with the slots as they are told."""
        arena = self._arena
        make = arena.values.make
        fields: list[int] = []
        counted: list[Any] = []
        moved: list[Made] = []
        for slot in call.slots:
            made = make(slot.value)
            code = made.dynamic if made.dynamic and slot.code == OBJECT else slot.code
            fields += (code, made.padding if slot.padding is None else slot.padding, made.payload)
            if made.counts is not None:
                counted.append(made.counts)
                if slot.value.kind == "rvalue":
                    moved.append(made)
        count = len(call.slots)
        before = sum(one[0] for one in counted)
        for made in moved:
            made.counts[0] += 1  # the reference that the call is to take away
        start, shape = arena.at[count], _SLOTS[count]
        shape.pack_into(arena.args, start, *fields)
        preset = NONE if call.preset is None else call.preset
        _SLOT.pack_into(arena.ret, arena.ret_at, preset, 0, 0)
        status = callee.safe_call(
            callee.handle,
            ffi.NULL if "args" in call.nulls else arena.ends[count],
            count if call.told is None else call.told,
            ffi.NULL if "ret" in call.nulls else arena.ret_pointer,
        )
        for made in moved:
            _take_back(made)
        result = Word(*_SLOT.unpack_from(arena.ret, arena.ret_at))
        said = self._library.take_error()
        remarks: tuple[str, ...] = ()
        if shape.unpack_from(arena.args, start) != tuple(fields):
            remarks += ("changed the caller's argument array",)
        saw = ret = ret_code = None
        if status == 0:
            if said is not None:
                remarks += (f"left an error although it returned 0: {said[1]!r}",)
            ret_code = OBJECT if result.type_index >= DYNAMIC else result.type_index
            saw, ret = _results(callee.ready, arena.values, result)
            if result.type_index >= FIRST_OBJECT:
                self._library.release(result.payload)
        elif result != (preset, 0, 0):
            remarks += ("wrote the result slot although it rejected the call",)
            ret_code = result.type_index
        return Reply(
            status,
            said[1] if said else "",
            said[0] if said else "",
            saw,
            ret,
            ret_code,
            sum(one[0] for one in counted) - before if counted else None,
            remarks,
        )

    def reproducer(self, case: Case) -> dict[str, str]:
        """A stand-alone program that needs only tvm-ffi and ctypes."""
        from conformance.subjects.tvm_ffi_reproducer import render

        ready = self._available.get(case.declared)
        return {"reproduce.py": render(case, ready[0], self.about.version)} if ready else {}


def _results(ready: Ready, values: Values, result: Word) -> tuple[tuple[Value | None, ...], Value | None]:
    """What the body saw, as far as its result tells, and the result."""
    count = len(ready.params)
    if ready.ret == "none":
        return (None,) * count, NO_VALUE if result.type_index == NONE else values.read(result)
    ret = values.read(result)
    if ready.witness == "result":
        return (_nullable(ready.params[0], ret),), ret
    if ready.witness == "one less" and ret is not None:
        low = (result.payload - 1) & 0xFFFFFFFF
        return (Value("i32", low),), Value("i32", result.payload & 0xFFFFFFFF)
    if ready.witness == "fields":
        return _fields(values, result.payload), ret
    if ready.witness == "elements":
        return tuple(map(_nullable, ready.params, values.elements(result))), ret
    return (None,) * count, ret


def _nullable(kind: str, seen: Value | None) -> Value | None:
    """A null tensor comes back as nothing at all."""
    return Value("tensor") if kind == "tensor" and seen is not None and seen.kind == "null" else seen


def _take_back(made: Made) -> None:
    """Ends the loan of an r-value reference: what was not moved is taken back, what was moved can be passed again."""
    cell = ffi.cast("void**", made.payload)
    if cell[0] == ffi.NULL:
        cell[0] = ffi.cast("void*", made.counts)
    else:
        made.counts[0] -= 1


def _fields(values: Values, address: int) -> tuple[Value | None, ...]:
    """The members of a testing.SchemaAllTypes that its maker was called with."""
    held = ffi.buffer(ffi.cast("char*", address), _STRING_FIELD + _SLOT.size)
    number, real = Struct("<QQ").unpack_from(held, 32)
    string = Word(*_SLOT.unpack_from(held, _STRING_FIELD))
    return values.read(Word(INT, 0, number)), values.read(Word(FLOAT, 0, real)), values.read(string)
