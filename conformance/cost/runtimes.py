"""Real runtimes that are timed where they can be imported: tvm-ffi's function call, and code that TVM emits.

Both take arguments as `TVMFFIAny` slots, so one loop (`loop_any_N` of callers.c.j2) calls either.
"""

from __future__ import annotations

import ctypes
import importlib
from collections.abc import Callable, Sequence
from typing import Any

from conformance.cost.loops import signature
from conformance.cost.timing import Untimed
from conformance.model import extras
from conformance.model.signature import MAX_ARGS
from conformance.model.subject import SubjectUnavailable
from conformance.subjects.tvm import emit
from conformance.subjects.tvm_ffi.abi import Library, ffi

_ANY = 16
"""Bytes of a `TVMFFIAny`, in which an emitted body stores one argument."""

_VALUE = 15
"""kTVMFFIAnyUnionValue of BuiltinStructFieldKind (include/tvm/tirx/builtin.h): the value of a `TVMFFIAny`."""

Functions = dict[int, tuple[int, int]]
"""By number of arguments: the address of what is called, and of its first argument, which is 0 for none."""

_kept: list[Any] = []
"""What owns the functions; they are called until this process ends."""


def available(counts: Sequence[int], callee: Callable[[int], int], missing: list[Untimed]) -> dict[str, Functions]:
    """The functions of each runtime that is here. `callee` gives the address of a C function to call."""
    found: dict[str, Functions] = {}
    runtimes: dict[str, tuple[Callable[[], Functions], str]] = {
        "tvm-ffi": (lambda: _created(counts, callee), extras.TVM_FFI),
        "tvm-llvm": (lambda: _emitted(counts), extras.TVM),
    }
    for route, (make, hint) in runtimes.items():
        try:
            found[route] = make()
        except (ImportError, SubjectUnavailable) as absent:
            missing.append(Untimed(route, str(absent).partition(";")[0], hint))
        except Exception as error:  # TVM raises what it likes
            missing.append(Untimed(route, str(error).strip().splitlines()[-1] or type(error).__name__))
    return found


def _created(counts: Sequence[int], callee: Callable[[int], int]) -> Functions:
    """Function objects of tvm-ffi around the timed callees, called as any user of its C interface calls them."""
    library = Library()
    call = _call(library)
    made: Functions = {}
    for n in counts:
        out = ffi.new("void**")
        if library.c.TVMFFIFunctionCreate(ffi.NULL, ffi.cast("SafeCall", callee(n)), ffi.NULL, out):
            raise RuntimeError("TVMFFIFunctionCreate failed")
        made[n] = call, int(ffi.cast("intptr_t", out[0]))
    return made


def _emitted(counts: Sequence[int]) -> Functions:
    """What `tvm.compile` makes of functions that store every argument, as the other callees do, checks included."""
    tvm: Any = importlib.import_module("tvm")
    tirx: Any = importlib.import_module("tvm.tirx")
    from conformance.subjects.tvm import emit

    seen = ctypes.create_string_buffer(_ANY * MAX_ARGS)
    bodies = {f"f{n}": _store_all(tvm, tirx, n, ctypes.addressof(seen)) for n in counts}
    built = emit.compiled(bodies, "llvm", False)
    call = _call(Library())
    made: Functions = {}
    for n in counts:
        function = built[f"f{n}"]
        made[n] = call, function.__chandle__()
        _kept.append(function)
    _kept.extend((seen, built))
    return made


def _store_all(tvm: Any, tirx: Any, n: int, address: int) -> Any:
    """The PrimFunc that stores its arguments from `address` on, one a slot, and returns their number."""
    seen = tirx.Var("seen", "handle")
    parameters = [tirx.Var(f"a{place}", emit.scalar_name(one.kind)) for place, one in enumerate(signature(n).params)]
    stores = [tirx.Evaluate(tirx.tvm_struct_set(seen, place, _VALUE, one)) for place, one in enumerate(parameters)]
    count = tirx.const(n, "int64")
    result = tirx.Return(count) if hasattr(tirx, "Return") else tirx.Evaluate(tirx.ret(count))
    body = tirx.stmt_seq(tirx.Bind(seen, tirx.reinterpret("handle", tirx.const(address, "int64"))), *stores, result)
    function = tirx.PrimFunc(parameters, body, ret_type=tvm.ir.PrimType("int64"))
    return function.with_attr({"global_symbol": f"f{n}"})


def _call(library: Library) -> int:
    """The address of TVMFFIFunctionCall, by which both kinds of function objects are called."""
    loaded = ctypes.CDLL(str(library.package / "lib" / "libtvm_ffi.so"))
    _kept.append(loaded)
    address = ctypes.cast(loaded.TVMFFIFunctionCall, ctypes.c_void_p).value
    assert address is not None
    return address
