"""What lies in a slot of tvm-ffi as a value: its kind is the one of its type index, opaque ones are read as texts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from struct import unpack
from typing import Any

from conformance.model.signature import DType, TensorSpec
from conformance.model.value import Value
from conformance.subjects.tvm_ffi import kinds
from conformance.subjects.tvm_ffi.abi import FIRST_OBJECT, HEADER, Library, Word, ffi, text


class Reader:
    """Reads slots; texts are those of values, whoever made the object."""

    def __init__(self, library: Library, known: Mapping[int, Value]) -> None:
        """`known` are the values of the tensors and functions that were passed, by address."""
        self._library = library
        self._known = known

    def read(self, word: Word) -> Value | None:
        """The value that a slot holds, None where it cannot be told.

        Its kind is the one of its type index; a text has the same kind in all its forms.
        """
        index, padding, payload = word
        if index == kinds.NONE:
            return Value("null")
        if index in kinds.SCALAR_OF:
            kind, mask = kinds.SCALAR_OF[index]
            return Value(kind, payload & mask)
        if index in (kinds.SMALLSTR, kinds.SMALLBYTES):
            data = payload.to_bytes(8, "little")[: min(padding, 8)]
            return Value("str" if index == kinds.SMALLSTR else "bytes", data=data)
        known = self._known.get(payload)
        if index == kinds.OPAQUE:
            return Value("handle", tensor=known.tensor) if known else Value("handle", payload)
        if index < FIRST_OBJECT:
            return None
        if index == kinds.TENSOR:
            return Value("tensor", tensor=known.tensor, no_data=known.no_data) if known else self._read_tensor(payload)
        if index in kinds.MAKERS and not self._library.function(kinds.MAKERS[index]):
            return None
        return Value(kinds.KIND_OF.get(index, "object"), data=self._read_object(index, payload))

    def elements(self, word: Word) -> tuple[Value | None, ...]:
        """What an array or a list holds, one value an element."""
        words = self._items(word)
        found = tuple(map(self.read, words))
        for one in words:
            if one.type_index >= FIRST_OBJECT:
                self._library.release(one.payload)
        return found

    def _read_object(self, index: int, address: int) -> bytes:
        if index in (kinds.STR, kinds.BYTES):
            return text(ffi.cast("Text*", address).text)
        if index == kinds.ERROR:
            error = ffi.cast("Error*", address)
            return text(error.kind) + b": " + text(error.message)
        if index == kinds.FUNCTION:
            known = self._known.get(address)
            return known.data or b"" if known else b"a function"
        if index == kinds.SHAPE:
            cell = ffi.cast("int64_t**", address + HEADER)
            return json.dumps(ffi.unpack(cell[0], int(ffi.cast("uintptr_t", cell[1])))).encode()
        if index in kinds.MAKERS:
            return json.dumps(self._read_item(Word(index, 0, address)), sort_keys=True).encode()
        return self._library.type_key(index)

    def _read_item(self, word: Word) -> Any:
        """An element of a container as JSON has it; what it has no word for is text."""
        index, _, payload = word
        if index in (kinds.ARRAY, kinds.LIST):
            return [self._owned(item) for item in self._items(word)]
        if index in (kinds.MAP, kinds.DICT):
            flat = [self._owned(item) for item in self._pairs(word)]
            return {str(key): item for key, item in zip(flat[::2], flat[1::2], strict=True)}
        if index == kinds.INT:
            return payload - (1 << 64) if payload >> 63 else payload
        if index == kinds.BOOL:
            return bool(payload)
        if index == kinds.FLOAT:
            return unpack("<d", payload.to_bytes(8, "little"))[0]
        if index == kinds.NONE:
            return None
        value = self.read(word)
        return value.data.decode(errors="replace") if value is not None and value.data is not None else str(value)

    def _owned(self, word: Word) -> Any:
        item = self._read_item(word)
        if word.type_index >= FIRST_OBJECT:
            self._library.release(word.payload)
        return item

    def _items(self, word: Word) -> list[Word]:
        name, call = kinds.MAKERS[word.type_index], self._library
        count = call.invoke(call.function(f"{name}Size"), [word]).payload
        return [call.invoke(call.function(f"{name}GetItem"), [word, Word(kinds.INT, 0, i)]) for i in range(count)]

    def _pairs(self, word: Word) -> list[Word]:
        """Keys and values by turns; the functor's 0 is the key, 1 the value, 2 goes on (container.cc)."""
        name, call = kinds.MAKERS[word.type_index], self._library
        count = call.invoke(call.function(f"{name}Size"), [word]).payload
        functor = call.invoke(call.function(f"{name}ForwardIterFunctor"), [word]).payload if count else 0
        found: list[Word] = []
        for _ in range(count):
            found += [call.invoke(functor, [Word(kinds.INT, 0, what)]) for what in (0, 1)]
            call.invoke(functor, [Word(kinds.INT, 0, 2)])
        if functor:
            call.release(functor)
        return found

    def _read_tensor(self, address: int) -> Value:
        tensor = ffi.cast("Tensor*", address + HEADER)
        shape = tuple(ffi.unpack(tensor.shape, tensor.ndim)) if tensor.ndim else ()
        strides = tuple(ffi.unpack(tensor.strides, tensor.ndim)) if tensor.ndim and tensor.strides else None
        spec = TensorSpec(
            DType(tensor.dtype.code, tensor.dtype.bits, tensor.dtype.lanes),
            shape,
            None if strides == kinds.compact(shape) else strides,
            tensor.byte_offset,
            (tensor.device_type, tensor.device_id),
        )
        return Value("tensor", tensor=spec, no_data=tensor.data == ffi.NULL)
