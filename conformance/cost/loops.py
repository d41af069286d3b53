"""Renders and builds the C that is timed: callees in each convention, the loops that call them, and the operators."""

from __future__ import annotations

import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.codegen.stubs import environment
from conformance.cost.timing import Untimed
from conformance.model.kinds import KINDS
from conformance.model.signature import Param, Signature
from conformance.toolchain import CompileError, Compiler, Job, Toolchain
from conformance.toolchain.fixtures import root

COUNTS = (0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
"""How many arguments the timed calls have."""

_IN_TURN = ("i64", "f64")
_MEMBERS = {"i64": "v_int64", "f64": "v_float64"}
_CODES = {"i64": "ABI_INT", "f64": "ABI_FLOAT"}
_ANYS = {"i64": "ANY_INT", "f64": "ANY_FLOAT"}
_FFI = {"i64": "ffi_type_sint64", "f64": "ffi_type_double"}


@dataclass(frozen=True)
class LoopArgument:
    """One argument as the templates see it: its place, and how each interface names its kind."""

    index: int
    kind: str
    type: str
    member: str
    code: str
    any: str
    ffi: str


@dataclass(frozen=True)
class View:
    """A signature as the templates see it."""

    n: int
    text: str
    arguments: tuple[LoopArgument, ...]

    @property
    def parameters(self) -> str:
        """The parameters of a plain function."""
        return ", ".join(f"{one.type} a{one.index}" for one in self.arguments) or "void"

    @property
    def names(self) -> str:
        """The parameters' names."""
        return ", ".join(f"a{one.index}" for one in self.arguments)

    @property
    def pointees(self) -> str:
        """The arguments as an unpacked callee reads them."""
        return ", ".join(f"*(const {one.type}*)inputs[{one.index}]" for one in self.arguments)

    def slots(self, of: str) -> str:
        """The arguments as they are read from slots; `of` is one of these, such as `args[%d]`."""
        return ", ".join(f"{of % one.index}.{one.member}" for one in self.arguments)


@dataclass(frozen=True)
class Loops:
    """What was built: the library of all loops, cffi's API module if there is one, and what could not be built."""

    library: Path
    module: Path | None
    missing: tuple[Untimed, ...]


def signature(n: int) -> Signature:
    """The signature of the timed call with `n` arguments: integers and floats in turn, an integer back."""
    return Signature(tuple(Param(_IN_TURN[place % 2]) for place in range(n)), "i64")


def view(n: int) -> View:
    """The signature with `n` arguments for the templates."""
    kinds = [param.kind for param in signature(n).params]
    arguments = tuple(
        LoopArgument(place, kind, KINDS[kind].c_type, _MEMBERS[kind], _CODES[kind], _ANYS[kind], _FFI[kind])
        for place, kind in enumerate(kinds)
    )
    return View(n, str(signature(n)), arguments)


def render(name: str, counts: Sequence[int], **more: Any) -> str:
    """One of the texts: `prototypes.h`, `callees.c` or `callers.c`."""
    template = environment().get_template(f"cost/{name}.j2")
    return template.render(signatures=[view(n) for n in counts], **more)


def build(toolchain: Toolchain, compiler: Compiler, counts: Sequence[int]) -> Loops:
    """Builds all that is timed by one compiler; without libffi, or the module, where these cannot be built.

    Raises CompileError where the compiler does not build the rest.
    """
    missing: list[Untimed] = []
    try:
        library = toolchain.build(_library(compiler, counts, libffi=True)).path
    except CompileError as error:
        library = toolchain.build(_library(compiler, counts, libffi=False)).path
        missing.append(Untimed("libffi", _first(error), _hint(compiler, "libffi-dev")))
    try:
        module = toolchain.build(_module(compiler, counts)).path
    except CompileError as error:
        module = None
        missing.append(Untimed("cffi-api", _first(error), _hint(compiler, "python3-dev")))
    return Loops(library, module, tuple(missing))


def _library(compiler: Compiler, counts: Sequence[int], libffi: bool) -> Job:
    folder = root() / "templates" / "cost"
    texts = (
        ("prototypes.h", _prototypes(counts)),
        ("callees.c", render("callees.c", counts)),
        ("callers.c", render("callers.c", counts, libffi=libffi)),
    )
    return Job(
        compiler,
        "loops",
        texts=texts,
        sources=(folder / "operators.c", folder / "loops.c", root() / "reference" / "packed.c"),
        include=(root(), root() / "templates", root() / "reference"),
        flags=("-lffi",) if libffi else (),
    )


def _module(compiler: Compiler, counts: Sequence[int]) -> Job:
    from conformance.cost.python import module_text

    # With the callees inside, their address is known to the wrappers that cffi generates: this is what API mode is for.
    texts = (
        ("prototypes.h", _prototypes(counts)),
        ("callees.c", render("callees.c", counts)),
        ("module.c", module_text(render("prototypes.h", counts))),
    )
    python = dict.fromkeys(Path(sysconfig.get_path(name)) for name in ("include", "platinclude"))
    return Job(
        compiler,
        "cost-module",
        texts=texts,
        sources=(root() / "reference" / "packed.c",),
        include=(root(), root() / "templates", root() / "reference", *python),
        flags=("-w",),  # what cffi generates is not the user's to mend
    )


def _prototypes(counts: Sequence[int]) -> str:
    return f'#include "cost/call.h"\n\n{render("prototypes.h", counts)}'


def _first(error: CompileError) -> str:
    return str(error).splitlines()[0]


def _hint(compiler: Compiler, package: str) -> str:
    # The embedded compiler reads no system headers, whatever is installed.
    return "name gcc or clang" if compiler.is_embedded else f"apt install {package}"
