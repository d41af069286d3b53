"""Makes one call of a function that TVM compiles, in a child process. Exit status 1: the bug shows; 0: it does not.

Needs apache-tvm (0.25 or later) only, for target c also a C compiler. Written by abi-conformance.
"""

import ctypes
import inspect
import os
import re
import struct
import sys
import tempfile

import tvm
import tvm_ffi
from tvm import tirx

CASE = {}
BUFFER_MAP = "buffer_map" in inspect.signature(tirx.PrimFunc.__init__).parameters  # before 0.26

VALUE = 15  # kTVMFFIAnyUnionValue
RESULT = 255  # the slot of the witness that the body returns
FFI = ctypes.CDLL(tvm_ffi.libinfo.find_libtvm_ffi())


def function():
    """A function that stores what it sees where the stream of device (12, 0) points, a TVMFFIAny an argument."""
    witness = tirx.Var("witness", "handle")

    def store(place, value):
        return tirx.Evaluate(tirx.tvm_struct_set(witness, place, VALUE, value))

    body = [tirx.Bind(witness, tirx.call_extern("handle", "TVMFFIEnvGetStream", 12, 0))]
    body.append(store(0, tirx.const(1, "int64")))
    parameters, buffers = [], {}
    for place, (dtype, *tensor) in enumerate(CASE["parameters"]):
        if tensor:
            shape, strides, offset = tensor
            parameter = tirx.decl_buffer(shape, dtype, f"a{place}", strides=strides, elem_offset=offset)
            value = tirx.address_of(parameter[tuple(0 for _ in shape)])
            if BUFFER_MAP:
                handle = tirx.Var(f"a{place}_handle", "handle")
                buffers[handle], parameter = parameter, handle
        else:
            parameter = value = tirx.Var(f"a{place}", dtype)
            wide = "handle" if dtype == "handle" else "float64" if dtype.startswith("float") else "int64"
            value = value if dtype == wide else tirx.Cast(wide, value)
        parameters.append(parameter)
        body.append(store(place + 1, value))
    returns, ret_type = CASE["returns"], None
    if returns:
        wide = "handle" if returns == "handle" else "float64" if returns.startswith("float") else "int64"
        value = tirx.tvm_struct_get(witness, RESULT, VALUE, wide)
        value = value if returns == wide else tirx.Cast(returns, value)
        body.append(tirx.Return(value) if hasattr(tirx, "Return") else tirx.Evaluate(tirx.ret(value)))
        void = tvm.ir.PointerType(tvm.ir.PrimType("void"))
        ret_type = void if returns == "handle" else tvm.ir.PrimType(returns)
    more = {"buffer_map": buffers} if BUFFER_MAP else {}
    made = tirx.PrimFunc(parameters, tirx.stmt_seq(*body), ret_type=ret_type, **more)
    return made.with_attr({"global_symbol": "f"})


def compiled(folder):
    with tvm.transform.PassContext(config={"tirx.disable_assert": True} if CASE["release"] else {}):
        built = tvm.compile(tvm.IRModule({"f": function()}), target=CASE["target"])
    if CASE["target"] != "c":
        return built["f"]
    built.export_library(f"{folder}/f.so")
    return tvm.runtime.load_module(f"{folder}/f.so")["f"]


def address(data, kept):
    kept.append(ctypes.create_string_buffer(data, max(1, len(data))))
    return ctypes.addressof(kept[-1])


def word(code, passed, kept):
    """The 64 bits beside a code: those given, or the address of a DLTensor, behind an object's header from 64 on."""
    if not isinstance(passed, dict):
        return passed
    shape, strides = passed["shape"], passed["strides"]
    dims = address(struct.pack(f"<{len(shape)}q", *shape), kept)
    steps = address(struct.pack(f"<{len(strides)}q", *strides), kept) if strides is not None else 0
    data = 0 if passed["no_data"] else (address(bytes(4096), kept) + 255) & ~255
    head = (data, *passed["device"], len(shape), *passed["dtype"], dims, steps, passed["byte_offset"])
    tensor = struct.pack("<QiiiBBHQQQ", *head)
    return address(struct.pack("<QiIQ", 1 << 20, code, 0, 1 << 47) + tensor if code >= 64 else tensor, kept)


def call(f):
    """Makes the call and says whether the bug shows."""
    witness = (ctypes.c_uint64 * 2 * 256)()
    witness[RESULT][1] = CASE["result"]
    FFI.TVMFFIEnvSetStream(12, 0, ctypes.byref(witness), None)
    kept, result = [], ctypes.create_string_buffer(16)
    slots = [struct.pack("<iIQ", code, pad, word(code, one, kept)) for code, pad, one in CASE["slots"]]
    args = None if CASE["null_args"] else ctypes.c_void_p(address(b"".join(slots), kept))
    status = FFI.TVMFFIFunctionCall(ctypes.c_void_p(f.__chandle__()), args, CASE["count"], result)
    if status != 0:
        raised = ctypes.c_void_p()
        FFI.TVMFFIErrorMoveFromRaised(ctypes.byref(raised))
        at, size = struct.unpack("<2Q", ctypes.string_at(raised.value + 40, 16))
        text = ctypes.string_at(at, size).decode()
        print(f"rejected with status {status}: {text}")
        named = re.search(CASE["error_index"], text) if CASE["may_name"] else None
        if CASE["may_name"]:  # where checks are compiled out, the conversions of these arguments may have their own
            return not named or int(named["index"]) - CASE["error_base"] not in CASE["may_name"]
        return not CASE["may_reject"]
    seen = [witness[place + 1][1] for place in range(len(CASE["parameters"]))]
    print("accepted; the body saw", ", ".join(map(hex, seen)) or "nothing")
    return not CASE["may_accept"] or any(due not in (None, one) for due, one in zip(CASE["must_see"], seen))


def main():
    print(CASE["key"])
    print("it must:", CASE["required"])
    with tempfile.TemporaryDirectory() as folder:
        f = compiled(folder)
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            shows = call(f)
            sys.stdout.flush()
            os._exit(int(shows))
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status < 0:
        print(f"died of signal {-status}")
    print("the bug shows" if status else "the bug does not show")
    return int(status != 0)


if __name__ == "__main__":
    sys.exit(main())
