"""The lean process that compiles with libtcc, loads stubs and has a C runner fork children for their cases.

Started by `client.Worker`, which owns the other end of the pipe. It holds cffi and libtcc and nothing heavier: every
child is a fork of it. A message is a tuple, a verb and its arguments; the answer is ("ok", value),
or ("refused", words) for a compile, or ("error", sentence).
"""

from __future__ import annotations

import os
import re
import signal
import sys
import traceback
from collections import OrderedDict
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, cast

import cffi

from conformance.execution import memory

MOST_LOADED = 64
"""Libraries that are kept loaded. A fork copies the page tables of all of them, so not many."""

_LIBC = """
void* dlopen(const char*, int);
void* dlsym(void*, const char*);
int dlclose(void*);
char* dlerror(void);
void* mmap(void*, size_t, int, int, int, long);
int munmap(void*, size_t);
"""
_RTLD_NOW, _PROT_RW, _MAP_SHARED, _MAP_RESERVE, _NOREPLACE = 2, 3, 1, 0x4022, 0x100000
_COMPILE_LIMIT, _LOAD_LIMIT = 120, 30
"""Seconds after which a compile or a load ends the server, should the client that watches it be gone."""


class CannotGoOn(Exception):
    """The harness's own failure, in a sentence."""


def declarations(fixtures: Path) -> str:
    """The types of abi/stub.h for cffi, which reads no directives."""
    text = (fixtures / "include" / "abi" / "stub.h").read_text(encoding="utf-8")
    return re.sub(r"^#.*(?:\\\n.*)*$", "", text, flags=re.MULTILINE)


