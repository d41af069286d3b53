"""The records of tvm-ffi's C interface, which TVM's emitted code has, too: their layouts, and what fills a slot."""

from __future__ import annotations

from struct import Struct

from conformance.model.kinds import KINDS

ANY = Struct("<iIQ")
"""`TVMFFIAny` (tvm/ffi/c_api.h): type index, padding or the length of a short text, and the value or its address."""

OBJECT_HEADER = Struct("<QiIQ")
"""`TVMFFIObject`: the combined reference counts, the type index, padding and the deleter."""

DL_TENSOR = Struct("<QiiiBBHQQQ")
"""`DLTensor` (dlpack.h): data, device, ndim, dtype, shape, strides, byte offset."""


def payload(kind: str, bits: int) -> int:
    """A value's bits as they fill the 64 of a slot: integers extended by their sign, an f32 as a double."""
    found = KINDS.get(kind)
    return bits if found is None else found.pack(bits)
