"""The subjects `tvm-llvm` and `tvm-c`: code that TVM's compiler emits, by JIT and as C for a C compiler.

Each batch of signatures is one module and one compile; where that fails, halves tell which signatures cannot be. What
one release emits and another runs is emitted in a process of its own, and made into a library by a C compiler.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from conformance.model.case import Case
from conformance.model.signature import Signature
from conformance.model.subject import LOAD, Call, Headers, Refused, Reply, Runtime, SubjectInfo
from conformance.rules.load import load
from conformance.subjects.tvm import reproducer as reproducers
from conformance.subjects.tvm.emit import DECLARABLE, SAMPLE
from conformance.subjects.tvm.emitted_text import COMPILERS, LIMIT, Builder, any_compiler, c_compiler
from conformance.subjects.tvm.emitter import Emitter, EmitterOfRelease, message
from conformance.subjects.tvm.wire import SAFE_CALL, EmittedCallee, TvmWire, load_runtime
from conformance.subjects.tvm_ffi.abi import DISTRIBUTION, Library
from conformance.subjects.tvm_ffi.loading import find, missing, open_library

CHECKS = (
    "X0-MATCH", "X0-TYPE", "X0-COERCE", "X0-COUNT", "X0-NULL", "X0-UNKNOWN", "X0-ORDER", "X0-RETURN", "X0-ERROR",
    "X0-RANGE", "X0-TENSOR", "X0-NESTED", "X0-REPEAT", "X0-REFS", "X0-RELEASE",
)  # fmt: skip

RULES = "tvm-emitted"

_LIMITS = (
    "tensors are declared on device 1:0 only: a PrimFunc's device is its target's, and has no number",
    "an offset that is no whole number of elements cannot be declared",
    "nothing is returned but numbers, bool and, from TVM 0.26 on, handles",
)


class _Function(NamedTuple):
    """A signature, and the name that its function has in the module that is emitted."""

    name: str
    signature: Signature


class _Compiled:
    """What both subjects share: having functions emitted, declaring by halves, calling."""

    target: str

    runtime = Runtime(
        distributions=("apache-tvm", "apache-tvm-ffi"),
        packages=("tvm", "tvm_ffi"),
        extra="tvm",
        versioned=True,
        callers_built=False,
    )

    def __init__(self, built: tuple[Headers, Headers] | None) -> None:
        """Loads TVM, of releases that are chosen its libraries alone. Raises SubjectUnavailable.

        The callees are emitted by the second of `built`, by what runs if None; callers are the wire, whatever runs.
        """
        self._headers = None if built is None else built[1]
        self._emitter = Emitter() if self._headers is None else EmitterOfRelease(self._headers)
        self._emitted_with = self._emitter.versions()
        self._library = Library()
        self._version = self._emitted_with["apache-tvm"] if self._headers is None else load_runtime()
        self._wire = TvmWire(self._library)
        self._libraries: set[Path] = set()

    def _about(self, side: str, limits: tuple[str, ...] = ()) -> SubjectInfo:
        name = f"tvm-{self.target}"
        versions = {
            "apache-tvm": self._version,
            "apache-tvm-ffi": self._library.wheel,
            "tvm-ffi": self._library.reported,
        }
        if self._headers is None:
            versions["tvm"] = self._emitted_with["tvm"]
        else:
            side = f"{side}@{self._headers.version}"
            versions |= {
                f"emitted with {wheel}": version for wheel, version in self._emitted_with.items() if wheel != "tvm"
            }
        return SubjectInfo(
            name=name,
            version=self._version,
            rules=RULES,
            sides=("wire", side),
            kinds=DECLARABLE,
            versions=versions,
            max_args=64,
            checks=CHECKS,
            mutable_parts=("type-codes", "count", "args", "ret", "padding", "preset"),
            waivers=Path(__file__).parents[1] / "waivers" / f"{name}.toml",
            limits=(*_LIMITS, *limits),
        )

    def declare(self, signatures: Sequence[Signature], release: bool) -> Sequence[EmittedCallee | Refused]:
        """Compiles a batch as one module."""
        named = {f"f{place}": signature for place, signature in enumerate(dict.fromkeys(signatures))}
        refused = self._emitter.declare(named)
        made: dict[Signature, EmittedCallee | Refused] = {named[name]: Refused(why) for name, why in refused.items()}
        functions = [_Function(name, signature) for name, signature in named.items() if name not in refused]
        made.update(_by_halves(functions, lambda some: self._compile(some, release)))
        return [made[one] for one in signatures]

    def call(self, callee: EmittedCallee, call: Call) -> Reply:
        """Calls a compiled function over the wire."""
        return self._wire.call(callee, call)

    def unloadable(self) -> tuple[str, ...]:
        """A sentence for each symbol that callees need and the runtime lacks.

        Looked at are all that have been compiled so far, and a function with every kind, which is compiled for this.
        Raises ValueError where that cannot be.
        """
        if self._headers is None:
            return ()
        (sample,) = self.declare((SAMPLE,), release=False)
        if isinstance(sample, Refused):
            raise ValueError(f"apache-tvm {self._headers.version} does not emit what every release does: {sample.why}")
        lacking = sorted({symbol for library in self._libraries for symbol in missing(library)})
        return tuple(f"{symbol}, asked for by the callees built against {self._headers.version}" for symbol in lacking)

    def reproducer(self, case: Case) -> dict[str, str]:
        """A Python file that needs nothing but TVM, and the releases that meet where these are chosen."""
        return reproducers.files(case, self.target, load(RULES), self._meet)

    def exchange_reproducer(self, what: str, *_exchange: object) -> dict[str, str]:
        """A Python file that loads what one release emits with the libraries of another; nothing else is exchanged."""
        return reproducers.load_files(self.target, self._meet) if what == LOAD and self._meet is not None else {}

    @property
    def _meet(self) -> reproducers.Releases | None:
        """The releases that meet, None where all is of one."""
        if self._headers is None:
            return None
        emitted = self._headers.version
        tvm_ffi = {emitted: self._emitted_with[DISTRIBUTION], self._version: self._library.wheel}
        return reproducers.Releases(emitted, self._version, tvm_ffi)

    def _compile(self, functions: Sequence[_Function], release: bool) -> list[EmittedCallee]:
        raise NotImplementedError

    def _opened(self, builder: Builder, functions: Sequence[_Function], release: bool) -> list[EmittedCallee]:
        """The functions out of the library that a C compiler makes of what is emitted for them."""
        path = builder.build(self._emitter.text([one.name for one in functions], self.target, release))
        self._libraries.add(path)
        library = open_library(path)
        return [
            EmittedCallee(
                one.signature, SAFE_CALL(int(find(library, f"__tvm_ffi_{one.name}", "uintptr_t"))), None, library
            )
            for one in functions
        ]


class TvmLlvm(_Compiled):
    """What TVM's compiler makes for target llvm: in memory, called as the runtime's own function objects.

    Of a release that is chosen it is assembly, which a C compiler makes into a library.
    """

    target = "llvm"

    def __init__(self, built: tuple[Headers, Headers] | None = None) -> None:
        """Loads TVM. Raises SubjectUnavailable."""
        super().__init__(built)
        self._builder = Builder(any_compiler(), "tvm-llvm", "callees.s") if built is not None else None
        self.about = self._about("llvm")

    def _compile(self, functions: Sequence[_Function], release: bool) -> list[EmittedCallee]:
        if self._builder is not None:
            return self._opened(self._builder, functions, release)
        assert isinstance(self._emitter, Emitter)
        built = self._emitter.built([one.name for one in functions], self.target, release)
        made = [(one.signature, built[one.name]) for one in functions]
        return [EmittedCallee(one, self._wire.call_object, code.__chandle__(), (built, code)) for one, code in made]


class TvmC(_Compiled):
    """What TVM's compiler makes for target c: its text, compiled by a C compiler, called by its symbols."""

    target = "c"

    def __init__(self, compiler: str = "", built: tuple[Headers, Headers] | None = None) -> None:
        """Loads TVM, to be followed by the compiler of this spec. Raises SubjectUnavailable."""
        super().__init__(built)
        include = self._emitter.include()
        self._builder = Builder(c_compiler(compiler), "tvm-c", "callees.c", include) if compiler else None
        side = self._builder.compiler.id if self._builder is not None else "c"
        self.about = replace(self._about(side, (LIMIT,)), compilers=COMPILERS)

    def _compile(self, functions: Sequence[_Function], release: bool) -> list[EmittedCallee]:
        if self._builder is None:
            raise ValueError("target c needs a C compiler")
        return self._opened(self._builder, functions, release)


def _by_halves(
    functions: Sequence[_Function], compile_all: Callable[[Sequence[_Function]], list[EmittedCallee]]
) -> dict[Signature, EmittedCallee | Refused]:
    """Callees for all functions; where a compile fails, each half for itself, down to the one that cannot be."""
    if not functions:
        return {}
    try:
        return dict(zip((one.signature for one in functions), compile_all(functions), strict=True))
    except Exception as error:  # TVM raises what it likes
        if len(functions) == 1:
            return {functions[0].signature: Refused(message(error))}
    middle = len(functions) // 2
    return _by_halves(functions[:middle], compile_all) | _by_halves(functions[middle:], compile_all)
