"""Lays out one call as tvm-ffi's C interface has it, makes it, and reads what the callee's witness holds afterwards.

Everything lies in one mapping a thread. The array of arguments and the result slot end at pages without access, data
pointers and guarded pointers lead into such pages: emitted code has to look at metadata, never at data.
"""

from __future__ import annotations

import ctypes
import mmap
import runpy
import struct
import threading
from dataclasses import replace
from importlib import util
from pathlib import Path
from typing import Any, NamedTuple

from conformance.model import extras
from conformance.model.kinds import KINDS, NONE
from conformance.model.signature import Param, Signature, TensorSpec
from conformance.model.subject import Call, Reply, Slot, SubjectUnavailable
from conformance.model.value import Value
from conformance.oracle.tensors import difference
from conformance.subjects.tvm.emit import FIRST, RAN, RESULT, WITNESS_DEVICE
from conformance.subjects.tvm_ffi.abi import FIRST_OBJECT, Library, wheel_of
from conformance.subjects.tvm_ffi.records import ANY, DL_TENSOR, OBJECT_HEADER, payload

SAFE_CALL = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int32, ctypes.c_void_p)
"""`TVMFFISafeCallType` of tvm/ffi/c_api.h, and `TVMFFIFunctionCall` alike: handle, args, num_args, result."""

TENSOR_OBJECT = 70
"""kTVMFFITensor: an object whose header is followed by a DLTensor."""

_COUNT = 1 << 20  # so many strong references that no callee can bring a made object to its end
_PAGE = mmap.PAGESIZE
_SLOT = ANY.size
_MANY = 256  # what there are pages without access for: guarded arguments, and cells of data
_POINTEES = 128 * _PAGE
_MASK = (1 << 64) - 1


def load_runtime() -> str:
    """Loads the runtime of the first `tvm` on sys.path, as its own loader does; the version of its wheel.

    What tvm-ffi's `Library` loads must be there before. Raises SubjectUnavailable.
    """
    spec = util.find_spec("tvm")
    if spec is None or spec.origin is None:
        raise SubjectUnavailable(f"apache-tvm is not installed; run: {extras.TVM}")
    package = Path(spec.origin).parent
    version = wheel_of("apache-tvm", package) or str(runpy.run_path(str(package / "_version.py"))["__version__"])
    places = (
        package / "lib",
        package.parents[1] / "build" / "lib",
        package.parents[1] / "lib",
    )  # a wheel's, then builds'
    library = next((path for place in places if (path := place / "libtvm_runtime.so").is_file()), None)
    if library is None:
        raise SubjectUnavailable(f"{package} has no libtvm_runtime.so; name a wheel of apache-tvm or a build of it")
    try:
        ctypes.CDLL(str(library), ctypes.RTLD_GLOBAL)
    except OSError as error:  # a tvm-ffi of another release than it was built for
        raise SubjectUnavailable(
            f"the runtime of apache-tvm {version} does not load ({error}); install one that fits its tvm-ffi"
        ) from None
    return version


class EmittedCallee(NamedTuple):
    """A function to call: its signature, the C function with its first argument, and what keeps both alive."""

    signature: Signature
    function: Any
    handle: int | None
    kept: Any


class _Memory(threading.local):
    """The calling thread's pages: witness, arguments, no access, result, no access, pointees, then no access."""

    def __init__(self) -> None:
        size = 5 * _PAGE + _POINTEES + 2 * _MANY * _PAGE
        self.view = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self.base = ctypes.addressof(ctypes.c_char.from_buffer(self.view))
        self.arguments_end, self.result = 2 * _PAGE, 4 * _PAGE - _SLOT
        self.pointees, self.guards = 5 * _PAGE, 5 * _PAGE + _POINTEES
        self.data = self.guards + _MANY * _PAGE
        libc = ctypes.CDLL(None, use_errno=True)
        for start, length in ((2 * _PAGE, _PAGE), (4 * _PAGE, _PAGE), (self.guards, 2 * _MANY * _PAGE)):
            if libc.mprotect(ctypes.c_void_p(self.base + start), ctypes.c_size_t(length), 0):
                raise OSError(ctypes.get_errno(), "a page cannot be made inaccessible")


