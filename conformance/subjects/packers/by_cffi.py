"""The subject `cffi-packer`: a packed function called through cffi in ABI mode."""

from __future__ import annotations

from typing import Any

import cffi

from conformance.model.kinds import KINDS
from conformance.model.signature import DType, TensorSpec
from conformance.model.subject import Call, Reply, Runtime, SubjectInfo
from conformance.model.value import Value
from conformance.subjects.packers import capture as c
from conformance.subjects.packers.numbers import plain, value

ffi: Any = cffi.FFI()
ffi.cdef(
    """
    typedef struct { uint8_t code, bits; uint16_t lanes; } DLDataType;
    typedef struct { int32_t device_type, device_id; } DLDevice;
    typedef struct { void* data; DLDevice device; int32_t ndim; DLDataType dtype; int64_t* shape; int64_t* strides;
                     uint64_t byte_offset; } DLTensor;
    typedef struct { const char* data; size_t size; } TVMByteArray;
    typedef union { int64_t v_int64; double v_float64; void* v_handle; const char* v_str; DLDataType v_type;
                    DLDevice v_device; } TVMValue;
    typedef int (*TVMBackendPackedCFunc)(TVMValue* args, int* codes, int count, TVMValue* ret, int* ret_code, void*);
    """
)


class CffiPacker:
    """Packed calls made through cffi."""

    runtime = Runtime(distributions=("cffi",), packages=("cffi",))

    about = SubjectInfo(
        name="cffi-packer",
        version=cffi.__version__,
        rules="tvm-packed",
        sides=("cffi", "wire"),
        packs=(*(kind for kind in KINDS if KINDS[kind].is_integer), *("bool", *c.CODES)),
    )

    def __init__(self) -> None:
        """Makes the callee, which is called by its address."""
        self.capture = c.Capture()
        self._function = ffi.cast("TVMBackendPackedCFunc", self.capture.address)

    def pack(self, call: Call) -> Reply:
        """Packs the values of a call as code with cffi does, and calls."""
        count = len(call.slots)
        args, codes = ffi.new("TVMValue[]", max(count, 1)), ffi.new("int[]", max(count, 1))
        ffi.buffer(args)[:] = bytes([c.POISON]) * ffi.sizeof(args)
        kept: list[Any] = []
        for at, slot in enumerate(call.slots):
            kept.append(_put(args[at], slot.value))
            codes[at] = c.CODES.get(slot.value.kind, c.INT)
        self.capture.expect(call.result)
        ret, ret_code = ffi.new("TVMValue*"), ffi.new("int*")
        status = self._function(args, codes, count, ret, ret_code, ffi.NULL)
        taken = None if call.result is None else _taken(ret, call.result.kind)
        return Reply(status, slots=self.capture.arrived, ret=taken, remarks=self.capture.remarks)


def _put(slot: Any, given: Value) -> Any:
    """Lays a value into a slot; gives what must live until the call is over."""
    kind, made = given.kind, None
    if KINDS[kind].is_integer or kind == "bool":
        slot.v_int64 = ffi.cast("int64_t", plain(given))
    elif kind in ("f32", "f64"):
        slot.v_float64 = plain(given)
    elif kind == "str":
        made = slot.v_str = ffi.new("char[]", given.data)
    elif kind == "bytes":
        data = ffi.new("char[]", given.data)
        array = ffi.new("TVMByteArray*", {"data": data, "size": len(given.data or b"")})
        made, slot.v_handle = (data, array), array
    elif kind == "tensor" and given.tensor is not None:
        made = _tensor(given.tensor)
        slot.v_handle = made[0]
    elif kind == "dtype":
        slot.v_type = [given.bits & 0xFF, given.bits >> 8 & 0xFF, given.bits >> 16]
    elif kind == "device":
        slot.v_device = [ffi.cast("int32_t", given.bits), ffi.cast("int32_t", given.bits >> 32)]
    else:
        slot.v_handle = ffi.cast("void*", given.bits)
    return made


def _tensor(spec: TensorSpec) -> tuple[Any, ...]:
    tensor = ffi.new("DLTensor*")
    shape, strides = (ffi.new("int64_t[]", list(extents or ())) for extents in (spec.shape, spec.strides))
    tensor.data, tensor.shape = tensor, shape
    tensor.strides = ffi.NULL if spec.strides is None else strides
    tensor.device = list(spec.device)
    tensor.ndim, tensor.byte_offset = spec.ndim, spec.byte_offset
    tensor.dtype = [spec.dtype.code, spec.dtype.bits, spec.dtype.lanes]
    return tensor, shape, strides


def _taken(ret: Any, kind: str) -> Value:
    """What is taken of a result."""
    if KINDS[kind].is_integer or kind == "bool":
        return value(kind, ret.v_int64)
    if kind in ("f32", "f64"):
        return value(kind, ret.v_float64)
    if kind in ("dtype", "device"):
        member = "v_type" if kind == "dtype" else "v_device"
        return Value(kind, int.from_bytes(ffi.buffer(ffi.addressof(ret, member)), "little"))
    if ret.v_handle == ffi.NULL:
        return Value(kind)
    if kind == "str":
        return Value(kind, data=ffi.string(ret.v_str))
    if kind == "bytes":
        array = ffi.cast("TVMByteArray*", ret.v_handle)
        return Value(kind, data=bytes(ffi.buffer(array.data, array.size)))
    if kind == "tensor":
        return Value(kind, tensor=_metadata(ffi.cast("DLTensor*", ret.v_handle)))
    return Value(kind, int(ffi.cast("uintptr_t", ret.v_handle)))


def _metadata(tensor: Any) -> TensorSpec:
    dtype, device = tensor.dtype, tensor.device
    return TensorSpec(
        DType(dtype.code, dtype.bits, dtype.lanes),
        tuple(ffi.unpack(tensor.shape, tensor.ndim)) if tensor.ndim else (),
        tuple(ffi.unpack(tensor.strides, tensor.ndim)) if tensor.strides else None,
        tensor.byte_offset,
        (device.device_type, device.device_id),
    )
