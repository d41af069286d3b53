"""The kinds that an argument or a return is declared or passed as: their widths, C spelling, packing and meaning."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate

from conformance.model.boundaries import boundary_values
from conformance.model.data_model import NATIVE, DataModel
from conformance.model.numbers import double_of_bits, is_nan, narrow, signed, widen


@dataclass(frozen=True)
class SlotLayout:
    """How values lie in the 8 bytes of a packed slot, which the rules say (`[slot]`).

    With `f32` "f64" floats are widened to doubles, with "f32" they lie as their own two or four bytes. With `integers`
    "extended" integers and bools fill the slot, with "bare" they have its first bytes alone.
    """

    f32: str = "f64"
    integers: str = "extended"


WIDE = SlotLayout()
"""TVM's slots: integers extended to 64 bits, floats widened to double, pointers and structures as they are."""


@dataclass(frozen=True)
class Kind:
    """One kind of value.

    Its bits are the number that its bytes are in the target's order; of a structure those of its members one after the
    other, the first lowest, so that a case says the same on every target.
    `family` is "int", "uint", "float", "bool", "pointer" (the slot holds an address) or "struct" (the slot holds a
    small structure by value). `c_type` is the CTYPE of the binding header, `c_structure` the same type where a text
    defines the structure itself, with `{}` for the prefix of its name. `width` is the size in bytes where pointers have
    8, `members` the sizes of a structure's members.
    """

    name: str
    c_type: str
    width: int
    family: str
    c_structure: str = field(default="", repr=False)
    members: tuple[int, ...] = field(default=(), repr=False)

    @property
    def is_pointer(self) -> bool:
        """Whether a value of this kind is an address."""
        return self.family == "pointer"

    @property
    def is_integer(self) -> bool:
        """Whether a value of this kind is a two's complement or an unsigned integer (bool is neither)."""
        return self.family in ("int", "uint")

    def width_in(self, model: DataModel = NATIVE) -> int:
        """The size in bytes."""
        return model.word if self.is_pointer else self.width

    def c_spelling(self, prefix: str | None = None) -> str:
        """The type in C: the binding header's, or the one of a text that defines its own structures under `prefix`."""
        return self.c_type if prefix is None or not self.c_structure else self.c_structure.format(prefix)

    def to_bytes(self, bits: int, model: DataModel = NATIVE) -> bytes:
        """The bytes in memory of a value; of a pointer as many of its bits as the target has."""
        width = self.width_in(model)
        if self.members and model.byte_order == "big":
            return _turned(bits.to_bytes(width, "little"), self.members)
        return (bits & ((1 << 8 * width) - 1)).to_bytes(width, model.byte_order)

    def from_bytes(self, data: bytes, model: DataModel = NATIVE) -> int:
        """The bits of the value whose bytes `data` begins with."""
        data = data[: self.width_in(model)]
        if self.members and model.byte_order == "big":
            return int.from_bytes(_turned(data, self.members), "little")
        return int.from_bytes(data, model.byte_order)

    def packed_width(self, layout: SlotLayout = WIDE, model: DataModel = NATIVE) -> int:
        """How many of a slot's first bytes a packed value determines."""
        if self.family == "float":
            return 8 if layout.f32 == "f64" else self.width
        if self.is_integer or self.family == "bool":
            return 8 if layout.integers == "extended" else self.width
        return self.width_in(model)

    def pack(self, bits: int, layout: SlotLayout = WIDE) -> int:
        """The bits of a slot's first `packed_width` bytes that hold a value."""
        width = self.packed_width(layout)
        if self.family == "int":
            return signed(bits, self.width) & ((1 << 8 * width) - 1)
        return widen(bits, self.width) if self.family == "float" and self.width < width else bits

    def unpack(self, slot: int, layout: SlotLayout = WIDE) -> int:
        """The bits that a reader of this kind makes of a slot's bits, whatever was packed into it."""
        width = self.packed_width(layout)
        slot &= (1 << 8 * width) - 1
        if self.family == "bool":
            return int(slot != 0)
        if self.family == "float" and self.width < width:
            return narrow(slot, self.width)
        return slot & ((1 << 8 * self.width) - 1)

    def packed_bytes(self, bits: int, layout: SlotLayout = WIDE, model: DataModel = NATIVE) -> bytes:
        """A slot's first `packed_width` bytes that hold a value."""
        if self.is_pointer or self.members:
            return self.to_bytes(bits, model)
        return self.pack(bits, layout).to_bytes(self.packed_width(layout, model), model.byte_order)

    def unpack_bytes(self, slot: bytes, layout: SlotLayout = WIDE, model: DataModel = NATIVE) -> int:
        """The bits that a reader of this kind makes of a slot's first bytes, whatever was packed into it."""
        if self.is_pointer or self.members:
            return self.from_bytes(slot, model)
        return self.unpack(int.from_bytes(slot[: self.packed_width(layout, model)], model.byte_order), layout)

    def meaning(self, bits: int) -> tuple[str, object]:
        """What a value says, to tell a misread that changes it from one that does not: numbers compare as numbers."""
        if self.family == "int":
            return ("number", signed(bits, self.width))
        if self.family in ("uint", "bool"):
            return ("number", bits)
        if self.family == "float":
            bits = widen(bits, self.width)
            if is_nan(bits, 8):
                return ("nan", bits)
            return ("minus zero", bits) if bits == 1 << 63 else ("number", double_of_bits(bits))
        return ("pointer" if self.is_pointer else self.name, bits)

    @cached_property
    def boundaries(self) -> tuple[int | bytes, ...]:
        """The values at which conversions go wrong: bits, or of a text or bytes what they hold."""
        return boundary_values(self.name, self.family, self.width)