class TvmWire:
    """Makes calls; each thread has memory of its own."""

    def __init__(self, library: Library) -> None:
        """Finds the C functions in the library of the tvm-ffi that TVM has loaded."""
        self._library = library
        runtime = ctypes.CDLL(str(library.package / "lib" / "libtvm_ffi.so"))
        self.call_object = SAFE_CALL(("TVMFFIFunctionCall", runtime))
        self._set_stream = runtime.TVMFFIEnvSetStream
        self._memory = _Memory()
        # A first error reads all debug symbols, up to a second on a busy machine, which no call should pay.
        library.c.TVMFFIErrorSetRaisedFromCStr(b"RuntimeError", b"the first")
        library.take_error()

    def call(self, callee: EmittedCallee, call: Call) -> Reply:
        """One call of a callee."""
        memory, ret = self._memory, callee.signature.ret
        layout = _Layout(memory)
        words = [layout.word(place, slot) for place, slot in enumerate(call.slots)]
        paired = zip(call.slots, words, strict=True)
        packed = b"".join(ANY.pack(slot.code, slot.padding or 0, word) for slot, word in paired)
        start = memory.arguments_end - len(packed)
        memory.view[start : memory.arguments_end] = packed
        memory.view[:_PAGE] = bytes(_PAGE)
        if call.result is not None and ret != NONE:
            ANY.pack_into(memory.view, RESULT * _SLOT, 0, 0, layout.word(_MANY - 1, Slot(0, call.result)))
        preset = ANY.pack(call.preset or 0, 0, 0)
        memory.view[memory.result : memory.result + _SLOT] = preset
        pointees = layout.without_counts()
        if self._set_stream(*WITNESS_DEVICE, ctypes.c_void_p(memory.base), None):
            raise OSError("tvm-ffi does not take the witness as a stream")

        status = callee.function(
            callee.handle,
            None if "args" in call.nulls else memory.base + start,
            len(call.slots) if call.claimed_count is None else call.claimed_count,
            None if "ret" in call.nulls else memory.base + memory.result,
        )

        kind, text = self._library.take_error() or ("", "")
        saw: tuple[Value, ...] | None = None
        if ANY.unpack_from(memory.view, RAN * _SLOT)[2]:
            told = [*zip(call.slots, words, strict=True), *[(None, 0)] * len(callee.signature)]
            params = enumerate(callee.signature.params)
            saw = tuple(_seen(layout, param, *told[place], place) for place, param in params)
        remarks = []
        if memory.view[start : memory.arguments_end] != packed:
            remarks.append("the array of arguments was written to")
        if layout.without_counts() != pointees:
            remarks.append("a tensor that was passed was written to")
        result = memory.view[memory.result : memory.result + _SLOT]
        code, padding, word = ANY.unpack(result)
        if padding:
            remarks.append(f"the padding of the result is {padding:#x}")
        if status != 0 and result == preset:
            return Reply(status, text, kind, saw, None, None, layout.references(), tuple(remarks))
        returned = _returned(ret, code, word)
        return Reply(status, text, kind, saw, returned, code, layout.references(), tuple(remarks))


