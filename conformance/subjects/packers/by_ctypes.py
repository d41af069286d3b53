"""The subject `ctypes-packer`: a packed function called through ctypes, with nothing but Python's own library."""

from __future__ import annotations

import ctypes
import platform
from typing import Any

from conformance.model.kinds import KINDS
from conformance.model.subject import Call, Reply, SubjectInfo
from conformance.model.value import Value
from conformance.subjects.packers import capture as c
from conformance.subjects.packers.numbers import plain, value


class ValueUnion(ctypes.Union):
    """`TVMValue`."""

    _fields_ = (
        ("v_int64", ctypes.c_int64), ("v_float64", ctypes.c_double), ("v_handle", ctypes.c_void_p),
        ("v_str", ctypes.c_char_p), ("v_dtype", c.DataType), ("v_device", c.Device),
    )  # fmt: skip


_CALLED: Any = ctypes.CFUNCTYPE(
    ctypes.c_int,
    ctypes.POINTER(ValueUnion),
    ctypes.POINTER(ctypes.c_int),
    ctypes.c_int,
    ctypes.POINTER(ValueUnion),
    ctypes.POINTER(ctypes.c_int),
    ctypes.c_void_p,
)


class CtypesPacker:
    """Packed calls made through ctypes."""

    about = SubjectInfo(
        name="ctypes-packer",
        version=platform.python_version(),
        rules="tvm-packed",
        sides=("ctypes", "wire"),
        packs=(*(kind for kind in KINDS if KINDS[kind].is_integer), *("bool", *c.CODES)),
    )

    def __init__(self) -> None:
        """Makes the callee, which is called by its address."""
        self.capture = c.Capture()
        self._kept: list[Any] = []

    def pack(self, call: Call) -> Reply:
        """Packs the values of a call as code with ctypes does, and calls."""
        count = len(call.slots)
        cells, codes = (ValueUnion * count)(), (ctypes.c_int * count)()
        ctypes.memset(cells, c.POISON, ctypes.sizeof(cells))
        self._kept.clear()
        for at, slot in enumerate(call.slots):
            codes[at] = self.put(cells[at], slot.value)
        self.capture.expect(call.result)
        ret, ret_code = ValueUnion(), ctypes.c_int()
        status = _CALLED(self.capture.address)(cells, codes, count, ret, ret_code, None)
        taken = None if call.result is None else self.taken(ret, call.result.kind)
        return Reply(status, slots=self.capture.arrived, ret=taken, remarks=self.capture.remarks)

    def put(self, cell: Any, given: Value) -> int:
        """Lays a value into a slot; gives its code."""
        kind = given.kind
        if KINDS[kind].is_integer or kind == "bool":
            cell.v_int64 = plain(given)
        elif kind in ("f32", "f64"):
            cell.v_float64 = plain(given)
        elif kind == "str":
            cell.v_str = given.data
        elif kind == "bytes":
            cell.v_handle = ctypes.addressof(self.keep(self._bytes(given.data or b"")))
        elif given.tensor is not None and kind == "tensor":
            cell.v_handle = ctypes.addressof(self.keep(c.tensor_of(given.tensor)))
        elif kind in ("dtype", "device"):
            member, cls = ("v_dtype", c.DataType) if kind == "dtype" else ("v_device", c.Device)
            setattr(cell, member, cls.from_buffer_copy(given.bits.to_bytes(ctypes.sizeof(cls), "little")))
        else:
            cell.v_handle = given.bits or None
        return c.CODES.get(kind, c.INT)

    def keep(self, made: Any) -> Any:
        """What is made for a call lives until the next."""
        self._kept.append(made)
        return made

    def _bytes(self, data: bytes) -> c.BytesPointee:
        held = self.keep(ctypes.create_string_buffer(data, len(data)) if data else ctypes.create_string_buffer(1))
        return c.BytesPointee(ctypes.addressof(held), len(data))

    def taken(self, ret: Any, kind: str) -> Value | None:
        """What is taken of a result."""
        if KINDS[kind].is_integer or kind == "bool":
            return value(kind, ret.v_int64)
        if kind in ("f32", "f64"):
            return value(kind, ret.v_float64)
        if kind == "str":
            return Value(kind, data=ret.v_str)
        if kind == "bytes":
            return Value(kind, data=c.read_bytes(ret.v_handle)) if ret.v_handle else Value(kind)
        if kind == "tensor":
            return Value(kind, tensor=c.read_tensor(ret.v_handle)[0]) if ret.v_handle else Value(kind)
        if kind in ("dtype", "device"):
            return Value(kind, int.from_bytes(bytes(ret.v_dtype if kind == "dtype" else ret.v_device), "little"))
        return Value(kind, ret.v_handle or 0)