def _turned(data: bytes, members: tuple[int, ...]) -> bytes:
    """The bytes of a structure with each of its members turned round."""
    ends = list(accumulate(members))
    return b"".join(data[end - size : end][::-1] for size, end in zip(members, ends, strict=True))


def _kinds() -> dict[str, Kind]:
    integers = [
        (letter + str(8 * w), f"{c}int{8 * w}_t", w, f"{c}int")
        for letter, c in (("i", ""), ("u", "u"))
        for w in (1, 2, 4, 8)
    ]
    kinds = [
        *(Kind(name, c_type, width, family) for name, c_type, width, family in integers),
        Kind("f32", "float", 4, "float"),
        Kind("f64", "double", 8, "float"),
        Kind("bool", "bool", 1, "bool"),
        Kind("handle", "void*", 8, "pointer"),
        Kind("str", "const char*", 8, "pointer"),
        Kind("bytes", "const AbiBytes*", 8, "pointer", "const {}Bytes*"),
        Kind("tensor", "DLTensor*", 8, "pointer", "{}Tensor*"),
        Kind("null", "void*", 8, "pointer"),
        Kind("dtype", "DLDataType", 4, "struct", "{}DType", members=(1, 1, 2)),
        Kind("device", "DLDevice", 8, "struct", "{}Device", members=(4, 4)),
        Kind("f16", "uint16_t", 2, "float"),  # its bits: C11 has no half, and tcc no _Float16
    ]
    return {kind.name: kind for kind in kinds}


KINDS: dict[str, Kind] = _kinds()
"""All kinds by name. `null` is passed only, never declared."""

DECLARABLE: tuple[str, ...] = tuple(name for name in KINDS if name != "null")
"""The kinds that a callee may declare for an argument."""

FOLLOWED: tuple[str, ...] = ("str", "bytes", "tensor")
"""The kinds whose pointees a body may look at. Of a handle nobody knows what it leads to."""

NONE = "none"
"""The return of a function that returns nothing; not a kind of argument."""

NUMBERS: dict[str, int] = {name: number for number, name in enumerate((*KINDS, NONE))}
"""The number of each kind, and of no return, in columns and in the table that generic stubs read."""
