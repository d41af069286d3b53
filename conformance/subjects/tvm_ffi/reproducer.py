"""One case of the subject `tvm-ffi` as a program of its own, which needs only apache-tvm-ffi and ctypes."""

from __future__ import annotations

from conformance.model.case import Case
from conformance.model.expectation import expectations_of
from conformance.model.value import Value
from conformance.subjects.tvm_ffi import types
from conformance.subjects.tvm_ffi.builtin_functions import BuiltinFunction
from conformance.subjects.tvm_ffi.kinds import FORMS, INDEX, SCALARS
from conformance.subjects.tvm_ffi.records import payload


def render(case: Case, ready: BuiltinFunction, version: str) -> str:
    """The program; it exits with 1 where what happens is not what is required."""
    codes, padding = dict(case.wire.codes), dict(case.wire.padding)
    slots = []
    for at, value in enumerate(case.payload):
        kind = FORMS.get(value.kind, value.kind)
        index = INDEX.get(kind, INDEX.get(kind.partition("_")[0], 0))
        length = len(value.data or b"") if kind in ("smallstr", "smallbytes") else 0
        slots.append((codes.get(at, index), padding.get(at, length), _what(kind, value)))
    name, _, method = ready.name.partition("::")
    find = (
        f"next(m.func for m in tvm_ffi.core._lookup_or_register_type_info_from_type_key({name!r}).methods "
        f"if m.name == {method!r})"
        if method
        else "tvm_ffi.get_global_func(FUNCTION)"
    )
    return types.render(
        "reproducer/builtin.py.j2",
        key=case.key,
        due=expectations_of(case)[0],
        version=version,
        function=repr(ready.name),
        slots="[\n" + "".join(f"    {slot!r},\n" for slot in slots) + "]",
        claimed_count=len(case.payload) if case.wire.count is None else case.wire.count,
        nulls=repr(case.wire.nulls),
        find=find,
    )


def _what(kind: str, value: Value) -> int | tuple[str, object]:
    """A number, or how the program makes what the slot points to."""
    if kind in SCALARS:
        return payload(kind, value.bits)
    if value.tensor is not None:
        return "tensor" if kind == "tensor" else "dltensor", value.tensor.shape
    if value.data is None:
        return value.bits
    if kind in ("smallstr", "smallbytes"):
        return int.from_bytes(value.data.ljust(8, b"\0"), "little")
    if kind in ("str", "bytes", "rawstr", "bytearray"):
        return kind, value.data
    text = value.data.decode()
    if kind == "func":
        return "python", f"tvm_ffi.get_global_func({text!r})"
    if kind == "error":
        return "python", f"tvm_ffi.core.Error(*{tuple(text.split(': ', 1))!r}, '')"
    if kind == "object":
        return "python", "tvm_ffi.get_global_func('testing.make_unregistered_object')()"
    if kind == "shape":
        return "python", f"tvm_ffi.Shape({text})"
    maker = {"list": "List", "dict": "Dict", "map": "Map"}.get(kind.partition("_")[0], "Array")
    return "rvalue" if kind == "rvalue" else "python", f"tvm_ffi.{maker}({text.replace('null', 'None')})"
