"""Values of a payload: plain bits, or symbolically what a pointer points to, so that a case means the same anywhere."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field
from typing import Any

from conformance.model.kinds import KINDS, NONE
from conformance.model.signature import SignatureError, TensorSpec, parse_tensor

MOST_SHOWN = 24
"""Bytes of a text that are shown of it."""


@dataclass(frozen=True)
class Value:
    """One value of one kind.

    Scalars, dtype and device are `bits`, the unsigned integer of their bytes in the target's order. A str or bytes
    points to a copy of `data`; a handle or tensor points to a tensor with the metadata `tensor`, whose data pointer is
    null if `no_data`, and whose shape is a null pointer if `no_shape`. With `unread` those of its pointers that nobody
    needs (shape and strides without a dimension, data without an element) lead to its argument's no-access page.
    `cell` keeps equal pointees of different arguments apart. A `guarded` pointer leads to its argument's no-access page
    instead; a pointer with nothing to point to is null. What a `released` one leads to lies on pages of its own, which
    the mode of that name overwrites and unmaps after the call.
    """

    kind: str
    bits: int = 0
    data: bytes | None = None
    tensor: TensorSpec | None = None
    cell: int = 0
    guarded: bool = False
    no_data: bool = False
    no_shape: bool = False
    unread: bool = False
    released: bool = False

    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash(self._fields))

    @property
    def _fields(self) -> tuple[Any, ...]:
        shown = self.kind, self.bits, self.data, self.tensor, self.cell, self.guarded
        return *shown, self.no_data, self.no_shape, self.unread, self.released

    def __hash__(self) -> int:
        return self._hash  # the same few values are looked up for every call

    def __reduce__(self) -> tuple[Any, ...]:
        return Value, self._fields  # another process hashes otherwise

    @property
    def is_null(self) -> bool:
        """Whether this is a null pointer."""
        pointer = KINDS[self.kind].is_pointer if self.kind in KINDS else True  # what is a runtime's own is an object
        return pointer and not self.guarded and not self.bits and self.data is None and self.tensor is None

    @property
    def leads_somewhere(self) -> bool:
        """Whether this is a pointer that is not null, of a kind that every runtime has."""
        return self.kind in KINDS and KINDS[self.kind].is_pointer and not self.is_null

    def __str__(self) -> str:
        if self.kind == NONE:
            return "none"
        if self.guarded:
            return f"{self.kind} in a no-access page"
        if self.data is not None:
            if len(self.data) <= MOST_SHOWN:
                return f"{self.kind} {self.data!r}"
            return f"{self.kind} {self.data[:MOST_SHOWN]!r}... ({len(self.data):,} bytes)"
        if self.tensor is not None:
            return f"{self.kind} to {self.tensor}{self.oddities}"
        if self.is_null:
            return f"{self.kind} null"
        width = KINDS[self.kind].width if self.kind in KINDS else 8
        return f"{self.kind} 0x{self.bits:0{2 * width}x}"

    @property
    def oddities(self) -> str:
        """What is odd about the pointers inside a tensor, behind a blank; "" where nothing is."""
        odd = {"without data": self.no_data, "without shape": self.no_shape, "with unreadable pointers": self.unread}
        return "".join(f" {words}" for words, holds in odd.items() if holds)

    def to_json(self) -> dict[str, Any]:
        """The JSON form: only what is not the default."""
        out: dict[str, Any] = {"kind": self.kind}
        if self.bits:
            out["bits"] = hex(self.bits)
        if self.data is not None:
            out["data"] = self.data.hex()
        if self.tensor is not None:
            out["tensor"] = str(self.tensor)
        if self.cell:
            out["cell"] = self.cell
        if self.guarded:
            out["guarded"] = True
        out |= {name: True for name in ("no_data", "no_shape", "unread", "released") if getattr(self, name)}
        return out

    @staticmethod
    def from_json(raw: dict[str, Any], own: Container[str] = ()) -> Value:
        """The inverse of `to_json`; `own` are kinds of one runtime alone. Raises ValueError or KeyError otherwise."""
        if raw["kind"] not in KINDS and raw["kind"] != NONE and raw["kind"] not in own:
            raise SignatureError(f"'{raw['kind']}' is no kind; there are {', '.join(KINDS)}")
        return Value(
            kind=raw["kind"],
            bits=int(raw.get("bits", "0x0"), 16),
            data=bytes.fromhex(raw["data"]) if "data" in raw else None,
            tensor=parse_tensor(raw["tensor"]) if "tensor" in raw else None,
            cell=int(raw.get("cell", 0)),
            guarded=bool(raw.get("guarded", False)),
            no_data=bool(raw.get("no_data", False)),
            no_shape=bool(raw.get("no_shape", False)),
            unread=bool(raw.get("unread", False)),
            released=bool(raw.get("released", False)),
        )


NO_VALUE = Value(NONE)
"""What a body that returns nothing returns."""
