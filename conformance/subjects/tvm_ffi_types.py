"""The C++ type of each kind, and the C++ texts of callees and callers, rendered from templates."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import jinja2

from conformance.model.kinds import NONE
from conformance.model.signature import Signature
from conformance.toolchain.fixtures import root

TYPES = {
    "i8": "int8_t", "i16": "int16_t", "i32": "int32_t", "i64": "int64_t",
    "u8": "uint8_t", "u16": "uint16_t", "u32": "uint32_t", "u64": "uint64_t",
    "bool": "bool", "f32": "float", "f64": "double", "handle": "void*", "dtype": "DLDataType", "device": "DLDevice",
    "str": "String", "bytes": "Bytes", "rawstr": "const char*", "bytearray": "TVMFFIByteArray*",
    "stdstring": "std::string", "tensor": "Tensor", "dltensor": "DLTensor*", "tensor_view": "TensorView",
    "shape": "Shape", "func": "Function", "error": "Error", "object": "ObjectRef", "any": "Any", "any_view": "AnyView",
    "opt_i64": "Optional<int64_t>", "opt_f64": "Optional<double>", "opt_bool": "Optional<bool>",
    "opt_str": "Optional<String>", "opt_func": "Optional<Function>", "array": "Array<Any>",
    "array_i64": "Array<int64_t>", "array_f64": "Array<double>", "array_str": "Array<String>", "map": "Map<Any, Any>",
    "map_str_i64": "Map<String, int64_t>", "variant_i64_str": "Variant<int64_t, String>",
    "variant_str_array": "Variant<String, Array<int64_t>>", "tuple_i64_str": "Tuple<int64_t, String>",
}  # fmt: skip
"""By kind; own ones as `rules/tvm-ffi-cpp.toml` names them."""

ONLY_ARGUMENTS = {
    "dltensor": "a DLTensor* does not own its tensor: the headers refuse to return it (container/tensor.h)",
    "tensor_view": "a TensorView does not own its tensor: the headers have no way to return it (container/tensor.h)",
    "any_view": "an AnyView does not own its value: the headers have no way to return it (function_detail.h)",
}
"""Kinds that a function cannot return, and why."""

_NEVER_TAKEN = ("rawstr", "bytearray")
"""Kinds that do not own what they point to: a caller that takes one would follow what is gone (any.h, cast)."""

FOLDER = root() / "templates" / "tvm_ffi"
"""Where `witness.h` lies, which the texts include."""


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(  # noqa: S701 - what is rendered is C++, not HTML
        loader=jinja2.FileSystemLoader(FOLDER),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
        auto_reload=False,
    )


def symbol(place: int) -> str:
    """The exported entry point of a batch's callee (TVM_FFI_DLL_EXPORT_TYPED_FUNC, function.h)."""
    return f"__tvm_ffi_callee_{place}"


def callees(signatures: Sequence[Signature]) -> str:
    """A translation unit with one typed function for each signature."""
    return render("callees.cc.j2", functions=[spelled(signature) for signature in signatures])


def callers() -> str:
    """A translation unit with one caller for each kind that can be returned, and for nothing."""
    return render("caller.cc.j2", kinds=[*((kind, TYPES[kind]) for kind in returned()), (NONE, "void")])


def returned() -> tuple[str, ...]:
    """The kinds that a caller can take."""
    return tuple(kind for kind in TYPES if kind not in (*ONLY_ARGUMENTS, *_NEVER_TAKEN))


def render(name: str, **context: Any) -> str:
    """A template of this folder."""
    return _environment().get_template(name).render(context)


def spelled(signature: Signature) -> dict[str, str]:
    """The parts of a typed function of a signature, in C++."""
    types = [TYPES[param.kind] for param in signature.params]
    names = [f"a{at}" for at in range(len(types))]
    return {
        "text": str(signature),
        "ret": "void" if signature.ret == NONE else TYPES[signature.ret],
        "parameters": ", ".join(map(" ".join, zip(types, names, strict=True))),
        "arguments": ", ".join(names),
    }
