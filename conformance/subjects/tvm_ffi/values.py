"""What a value is on tvm-ffi's wire: its slot, and the object behind it, which is made once and held.

Opaque values are texts: arrays, lists, maps, dicts and shapes in JSON, an error as `Kind: message`, a function by its
global name, an object and a stand-in for one by its type key. Layouts are those of `include/tvm/ffi/c_api.h`.
"""

from __future__ import annotations

import json
from struct import pack
from typing import Any, NamedTuple

from conformance.model.signature import TensorSpec
from conformance.model.value import Value
from conformance.subjects.tvm_ffi import kinds
from conformance.subjects.tvm_ffi.abi import ByteArray, Library, Word, ffi
from conformance.subjects.tvm_ffi.records import payload

STAND_IN = "stand_in"
"""The kind of an object that has the type which its text names, and zeros for whatever that type holds."""

_ROOM = 4096
"""The bytes of a stand-in: more than its type is likely to have."""

_HELD = 1000
"""References that the suite holds of each object that it passes: a callee that gives back too many frees nothing."""


class SlotContent(NamedTuple):
    """A value as it lies in a slot; `counts` points to the object's reference counts, None where there is none."""

    padding: int
    payload: int
    counts: Any = None
    dynamic: int = 0


class Values:
    """The values that one thread of one process has passed, and what they were made from."""

    def __init__(self, library: Library, guard: int) -> None:
        """`guard` is an address that must not be touched; `known` become the values of objects and tensors made."""
        self._library = library
        self._guard = guard
        self._made: dict[Value, SlotContent] = {}
        self.known: dict[int, Value] = {}
        self._kept: list[Any] = []

    def make(self, value: Value) -> SlotContent:
        """The padding and payload of a value."""
        kind = kinds.FORMS.get(value.kind, value.kind)
        if kind in kinds.SCALARS:
            return SlotContent(0, payload(kind, value.bits))
        made = self._made.get(value)
        if made is None:
            made = self._made[value] = self._pointer(kind, value)
        return made

    def _pointer(self, kind: str, value: Value) -> SlotContent:
        if value.guarded:
            return SlotContent(0, self._guard)
        if value.tensor is not None:
            return self._tensor(kind, value, value.tensor)
        if value.data is None:
            return SlotContent(0, value.bits)  # a handle's own, 0 for every other
        if kind in ("smallstr", "smallbytes"):
            return SlotContent(len(value.data), int.from_bytes(value.data[:8].ljust(8, b"\0"), "little"))
        if kind == "rawstr":
            return SlotContent(0, self._keep(ffi.new("char[]", value.data)))
        if kind == "bytearray":
            array = ByteArray(value.data)
            self._kept.append(array)
            return SlotContent(0, self._keep(array.array))
        if kind == "rvalue":
            cell = ffi.new("void**", ffi.cast("void*", self._object(kind, value, value.data)))
            return SlotContent(0, self._keep(cell), ffi.cast("uint32_t*", cell[0]))
        address = self._object(kind, value, value.data)
        index = ffi.cast("Object*", address).index
        return SlotContent(0, address, ffi.cast("uint32_t*", address), index if index >= kinds.DYNAMIC else 0)

    def _object(self, kind: str, value: Value, data: bytes) -> int:
        if kind in ("str", "bytes"):
            address = self._text(kinds.STR if kind == "str" else kinds.BYTES, data)
        elif kind == "error":
            name, _, message = data.partition(b": ")
            address = self._library.error(name, message)
        elif kind == "func":
            address = self._library.another(self._library.function(data.decode()))
        elif kind == "object":
            address = self._plain(data)
        elif kind == STAND_IN:
            address = self._bare(self._library.type_index(data.decode()), _ROOM)
        elif kind == "shape":
            words = [Word(kinds.INT, 0, extent % (1 << 64)) for extent in json.loads(data)]
            address = self._library.invoke(self._library.function("ffi.Shape"), words).payload
        else:
            address = self._container(kind.partition("_")[0], data)
        return self._hold(address, value)

    def _container(self, family: str, data: bytes) -> int:
        index = {"list": kinds.LIST, "dict": kinds.DICT}.get(family)
        if index is not None and not self._library.function(kinds.MAKERS[index]):
            return self._bare(index)  # a release before there were any knows nothing of this type index
        return self._word(json.loads(data), linked=index is not None).payload

    def _hold(self, address: int, value: Value) -> int:
        ffi.cast("Object*", address).strong += _HELD
        self.known[address] = value
        return address

    def _plain(self, data: bytes) -> int:
        if data != b"ffi.Object":
            return self._library.invoke(self._library.function("testing.make_unregistered_object"), []).payload
        return self._bare(kinds.OBJECT)

    def _bare(self, index: int, size: int = ffi.sizeof("Text")) -> int:
        """An object that has nothing behind its header but zeros; `size` are its bytes with the header."""
        memory = ffi.new("char[]", size)
        header = ffi.cast("Object*", memory)
        header.index, header.weak = index, 1
        return self._keep(memory)

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
            return Word(kinds.NONE, 0, 0)
        if isinstance(item, bool):
            return Word(kinds.BOOL, 0, int(item))
        if isinstance(item, int):
            return Word(kinds.INT, 0, item % (1 << 64))
        if isinstance(item, float):
            return Word(kinds.FLOAT, 0, int.from_bytes(pack("<d", item), "little"))
        if isinstance(item, str):
            data = item.encode()
            if len(data) <= 7:
                return Word(kinds.SMALLSTR, len(data), int.from_bytes(data.ljust(8, b"\0"), "little"))
            return Word(kinds.STR, 0, self._text(kinds.STR, data))
        if isinstance(item, list):
            maker, words = "ffi.List" if linked else "ffi.Array", [self._word(one) for one in item]
        else:
            maker = "ffi.Dict" if linked else "ffi.Map"
            words = [self._word(one) for pair in item.items() for one in pair]
        return self._library.invoke(self._library.function(maker), words)

    def _tensor(self, kind: str, value: Value, spec: TensorSpec) -> SlotContent:
        managed = ffi.new("ManagedTensor*")
        tensor = managed.tensor
        elements = ffi.new("char[128]")
        aligned = (self._keep(elements) + 63) // 64 * 64
        tensor.data = ffi.NULL if value.no_data else ffi.cast("void*", aligned)
        tensor.device_type, tensor.device_id = spec.device
        tensor.ndim = spec.ndim
        tensor.dtype.code, tensor.dtype.bits, tensor.dtype.lanes = spec.dtype.code, spec.dtype.bits, spec.dtype.lanes
        tensor.byte_offset = spec.byte_offset
        strides = kinds.compact(spec.shape) if spec.strides is None else spec.strides
        owned = [ffi.new("int64_t[]", list(extents) or [0]) for extents in (spec.shape, strides)]
        self._kept += owned  # a member that is assigned to does not own what it points to
        tensor.shape, tensor.strides = owned
        address = self._keep(managed)
        if kind != "tensor":
            self.known[address] = value
            return SlotContent(0, address)
        made = self._library.tensor(managed)
        return SlotContent(0, self._hold(made, value), ffi.cast("uint32_t*", made))
