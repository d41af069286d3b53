"""What C++ code built against one release of tvm-ffi makes, and code built against another uses, on a third.

Each side is one library (templates/tvm_ffi/exchange/side.cc.j2), compiled once for each release of the headers,
whatever it runs on. What a side reads of what it is handed, it writes line by line into memory that outlives the
process.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from conformance.model.subject import LOADINGS, Headers, Reply
from conformance.model.value import Value
from conformance.subjects.tvm_ffi import types
from conformance.subjects.tvm_ffi.abi import Library, ffi
from conformance.subjects.tvm_ffi.loading import LAZY, find, hidden, open_library
from conformance.toolchain import Compiler, Job, Toolchain

ffi.cdef("typedef int (*ExchangeStep)(const char* what, int64_t number, Any* slot, void* witness);")

NUMBERS = (0, 1, 3, 5, 8, 100)
"""Sizes: none, one, few, more than a small map holds, more than a slot holds of a text, many."""

FOLDER = types.FOLDER / "exchange"

_STEP, _SIDE, _TEXT, _WITNESS = 120, 152, 160, 1 << 16
"""Where the parts of a `Witness` of report.h end: what is done, whose side, the bytes of text, and the text."""

_OWNERS = b"caller's side, ", b"callee's side, "
"""What comes before the labels of each side where both make and use things of their own."""


_MANY = "read extend extend-shared clear free by-runtime from-runtime extend-from-runtime"
EXCHANGES = {
    "text": {"string": "read adopt move from-runtime", "bytes": "read adopt move from-runtime"},
    "value": {
        "any": "read",
        "shape": "read free from-runtime",
        "tuple": "extend",
        "variant": "read",
        "optional": "read",
    },
    "sequence": {"array": f"{_MANY} json-by-runtime", "list": _MANY},
    "mapping": {"map": _MANY, "dict": _MANY},
    "tensor": {"tensor": "read free dlpack by-runtime from-dlpack from-dlpack-versioned from-runtime"},
    "function": {"function": "call by-runtime call-back free move global from-runtime"},
    "error": {
        "error": "read chained extend free throw by-runtime from-runtime extend-from-runtime raised-from-runtime catch "
        "catch-raised catch-environment catch-from-runtime"
    },
    "object": {"object": "fields virtuals derived take throw cast free count reflection"},
    "module": {"module": "virtuals defaults import free by-runtime from-runtime"},
    "extra": {"json": "write read graph", "structure": "compare", "path": "read from-runtime"},
}
"""What each file of templates/tvm_ffi/exchange/ has a row for: by kind of what is made, what is done with it."""

_NEEDED = {
    "list": ("container/list.h", ""),
    "dict": ("container/dict.h", ""),
    "error.chained": ("error.h", "cause_chain"),
}
"""By kind or exchange, what not every release has: the header, and a text in it, by which one is known that has."""


def text(files: Iterable[str] = EXCHANGES) -> str:
    """A side that can exchange what these files have, in C++."""
    return types.render("exchange/side.cc.j2", files=tuple(files))


def names(files: Iterable[str] = EXCHANGES) -> tuple[str, ...]:
    """All exchanges of these files, each `KIND.OP`."""
    kinds = [pair for file in files for pair in EXCHANGES[file].items()]
    return tuple(f"{kind}.{op}" for kind, ops in kinds for op in ops.split())


def common(packages: Sequence[Path]) -> tuple[str, ...]:
    """The exchanges that the headers of all these installed releases have."""
    return tuple(what for what in names() if all(types.has(package, *_needed(what)) for package in packages))


def _needed(what: str) -> tuple[str, str]:
    return _NEEDED.get(what) or _NEEDED.get(what.partition(".")[0]) or ("any.h", "")


class Exchanger:
    """The sides of a caller and a callee, each built against headers of its own."""

    def __init__(
        self, library: Library, compiler: Compiler, toolchain: Toolchain, built: tuple[Headers, Headers]
    ) -> None:
        """Compiles nothing yet."""
        self._library = library
        self._compiler = compiler
        self._toolchain = toolchain
        self._built = built
        self._paths: dict[str, tuple[Path, Path]] = {}
        self._witness = mmap.mmap(-1, _WITNESS)  # shared with the children

    def prepare(self, loading: str) -> None:
        """Compiles both sides, or finds them in the cache. Raises CompileError."""
        if loading not in LOADINGS:
            raise ValueError(f"code is loaded as one of {', '.join(LOADINGS)}, not as {loading!r}")
        if loading in self._paths:
            return
        jobs = [self.job(headers, loading) for headers in self._built]
        caller, callee = (self._toolchain.build(job).path for job in jobs)
        self._paths[loading] = caller, callee
        if loading == "local" and _survived(self._load):
            self._load()

    def _load(self) -> None:
        """Loads both sides, and has a first error raised: it reads the symbols of all that is loaded, which is slow."""
        for path in self._paths["local"]:
            open_library(path)
        self._library.c.TVMFFIErrorSetRaisedFromCStr(b"Error", b"the first")
        self._library.take_error()

    def job(self, headers: Headers, loading: str) -> Job:
        """What compiles a side."""
        return Job(
            compiler_of(self._compiler, loading),
            "tvm-ffi-exchange",
            texts=(("side.cc", text()),),
            include=(FOLDER, headers.folder / "tvm_ffi" / "include"),
        )

    def exchange(self, what: str, number: int, loading: str) -> Reply:
        """Has something made and used, and gives the lines that were read. In a process that may die."""
        self._witness[:_TEXT] = bytes(_TEXT)
        paths = self._paths[loading]
        try:
            if loading == "local":
                caller, callee = (open_library(path) for path in paths)
                status = self._pass(what, number, caller, callee)
            else:
                order = (0, 1) if loading == "global" else (1, 0)
                opened = {at: open_library(paths[at], everywhere=True) for at in order}
                status = max(self._pass(what, number, opened[at], opened[at], _OWNERS[at]) for at in order)
        except OSError as error:
            return Reply(-1, f"a side cannot be loaded: {error}", "OSError")
        return Reply(0, saw=(Value(what, data=self._read()),), remarks=() if status == 0 else ("it was not finished",))

    def _pass(self, what: str, number: int, maker: Any, user: Any, owner: bytes = b"") -> int:
        """Makes it on one side, has it used by the other, and gives it back: 0 where nothing has thrown."""
        self._witness[_STEP:_SIDE] = owner.ljust(_SIDE - _STEP, b"\0")
        slot, witness = ffi.new("Any*"), ffi.from_buffer(self._witness)
        for side, name in ((maker, "abi_make"), (user, "abi_use"), (maker, "abi_back")):
            status = int(find(side, name, "ExchangeStep")(what.encode(), number, slot, witness))
            if status == 1:
                raise ValueError(f"a side has no exchange {what}")
            if status != 0:
                return status
        return 0

    def _read(self) -> bytes:
        used = int.from_bytes(self._witness[_SIDE:_TEXT], "little")
        return self._witness[_TEXT : _TEXT + used]

    def step(self) -> str:
        """The label of what was begun last, here or in a child."""
        return self._witness[:_STEP].partition(b"\0")[0].decode(errors="replace")

    def libraries(self) -> tuple[Path, Path]:
        """The caller's and the callee's side, as they are loaded by default. Raises CompileError."""
        self.prepare("local")
        return self._paths["local"]


def _survived(work: Callable[[], None]) -> bool:
    """Whether a child can do something and lives on, so that this process can."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return os.waitpid(child, 0)[1] == 0


def compiler_of(compiler: Compiler, loading: str) -> Compiler:
    """The compiler with flags for a side. Where its code may take another's place, it is optimised as if shipped."""
    flags = hidden(compiler) if loading == "local" else (*LAZY, "-O2")
    return replace(compiler, flags=(*compiler.flags, *flags))
