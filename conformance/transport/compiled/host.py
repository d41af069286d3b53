"""The batch runner inside this process, where its stubs may be Python's: every child is a fork of the interpreter."""

from __future__ import annotations

import signal
from collections import OrderedDict
from pathlib import Path
from typing import Any, cast

import cffi

from conformance.transport.compiled import api, memory, runner
from conformance.transport.compiled.dynamic import DECLARATIONS, Dynamic, PythonSide
from conformance.transport.compiled.embedded import Libtcc
from conformance.transport.compiled.errors import CannotGoOn

MOST_LOADED = 32
"""Sides that are kept loaded."""

_LIBC = """
void* dlopen(const char*, int);
void* dlsym(void*, const char*);
int dlclose(void*);
char* dlerror(void);
void* mmap(void*, size_t, int, int, int, long);
int munmap(void*, size_t);
"""
_RTLD_NOW, _PROT_RW, _MAP_SHARED, _MAP_RESERVE, _NOREPLACE = 2, 3, 1, 0x4022, 0x100000


class Host:
    """Runs programs between sides of which at least one is Python's."""

    def __init__(
        self, tcc: Libtcc, fixtures: Path, include: list[Path], runtime: str, shared: int, reserved_child: int
    ) -> None:
        """`reserved_child` is a child process of this one that no stub has forked."""
        self.ffi = cffi.FFI()
        self.ffi.cdef(_LIBC + api.stub_types(fixtures) + DECLARATIONS)
        self._libc = cast("Any", self.ffi.dlopen(None))
        self._dlerror = self._libc.dlerror  # now: finding it later would clear the error
        self._shared = shared
        self._mapped = 0
        self._loaded: OrderedDict[str, Any] = OrderedDict()
        self._python: OrderedDict[Dynamic, PythonSide] = OrderedDict()
        self._modules: dict[Path, Any] = {}
        symbol = tcc.in_memory(runner.sources(fixtures, program=False), include, runtime, self._address)
        self._run = self.ffi.cast("int (*)(void*, const AbiSide*, const AbiSide*)", symbol("abi_run"))
        self.ffi.cast("void (*)(int)", symbol("abi_reserve_child"))(reserved_child)
        self._map(memory.GUARD_PAGES, memory.BASE - memory.GUARD_PAGES, 0, _MAP_RESERVE | _NOREPLACE, -1)

    def run(self, size: int, caller: str | Dynamic, callee: str | Dynamic) -> int:
        """Runs the program in `size` bytes of shared memory; gives 0 or an errno."""
        if size != self._mapped:
            if self._mapped:
                self._libc.munmap(self.ffi.cast("void*", memory.BASE), self._mapped)
            self._mapped = 0
            self._map(memory.BASE, size, _PROT_RW, _MAP_SHARED | _NOREPLACE, self._shared)
            self._mapped = size
        callers, callees = self.side(caller), self.side(callee)
        failed = int(self._run(self.ffi.cast("void*", memory.BASE), callers, callees))
        self._tidy()
        return failed

    def layout(self, which: str | Dynamic) -> tuple[int, ...]:
        """The layout table of a side; Python's has none."""
        side = self.side(which)
        return tuple(side.layout[0 : side.num_layout])

    def side(self, which: str | Dynamic) -> Any:
        """The `AbiSide*` of a library, or of Python itself."""
        if isinstance(which, str):
            return self.ffi.cast("AbiSide*", self._library(which))
        if which not in self._python:
            try:
                self._python[which] = self._made(which)
            except (OSError, AttributeError) as error:
                raise CannotGoOn(f"{which.shim} is no shim of these signatures: {error}") from None
        self._python.move_to_end(which)
        return self.ffi.cast("AbiSide*", self._python[which].side)

    def _made(self, which: Dynamic) -> PythonSide:
        if not which.api:
            return PythonSide(self.ffi, self.ffi.dlopen(str(which.shim)), which)
        for other in [other for other in self._python if other.shim == which.shim]:
            del self._python[other]  # the module's functions are one side's at a time
        if which.shim not in self._modules:
            self._modules[which.shim] = api.load(which.shim)
        module = self._modules[which.shim]
        return PythonSide(module.ffi, module.lib, which)

    def _library(self, path: str) -> Any:
        handle = self._loaded.get(path)
        if handle is None:
            signal.alarm(api.LOAD_LIMIT)
            handle = self._libc.dlopen(path.encode(), _RTLD_NOW)
            signal.alarm(0)
            if handle == self.ffi.NULL:
                words: Any = self.ffi.string(self._dlerror())
                raise CannotGoOn(f"cannot load {path}: {words.decode(errors='replace')}")
            self._loaded[path] = handle
        self._loaded.move_to_end(path)
        found = self._libc.dlsym(handle, b"abi_side")
        if found == self.ffi.NULL:
            raise CannotGoOn(f"{path}: this library has no abi_side")
        return found

    def _tidy(self) -> None:
        while len(self._python) > MOST_LOADED:
            self._python.popitem(last=False)
        while len(self._loaded) > MOST_LOADED:
            self._libc.dlclose(self._loaded.popitem(last=False)[1])

    def _address(self, name: str) -> Any:
        found = self._libc.dlsym(self.ffi.NULL, name.encode())
        if found == self.ffi.NULL:
            raise CannotGoOn(f"the C library has no {name}")
        return found

    def _map(self, at: int, size: int, protection: int, flags: int, fd: int) -> None:
        got = self._libc.mmap(self.ffi.cast("void*", at), size, protection, flags, fd, 0)
        if int(self.ffi.cast("uintptr_t", got)) != at:
            raise CannotGoOn(f"the memory at {at:#x} is taken")
