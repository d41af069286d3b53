"""The kinds that an argument or a return is declared or passed as."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One kind: its spelling in signatures, in C, its width in bytes and what family of values it belongs to.

    `family` is "int", "uint", "float", "bool", "pointer" (the slot holds an address) or "struct" (the slot holds a
    small structure by value). `c_type` is the CTYPE of the binding header.
    """

    name: str
    c_type: str
    width: int
    family: str

    @property
    def is_pointer(self) -> bool:
        """Whether a value of this kind is an address."""
        return self.family == "pointer"

    @property
    def is_integer(self) -> bool:
        """Whether a value of this kind is a two's complement or an unsigned integer (bool is neither)."""
        return self.family in ("int", "uint")


def _kinds() -> dict[str, Kind]:
    rows = [
        *((f"i{8 * w}", f"int{8 * w}_t", w, "int") for w in (1, 2, 4, 8)),
        *((f"u{8 * w}", f"uint{8 * w}_t", w, "uint") for w in (1, 2, 4, 8)),
        ("f32", "float", 4, "float"),
        ("f64", "double", 8, "float"),
        ("bool", "bool", 1, "bool"),
        ("handle", "void*", 8, "pointer"),
        ("str", "const char*", 8, "pointer"),
        ("bytes", "const AbiBytes*", 8, "pointer"),
        ("tensor", "DLTensor*", 8, "pointer"),
        ("null", "void*", 8, "pointer"),
        ("dtype", "DLDataType", 4, "struct"),
        ("device", "DLDevice", 8, "struct"),
    ]
    return {row[0]: Kind(*row) for row in rows}


KINDS: dict[str, Kind] = _kinds()
"""All kinds by name. `null` is passed only, never declared. Widths are those of 64-bit targets."""

DECLARABLE: tuple[str, ...] = tuple(name for name in KINDS if name != "null")
"""The kinds that a callee may declare for an argument."""

NONE = "none"
"""The return of a function that returns nothing; not a kind of argument."""
