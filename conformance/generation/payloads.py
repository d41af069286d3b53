"""Payloads: graffiti that tell argument and offset by their bytes, and boundary values where ranges matter."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

from conformance.model.kinds import KINDS, NONE
from conformance.model.signature import DType, Param, Signature, TensorSpec
from conformance.model.value import NO_VALUE, Value
from conformance.oracle.tensors import compact_strides

SALTS = 4
"""How many different graffiti there are for one place."""

RESULT_PLACE = 266
"""The place, as graffiti count arguments, of the value that a body returns.

Even, so that a usual result is positive: what becomes of an unsigned one above the greatest signed is for boundaries.
"""


_HIGH = (0x40, 0x50, 0x60, 0x70, 0x30)
_POISON = (0xA5, 0xA6, 0xAB, 0xAC, 0xAD)
# What the second byte of a pair tells of the places from 0, 64, 128, 192 and 256 on.


def pattern(place: int, offset: int, tag: int) -> int:
    """The byte at `offset` of the slot of argument `place`, where each aligned pair of bytes tells place and offset.

    The first byte of a pair does so for 64 places; the second one, `tag`, tells which 64.
    """
    return (place * 4 + offset // 2) & 0xFF if offset % 2 == 0 else tag


@cache
def graffiti_bits(place: int, salt: int) -> int:
    """Eight bytes of graffiti; odd places come out negative, and no float of any width is a NaN."""
    tag = _HIGH[place // 64] | salt % 16 | (0x80 if place % 2 else 0)
    return int.from_bytes(bytes(pattern(place, offset, tag) for offset in range(8)), "little")


@cache
def poison(place: int) -> bytes:
    """What fills the 16-byte slot of argument `place` before a value is put into it."""
    tag = _POISON[place // 64]
    return bytes(pattern(place, offset, tag if offset < 8 else tag ^ 0x10) for offset in range(16))


@lru_cache(maxsize=65536)
def graffiti(param: Param, place: int, salt: int) -> Value:
    """The value that says where it belongs; a pointer leads to such a thing of its own."""
    kind = param.kind
    if kind == "bool":
        return Value("bool", (place ^ salt) & 1)
    if kind == "str":
        return Value("str", data=f"argument {place}, salt {salt}".encode())
    if kind == "bytes":
        return Value("bytes", data=bytes([place & 0xFF, place >> 8, salt, 0xFF]))
    if kind in ("tensor", "handle"):
        return Value(kind, tensor=param.tensor or TensorSpec(), cell=place + 1)
    if kind == "null":
        return Value("null")
    return Value(kind, graffiti_bits(place, salt) & ((1 << 8 * KINDS[kind].width) - 1))


def payload(signature: Signature, salt: int) -> tuple[Value, ...]:
    """Graffiti for every argument of a signature."""
    return tuple(graffiti(param, place, salt) for place, param in enumerate(signature.params))


def guarded(signature: Signature, salt: int) -> tuple[Value, ...]:
    """Graffiti whose pointers lead into no-access pages, one an argument."""
    return tuple(_guarded(param, place, salt) for place, param in enumerate(signature.params))


def _guarded(param: Param, place: int, salt: int) -> Value:
    if KINDS[param.kind].is_pointer and param.kind != "null":
        return Value(param.kind, guarded=True)
    return graffiti(param, place, salt)


def ordinary(param: Param, place: int, salt: int) -> tuple[Value, Value, Value]:
    """What stands for one argument in the three rows that every caller has: graffiti, other graffiti, guarded."""
    return graffiti(param, place, salt), graffiti(param, place, salt + 7), _guarded(param, place, salt)


def result(kind: str, salt: int = 0) -> Value:
    """The graffiti that a body returns."""
    return NO_VALUE if kind == NONE else graffiti(Param(kind), RESULT_PLACE, salt)


@cache
def boundaries(kind: str) -> tuple[Value, ...]:
    """The values of a kind at which conversions go wrong; of a handle the null pointer, of a tensor there are none."""
    return tuple(
        Value(kind, data=found) if isinstance(found, bytes) else Value(kind, found) for found in KINDS[kind].boundaries
    )


def numbers(kind: str) -> tuple[Value, ...]:
    """The boundary values of a kind of number; of other kinds none."""
    return boundaries(kind) if kind in KINDS and KINDS[kind].family in ("int", "uint", "float", "bool") else ()


_TYPE_TEXTS = (
    "int", "int8", "int64x2", "uint1", "uint16", "uint128", "float", "float16", "float64x8", "bfloat16", "bfloat16x4",
    "handle", "handle64", "bool", "void", "int4x7", "uint8x256", "int32x65535", "int8x0", "float32x1",
    "int300", "float32x", "float32x4x4", "Float32", "int8 ", " int8", "int8x65536", "double", "boolean", "int-8",
    "int8\n", "int8é",
)  # fmt: skip
_TYPE_CODES, _TYPE_BITS, _TYPE_LANES = (0, 1, 2, 3, 4, 5, 200), (1, 4, 8, 16, 32, 64, 128, 255), (1, 2, 10, 256, 65535)


@cache
def convertible(kind: str) -> tuple[Value, ...]:
    """The boundary values of a kind, and those that a runtime may convert to or from the name of a data type.

    Every name, digit and number of lanes comes up in a type, and texts that name none.
    """
    if kind == "dtype":
        parts = [(code, _TYPE_BITS[code % 8], 1) for code in _TYPE_CODES]
        parts += [(2, bits, 1) for bits in _TYPE_BITS] + [(0, 8, lanes) for lanes in _TYPE_LANES] + [(1, 1, 2)]
        named = [Value("dtype", code | bits << 8 | lanes << 16) for code, bits, lanes in parts]
    elif kind == "bytes":  # without zeros, at which the text that they become would end
        named = [Value("bytes", data=value.data) for value in texts("str")]
    else:
        named = [Value("str", data=text.encode()) for text in _TYPE_TEXTS] if kind == "str" else []
    return tuple(dict.fromkeys((*(boundaries(kind) if kind in KINDS else ()), *texts(kind), *named)))


BEHIND_BYTES = b"\xc9"
"""What lies behind bytes, before a zero: whoever takes them for a text reads too much, and comes to an end."""

LENGTHS = (15, 16, 63, 64, 255, 256, 4095, 4096, 65535)
"""Bytes of texts at which a buffer, a small-string optimisation or a length in fewer bits goes wrong."""


@cache
def texts(kind: str) -> tuple[Value, ...]:
    """Texts and bytes of the lengths that matter, no two places alike, not only ASCII, bytes with zeros; else none."""
    if kind not in ("str", "bytes"):
        return ()
    return tuple(Value(kind, data=_long(length, kind == "bytes")) for length in LENGTHS)


def _long(length: int, with_zeros: bool) -> bytes:
    """Bytes that repeat only after 251 * 253 places; those of a text are none of them 0."""
    low = 0 if with_zeros else 1
    return bytes(low + (at * 7 + at // 251 * 11) % (256 - low) for at in range(length))


DEVICES_ALIKE = {1: (3, 11, 12), 2: (1, 3, 10, 13), 3: (1, 2, 11), 10: (2, 11), 11: (10, 3), 13: (2,)}
"""DLPack's device types that a lazy check takes for each other: a device and the host memory that is pinned for it."""