class _Layout:
    """What the pointers of one call lead to. `holders` are the offsets of made objects."""

    def __init__(self, memory: _Memory) -> None:
        self.memory = memory
        self.end = memory.pointees
        self.holders: list[int] = []

    def word(self, place: int, slot: Slot) -> int:
        """The 64 bits beside a code: a value, or the address of what it leads to."""
        value = slot.value
        if value.guarded:
            return self.memory.base + self.memory.guards + place % _MANY * _PAGE
        if value.tensor is None:
            return payload(value.kind, value.bits)
        header = self._header(slot.code) if slot.code >= FIRST_OBJECT else None
        tensor = self._tensor(value, place)
        return tensor if header is None else header

    def data(self, value: Value, place: int) -> int:
        """The data pointer of the tensor that is passed in a place."""
        return 0 if value.no_data else self.memory.base + self.memory.data + (place + value.cell) % _MANY * _PAGE

    def references(self) -> int | None:
        """By how much the reference counts of made objects have changed together."""
        counts = [OBJECT_HEADER.unpack_from(self.memory.view, at)[0] for at in self.holders]
        return sum(counts) - _COUNT * len(counts) if counts else None

    def without_counts(self) -> bytes:
        """The bytes of all pointees, with the reference counts, which are judged apart, blanked out."""
        start = self.memory.pointees
        blanked = bytearray(self.memory.view[start : self.end])
        for at in self.holders:
            blanked[at - start : at - start + 8] = bytes(8)
        return bytes(blanked)

    def _header(self, code: int) -> int:
        self.holders.append(self.end)
        return self._put(OBJECT_HEADER.pack(_COUNT, code, 0, self.memory.base + self.memory.guards))

    def _tensor(self, value: Value, place: int) -> int:
        assert value.tensor is not None
        spec, dims = value.tensor, self.memory.base + self.end + DL_TENSOR.size
        lengths = (*spec.shape, *(spec.strides or ()))
        strides = dims + 8 * len(spec.shape) if spec.strides is not None else 0
        dtype = (spec.dtype.code & 0xFF, spec.dtype.bits & 0xFF, spec.dtype.lanes & 0xFFFF)
        head = (self.data(value, place), *spec.device, spec.ndim, *dtype)
        packed = DL_TENSOR.pack(*head, 0 if value.no_shape else dims, strides, spec.byte_offset & _MASK)
        return self._put(packed + struct.pack(f"<{len(lengths)}q", *lengths))

    def _put(self, data: bytes) -> int:
        at = self.end
        if at + len(data) > self.memory.guards:
            raise MemoryError("what the arguments point to does not fit")
        self.memory.view[at : at + len(data)] = data
        self.end = at + len(data)
        return self.memory.base + at


def _narrowed(kind: str, word: int) -> Value:
    """What 64 bits are as a kind; an i64 where they are no value of the kind."""
    if kind == "f32":
        return Value(kind, KINDS[kind].unpack(word))
    bits = word & ((1 << 8 * KINDS[kind].width) - 1)
    return Value(kind, bits) if payload(kind, bits) == word else Value("i64", word)


def _seen(layout: _Layout, param: Param, slot: Slot | None, passed: int, place: int) -> Value:
    """The value that the body saw as one argument, from its slot of the witness."""
    word = ANY.unpack_from(layout.memory.view, (FIRST + place) * _SLOT)[2]
    if not KINDS[param.kind].is_pointer:
        return _narrowed(param.kind, word)
    if param.tensor is not None:
        return _tensor_seen(layout, param.tensor, slot, place, word)
    # A Tensor object becomes a handle of the DLTensor behind its header; all else is handed on as it is.
    due = passed + OBJECT_HEADER.size if slot is not None and slot.code == TENSOR_OBJECT else passed
    if slot is not None and word == due and (slot.value.tensor is not None or slot.value.guarded):
        return replace(slot.value, kind="handle", bits=0)
    return Value("handle", word)


def _tensor_seen(layout: _Layout, declared: TensorSpec, slot: Slot | None, place: int, word: int) -> Value:
    """A body knows the declared metadata only: it saw the tensor that was passed if the two mean the same."""
    value = slot.value if slot is not None else Value("null")
    if value.tensor is None or word - declared.byte_offset & _MASK != layout.data(value, place):
        return Value("tensor", word)
    meant = value.tensor if difference(value.tensor, declared, no_data=value.no_data) is None else declared
    return replace(value, kind="tensor", tensor=meant)


def _returned(kind: str, code: int, word: int) -> Value:
    """What the result slot holds, as the declared kind where it is one of its values."""
    if kind == NONE:
        return Value(NONE) if code == 0 else Value("u64", word)
    return _narrowed(kind, word)
