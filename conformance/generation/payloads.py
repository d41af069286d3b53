"""Payloads: graffiti that tell argument and offset by their bytes, and boundary values where ranges matter."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, lru_cache

from conformance.model.kinds import KINDS, NONE
from conformance.model.signature import DType, Param, Signature, TensorSpec
from conformance.model.value import NO_VALUE, Value
from conformance.oracle.tensors import compact_strides, difference

SALTS = 4
"""How many different graffiti there are for one place."""

RESULT_PLACE = 64
"""The place, as graffiti count arguments, of the value that a body returns."""


def pattern(place: int, offset: int, tag: int) -> int:
    """The byte at `offset` of the slot of argument `place`; the first of each aligned pair tells place and offset."""
    return (place * 4 + offset // 2) & 0xFF if offset % 2 == 0 else tag


@cache
def graffiti_bits(place: int, salt: int) -> int:
    """Eight bytes of graffiti; odd places come out negative, and no float of any width is a NaN."""
    tag = 0x40 | salt % 16 | (0x80 if place % 2 else 0)
    return int.from_bytes(bytes(pattern(place, offset, tag) for offset in range(8)), "little")


def poison(place: int) -> bytes:
    """What fills the 16-byte slot of argument `place` before a value is put into it."""
    return bytes(pattern(place, offset, 0xA5 if offset < 8 else 0xB5) for offset in range(16))


@lru_cache(maxsize=65536)
def graffiti(param: Param, place: int, salt: int) -> Value:
    """The value that says where it belongs; a pointer leads to such a thing of its own."""
    kind = param.kind
    if kind == "bool":
        return Value("bool", (place ^ salt) & 1)
    if kind == "str":
        return Value("str", data=f"argument {place}, salt {salt}".encode())
    if kind == "bytes":
        return Value("bytes", data=bytes([place, 0, salt, 0xFF]))
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


@lru_cache(maxsize=4096)
def tensor_variants(spec: TensorSpec) -> tuple[tuple[str, Value], ...]:
    """Tensors that differ from `spec` in one field each, with the mismatch class that each belongs to."""

    def change(**fields: object) -> TensorSpec:
        return replace(spec, **fields)  # type: ignore[arg-type]

    t, out = spec.dtype, []
    out.append(("tensor-dtype", change(dtype=DType((t.code + 1) % 3, t.bits, t.lanes))))
    out.append(("tensor-dtype", change(dtype=DType(t.code, t.bits // 2 if t.bits > 8 else 16, t.lanes))))
    out.append(("tensor-lanes", change(dtype=DType(t.code, t.bits, t.lanes + 1))))
    out.append(("tensor-lanes", change(dtype=DType(t.code, t.bits, t.lanes + 256))))
    more = None if spec.strides is None else (*spec.strides, 1)
    out.append(("tensor-ndim", change(shape=(*spec.shape, 1), strides=more)))
    if spec.shape:
        less = None if spec.strides is None else spec.strides[:-1]
        out.append(("tensor-ndim", change(shape=spec.shape[:-1], strides=less)))
    for i, extent in enumerate(spec.shape):
        around = spec.shape[:i], spec.shape[i + 1 :]
        out += [("tensor-shape", change(shape=(*around[0], e, *around[1]))) for e in (extent + 1, extent + 2**32)]
    strides = spec.strides if spec.strides is not None else compact_strides(spec.shape)
    if 0 not in spec.shape:
        for i, extent in enumerate(spec.shape):
            if extent != 1:
                out.append(("tensor-strides", change(strides=(*strides[:i], strides[i] + 1, *strides[i + 1 :]))))
    out.append(("tensor-offset", change(byte_offset=spec.byte_offset + 64)))
    out.append(("tensor-offset", change(byte_offset=spec.byte_offset + 2**32)))
    out.append(("tensor-device", change(device=(spec.device[0] + 1, spec.device[1]))))
    out.append(("tensor-device", change(device=(spec.device[0], spec.device[1] + 1))))
    found = [(cls, Value("tensor", tensor=one)) for cls, one in out]
    if 0 not in spec.shape:
        found.append(("tensor-data", Value("tensor", tensor=spec, no_data=True)))
    return tuple(found)


@lru_cache(maxsize=4096)
def far_tensors(spec: TensorSpec) -> tuple[tuple[str, Value], ...]:
    """Tensors that differ from `spec` far off in one field each, or in two at once, over the whole range of a field.

    Everything that is equal modulo 2^8, 2^16 or 2^32, negative, or at an end of what dlpack.h has room for. The class
    is that of the field that TVM's order looks at first.
    """
    t, shape, device = spec.dtype, spec.shape, spec.device
    strides = spec.strides if spec.strides is not None else compact_strides(shape)
    out = [replace(spec, dtype=DType(code, t.bits, t.lanes)) for code in (3, 5, 255)]
    out += [replace(spec, dtype=DType(t.code, bits, t.lanes)) for bits in (0, t.bits + 1, 255)]
    out += [replace(spec, dtype=DType(t.code, t.bits, lanes)) for lanes in (0, t.lanes + 2**15, 2**16 - 1)]
    out += [replace(spec, byte_offset=at) for at in (spec.byte_offset + 1, 2**31, 2**63, 2**64 - 1)]
    out += [replace(spec, device=(kind, device[1])) for kind in (0, -1, device[0] + 256, 2**31 - 1, -(2**31))]
    out += [replace(spec, device=(device[0], number)) for number in (-1, 256, 2**31 - 1, -(2**31))]
    out.append(replace(spec, shape=(1,) * 17 + shape, strides=None))
    for i, extent in enumerate(shape):
        for far in (-1, -extent, extent + 2**33, extent - 2**32, 2**63 - 1, -(2**63)):
            out.append(replace(spec, shape=(*shape[:i], far, *shape[i + 1 :]), strides=strides))
        if extent != 1 and 0 not in shape:
            for far in (0, -strides[i], strides[i] + 2**32, strides[i] - 2**33, 2**63 - 1, -(2**63)):
                out.append(replace(spec, strides=(*strides[:i], far, *strides[i + 1 :])))
    other = DType((t.code + 1) % 3, t.bits, t.lanes)
    out.append(replace(spec, dtype=other, device=(device[0] + 1, device[1])))
    out.append(replace(spec, byte_offset=spec.byte_offset + 64, device=(device[0], device[1] + 1)))
    if shape:
        out.append(replace(spec, dtype=other, shape=(shape[0] + 1, *shape[1:]), strides=strides))
        out.append(replace(spec, shape=(shape[0] + 2**32, *shape[1:]), strides=strides, byte_offset=2**32))
    found = ((difference(one, spec), one) for one in dict.fromkeys(out))
    return tuple((cls, Value("tensor", tensor=one)) for cls, one in found if cls is not None)


@lru_cache(maxsize=4096)
def equal_tensors(spec: TensorSpec) -> tuple[Value, ...]:
    """Tensors that look otherwise and must be accepted: strides written out, of extents of 1, of no elements."""
    strides = spec.strides if spec.strides is not None else compact_strides(spec.shape)
    out = []
    if spec.strides is None and spec.shape:
        out.append(TensorSpec(spec.dtype, spec.shape, strides, spec.byte_offset, spec.device))
    if 1 in spec.shape and 0 not in spec.shape:
        odd = tuple(777 if extent == 1 else step for extent, step in zip(spec.shape, strides, strict=True))
        out.append(TensorSpec(spec.dtype, spec.shape, odd, spec.byte_offset, spec.device))
    found = [Value("tensor", tensor=one) for one in out]
    if 0 in spec.shape:
        found.append(Value("tensor", tensor=spec, no_data=True))
    return tuple(found)