class Server:
    """Answers a client's requests one after the other."""

    def __init__(self, fixtures: Path, shared: int, tcc: tuple[str, ...] | None, runner: str | None) -> None:
        """`tcc` is (library, lib path, include, runtime) of the embedded compiler; `runner` a ready-made runner."""
        self.ffi = cffi.FFI()
        self.ffi.cdef(_LIBC)
        self.ffi.cdef(declarations(fixtures))
        self.libc = cast("Any", self.ffi.dlopen(None))
        self._dlerror = self.libc.dlerror  # now: finding it later would clear the error
        self._shared = shared
        self._mapped = 0
        self._loaded: OrderedDict[str, Any] = OrderedDict()
        self._dynamic: OrderedDict[Any, Any] = OrderedDict()
        self._knows_shims = False
        self._tcc: Any = None
        if tcc is not None:
            from conformance.execution.embedded import Libtcc

            self._tcc = Libtcc(tcc[0], tcc[1])
        if runner is not None:
            self._abi_run: Any = self.symbol(self._open(runner), "abi_run", runner)
        elif self._tcc is not None and tcc is not None:
            harness = fixtures / "harness"
            sources = [harness / f"{name}.c" for name in ("runner", "child", "calls", "modes", "witness")]
            headers = [fixtures / "include" / "embedded", Path(tcc[2])]
            self._abi_run = self._tcc.in_memory(sources, headers, tcc[3], self._address)("abi_run")
        else:
            raise CannotGoOn("there is no batch runner: neither the embedded compiler nor a compiled one")
        self._call = self.ffi.cast("int (*)(void*, const AbiSide*, const AbiSide*)", self._abi_run)
        self._reserve()

    def _address(self, name: str) -> Any:
        found = self.libc.dlsym(self.ffi.NULL, name.encode())
        if found == self.ffi.NULL:
            raise CannotGoOn(f"the C library has no {name}")
        return found

    def _reserve(self) -> None:
        size = memory.BASE - memory.GUARD_PAGES
        self._map(memory.GUARD_PAGES, size, 0, _MAP_RESERVE | _NOREPLACE, -1)

    def _map(self, at: int, size: int, protection: int, flags: int, fd: int) -> None:
        got = self.libc.mmap(self.ffi.cast("void*", at), size, protection, flags, fd, 0)
        if int(self.ffi.cast("uintptr_t", got)) != at:
            raise CannotGoOn(f"the memory at {at:#x} is taken")

    def _open(self, path: str) -> Any:
        signal.alarm(_LOAD_LIMIT)
        handle = self.libc.dlopen(path.encode(), _RTLD_NOW)
        signal.alarm(0)
        if handle == self.ffi.NULL:
            words: Any = self.ffi.string(self._dlerror())
            raise CannotGoOn(f"cannot load {path}: {words.decode(errors='replace')}")
        return handle

    def symbol(self, handle: Any, name: str, path: str) -> Any:
        """The address of a symbol of a loaded library."""
        found = self.libc.dlsym(handle, name.encode())
        if found == self.ffi.NULL:
            raise CannotGoOn(f"{path} has no {name}")
        return found

    def library(self, path: str) -> Any:
        """The handle of a library, loaded now or before."""
        handle = self._loaded.get(path)
        if handle is None:
            handle = self._loaded[path] = self._open(path)
        self._loaded.move_to_end(path)
        return handle

    def side(self, which: Any) -> Any:
        """The `AbiSide*` of a library, or of Python itself."""
        if isinstance(which, str):
            return self.ffi.cast("AbiSide*", self.symbol(self.library(which), "abi_side", which))
        from conformance.execution import dynamic

        if not self._knows_shims:
            self.ffi.cdef(dynamic.DECLARATIONS)
            self._knows_shims = True
        if which not in self._dynamic:
            self._dynamic[which] = dynamic.PythonSide(self, which)
        self._dynamic.move_to_end(which)
        return self._dynamic[which].side

    def _tidy(self) -> None:
        while len(self._dynamic) > MOST_LOADED:
            self._dynamic.popitem(last=False)
        kept = {description.shim for description in self._dynamic}
        for path in list(self._loaded):
            if len(self._loaded) <= MOST_LOADED + len(kept):
                break
            if path not in kept:
                self.libc.dlclose(self._loaded.pop(path))

    # What a client asks for: one method a verb.

    def do_ping(self) -> tuple[int, list[str]]:
        """The process, and the modules that it holds."""
        return os.getpid(), sorted(sys.modules)

    def do_compile(self, *request: Any) -> None:
        """One library by libtcc; the arguments are those of `embedded.Libtcc.library`."""
        if self._tcc is None:
            raise CannotGoOn("the embedded compiler is not installed")
        signal.alarm(_COMPILE_LIMIT)
        try:
            self._tcc.library(*request)
        finally:
            signal.alarm(0)

    def do_layout(self, which: Any) -> tuple[int, ...]:
        """The sizes and offsets that a side was compiled with."""
        side = self.side(which)
        return tuple(side.layout[0 : side.num_layout])

    def do_run(self, size: int, caller: Any, callee: Any) -> int:
        """Runs the program in shared memory; gives 0 or an errno."""
        if size != self._mapped:
            if self._mapped:
                self.libc.munmap(self.ffi.cast("void*", memory.BASE), self._mapped)
            self._mapped = 0
            self._map(memory.BASE, size, _PROT_RW, _MAP_SHARED | _NOREPLACE, self._shared)
            self._mapped = size
        callers, callees = self.side(caller), self.side(callee)
        failed = int(self._call(self.ffi.cast("void*", memory.BASE), callers, callees))
        self._tidy()
        return failed

    def answer(self, verb: str, *arguments: Any) -> tuple[str, Any]:
        """The answer to one message."""
        try:
            return "ok", getattr(self, f"do_{verb}")(*arguments)
        except CannotGoOn as error:
            return "error", str(error)
        except Exception as error:
            if self._tcc is not None and type(error).__name__ == "Refused":
                return "refused", str(error)
            return "error", traceback.format_exc(limit=-4)


def main() -> None:
    """Serves the pipe whose descriptor is the first argument until it closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    connection = Connection(int(sys.argv[1]))
    try:
        fixtures, shared, tcc, runner = connection.recv()
        try:
            server = Server(Path(fixtures), shared, tcc, runner)
        except Exception as error:
            words = str(error) if isinstance(error, CannotGoOn) else traceback.format_exc(limit=-4)
            connection.send(("error", words))
            return
        connection.send(("ok", None))
        while True:
            message = connection.recv()
            connection.send(server.answer(*message))
    except (EOFError, ConnectionError):
        return


if __name__ == "__main__":
    main()
