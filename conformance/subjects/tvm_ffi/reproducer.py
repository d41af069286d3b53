"""One case of the subject `tvm-ffi` as a program of its own, which needs only apache-tvm-ffi and ctypes."""

from __future__ import annotations

from conformance.model.case import Case
from conformance.model.value import Value
from conformance.subjects.tvm_ffi.builtin_functions import Ready
from conformance.subjects.tvm_ffi.kinds import FORMS, INDEX, SCALARS
from conformance.subjects.tvm_ffi.records import payload

_PROGRAM = '''"""{key}

{required}. Found with apache-tvm-ffi {version}.
"""

import ctypes
import os
import struct
import sys

import tvm_ffi

try:
    import tvm_ffi.testing  # registers testing.*
except ImportError:
    pass

FUNCTION = {function!r}
# Each slot: type index, padding (or a small text's length), and what lies in its 8 bytes.
SLOTS = {slots}
TOLD, NULLS = {claimed_count!r}, {nulls!r}
WANTED, NAMED = {wanted!r}, {named!r}
kept = []


def address(what):
    """The 8 bytes of a slot: a number as it is, or the address of what a description makes."""
    if isinstance(what, int):
        return what
    kind, data = what
    if kind in ("str", "bytes"):  # TVMFFIObject, then TVMFFIByteArray (c_api.h)
        text = ctypes.create_string_buffer(data, len(data) + 1)
        made = struct.pack("<IIiIQQQ", 1000, 1, 65 if kind == "str" else 66, 0, 0, ctypes.addressof(text), len(data))
        made = ctypes.create_string_buffer(made)
        kept.extend([text, made])
        return ctypes.addressof(made)
    if kind == "rawstr":
        text = ctypes.create_string_buffer(data)
        kept.append(text)
        return ctypes.addressof(text)
    if kind == "bytearray":
        text = ctypes.create_string_buffer(data, len(data) + 1)
        made = ctypes.create_string_buffer(struct.pack("<QQ", ctypes.addressof(text), len(data)))
        kept.extend([text, made])
        return ctypes.addressof(made)
    if kind in ("dltensor", "tensor"):  # DLManagedTensor: a float32 DLTensor on the CPU without data, which none reads
        shape = (ctypes.c_int64 * max(len(data), 1))(*data)
        made = ctypes.create_string_buffer(
            struct.pack("<QiiiBBHQQQQQ", 0, 1, 0, len(data), 2, 32, 1, ctypes.addressof(shape), 0, 0, 0, 0)
        )
        kept.extend([shape, made])
        if kind == "dltensor":
            return ctypes.addressof(made)
        tensor = ctypes.c_void_p()
        library.TVMFFITensorFromDLPack(ctypes.byref(made), 0, 0, ctypes.byref(tensor))
        return tensor.value
    made = eval(data)
    kept.append(made)
    return ctypes.addressof(kept_cell(made)) if kind == "rvalue" else made.__chandle__()


def kept_cell(made):
    """The cell that an r-value reference points to."""
    cell = ctypes.c_uint64(made.__chandle__())
    kept.append(cell)
    return cell


library = ctypes.CDLL(os.path.join(os.path.dirname(tvm_ffi.__file__), "lib", "libtvm_ffi.so"))
library.TVMFFIErrorMoveFromRaised.argtypes = [ctypes.c_void_p]
function = {find}
handle = function.__chandle__()
safe_call = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int32, ctypes.c_void_p)(
    ctypes.c_uint64.from_address(handle + 24).value  # TVMFFIFunctionCell, behind the 24 bytes of TVMFFIObject
)
packed = b"".join(struct.pack("<iIQ", index, padding, address(what)) for index, padding, what in SLOTS)
args = ctypes.create_string_buffer(packed, len(packed) + 16)
result = ctypes.create_string_buffer(16)  # type index 0: kTVMFFINone

print("required:", {required!r})
sys.stdout.flush()
child = os.fork()
if child == 0:
    status = safe_call(
        handle,
        None if "args" in NULLS else ctypes.addressof(args),
        TOLD,
        None if "ret" in NULLS else ctypes.addressof(result),
    )
    if status == 0:
        print("happened: accepted; the result slot holds", struct.unpack("<iIQ", result.raw))
        sys.stdout.flush()
        os._exit(1 if WANTED == "reject" else 0)
    error = ctypes.c_uint64()
    library.TVMFFIErrorMoveFromRaised(ctypes.addressof(error))
    data, size = struct.unpack("<QQ", ctypes.string_at(error.value + 24 + 16, 16))  # TVMFFIErrorCell.message
    message = ctypes.string_at(data, size).decode(errors="replace")
    print("happened: rejected:", message)
    sys.stdout.flush()
    os._exit(1 if WANTED == "accept" or (NAMED is not None and f"#{{NAMED}}" not in message) else 0)
_, ended = os.waitpid(child, 0)
if os.WIFSIGNALED(ended):
    print("happened: the process died of signal", os.WTERMSIG(ended))
elif os.WEXITSTATUS(ended) not in (0, 1):
    print("happened: the process exited with status", os.WEXITSTATUS(ended))
sys.exit(0 if ended == 0 else 1)
'''


def render(case: Case, ready: Ready, version: str) -> str:
    """The program; it exits with 1 where what happens is not what is required."""
    codes, padding = dict(case.wire.codes), dict(case.wire.padding)
    slots = []
    for at, value in enumerate(case.payload):
        kind = FORMS.get(value.kind, value.kind)
        index = INDEX.get(kind, INDEX.get(kind.partition("_")[0], 0))
        length = len(value.data or b"") if kind in ("smallstr", "smallbytes") else 0
        slots.append((codes.get(at, index), padding.get(at, length), _what(kind, value)))
    wanted = "accept" if case.mismatch.cls in ("match", "coerce", "width", "sign", "pointee", "padding") else "reject"
    if wanted == "accept" and any(param.kind in ("dtype", "device") for param in case.declared.params):
        wanted = "either"  # a text may name none
    name, _, method = ready.name.partition("::")
    named = case.mismatch.index if wanted != "accept" else None
    required = {"accept": "Accept", "reject": "Reject", "either": "Accept, or reject"}[wanted]
    if named is not None:
        required += f", naming argument {named}"
    find = (
        f"next(m.func for m in tvm_ffi.core._lookup_or_register_type_info_from_type_key({name!r}).methods "
        f"if m.name == {method!r})"
        if method
        else "tvm_ffi.get_global_func(FUNCTION)"
    )
    return _PROGRAM.format(
        key=case.key,
        required=required,
        version=version,
        function=ready.name,
        slots="[\n" + "".join(f"    {slot!r},\n" for slot in slots) + "]",
        claimed_count=len(case.payload) if case.wire.count is None else case.wire.count,
        nulls=case.wire.nulls,
        wanted=wanted,
        named=named,
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
