"""The ready-made functions of libtvm_ffi_testing.so: what each declares, and how its result tells what its body saw.

Source: `src/ffi/testing/testing.cc` in the wheels of apache-tvm-ffi, the same C++ signatures in every release that has
the function. Left out: `testing.schema_id_dltensor`, whose result can never be returned (`DLTensor* cannot be held in
Any`, container/tensor.h), and packed functions that declare nothing (`nop`, `echo`, `apply`).
"""

from __future__ import annotations

from struct import Struct
from typing import Literal, NamedTuple

from conformance.model.signature import Param, Signature
from conformance.subjects.tvm_ffi.abi import Library, Word, ffi
from conformance.subjects.tvm_ffi.kinds import FLOAT, INT, SMALLSTR

Witness = Literal["result", "one less", "fields", "elements", "items", "nothing"]
"""How a function's result tells its argument: as it is; plus one; as fields, elements or items of it; not at all."""


class BuiltinFunction(NamedTuple):
    """One function: its global name (`type::name` of a registered method), what it declares, and its witness."""

    name: str
    params: tuple[str, ...]
    ret: str
    witness: Witness = "result"

    @property
    def signature(self) -> Signature:
        """What it declares, as cases name it."""
        return Signature(tuple(map(Param, self.params)), self.ret)

    def find(self, library: Library) -> int:
        """The address of its function object in this release, 0 if it has none."""
        key, _, method = self.name.partition("::")
        return library.method(key, method) if method else library.function(self.name)


def _identity(name: str, kind: str) -> BuiltinFunction:
    return BuiltinFunction(f"testing.schema_id_{name}", (kind,), kind)


READY: tuple[BuiltinFunction, ...] = (
    _identity("int", "i64"),
    _identity("float", "f64"),
    _identity("bool", "bool"),
    _identity("device", "device"),
    _identity("dtype", "dtype"),
    _identity("string", "str"),
    _identity("bytes", "bytes"),
    _identity("func", "func"),
    _identity("func_typed", "func_typed"),
    _identity("any", "any"),
    _identity("object", "object"),
    _identity("tensor", "tensor"),
    _identity("opt_int", "opt_int"),
    _identity("opt_str", "opt_str"),
    _identity("opt_obj", "opt_object"),
    _identity("arr", "array"),
    _identity("arr_int", "array_int"),
    _identity("arr_str", "array_str"),
    _identity("arr_obj", "array_object"),
    _identity("map", "map"),
    _identity("map_str_int", "map_str_int"),
    _identity("map_str_str", "map_str_str"),
    _identity("map_str_obj", "map_str_object"),
    _identity("variant_int_str", "variant_int_str"),
    BuiltinFunction("testing.schema_variant_mix", ("variant_mix",), "variant_mix"),
    _identity("list_int", "list_int"),
    _identity("list_str", "list_str"),
    _identity("list_obj", "list_object"),
    _identity("dict_str_int", "dict_str_int"),
    _identity("dict_str_str", "dict_str_str"),
    BuiltinFunction("testing.add_one", ("i32",), "i32", "one less"),
    BuiltinFunction("testing.schema_tensor_view_input", ("tensor_view",), "none", "nothing"),
    BuiltinFunction("testing.optional_tensor_view_has_value", ("opt_tensor_view",), "bool", "nothing"),
    BuiltinFunction("testing.schema_no_args", (), "i64", "nothing"),
    BuiltinFunction("testing.schema_no_args_no_return", (), "none", "nothing"),
    BuiltinFunction("testing.schema_no_return", ("i64",), "none", "nothing"),
    BuiltinFunction("testing.SchemaAllTypes::make_with", ("i64", "f64", "str"), "object", "fields"),
    BuiltinFunction("testing.make_array_with_mixed", ("tensor", "i64"), "array", "elements"),
    BuiltinFunction("testing.make_list_with_tensor", ("tensor", "i64"), "list", "elements"),
    BuiltinFunction("testing.make_nested_map_with_tensor", ("tensor", "tensor"), "map", "nothing"),
    BuiltinFunction("testing.schema_arr_map_opt", ("array_opt_int", "map_str_array_int", "opt_str"), "map", "nothing"),
)
"""All of them; a release has those that `find` finds."""


_MEMBERS = Struct("<32xQQ16xiIQ")
"""Where a testing.SchemaAllTypes has v_int, v_float and v_string, behind its header (testing.cc)."""


def members(address: int) -> tuple[Word, Word, Word]:
    """The members of a testing.SchemaAllTypes that its maker was called with."""
    number, real, *string = _MEMBERS.unpack_from(ffi.buffer(ffi.cast("char*", address), _MEMBERS.size))
    return Word(INT, 0, number), Word(FLOAT, 0, real), Word(*string)


def _has_members(library: Library, maker: int) -> bool:
    """Whether the members lie where they are looked for."""
    sent = Word(INT, 0, 41), Word(FLOAT, 0, 42), Word(SMALLSTR, 1, ord("x"))
    made = library.invoke(maker, sent).payload
    found = members(made)
    library.release(made)
    return found == sent


def available(library: Library) -> dict[Signature, tuple[BuiltinFunction, int]]:
    """What this release has, by signature, with the address of each function object."""
    found = ((ready, ready.find(library)) for ready in READY)
    return {
        ready.signature: (ready, address)
        for ready, address in found
        if address and (ready.witness != "fields" or _has_members(library, address))
    }
