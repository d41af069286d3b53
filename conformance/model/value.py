"""Values of a payload: plain bits, or symbolically what a pointer points to, so that a case means the same anywhere."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field
from typing import Any

from conformance.model.kinds import KINDS, NONE
from conformance.model.signature import SignatureError, TensorSpec, parse_tensor


@dataclass(frozen=True)
class Value:
    """One value of one kind.

    Scalars, dtype and device are `bits`, the unsigned integer of their bytes in the target's order. A str or bytes
    points to a copy of `data`; a handle or tensor points to a tensor with the metadata `tensor`, whose data pointer is
    null if `no_data`. `cell` keeps equal pointees of different arguments apart. A `guarded` pointer leads to its
    argument's no-access page instead; a pointer with nothing to point to is null.
    """

    kind: str
    bits: int = 0
    data: bytes | None = None
    tensor: TensorSpec | None = None
    cell: int = 0
    guarded: bool = False
    no_data: bool = False

    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        known = self.kind, self.bits, self.data, self.tensor, self.cell, self.guarded, self.no_data
        object.__setattr__(self, "_hash", hash(known))

    def __hash__(self) -> int:
        return self._hash  # the same few values are looked up for every call

    def __reduce__(self) -> tuple[Any, ...]:
        # Another process hashes otherwise.
        return Value, (self.kind, self.bits, self.data, self.tensor, self.cell, self.guarded, self.no_data)

    @property
    def is_null(self) -> bool:
        """Whether this is a null pointer."""
        pointer = KINDS[self.kind].is_pointer if self.kind in KINDS else True  # what is a runtime's own is an object
        return pointer and not self.guarded and not self.bits and self.data is None and self.tensor is None

    def __str__(self) -> str:
        if self.kind == NONE:
            return "none"
        if self.guarded:
            return f"{self.kind} in a no-access page"
        if self.data is not None:
            shown = self.data if len(self.data) <= 24 else self.data[:24] + b"..."
            return f"{self.kind} {shown!r}"
        if self.tensor is not None:
            return f"{self.kind} to {self.tensor}" + (" with null data" if self.no_data else "")
        if self.is_null:
            return f"{self.kind} null"
        width = KINDS[self.kind].width if self.kind in KINDS else 8
        return f"{self.kind} 0x{self.bits:0{2 * width}x}"

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
        if self.no_data:
            out["no_data"] = True
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
        )


NO_VALUE = Value(NONE)
"""What a body that returns nothing returns."""
