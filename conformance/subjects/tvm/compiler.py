"""The subjects `tvm-llvm` and `tvm-c`: code that TVM's compiler emits, by JIT and as C for a C compiler.

Each batch of signatures is one module and one compile; where that fails, halves tell which signatures cannot be.
"""

from __future__ import annotations

import ctypes
import importlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from conformance.model import extras
from conformance.model.case import Case
from conformance.model.signature import Signature
from conformance.model.subject import Call, Refused, Reply, Runtime, SubjectInfo, SubjectUnavailable
from conformance.rules.load import load
from conformance.subjects.tvm import c_text, emit
from conformance.subjects.tvm import reproducer as reproducers
from conformance.subjects.tvm.wire import SAFE_CALL, EmittedCallee, TvmWire
from conformance.subjects.tvm_ffi.abi import Library, wheel_of

KINDS = ("i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "f32", "f64", "bool", "handle", "tensor")
"""The kinds that a PrimFunc can declare."""

CHECKS = (
    "X0-MATCH", "X0-TYPE", "X0-COERCE", "X0-COUNT", "X0-NULL", "X0-UNKNOWN", "X0-ORDER", "X0-RETURN", "X0-ERROR",
    "X0-RANGE", "X0-TENSOR", "X0-NESTED", "X0-REPEAT", "X0-REFS", "X0-RELEASE",
)  # fmt: skip

RULES = "tvm-emitted"

_MISSING = f"apache-tvm is not installed; run: {extras.TVM}"

_LIMITS = (
    "tensors are declared on device 1:0 only: a PrimFunc's device is its target's, and has no number",
    "an offset that is no whole number of elements cannot be declared",
    "nothing is returned but numbers, bool and, from TVM 0.26 on, handles",
)


class _Function(NamedTuple):
    """A signature with its PrimFunc, and the name that this has in its module."""

    name: str
    signature: Signature
    body: Any


class _Compiled:
    """What both subjects share: loading TVM, declaring by halves, calling."""

    target: str

    runtime = Runtime(distributions=("apache-tvm", "apache-tvm-ffi"), packages=("tvm", "tvm_ffi"), extra="tvm")

    def __init__(self) -> None:
        """Loads TVM. Raises SubjectUnavailable."""
        try:
            self._tvm: Any = importlib.import_module("tvm")
            self._ffi: Any = importlib.import_module("tvm_ffi")
            importlib.import_module("tvm.tirx")
        except ImportError as error:
            raise SubjectUnavailable(_MISSING) from error
        except OSError as error:  # a tvm-ffi of another release than TVM was built for
            raise SubjectUnavailable(
                f"apache-tvm does not load ({error}); install one that fits its tvm-ffi"
            ) from error
        self._library = Library()
        self._wire = TvmWire(self._library)

    def _about(self, side: str, limits: tuple[str, ...] = ()) -> SubjectInfo:
        name = f"tvm-{self.target}"
        wheel = wheel_of("apache-tvm", Path(self._tvm.__file__).parent) or str(self._tvm.__version__)
        return SubjectInfo(
            name=name,
            version=wheel,
            rules=RULES,
            sides=("wire", side),
            kinds=KINDS,
            versions={
                "apache-tvm": wheel,
                "tvm": str(self._tvm.__version__),
                "apache-tvm-ffi": self._library.wheel,
                "tvm-ffi": self._library.reported,
            },
            max_args=64,
            checks=CHECKS,
            mutable_parts=("type-codes", "count", "args", "ret", "padding", "preset"),
            waivers=Path(__file__).parents[1] / "waivers" / f"{name}.toml",
            limits=(*_LIMITS, *limits),
        )

    def declare(self, signatures: Sequence[Signature], release: bool) -> Sequence[EmittedCallee | Refused]:
        """Compiles a batch as one module."""
        made: dict[Signature, EmittedCallee | Refused] = {}
        functions: list[_Function] = []
        for place, signature in enumerate(dict.fromkeys(signatures)):
            name = f"f{place}"
            try:
                functions.append(_Function(name, signature, emit.function(name, signature)))
            except Exception as error:  # TVM raises what it likes of a type that it does not have
                made[signature] = Refused(_message(error))
        made.update(_by_halves(functions, lambda some: self._compile(some, release)))
        return [made[one] for one in signatures]

    def call(self, callee: EmittedCallee, call: Call) -> Reply:
        """Calls a compiled function over the wire."""
        return self._wire.call(callee, call)

    def reproducer(self, case: Case) -> dict[str, str]:
        """A Python file that needs nothing but TVM."""
        return reproducers.files(case, self.target, load(RULES))

    def _compile(self, functions: Sequence[_Function], release: bool) -> list[EmittedCallee]:
        raise NotImplementedError


class TvmLlvm(_Compiled):
    """What TVM's compiler makes for target llvm: in memory, called as the runtime's own function objects."""

    target = "llvm"

    def __init__(self) -> None:
        """Loads TVM. Raises SubjectUnavailable."""
        super().__init__()
        self.about = self._about("llvm")

    def _compile(self, functions: Sequence[_Function], release: bool) -> list[EmittedCallee]:
        built = _built(functions, self.target, release)
        made = [(one.signature, built[one.name]) for one in functions]
        return [EmittedCallee(one, self._wire.call_object, code.__chandle__(), (built, code)) for one, code in made]


class TvmC(_Compiled):
    """What TVM's compiler makes for target c: its text, compiled by a C compiler, called by its symbols."""

    target = "c"

    def __init__(self, compiler: str = "") -> None:
        """Loads TVM, to be followed by the compiler of this spec. Raises SubjectUnavailable."""
        super().__init__()
        self._builder = c_text.Builder(self._tvm, self._ffi, compiler) if compiler else None
        side = self._builder.compiler.id if self._builder is not None else "c"
        self.about = replace(self._about(side, (c_text.LIMIT,)), compilers=c_text.COMPILERS)

    def _compile(self, functions: Sequence[_Function], release: bool) -> list[EmittedCallee]:
        if self._builder is None:
            raise ValueError("target c needs a C compiler")
        text = _built(functions, self.target, release).mod.inspect_source()
        library = ctypes.CDLL(str(self._builder.build(text)))
        return [
            EmittedCallee(one.signature, SAFE_CALL((f"__tvm_ffi_{one.name}", library)), None, library)
            for one in functions
        ]


def _built(functions: Sequence[_Function], target: str, release: bool) -> Any:
    return emit.compiled({one.name: one.body for one in functions}, target, release)


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
            return {functions[0].signature: Refused(_message(error))}
    middle = len(functions) // 2
    return _by_halves(functions[:middle], compile_all) | _by_halves(functions[middle:], compile_all)


def _message(error: Exception) -> str:
    """The last line of what an error says: in TVM's, the lines before it are a stack."""
    lines = str(error).strip().splitlines()
    return lines[-1].strip() if lines else type(error).__name__
