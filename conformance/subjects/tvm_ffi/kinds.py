"""How kinds and type indices of tvm-ffi belong together (include/tvm/ffi/c_api.h, TVMFFITypeIndex)."""

from __future__ import annotations

from conformance.subjects.tvm_ffi.abi import FIRST_OBJECT

NONE, INT, BOOL, FLOAT, OPAQUE, DTYPE, DEVICE, DLTENSOR, RAWSTR, BYTEARRAY, RVALUE, SMALLSTR, SMALLBYTES = range(13)
OBJECT, STR, BYTES, ERROR, FUNCTION, SHAPE, TENSOR, ARRAY, MAP = range(FIRST_OBJECT, FIRST_OBJECT + 9)
LIST, DICT = 75, 76
DYNAMIC = 128
"""kTVMFFIDynObjectBegin: type indices from here on are given out as types are registered."""

SCALARS = ("i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "f64", "bool", "dtype", "device", "null")
"""Kinds whose bits alone fill a slot (`records.payload`)."""

FORMS = {
    "opt_int": "i64", "variant_int_str": "i64", "variant_mix": "i64", "any": "i64", "opt_str": "str",
    "opt_object": "object", "func_typed": "func",
}  # fmt: skip
"""Kinds that are passed as another is (`like` in rules/tvm-ffi.toml, or the same texts)."""

INDEX = {
    "null": NONE, "i32": INT, "i64": INT, "bool": BOOL, "f64": FLOAT, "handle": OPAQUE, "opaque": OPAQUE,
    "dtype": DTYPE, "device": DEVICE, "dltensor": DLTENSOR, "tensor_view": DLTENSOR, "opt_tensor_view": DLTENSOR,
    "rawstr": RAWSTR, "bytearray": BYTEARRAY, "rvalue": RVALUE, "smallstr": SMALLSTR, "smallbytes": SMALLBYTES,
    "object": OBJECT, "str": STR, "bytes": BYTES, "error": ERROR, "func": FUNCTION, "shape": SHAPE, "tensor": TENSOR,
    "array": ARRAY, "map": MAP, "list": LIST, "dict": DICT,
}  # fmt: skip
"""The type index of each form; kinds of containers begin with the container's."""

SCALAR_OF = {
    INT: ("i64", (1 << 64) - 1),
    BOOL: ("bool", (1 << 64) - 1),
    FLOAT: ("f64", (1 << 64) - 1),
    DTYPE: ("dtype", (1 << 32) - 1),
    DEVICE: ("device", (1 << 64) - 1),
}
"""The kind under which a scalar's index is read, and which of its bits count."""

KIND_OF = {
    STR: "str", BYTES: "bytes", ERROR: "error", FUNCTION: "func", SHAPE: "shape", ARRAY: "array", MAP: "map",
    LIST: "list", DICT: "dict",
}  # fmt: skip
"""The kind under which an object is read; of every other index it is `object`."""

MAKERS = {ARRAY: "ffi.Array", LIST: "ffi.List", MAP: "ffi.Map", DICT: "ffi.Dict"}
"""The global functions that make containers; those that read them begin with the same name."""


def compact(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The strides of a tensor whose rows are compact."""
    strides: list[int] = []
    step = 1
    for extent in reversed(shape):
        strides.insert(0, step)
        step *= extent
    return tuple(strides)