DTYPES_ALIKE = (
    (DType(1, 1), DType(1, 8), DType(6, 8), DType(0, 8)),
    (DType(2, 16), DType(4, 16), DType(0, 16)),
    (DType(2, 8), DType(7, 8), DType(10, 8), DType(1, 8)),
    (DType(2, 64), DType(5, 64), DType(2, 32, 2), DType(0, 64)),
    (DType(2, 32), DType(0, 32), DType(1, 32), DType(0, 8, 4)),
    (DType(0, 4), DType(1, 4), DType(0, 4, 2), DType(0, 8)),
)
"""Data types that a lazy check takes for each other, as code, bits and lanes: bool of one bit and of eight and u8,
bfloat and float, the 8-bit floats, complex and two floats, int and uint (DLPack 1.1, dlpack.h)."""


def of_another_type(spec: TensorSpec) -> TensorSpec:
    """The first of `near_tensors`: what differs from `spec` in the code of its data type alone."""
    t = spec.dtype
    return replace(spec, dtype=DType((t.code + 1) % 3, t.bits, t.lanes))


@lru_cache(maxsize=4096)
def near_tensors(spec: TensorSpec) -> tuple[Value, ...]:
    """Tensors that differ from `spec` in one field each, by the least that can be, and such as look otherwise only.

    Of the latter are strides written out, of extents of 1 and of no elements, and data that no element needs.
    """

    def change(**fields: Any) -> TensorSpec:
        return replace(spec, **fields)

    t, shape, (kind, number) = spec.dtype, spec.shape, spec.device
    strides = spec.strides if spec.strides is not None else compact_strides(shape)
    out = [of_another_type(spec), change(dtype=DType(t.code, t.bits // 2 if t.bits > 8 else 16, t.lanes))]
    out += [change(dtype=DType(t.code, t.bits, t.lanes + more)) for more in (1, 256)]
    out.append(change(shape=(*shape, 1), strides=None if spec.strides is None else (*spec.strides, 1)))
    if shape:
        out.append(change(shape=shape[:-1], strides=None if spec.strides is None else spec.strides[:-1]))
        out.append(change(strides=None if spec.strides is not None else strides))
    for i, extent in enumerate(shape):
        out += [change(shape=_at(shape, i, far), strides=spec.strides) for far in (extent + 1, extent + 2**32)]
        out.append(change(strides=_at(strides, i, 777 if extent == 1 else strides[i] + 1)))
    out += [change(byte_offset=spec.byte_offset + more) for more in (64, 2**32)]
    out += [change(device=(other, number)) for other in (kind + 1, *DEVICES_ALIKE.get(kind, ()))]
    out.append(change(device=(kind, number + 1)))
    out += [change(dtype=dtype) for group in DTYPES_ALIKE if t in group for dtype in group if dtype != t]
    found = [Value("tensor", tensor=one) for one in dict.fromkeys(out) if _fits(one) and one != spec]
    return (*found, Value("tensor", tensor=spec, no_data=True))


@lru_cache(maxsize=4096)
def far_tensors(spec: TensorSpec) -> tuple[Value, ...]:
    """Tensors that differ from `spec` far off in one field each, or in two at once, over the whole range of a field.

    Everything that is equal modulo 2^8, 2^16 or 2^32, negative, at an end of what dlpack.h has room for, or a neighbour
    or an alias that a lazy check takes for the same.
    """
    t, shape, (kind, number) = spec.dtype, spec.shape, spec.device
    strides = spec.strides if spec.strides is not None else compact_strides(shape)
    out = [replace(spec, dtype=DType(code, t.bits, t.lanes)) for code in (t.code ^ 1, 3, 4, 5, 6, t.code | 16, 255)]
    out += [replace(spec, dtype=DType(t.code, bits, t.lanes)) for bits in (0, 1, t.bits - 1, t.bits + 1, 255)]
    out += [replace(spec, dtype=DType(t.code, t.bits, lanes)) for lanes in (0, t.lanes + 2**15, 2**16 - 1)]
    out += [replace(spec, dtype=dtype) for group in DTYPES_ALIKE for dtype in group]
    far_offsets = (1, 2**8, 2**16, 2**31, 2**33)
    out += [replace(spec, byte_offset=spec.byte_offset + more) for more in far_offsets]
    out += [replace(spec, byte_offset=at) for at in (2**63, 2**64 - 1)]
    kinds = (0, -1, kind - 1, kind + 2**8, kind + 2**16, kind - 2**16, 2**31 - 1, -(2**31))
    out += [replace(spec, device=(other, number)) for other in kinds]
    numbers = (-1, number + 2**8, number + 2**16, 2**31 - 1, -(2**31))
    out += [replace(spec, device=(kind, other)) for other in numbers]
    out.append(replace(spec, shape=(1,) * 17 + shape, strides=None))
    dimensions = (len(shape) + 2**8, len(shape) + 2**16, len(shape) - 2**16, -1, 2**31 - 1, -(2**31))
    out += [replace(spec, told_ndim=told) for told in dimensions]
    for i, extent in enumerate(shape):
        for far in (-1, -extent, extent + 2**8, extent + 2**16, extent + 2**33, extent - 2**32, 2**63 - 1, -(2**63)):
            out.append(replace(spec, shape=_at(shape, i, far), strides=strides))
        step = strides[i]
        for far in (0, -step, step + 2**8, step + 2**16, step + 2**32, step - 2**33, 2**63 - 1, -(2**63)):
            out.append(replace(spec, strides=_at(strides, i, far)))
    other = DType((t.code + 1) % 3, t.bits, t.lanes)
    out.append(replace(spec, dtype=other, device=(kind + 1, number)))
    out.append(replace(spec, byte_offset=spec.byte_offset + 64, device=(kind, number + 1)))
    if shape:
        out.append(replace(spec, dtype=other, shape=_at(shape, 0, shape[0] + 1), strides=strides))
        out.append(replace(spec, shape=_at(shape, 0, shape[0] + 2**32), strides=strides, byte_offset=2**32))
    return tuple(Value("tensor", tensor=one) for one in dict.fromkeys(out) if _fits(one) and one != spec)


def odd_tensors(spec: TensorSpec) -> tuple[Value, ...]:
    """Tensors with odd pointers inside: a null shape, and such as nobody needs that lead to a no-access page."""
    found = [Value("tensor", tensor=spec, no_shape=True)] if spec.shape else []
    if not spec.shape or spec.is_empty:
        found.append(Value("tensor", tensor=spec, unread=True))
    return tuple(found)


def _at(extents: tuple[int, ...], i: int, new: int) -> tuple[int, ...]:
    return (*extents[:i], new, *extents[i + 1 :])


def _fits(spec: TensorSpec) -> bool:
    """Whether the fields have room in dlpack.h's structures."""
    dtype, extents = spec.dtype, (*spec.shape, *(spec.strides or ()))
    narrow = 0 <= dtype.code < 2**8 and 0 <= dtype.bits < 2**8 and 0 <= dtype.lanes < 2**16
    return narrow and 0 <= spec.byte_offset < 2**64 and all(-(2**63) <= extent < 2**63 for extent in extents)
