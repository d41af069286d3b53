"""Python's ways to call a C function: cffi's API and ABI mode, and ctypes, as loops that the timer runs."""

from __future__ import annotations

import contextlib
import ctypes
import itertools
from collections.abc import Callable, Sequence
from importlib.machinery import ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cffi

MODULE = "abi_cost"

_VALUE = "typedef union AbiValue { int64_t v_int64; double v_float64; void* v_handle; } AbiValue;\n"
_ANY = "typedef struct Any Any;\n"
_INT, _FLOAT = 0, 2  # the type codes of reference/binding.h

Loop = Callable[[int], None]
"""Makes so many calls."""


def module_text(prototypes: str) -> str:
    """The C text of an extension module with a wrapper for each callee; to be linked with them."""
    ffi = cffi.FFI()
    ffi.cdef(_VALUE + _ANY + prototypes)
    ffi.set_source(MODULE, '#include "prototypes.h"\n')
    with TemporaryDirectory() as folder:
        path = Path(folder, "module.c")
        with contextlib.redirect_stdout(None):  # cffi says what it writes, where a result may be expected
            ffi.emit_c_code(str(path))
        return path.read_text(encoding="utf-8")


def api_mode(path: Path) -> tuple[Any, Callable[[str, int], Any]]:
    """The module's ffi, and its functions by convention and number of arguments."""
    loader = ExtensionFileLoader(MODULE, str(path))
    spec = spec_from_file_location(MODULE, path, loader=loader)
    assert spec is not None
    module: Any = module_from_spec(spec)
    loader.exec_module(module)
    return module.ffi, lambda convention, n: getattr(module.lib, f"{convention}_{n}")


def abi_mode(address: Callable[[str, int], int], kinds: Callable[[int], Sequence[str]]) -> tuple[Any, Any]:
    """An ffi and its functions by convention and number of arguments, of a library without a compiled wrapper.

    cffi calls them through libffi.
    """
    ffi = cffi.FFI()
    ffi.cdef(_VALUE)
    types = {"i64": "int64_t", "f64": "double"}

    def function(convention: str, n: int) -> Any:
        direct = f"int64_t(*)({', '.join(types[kind] for kind in kinds(n)) or 'void'})"
        packed = "int(*)(AbiValue*, int*, int, AbiValue*, int*, void*)"
        return ffi.cast(direct if convention == "direct" else packed, address(convention, n))

    return ffi, function


def by_ctypes(address: int, kinds: Sequence[str]) -> Any:
    """A callee through ctypes, with its argument types declared."""
    types: dict[str, Any] = {"i64": ctypes.c_int64, "f64": ctypes.c_double}
    return ctypes.CFUNCTYPE(ctypes.c_int64, *(types[kind] for kind in kinds))(address)


def values(kinds: Sequence[str]) -> tuple[int | float, ...]:
    """What is passed: numbers that Python has to convert."""
    return tuple(place + 0.5 if kind == "f64" else place + 1000 for place, kind in enumerate(kinds))


def direct_loop(function: Any, kinds: Sequence[str]) -> Loop:
    """Calls a function with plain arguments."""
    given = values(kinds)

    def loop(times: int) -> None:
        for _ in itertools.repeat(None, times):
            function(*given)

    return loop


def packed_loop(ffi: Any, function: Any, kinds: Sequence[str]) -> Loop:
    """Packs every argument under its code, calls, and takes the result, as a dynamic language does."""
    count = len(kinds)
    args, codes = ffi.new("AbiValue[]", max(1, count)), ffi.new("int[]", max(1, count))
    ret, ret_code, null = ffi.new("AbiValue*"), ffi.new("int*"), ffi.NULL
    given = values(kinds)

    def loop(times: int) -> None:
        for _ in itertools.repeat(None, times):
            for place, value in enumerate(given):
                if type(value) is int:
                    args[place].v_int64 = value
                    codes[place] = _INT
                else:
                    args[place].v_float64 = value
                    codes[place] = _FLOAT
            if function(args, codes, count, ret, ret_code, null) or ret_code[0] != _INT:
                raise RuntimeError("the callee rejected what it declares")
            ret.v_int64  # noqa: B018 - taking the result is part of a call

    return loop
