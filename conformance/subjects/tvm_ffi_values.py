"""What a value is on tvm-ffi's wire, and back: objects are made once, and read as one text whoever made them.

Opaque values are texts: arrays, lists, maps, dicts and shapes in JSON, an error as `Kind: message`, a function by its
global name, an object by its type key. Layouts are those of `include/tvm/ffi/c_api.h`.
"""

from __future__ import annotations

import json
from struct import pack, unpack
from typing import Any, NamedTuple

from conformance.model.signature import DType, TensorSpec
from conformance.model.value import Value
from conformance.subjects.tvm_ffi_abi import FIRST_OBJECT, HEADER, ByteArray, Library, Word, ffi, text

NONE, INT, BOOL, FLOAT, OPAQUE, DTYPE, DEVICE, DLTENSOR, RAWSTR, BYTEARRAY, RVALUE, SMALLSTR, SMALLBYTES = range(13)
OBJECT, STR, BYTES, ERROR, FUNCTION, SHAPE, TENSOR, ARRAY, MAP = range(FIRST_OBJECT, FIRST_OBJECT + 9)
LIST, DICT = 75, 76
DYNAMIC = 128
"""kTVMFFIDynObjectBegin: type indices from here on are given out as types are registered."""

_HELD = 1000
"""References that the suite holds of each object that it passes: a callee that gives back too many frees nothing."""

SCALARS = {"i8": 8, "i16": 16, "i32": 32} | dict.fromkeys(
    ("i64", "u8", "u16", "u32", "u64", "f64", "bool", "dtype", "device", "null"), 0
)
"""Kinds whose payload is the value's bits, and the width from which they are sign-extended, 0 for not at all."""

FORMS = {
    "opt_int": "i64", "variant_int_str": "i64", "variant_mix": "i64", "any": "i64", "opt_str": "str",
    "opt_object": "object", "func_typed": "func",
}  # fmt: skip
"""Kinds that are passed as another is (`like` in rules/tvm-ffi.toml, or the same texts)."""

_ITEM = {ARRAY: "ffi.Array", LIST: "ffi.List", MAP: "ffi.Map", DICT: "ffi.Dict"}


INDEX = {
    "null": NONE, "i32": INT, "i64": INT, "bool": BOOL, "f64": FLOAT, "handle": OPAQUE, "opaque": OPAQUE,
    "dtype": DTYPE, "device": DEVICE, "dltensor": DLTENSOR, "tensor_view": DLTENSOR, "opt_tensor_view": DLTENSOR,
    "rawstr": RAWSTR, "bytearray": BYTEARRAY, "rvalue": RVALUE, "smallstr": SMALLSTR, "smallbytes": SMALLBYTES,
    "object": OBJECT, "str": STR, "bytes": BYTES, "error": ERROR, "func": FUNCTION, "shape": SHAPE, "tensor": TENSOR,
    "array": ARRAY, "map": MAP, "list": LIST, "dict": DICT,
}  # fmt: skip
"""The type index of each form; kinds of containers begin with the container's."""


def scalar(kind: str, bits: int) -> int:
    """The 8 bytes of a scalar's slot as a number."""
    width = SCALARS[kind]
    return (bits - (1 << width)) % (1 << 64) if width and bits >> (width - 1) else bits


class Made(NamedTuple):
    """A value as it lies in a slot; `counts` points to the object's reference counts, None where there is none."""

    padding: int
    payload: int
    counts: Any = None
    dynamic: int = 0


