"""The packer's side of tvm-ffi: its Python package calls a function whose C entry point copies what arrives.

Arguments are what a user of the package passes. Of tensors and functions these are the package's own objects, which it
makes of what that entry point returns.
"""

from __future__ import annotations

import ctypes
import importlib
from typing import Any

from conformance.model.numbers import bits_of_double, double_of_bits, signed
from conformance.model.signature import MAX_ARGS
from conformance.model.subject import Call, Refused, Reply, WireSlot
from conformance.model.value import Value
from conformance.subjects.tvm_ffi import kinds
from conformance.subjects.tvm_ffi.abi import Library, Word, ffi
from conformance.subjects.tvm_ffi.wire import TvmFfiWire, code_of

PACKS = ("null", "bool", "i64", "f64", "str", "bytes", "dtype", "device", "opaque", "tensor", "func")
"""The kinds that the package has a type of Python for."""


class Unspeakable(Exception):
    """The package has no way to write a value."""


class FrontEnd:
    """The Python package of a release, and a function of its that looks at the wire. Raises ImportError."""

    def __init__(self, library: Library, wire: TvmFfiWire) -> None:
        self._package: Any = importlib.import_module("tvm_ffi")
        self._wire = wire
        self._callback = ffi.callback("int(void*, const void*, int32_t, void*)", self._called, error=-1)
        library.register("abi_conformance.look", self._callback)
        self._function = self._package.get_global_func("abi_conformance.look")
        self._arrived: tuple[WireSlot, ...] | None = None
        self._result: Value | None = None
        self._objects: dict[Value, Any] = {}

    def pack(self, call: Call) -> Reply | Refused:
        """Has the package call the function with the values of a call."""
        try:
            arguments = [self._python(slot.value) for slot in call.slots]
            _ = call.result and self._python(call.result)  # nor can it read what it cannot write
        except Unspeakable as error:
            return Refused(str(error))
        self._arrived, self._result = None, call.result
        try:
            returned = self._function(*arguments)
        except Exception as error:
            return Reply(-1, str(error), type(error).__name__, slots=self._arrived)
        return Reply(0, ret=None if call.result is None else self._value(returned), slots=self._arrived)

    def _called(self, _: Any, args: Any, count: int, result: Any) -> int:
        slots = ffi.cast("Any*", args)
        words = [Word(slot.index, slot.padding, slot.payload) for slot in slots[0 : min(max(count, 0), MAX_ARGS)]]
        self._arrived = tuple(map(self._slot, words))
        if self._result is not None:
            content = self._wire.make(self._result)
            if content.counts is not None:
                content.counts[0] += 1  # the caller's own reference
            to = ffi.cast("Any*", result)
            to.index, to.padding, to.payload = kinds.INDEX[self._result.kind], content.padding, content.payload
        return 0

    def _slot(self, word: Word) -> WireSlot:
        found = self._wire.reader.read(word) or Value("null")
        length = word.type_index in (kinds.SMALLSTR, kinds.SMALLBYTES)
        return WireSlot(
            code_of(word), word.payload, found.data, found.tensor, found.no_data, 0 if length else word.padding
        )

    def _python(self, value: Value) -> Any:
        """What a user passes for a value. Raises Unspeakable."""
        kind, bits = value.kind, value.bits
        if kind == "null":
            return None
        if kind in ("str", "bytes"):
            data = value.data or b""
            return data.decode() if kind == "str" else data
        if kind in ("tensor", "func"):
            return self._object(value)
        if kind == "opaque":
            return ctypes.c_void_p(bits)
        if kind in ("dtype", "device"):
            return self._named(kind, bits)
        return {"bool": bool(bits), "i64": signed(bits, 8), "f64": double_of_bits(bits)}[kind]

    def _named(self, kind: str, bits: int) -> Any:
        package = self._package
        try:
            if kind == "dtype":
                return package.dtype.from_dlpack_data_type((bits & 0xFF, bits >> 8 & 0xFF, bits >> 16))
            return package.device(signed(bits, 4), signed(bits >> 32, 4))
        except Exception as error:  # whatever a release raises for what it has no name for
            raise Unspeakable(f"Python cannot write the {kind} {bits:#x}: {error}") from None

    def _object(self, value: Value) -> Any:
        """The package's own object of a value."""
        if value not in self._objects:
            self._result = value
            self._objects[value] = self._function()
        return self._objects[value]

    def _value(self, returned: Any) -> Value | None:
        """What the package gave back, None where it is nothing that is known here."""
        package = self._package
        if returned is None:
            return Value("null")
        if isinstance(returned, bool):
            return Value("bool", int(returned))
        if isinstance(returned, int):
            return Value("i64", returned & ((1 << 64) - 1))
        if isinstance(returned, float):
            return Value("f64", bits_of_double(returned))
        if isinstance(returned, package.dtype):
            return Value("dtype", returned.type_code | returned.bits << 8 | (returned.lanes & 0xFFFF) << 16)
        if isinstance(returned, package.Device):
            number, index = (part & 0xFFFF_FFFF for part in (returned.dlpack_device_type(), returned.index))
            return Value("device", number | index << 32)
        if isinstance(returned, str):
            return Value("str", data=returned.encode())
        if isinstance(returned, bytes):
            return Value("bytes", data=returned)
        if isinstance(returned, ctypes.c_void_p):
            return Value("handle", returned.value or 0)
        return self._wire.values.known.get(returned.__chandle__())
