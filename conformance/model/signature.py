"""Signatures and tensor metadata, and the text form that prints and parses them."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass, field
from functools import cached_property

from conformance.model.errors import UserError
from conformance.model.kinds import DECLARABLE, KINDS, NONE

MAX_ARGS = 257
"""The longest signature that any profile draws, and the length of every array of the harness."""


class SignatureError(UserError, ValueError):
    """A signature's text that does not parse; the message says where and what would."""


@dataclass(frozen=True)
class DType:
    """A DLPack data type: `code` 0 int, 1 uint, 2 float, 4 bfloat; `bits` and `lanes` (DLPack specification)."""

    code: int
    bits: int
    lanes: int = 1

    def __str__(self) -> str:
        letter = {0: "i", 1: "u", 2: "f", 4: "bf"}.get(self.code, f"code{self.code}_")
        return f"{letter}{self.bits}" + (f"x{self.lanes}" if self.lanes != 1 else "")


@dataclass(frozen=True)
class TensorSpec:
    """The metadata of a tensor. `shape` and `strides` count elements; `strides` None means compact rows.

    `told_ndim` is the number of dimensions that the tensor tells where that is not the number of its extents.
    """

    dtype: DType = DType(2, 32)
    shape: tuple[int, ...] = (2, 3)
    strides: tuple[int, ...] | None = None
    byte_offset: int = 0
    device: tuple[int, int] = (1, 0)
    told_ndim: int | None = None

    @property
    def ndim(self) -> int:
        """The number of dimensions that the tensor tells."""
        return len(self.shape) if self.told_ndim is None else self.told_ndim

    @property
    def is_empty(self) -> bool:
        """Whether it has no elements."""
        return 0 in self.shape

    def __str__(self) -> str:
        parts = [str(self.dtype), "x".join(map(str, self.shape)) if self.shape else "scalar"]
        if self.strides is not None:
            parts.append("strides=" + "x".join(map(str, self.strides)))
        if self.byte_offset:
            parts.append(f"offset={self.byte_offset}")
        if self.device != (1, 0):
            parts.append(f"device={self.device[0]}:{self.device[1]}")
        if self.told_ndim is not None:
            parts.append(f"ndim={self.told_ndim}")
        return f"tensor({','.join(parts)})"


@dataclass(frozen=True)
class Param:
    """One argument: a kind, and for `tensor` the metadata."""

    kind: str
    tensor: TensorSpec | None = None
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.kind, self.tensor)))

    def __hash__(self) -> int:
        return self._hash  # a bundle looks up its few kinds of argument many thousand times

    def __reduce__(self) -> tuple[type[Param], tuple[str, TensorSpec | None]]:
        return Param, (self.kind, self.tensor)  # another process hashes otherwise

    def __str__(self) -> str:
        return str(self.tensor) if self.tensor is not None else self.kind


@dataclass(frozen=True)
class Signature:
    """The kinds of the arguments and of the return (`none` for no return)."""

    params: tuple[Param, ...]
    ret: str = NONE

    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.params, self.ret)))

    def __hash__(self) -> int:
        return self._hash  # a bundle of them is looked up again and again

    def __reduce__(self) -> tuple[type[Signature], tuple[tuple[Param, ...], str]]:
        return Signature, (self.params, self.ret)  # another process hashes otherwise

    def __str__(self) -> str:
        return self._text

    @cached_property
    def _text(self) -> str:
        return f"({', '.join(map(str, self.params))}) -> {self.ret}"

    def __len__(self) -> int:
        return len(self.params)


_DTYPE = re.compile(r"(bf|i|u|f|code(\d+)_)(\d+)(?:x(\d+))?$")
_CODES = {"i": 0, "u": 1, "f": 2, "bf": 4}


def parse_dtype(text: str) -> DType:
    """`f32`, `i8x4`, `code7_16`. Raises SignatureError."""
    match = _DTYPE.match(text)
    if match is None:
        raise SignatureError(f"'{text}' is no data type; write it like f32 or i8x4")
    letter, code, bits, lanes = match.groups()
    return DType(int(code) if code else _CODES[letter], int(bits), int(lanes or 1))


def parse_tensor(text: str) -> TensorSpec:
    """`tensor(f32,2x3,strides=1x2,offset=64,device=2:0)`. Raises SignatureError."""
    match = re.match(r"tensor\((.*)\)$", text)
    if match is None:
        raise SignatureError(f"'{text}' is no tensor; write it like tensor(f32,2x3)")
    dtype, _, rest = match[1].partition(",")
    shape, *options = rest.split(",")
    spec = {"strides": None, "offset": 0, "device": (1, 0), "ndim": None}
    try:
        dims = () if shape == "scalar" else tuple(int(d) for d in shape.split("x"))
        for option in options:
            name, _, value = option.partition("=")
            if name == "strides":
                spec["strides"] = tuple(int(d) for d in value.split("x")) if value else ()  # type: ignore[assignment]
            elif name in ("offset", "ndim"):
                spec[name] = int(value)
            elif name == "device":
                kind, _, number = value.partition(":")
                spec["device"] = (int(kind), int(number))
            else:
                raise SignatureError(
                    f"'{name}' in '{text}' is no field of a tensor; there are strides, offset, device, ndim"
                )
    except ValueError as error:
        if isinstance(error, SignatureError):
            raise
        raise SignatureError(f"'{text}' is no tensor; write it like tensor(f32,2x3)") from None
    return TensorSpec(parse_dtype(dtype), dims, *spec.values())  # type: ignore[arg-type]


def parse_param(text: str, own: Container[str] = ()) -> Param:
    """One argument's text: a kind, of `own` ones too, or a tensor with its metadata. Raises SignatureError."""
    if text.startswith("tensor("):
        return Param("tensor", parse_tensor(text))
    if text == "tensor":
        return Param("tensor", TensorSpec())
    if text not in KINDS and text not in own:
        raise SignatureError(f"'{text}' is no kind; there are {', '.join(KINDS)}")
    return Param(text)


def parse_signature(text: str, own: Container[str] = ()) -> Signature:
    """The inverse of `str(signature)`: `(i64, tensor(f32,2x3)) -> i64`. Raises SignatureError.

    `own` are kinds that only the subject in question has.
    """
    match = re.match(r"\s*\((.*)\)\s*->\s*(\w+)\s*$", text)
    if match is None:
        raise SignatureError(f"'{text}' is no signature; write it like (i64, f64) -> i64")
    inside, ret = match.groups()
    if ret != NONE and ret not in DECLARABLE and ret not in own:
        raise SignatureError(f"'{ret}' is no kind to return; there are {', '.join(DECLARABLE)} and none")
    parts = [part.strip() for part in re.split(r",(?![^(]*\))", inside)] if inside.strip() else []
    return Signature(tuple(parse_param(part, own) for part in parts), ret)
