"""Emits callees with TVM's compiler: a PrimFunc for each signature, whose body records what it was called with.

The body stores every argument into a row of `TVMFFIAny` slots, the witness of the calling thread. Its address is what
`TVMFFIEnvGetStream` gives for a device that nobody has: thread-local, found by a C symbol from both targets, and no
part of the text, so that compiled text can be kept. Stores go through `tvm_struct_set`, the one way to write scalars
and pointers alike that TVM 0.25, 0.26 and 0.27 share.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from conformance.model.kinds import KINDS, NONE
from conformance.model.signature import DType, Param, Signature, TensorSpec

DECLARABLE = ("i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "f32", "f64", "bool", "handle", "tensor")
"""The kinds that a PrimFunc can declare."""

SAMPLE = Signature(tuple(Param(kind, TensorSpec() if kind == "tensor" else None) for kind in DECLARABLE), "i64")
"""A signature whose function needs of the runtime all that functions need, whatever they declare."""

WITNESS_DEVICE = (12, 0)
"""The device whose current stream is the witness: kDLExtDev, which TVM's own code never asks for (dlpack.h)."""

RAN, FIRST, RESULT = 0, 1, 255
"""The places in the witness: the mark that the body ran, the first argument, and what the body is to return."""

_VALUE_FIELD = 15
"""kTVMFFIAnyUnionValue of BuiltinStructFieldKind (include/tvm/tirx/builtin.h): the value of a `TVMFFIAny`."""

_LETTERS = {0: "int", 1: "uint", 2: "float", 4: "bfloat"}


class Undeclarable(Exception):
    """A signature that no PrimFunc can have; the message says why."""


def dtype_name(dtype: DType) -> str:
    """A data type as TVM spells it. Raises Undeclarable."""
    if dtype.code not in _LETTERS:
        raise Undeclarable(f"TVM has no name for the data type {dtype}")
    return f"{_LETTERS[dtype.code]}{dtype.bits}" + (f"x{dtype.lanes}" if dtype.lanes != 1 else "")


def scalar_name(kind: str) -> str:
    """A kind of scalar or a handle as TVM spells it. Raises Undeclarable."""
    info = KINDS[kind]
    if info.is_integer or info.family == "float":
        return f"{info.family}{8 * info.width}"
    if kind in ("bool", "handle"):
        return kind
    raise Undeclarable(f"a PrimFunc has no {kind}")


def element_offset(spec: TensorSpec) -> int:
    """The declared byte offset in elements, as buffers have it. Raises Undeclarable."""
    size = max(1, spec.dtype.bits * spec.dtype.lanes // 8)
    if spec.byte_offset % size:
        raise Undeclarable(f"a buffer's offset counts elements, and {spec.byte_offset} bytes are no whole one")
    return spec.byte_offset // size


def function(name: str, signature: Signature) -> Any:
    """The PrimFunc of a signature. Raises Undeclarable, or what TVM raises of a type that it does not have."""
    tvm: Any = importlib.import_module("tvm")
    tirx: Any = importlib.import_module("tvm.tirx")
    witness = tirx.Var("witness", "handle")
    stream = tirx.call_extern("handle", "TVMFFIEnvGetStream", *WITNESS_DEVICE)

    def store(place: int, value: Any) -> Any:
        return tirx.Evaluate(tirx.tvm_struct_set(witness, place, _VALUE_FIELD, value))

    parameters, stores = [], [store(RAN, tirx.const(1, "int64"))]
    for place, param in enumerate(signature.params):
        parameter, value = _parameter(tirx, place, param)
        parameters.append(parameter)
        stores.append(store(FIRST + place, value))
    returned, returned_type = _returned(tvm, tirx, witness, signature.ret)
    body = _bind(tirx, witness, stream, [*stores, *returned])
    return _prim_func(tirx, parameters, body, returned_type).with_attr({"global_symbol": name})


def compiled(functions: Mapping[str, Any], target: str, release: bool) -> Any:
    """What `tvm.compile` makes of functions by name, with `release` without the assertions that check calls."""
    tvm: Any = importlib.import_module("tvm")
    with tvm.transform.PassContext(config={"tirx.disable_assert": True} if release else {}):
        return tvm.compile(tvm.IRModule(dict(functions)), target=target)


def _parameter(tirx: Any, place: int, param: Param) -> tuple[Any, Any]:
    """The parameter of one argument, and what the body stores of it: 64 bits, or the address of its first element."""
    if param.tensor is not None:
        spec = param.tensor
        if spec.device != (1, 0):
            raise Undeclarable(f"code for the CPU has no tensor of device {spec.device[0]}:{spec.device[1]}")
        offset = element_offset(spec)
        buffer = tirx.decl_buffer(
            spec.shape, dtype_name(spec.dtype), f"a{place}", strides=spec.strides, elem_offset=offset
        )
        return buffer, tirx.address_of(buffer[tuple(0 for _ in spec.shape)])
    name = scalar_name(param.kind)
    variable = tirx.Var(f"a{place}", name)
    wide = {"int": "int64", "uint": "int64", "bool": "int64", "float": "float64"}.get(KINDS[param.kind].family, name)
    return variable, variable if name == wide else tirx.Cast(wide, variable)


def _returned(tvm: Any, tirx: Any, witness: Any, kind: str) -> tuple[list[Any], Any]:
    """The statement that returns what stands in the witness, and its type; nothing for a function without a return."""
    if kind == NONE:
        return [], None
    name = scalar_name(kind)
    wide = "float64" if name.startswith("float") else "handle" if name == "handle" else "int64"
    value = tirx.tvm_struct_get(witness, RESULT, _VALUE_FIELD, wide)
    value = value if name == wide else tirx.Cast(name, value)
    void = tvm.ir.PointerType(tvm.ir.PrimType("void"))
    statement = tirx.Return(value) if hasattr(tirx, "Return") else tirx.Evaluate(tirx.ret(value))
    return [statement], void if name == "handle" else tvm.ir.PrimType(name)


def _bind(tirx: Any, variable: Any, value: Any, statements: Sequence[Any]) -> Any:
    return tirx.stmt_seq(tirx.Bind(variable, value), *statements)


def _prim_func(tirx: Any, parameters: Sequence[Any], body: Any, returned: Any) -> Any:
    if "buffer_map" not in inspect.signature(tirx.PrimFunc.__init__).parameters:  # from 0.26 on
        return tirx.PrimFunc(list(parameters), body, ret_type=returned)
    buffers = {tirx.Var(f"{one.name}_handle", "handle"): one for one in parameters if isinstance(one, tirx.Buffer)}
    handles = {one.name: handle for handle, one in buffers.items()}
    named = [handles.get(one.name, one) for one in parameters]
    return tirx.PrimFunc(named, body, ret_type=returned, buffer_map=buffers)
