"""How compiled code that was built against a release of tvm-ffi's headers is loaded, and which symbols it then lacks.

It is not linked with a particular libtvm_ffi.so: the one that is loaded globally has its symbols, whichever release it
is of.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from conformance.subjects.tvm_ffi.abi import ffi
from conformance.toolchain import Compiler, elf

LAZY = ("-Wl,-z,lazy",)
"""Flags by which a function that is missing is missed when it is called, whatever the compiler's own default is."""

_libc: Any = ffi.dlopen(None)


def hidden(compiler: Compiler) -> tuple[str, ...]:
    """Flags for code whose inline functions must not take the place of those built against other headers."""
    return (*LAZY, "-fvisibility=hidden", *(("-fno-gnu-unique",) if compiler.family == "gcc" else ()))


def open_library(path: Path, *, everywhere: bool = False) -> Any:
    """A library, loaded as tvm-ffi's own loader does, or with its symbols for all others. Raises OSError."""
    scope = os.RTLD_GLOBAL if everywhere else os.RTLD_LOCAL
    handle = _libc.dlopen(str(path).encode(), os.RTLD_LAZY | scope)
    if handle == ffi.NULL:
        raise OSError(ffi.string(_libc.dlerror()).decode(errors="replace"))
    return handle


def find(handle: Any, name: str, c_type: str) -> Any:
    """A function of a loaded library, of a C type that cffi knows. Raises OSError."""
    address = _libc.dlsym(handle, name.encode())
    if address == ffi.NULL:
        raise OSError(ffi.string(_libc.dlerror()).decode(errors="replace"))
    return ffi.cast(c_type, address)


def missing(path: Path) -> list[str]:
    """The symbols of a library, as they are written in C++, that nothing has that is loaded for all."""
    lacks = [name for name in elf.undefined(path) if _libc.dlsym(ffi.NULL, name.encode()) == ffi.NULL]
    return [_demangled(name) for name in lacks]


def _demangled(name: str) -> str:
    plain = _libc.__cxa_demangle(name.encode(), ffi.NULL, ffi.NULL, ffi.NULL)
    return name if plain == ffi.NULL else ffi.string(plain).decode()
