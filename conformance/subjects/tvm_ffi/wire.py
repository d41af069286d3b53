"""One call on tvm-ffi's wire: slots against the end of a page, the entry point called, what is left read back.

Arguments are written byte by byte as `TVMFFIAny` (include/tvm/ffi/c_api.h) so that they end where a page begins that
cannot be touched, and so does the result.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from struct import Struct
from typing import Any, NamedTuple

from conformance.model.signature import MAX_ARGS
from conformance.model.subject import Call, Reply
from conformance.model.value import Value
from conformance.subjects.tvm_ffi.abi import FIRST_OBJECT, Library, Word, ffi
from conformance.subjects.tvm_ffi.kinds import DYNAMIC, NONE, OBJECT
from conformance.subjects.tvm_ffi.reading import Reader
from conformance.subjects.tvm_ffi.records import ANY
from conformance.subjects.tvm_ffi.values import SlotContent, Values

_SLOTS = [Struct("<" + "iIQ" * count) for count in range(MAX_ARGS + 1)]


class CallRecord(NamedTuple):
    """What a call left: its status, its result slot, kind and message of the error, None if none was raised.

    `counts` are the reference counts of what was passed, as they are now, and `before` is what they were together.
    """

    status: int
    result: Word
    written: bool
    error: tuple[str, str] | None
    counts: tuple[Any, ...]
    before: int
    remarks: tuple[str, ...]

    @property
    def references(self) -> int | None:
        """By how much the counts have changed; to be asked when the result has been released."""
        return sum(one[0] for one in self.counts) - self.before if self.counts else None


class TvmFfiWire(threading.local):
    """A thread's own slots, and the values that it has passed."""

    def __init__(self, library: Library, lay: Callable[[Value], Value] = lambda value: value) -> None:
        """Is called once in each thread. `lay` gives the value that `Values` knows for one of another kind."""
        self.library = library
        self.lay = lay
        self._args, end = library.guarded_page()
        self._ret, ret_end = library.guarded_page()
        self._ret_at = len(self._ret) // 2 - ANY.size
        self._ret_pointer = ffi.cast("void*", ret_end - ANY.size)
        self._ends = [ffi.cast("void*", end - ANY.size * count) for count in range(MAX_ARGS + 1)]
        self._at = [len(self._args) // 2 - ANY.size * count for count in range(MAX_ARGS + 1)]
        self.values = Values(library, end)
        self.reader = Reader(library, self.values.known)

    def make(self, value: Value) -> SlotContent:
        """The padding and payload of a value of any kind."""
        return self.values.make(self.lay(value))

    def call(self, handle: Any, safe_call: Any, call: Call, also: tuple[Any, ...] = ()) -> CallRecord:
        """Makes the call; `also` are counts of other objects that take part in it."""
        fields: list[int] = []
        counted = list(also)
        moved: list[SlotContent] = []
        for slot in call.slots:
            made = self.make(slot.value)
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
        start, shape = self._at[count], _SLOTS[count]
        shape.pack_into(self._args, start, *fields)
        blank = (NONE if call.preset is None else call.preset, 0, 0)
        ANY.pack_into(self._ret, self._ret_at, *blank)
        status = safe_call(
            handle,
            ffi.NULL if "args" in call.nulls else self._ends[count],
            count if call.claimed_count is None else call.claimed_count,
            ffi.NULL if "ret" in call.nulls else self._ret_pointer,
        )
        for made in moved:
            _take_back(made)
        result = Word(*ANY.unpack_from(self._ret, self._ret_at))
        error = self.library.take_error()
        remarks: tuple[str, ...] = ()
        if shape.unpack_from(self._args, start) != tuple(fields):
            remarks += ("changed the caller's argument array",)
        if status == 0 and error is not None:
            remarks += (f"left an error although it returned 0: {error[1]!r}",)
        return CallRecord(status, result, result != blank, error, tuple(counted), before, remarks)


def reply(outcome: CallRecord, wire: TvmFfiWire, saw: tuple[Value | None, ...] | None, ret: Value | None) -> Reply:
    """The reply of an outcome whose result was read; gives the result back, so that counts can be compared."""
    kind, text = outcome.error or ("", "")
    remarks, code = outcome.remarks, None
    if outcome.status == 0:
        code = code_of(outcome.result)
        if outcome.result.type_index >= FIRST_OBJECT:
            wire.library.release(outcome.result.payload)
    elif outcome.written:
        remarks += ("wrote the result slot although it rejected the call",)
        code = outcome.result.type_index
    return Reply(outcome.status, text, kind, saw, ret, code, outcome.references, remarks)


def code_of(word: Word) -> int:
    """The type index as rules name it: all that are given out as types are registered count as an object's."""
    return OBJECT if word.type_index >= DYNAMIC else word.type_index


def _take_back(made: SlotContent) -> None:
    """Ends the loan of an r-value reference: what was not moved is taken back, what was moved can be passed again."""
    cell = ffi.cast("void**", made.payload)
    if cell[0] == ffi.NULL:
        cell[0] = ffi.cast("void*", made.counts)
    else:
        made.counts[0] -= 1
