"""Renders a case as a C++ program of its own, which needs only tvm-ffi's headers and makes the call without Python."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from conformance.model.case import Case
from conformance.model.expectation import expectations_of
from conformance.model.signature import TensorSpec
from conformance.model.value import NO_VALUE, Value
from conformance.rules.load import Rules
from conformance.subjects.tvm_ffi import types
from conformance.subjects.tvm_ffi.decode import natural
from conformance.subjects.tvm_ffi.kinds import compact
from conformance.subjects.tvm_ffi.records import payload
from conformance.toolchain import Compiler

_MAKERS = {
    "rawstr": "abi::Pointer({text})",
    "bytearray": "abi::ByteArray({text}, {size})",
    "smallstr": "abi::Small({text}, {size})",
    "smallbytes": "abi::Small({text}, {size})",
    "str": "abi::Text(kTVMFFIStr, {text}, {size})",
    "bytes": "abi::Text(kTVMFFIBytes, {text}, {size})",
}
"""How a text lies in a slot, by the name of its code."""


def files(case: Case, rules: Rules, version: str, compiler: Compiler, built: str = "") -> dict[str, str]:
    """The program, the headers that it includes, and the Makefile, by file name.

    `built` is the release that it is compiled against, where that is chosen; `version` is the one that runs.
    """
    told = len(case.payload) if case.wire.count is None else case.wire.count
    codes = [dict(case.wire.codes).get(at, rules.code(value.kind)) for at, value in enumerate(case.payload)]
    context: dict[str, Any] = {
        "key": case.key,
        "version": version,
        "built": built,
        "runtime": version,
        "declared": str(case.declared),
        "f": types.spelled(case.declared),
        "arguments": [_argument(rules, case, at, code) for at, code in enumerate(codes)],
        "result": None if case.result == NO_VALUE else _slot(rules, case.result, rules.code(case.result.kind)),
        "count": told,
        "null_args": "args" in case.wire.nulls,
        "null_ret": "ret" in case.wire.nulls,
        "due": expectations_of(case)[0],
        "cxx": compiler.command[0].rpartition("/")[2],
        "flags": " ".join(compiler.flags),
    }
    return {
        "main.cc": types.render("reproducer/main.cc.j2", **context),
        "Makefile": types.render("reproducer/Makefile.j2", **context),
        "slots.h": (types.FOLDER / "reproducer" / "slots.h").read_text("utf-8"),
        "witness.h": (types.FOLDER / "witness.h").read_text("utf-8"),
    }


def _argument(rules: Rules, case: Case, at: int, code: int) -> str:
    slot = _slot(rules, case.payload[at], code)
    padding = dict(case.wire.padding).get(at)
    return slot if padding is None else f"abi::Padded({padding}, {slot})"


def _slot(rules: Rules, value: Value, code: int) -> str:
    return f"abi::Under({code}, {_value(rules, value)})"


def _value(rules: Rules, value: Value) -> str:
    name, plain = rules.code_name(value.kind), natural(rules, value)
    if plain.tensor is not None and name in ("tensor", "dltensor"):
        view = _view(plain.tensor, plain.no_data)
        return f"abi::TensorObject({view})" if name == "tensor" else f"abi::Pointer({view})"
    if value.data is None:
        return f"abi::Bits({_bits(plain)})"
    if name in _MAKERS:
        return _MAKERS[name].format(text=_literal(value.data), size=len(value.data))
    text = value.data.decode()
    if name == "function":
        return f"abi::Made(Function::GetGlobalRequired({_literal(value.data)}))"
    if name == "error":
        kind, _, message = text.partition(": ")
        return f'abi::Made(Error({_literal(kind.encode())}, {_literal(message.encode())}, ""))'
    if name == "shape":
        return f"abi::Made(Shape({{{', '.join(map(str, json.loads(text)))}}}))"
    if name == "rvalue":
        return f"abi::Lent({_item(json.loads(text))})"
    if name in ("list", "dict"):
        return f"abi::Made({_item(json.loads(text), linked=True)})"
    return f"abi::Made({_item(json.loads(text))})" if name in ("array", "map") else "abi::Plain()"


def _bits(value: Value) -> str:
    if value.kind == "f32":
        return f"abi::Widened(0x{value.bits:08x}u)"
    return f"0x{payload(value.kind, value.bits):x}u"


def _view(spec: TensorSpec, no_data: bool) -> str:
    dtype, device = spec.dtype, spec.device
    shape, strides = (
        ", ".join(map(str, one))
        for one in (spec.shape, spec.strides if spec.strides is not None else compact(spec.shape))
    )
    return (
        f"abi::View({{{dtype.code}, {dtype.bits}, {dtype.lanes}}}, "
        f"{{static_cast<DLDeviceType>({device[0]}), {device[1]}}}, {{{shape}}}, {{{strides}}}, "
        f"{spec.byte_offset}, {str(no_data).lower()})"
    )


def _item(item: Any, linked: bool = False) -> str:
    """An element of a container, as the C++ expression that makes it; `linked` makes the mutable containers."""
    if item is None:
        return "Any(nullptr)"
    if isinstance(item, bool):
        return f"Any({str(item).lower()})"
    if isinstance(item, int):
        return f"Any(int64_t{{{item}}})"
    if isinstance(item, float):
        return f"Any({item!r})"
    if isinstance(item, str):
        return f"Any(String({_literal(item.encode())}))"
    if isinstance(item, Mapping):
        pairs = ", ".join(f"{{{_item(key)}, {_item(one)}}}" for key, one in item.items())
        return f"{'Dict' if linked else 'Map'}<Any, Any>({{{pairs}}})"
    return f"{'List' if linked else 'Array'}<Any>({{{', '.join(map(_item, item))}}})"


def _literal(data: bytes) -> str:
    """A C string of these bytes; octal escapes end after three digits, whatever follows."""
    plain = {*range(32, 127)} - set(b'"\\?')
    return '"' + "".join(chr(byte) if byte in plain else f"\\{byte:03o}" for byte in data) + '"'
