"""Makes one call of a function that TVM compiles, in a child process. Exit status 1: the bug shows; 0: it does not.

Needs apache-tvm (0.25 or later) only, for target c also a C compiler. Where CASE names the releases that meet, one emits
the function, and the libraries of the other are loaded to call it; no Python of theirs is. This takes a C compiler, and
the releases are installed below the folder PACKAGES, each in one that is named apache-tvm-VERSION; a build of one's own
can be put there instead. Written by abi-conformance.
"""

import ctypes
import inspect
import os
import re
import signal
import struct
import subprocess
import sys
import tempfile
import traceback

CASE = {}

VALUE = 15  # kTVMFFIAnyUnionValue
RESULT = 255  # the slot of the witness that the body returns
NOT_MADE = 3  # the exit status where the call cannot be made
C = ctypes.CDLL(None)
C.dlopen.restype = C.dlsym.restype = ctypes.c_void_p
C.dlopen.argtypes, C.dlsym.argtypes = (ctypes.c_char_p, ctypes.c_int), (ctypes.c_void_p, ctypes.c_char_p)
C.dlerror.restype = ctypes.c_char_p


def function():
    """A function that stores what it sees where the stream of device (12, 0) points, a TVMFFIAny an argument."""
    import tvm
    from tvm import tirx

    buffer_map = "buffer_map" in inspect.signature(tirx.PrimFunc.__init__).parameters  # before 0.26
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
            if buffer_map:
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
    more = {"buffer_map": buffers} if buffer_map else {}
    made = tirx.PrimFunc(parameters, tirx.stmt_seq(*body), ret_type=ret_type, **more)
    return made.with_attr({"global_symbol": "f"})


def compiled():
    """The function as TVM compiles it."""
    import tvm

    with tvm.transform.PassContext(config={"tirx.disable_assert": True} if CASE["release"] else {}):
        return tvm.compile(tvm.IRModule({"f": function()}), target=CASE["target"])


def of_one_release(folder):
    """What makes the call with the TVM that Python finds."""
    import tvm
    import tvm_ffi

    built = compiled()
    if CASE["target"] == "c":
        built.export_library(f"{folder}/f.so")
        built = tvm.runtime.load_module(f"{folder}/f.so")
    f, ffi = built["f"], ctypes.CDLL(tvm_ffi.libinfo.find_libtvm_ffi())
    return lambda: call(ffi, ffi.TVMFFIFunctionCall, ctypes.c_void_p(f.__chandle__()))


def installed(version):
    """The folder with a release, and with the tvm-ffi that it had."""
    folder = os.path.abspath(os.path.join(os.environ.get("PACKAGES", "packages"), f"apache-tvm-{version}"))
    if not os.path.isdir(f"{folder}/tvm"):
        wanted = [f"apache-tvm=={version}", f"apache-tvm-ffi=={CASE['releases']['tvm_ffi'][version]}"]
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--target", folder, *wanted], check=True)
    return folder


def between(emitted, runtime, folder):
    """What makes the call of what one release emits with the libraries of another."""
    library = f"{folder}/f.so"
    if not os.path.exists(library):
        where = {**os.environ, "PYTHONPATH": installed(emitted)}
        subprocess.run([sys.executable, __file__, "emit", library], env=where, check=True)
    packages = installed(runtime)

    def make():
        ffi = ctypes.CDLL(f"{packages}/tvm_ffi/lib/libtvm_ffi.so", ctypes.RTLD_GLOBAL)
        ctypes.CDLL(f"{packages}/tvm/lib/libtvm_runtime.so", ctypes.RTLD_GLOBAL)
        handle = C.dlopen(library.encode(), os.RTLD_NOW if CASE["loads"] else os.RTLD_LAZY)
        if not handle:
            print("it is not loaded:", C.dlerror().decode())
            return True
        if CASE["loads"]:
            print("it is loaded")
            return False
        entry = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int32, ctypes.c_void_p)
        return call(ffi, entry(C.dlsym(handle, b"__tvm_ffi_f")), None)

    return make


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


def call(ffi, function, handle):
    """Makes the call and says whether the bug shows."""
    witness = (ctypes.c_uint64 * 2 * 256)()
    witness[RESULT][1] = CASE["result"]
    ffi.TVMFFIEnvSetStream(12, 0, ctypes.byref(witness), None)
    kept, result = [], ctypes.create_string_buffer(16)
    slots = [struct.pack("<iIQ", code, pad, word(code, one, kept)) for code, pad, one in CASE["slots"]]
    args = None if CASE["null_args"] else ctypes.c_void_p(address(b"".join(slots), kept))
    status = function(handle, args, CASE["count"], ctypes.cast(result, ctypes.c_void_p))
    if status != 0:
        raised = ctypes.c_void_p()
        ffi.TVMFFIErrorMoveFromRaised(ctypes.byref(raised))
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


def shows(make):
    """Whether the bug shows in a child process, which may die of it."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        signal.alarm(60)  # what does not come to an end, compiling included, dies of signal 14
        status = NOT_MADE
        try:
            status = int(make())
        except Exception:
            traceback.print_exc()
        sys.stdout.flush()
        os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status == NOT_MADE:
        sys.exit(NOT_MADE)
    if status < 0:
        print(f"died of signal {-status}")
    elif status > 1:
        print(f"exited with status {status}")
    print("the bug shows" if status else "the bug does not show")
    return status != 0


def main():
    print(CASE["key"])
    print("it must:", CASE["required"])
    releases = CASE["releases"]
    with tempfile.TemporaryDirectory() as folder:
        if not releases:
            return int(shows(of_one_release(folder)))
        emitted, runtime = releases["emitted"], releases["runtime"]
        if releases["compared"]:
            print(f"emitted by {emitted}, with the libraries of {emitted}:")
            if shows(between(emitted, emitted, folder)):
                print(f"with all of {emitted} it shows as well, so this says nothing")
                return 0
        print(f"emitted by {emitted}, with the libraries of {runtime}:")
        return int(shows(between(emitted, runtime, folder)))


if __name__ == "__main__":
    if sys.argv[1:2] == ["emit"]:
        compiled().export_library(sys.argv[2], options=["-Wl,-z,lazy"])
        sys.exit()
    sys.exit(main())