class Values:
    """The values that one thread of one process has passed, and what they were made from."""

    def __init__(self, library: Library, guard: int) -> None:
        """`guard` is an address that must not be touched."""
        self._library = library
        self._guard = guard
        self._made: dict[Value, Made] = {}
        self._known: dict[int, Value] = {}
        self._kept: list[Any] = []

    def make(self, value: Value) -> Made:
        """The padding and payload of a value."""
        kind = FORMS.get(value.kind, value.kind)
        if kind in SCALARS:
            return Made(0, scalar(kind, value.bits))
        made = self._made.get(value)
        if made is None:
            made = self._made[value] = self._pointer(kind, value)
        return made

    def _pointer(self, kind: str, value: Value) -> Made:
        if value.guarded:
            return Made(0, self._guard)
        if value.tensor is not None:
            return self._tensor(kind, value, value.tensor)
        if value.data is None:
            return Made(0, value.bits)  # a handle's own, 0 for every other
        if kind in ("smallstr", "smallbytes"):
            return Made(len(value.data), int.from_bytes(value.data[:8].ljust(8, b"\0"), "little"))
        if kind == "rawstr":
            return Made(0, self._keep(ffi.new("char[]", value.data)))
        if kind == "bytearray":
            array = ByteArray(value.data)
            self._kept.append(array)
            return Made(0, self._keep(array.array))
        if kind == "rvalue":
            cell = ffi.new("void**", ffi.cast("void*", self._object(kind, value, value.data)))
            return Made(0, self._keep(cell), ffi.cast("uint32_t*", cell[0]))
        address = self._object(kind, value, value.data)
        index = ffi.cast("Object*", address).index
        return Made(0, address, ffi.cast("uint32_t*", address), index if index >= DYNAMIC else 0)

    def _object(self, kind: str, value: Value, data: bytes) -> int:
        if kind in ("str", "bytes"):
            address = self._text(STR if kind == "str" else BYTES, data)
        elif kind == "error":
            name, _, message = data.partition(b": ")
            address = self._library.error(name, message)
        elif kind == "func":
            address = self._library.another(self._library.function(data.decode()))
        elif kind == "object":
            address = self._plain(data)
        elif kind == "shape":
            words = [Word(INT, 0, extent % (1 << 64)) for extent in json.loads(data)]
            address = self._library.invoke(self._library.function("ffi.Shape"), words).payload
        else:
            address = self._container(kind.partition("_")[0], data)
        return self._hold(address, value)

    def _container(self, family: str, data: bytes) -> int:
        index = {"list": LIST, "dict": DICT}.get(family)
        if index is not None and not self._library.function(_ITEM[index]):
            return self._bare(index)  # a release before there were any knows nothing of this type index
        return self._word(json.loads(data), linked=index is not None).payload

    def _hold(self, address: int, value: Value) -> int:
        ffi.cast("Object*", address).strong += _HELD
        self._known[address] = value
        return address

    def _plain(self, data: bytes) -> int:
        if data != b"ffi.Object":
            return self._library.invoke(self._library.function("testing.make_unregistered_object"), []).payload
        return self._bare(OBJECT)

    def _bare(self, index: int) -> int:
        """An object that has nothing behind its header but zeros."""
        one = ffi.new("Text*")
        one.index, one.weak = index, 1
        return self._keep(one)

    def _text(self, index: int, data: bytes) -> int:
        """A str or bytes object of any length: tvm-ffi itself makes small ones up to 7 bytes."""
        held = ffi.new("char[]", data)
        one = ffi.new("Text*")
        one.weak, one.index, one.text.data, one.text.size = 1, index, held, len(data)
        self._keep(held)
        return self._keep(one)

    def _keep(self, memory: Any) -> int:
        self._kept.append(memory)
        return int(ffi.cast("uintptr_t", memory))

    def _word(self, item: Any, linked: bool = False) -> Word:
        """An element of a container; `linked` makes the mutable containers."""
        if item is None:
            return Word(NONE, 0, 0)
        if isinstance(item, bool):
            return Word(BOOL, 0, int(item))
        if isinstance(item, int):
            return Word(INT, 0, item % (1 << 64))
        if isinstance(item, float):
            return Word(FLOAT, 0, int.from_bytes(pack("<d", item), "little"))
        if isinstance(item, str):
            data = item.encode()
            if len(data) <= 7:
                return Word(SMALLSTR, len(data), int.from_bytes(data.ljust(8, b"\0"), "little"))
            return Word(STR, 0, self._text(STR, data))
        if isinstance(item, list):
            maker, words = "ffi.List" if linked else "ffi.Array", [self._word(one) for one in item]
        else:
            maker = "ffi.Dict" if linked else "ffi.Map"
            words = [self._word(one) for pair in item.items() for one in pair]
        return self._library.invoke(self._library.function(maker), words)

    def _tensor(self, kind: str, value: Value, spec: TensorSpec) -> Made:
        managed = ffi.new("ManagedTensor*")
        tensor = managed.tensor
        elements = ffi.new("char[128]")
        aligned = (self._keep(elements) + 63) // 64 * 64
        tensor.data = ffi.NULL if value.no_data else ffi.cast("void*", aligned)
        tensor.device_type, tensor.device_id = spec.device
        tensor.ndim = len(spec.shape)
        tensor.dtype.code, tensor.dtype.bits, tensor.dtype.lanes = spec.dtype.code, spec.dtype.bits, spec.dtype.lanes
        tensor.byte_offset = spec.byte_offset
        strides = compact(spec.shape) if spec.strides is None else spec.strides
        owned = [ffi.new("int64_t[]", list(extents) or [0]) for extents in (spec.shape, strides)]
        self._kept += owned  # a member that is assigned to does not own what it points to
        tensor.shape, tensor.strides = owned
        address = self._keep(managed)
        if kind != "tensor":
            self._known[address] = value
            return Made(0, address)
        made = self._library.tensor(managed)
        return Made(0, self._hold(made, value), ffi.cast("uint32_t*", made))

    def read(self, word: Word) -> Value | None:
        """The value that a slot holds, None where it cannot be told.

        Its kind is the one of its type index; a text has the same kind in all its forms.
        """
        index, padding, payload = word
        if index == NONE:
            return Value("null")
        if index in _READ_BITS:
            kind, mask = _READ_BITS[index]
            return Value(kind, payload & mask)
        if index in (SMALLSTR, SMALLBYTES):
            data = payload.to_bytes(8, "little")[: min(padding, 8)]
            return Value("str" if index == SMALLSTR else "bytes", data=data)
        known = self._known.get(payload)
        if index == OPAQUE:
            return Value("handle", tensor=known.tensor) if known else Value("handle", payload)
        if index < FIRST_OBJECT:
            return None
        if index == TENSOR:
            return Value("tensor", tensor=known.tensor, no_data=known.no_data) if known else self._read_tensor(payload)
        if index in _ITEM and not self._library.function(_ITEM[index]):
            return None
        return Value(_KINDS.get(index, "object"), data=self._read_object(index, payload))

    def elements(self, word: Word) -> tuple[Value | None, ...]:
        """What an array or a list holds, one value an element."""
        words = self._items(word)
        found = tuple(map(self.read, words))
        for one in words:
            if one.type_index >= FIRST_OBJECT:
                self._library.release(one.payload)
        return found

    def _read_object(self, index: int, address: int) -> bytes:
        if index in (STR, BYTES):
            return text(ffi.cast("Text*", address).text)
        if index == ERROR:
            error = ffi.cast("Error*", address)
            return text(error.kind) + b": " + text(error.message)
        if index == FUNCTION:
            known = self._known.get(address)
            return known.data or b"" if known else b"a function"
        if index == SHAPE:
            cell = ffi.cast("int64_t**", address + HEADER)
            return json.dumps(ffi.unpack(cell[0], int(ffi.cast("uintptr_t", cell[1])))).encode()
        if index in _ITEM:
            return json.dumps(self._read_item(Word(index, 0, address)), sort_keys=True).encode()
        return self._library.type_key(index)

    def _read_item(self, word: Word) -> Any:
        """An element of a container as JSON has it; what it has no word for is text."""
        index, _, payload = word
        if index in (ARRAY, LIST):
            return [self._owned(item) for item in self._items(word)]
        if index in (MAP, DICT):
            flat = [self._owned(item) for item in self._pairs(word)]
            return {str(key): item for key, item in zip(flat[::2], flat[1::2], strict=True)}
        if index == INT:
            return payload - (1 << 64) if payload >> 63 else payload
        if index == BOOL:
            return bool(payload)
        if index == FLOAT:
            return unpack("<d", payload.to_bytes(8, "little"))[0]
        if index == NONE:
            return None
        value = self.read(word)
        return value.data.decode(errors="replace") if value is not None and value.data is not None else str(value)

    def _owned(self, word: Word) -> Any:
        item = self._read_item(word)
        if word.type_index >= FIRST_OBJECT:
            self._library.release(word.payload)
        return item

    def _items(self, word: Word) -> list[Word]:
        name, call = _ITEM[word.type_index], self._library
        count = call.invoke(call.function(f"{name}Size"), [word]).payload
        return [call.invoke(call.function(f"{name}GetItem"), [word, Word(INT, 0, i)]) for i in range(count)]

    def _pairs(self, word: Word) -> list[Word]:
        """Keys and values by turns; the functor's 0 is the key, 1 the value, 2 goes on (container.cc)."""
        name, call = _ITEM[word.type_index], self._library
        count = call.invoke(call.function(f"{name}Size"), [word]).payload
        functor = call.invoke(call.function(f"{name}ForwardIterFunctor"), [word]).payload if count else 0
        found: list[Word] = []
        for _ in range(count):
            found += [call.invoke(functor, [Word(INT, 0, what)]) for what in (0, 1)]
            call.invoke(functor, [Word(INT, 0, 2)])
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
            None if strides == compact(shape) else strides,
            tensor.byte_offset,
            (tensor.device_type, tensor.device_id),
        )
        return Value("tensor", tensor=spec, no_data=tensor.data == ffi.NULL)


_READ_BITS = {
    INT: ("i64", (1 << 64) - 1),
    BOOL: ("bool", (1 << 64) - 1),
    FLOAT: ("f64", (1 << 64) - 1),
    DTYPE: ("dtype", (1 << 32) - 1),
    DEVICE: ("device", (1 << 64) - 1),
}

_KINDS = {
    STR: "str", BYTES: "bytes", ERROR: "error", FUNCTION: "func", SHAPE: "shape", ARRAY: "array", MAP: "map",
    LIST: "list", DICT: "dict",
}  # fmt: skip


def compact(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The strides of a tensor whose rows are compact."""
    strides: list[int] = []
    step = 1
    for extent in reversed(shape):
        strides.insert(0, step)
        step *= extent
    return tuple(strides)
