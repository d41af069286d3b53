"""The C++ type of each kind, and the C++ texts of callees and callers, rendered from templates."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
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
    "list": "List<Any>", "list_i64": "List<int64_t>", "dict": "Dict<Any, Any>",
    "dict_str_i64": "Dict<String, int64_t>", "func_typed": "TypedFunction<int64_t(int64_t)>",
    "expected_i64": "Expected<int64_t>", "expected_void": "Expected<void>", "rvalue_array": "RValueRef<Array<Any>>",
    "rvalue_object": "RValueRef<ObjectRef>",
    "strict_bool": "StrictBool", "enum_i32": "abi::Level", "nullptr": "std::nullptr_t", "bigint": "BigInt",
    "object_ptr": "ObjectPtr<Object>", "object_arc": "Arc<Object>", "object_raw": "const Object*",
    "std_vector": "std::vector<int64_t>", "std_array": "std::array<int64_t, 2>",
    "std_optional": "std::optional<int64_t>", "std_variant": "std::variant<int64_t, String>",
    "std_tuple": "std::tuple<int64_t, String>", "std_map": "std::map<std::string, int64_t>",
    "std_unordered_map": "std::unordered_map<std::string, int64_t>", "std_function": "std::function<int64_t(int64_t)>",
}  # fmt: skip
"""By kind; own ones as `rules/tvm-ffi-cpp.toml` names them."""

_STL = "extra/stl.h", "struct TypeTraits<std::tuple<Args...>>"
_NEEDED = {
    "list": ("container/list.h", ""),
    "list_i64": ("container/list.h", ""),
    "dict": ("container/dict.h", ""),
    "dict_str_i64": ("container/dict.h", ""),
    "expected_i64": ("expected.h", "struct TypeTraits<Expected<T>>"),
    "expected_void": ("expected.h", "struct TypeTraits<Expected<void>>"),
    "rvalue_array": ("rvalue_ref.h", ""),
    "rvalue_object": ("rvalue_ref.h", ""),
    "enum_i32": ("type_traits.h", "struct TypeTraits<IntEnum"),
    "bigint": ("big_int.h", ""),
    "object_ptr": ("object.h", "struct TypeTraits<ObjectPtr<TObject>"),
    "object_arc": ("object.h", "struct TypeTraits<Arc<TObject>"),
    **dict.fromkeys((kind for kind in TYPES if kind.startswith("std_")), _STL),
}
"""Kinds that not every release has: the header, and a text in it, by which one is known that has."""

ONLY_ARGUMENTS = {
    "dltensor": "a DLTensor* does not own its tensor: the headers refuse to return it (container/tensor.h)",
    "tensor_view": "a TensorView does not own its tensor: the headers have no way to return it (container/tensor.h)",
    "any_view": "an AnyView does not own its value: the headers have no way to return it (function_detail.h)",
    "rvalue_array": "an RValueRef is how an argument is passed: nothing can be kept as one (rvalue_ref.h)",
    "rvalue_object": "an RValueRef is how an argument is passed: nothing can be kept as one (rvalue_ref.h)",
}
"""Kinds that a function cannot return, and why."""

_GONE = "it does not own what it points to: a caller that takes one would follow what is gone (any.h, cast)"
_NEVER_TAKEN = {
    "rawstr": _GONE,
    "bytearray": _GONE,
    "object_raw": _GONE,
    "std_variant": "TypedFunction<std::variant<...>()> does not compile: MoveFromAnyAfterCheck of extra/stl.h is const",
}
"""Kinds that a C++ caller cannot take, and why."""

_TAKEN_FROM = {
    "dtype": ("dtype.h", "static DLDataType MoveFromAnyAfterCheck"),
    "func_typed": ("function.h", "static TypedFunction<FType> MoveFromAnyAfterCheck"),
}
"""Kinds that a caller can take where a header defines what moves them: the header, and how the definition begins.

Before 0.1.12 they have none, and a TypedFunction that returns one does not compile.
"""

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


def callers(kinds: Sequence[str]) -> str:
    """A translation unit with one caller for each of the kinds, and for nothing."""
    return render("caller.cc.j2", kinds=[*((kind, TYPES[kind]) for kind in kinds), (NONE, "void")])


def taken(package: Path) -> tuple[str, ...]:
    """The kinds that a caller compiled with the headers of an installed release can take."""
    kinds = [kind for kind in known(package) if kind not in (*ONLY_ARGUMENTS, *_NEVER_TAKEN)]
    return tuple(kind for kind in kinds if kind not in _TAKEN_FROM or has(package, *_TAKEN_FROM[kind]))


def known(package: Path) -> tuple[str, ...]:
    """The kinds that the headers of an installed release have."""
    return tuple(kind for kind in TYPES if kind not in _NEEDED or has(package, *_NEEDED[kind]))


def lacking(kinds: Sequence[str]) -> tuple[str, ...]:
    """A sentence on the types that a release does not have, if there are any."""
    names = [TYPES[kind] for kind in TYPES if kind not in kinds]
    return (f"this release has no {', '.join(names)}",) if names else ()


@cache
def has(package: Path, header: str, text: str) -> bool:
    """Whether an installed release has a header with this text in it."""
    file = package / "include" / "tvm" / "ffi" / header
    return file.is_file() and text in file.read_text("utf-8")


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
