"""The subject `tvm-ffi-cpp`: C++ functions exported with the headers' own typed macro, called over the wire.

A batch of signatures is one translation unit (templates/tvm_ffi/callees.cc.j2), compiled once and kept in the cache.
What a body saw it records itself; what it returns, the case chooses.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.model.case import Case
from conformance.model.signature import Signature
from conformance.model.subject import (
    Call,
    CalleeResponse,
    Headers,
    Refused,
    Reply,
    Runtime,
    SubjectInfo,
    SubjectUnavailable,
)
from conformance.model.value import NO_VALUE
from conformance.rules.load import load
from conformance.subjects.tvm_ffi import types
from conformance.subjects.tvm_ffi.abi import Library, ffi
from conformance.subjects.tvm_ffi.decode import decode_witness, lay, records
from conformance.subjects.tvm_ffi.exchange import NUMBERS, Exchanger, common
from conformance.subjects.tvm_ffi.kinds import NONE
from conformance.subjects.tvm_ffi.loading import find, hidden, missing, open_library
from conformance.subjects.tvm_ffi.wire import TvmFfiWire, reply
from conformance.toolchain import BadSpec, Cache, Compiler, Job, MissingCompiler, Toolchain, resolve_cxx

if TYPE_CHECKING:
    from conformance.subjects.tvm_ffi.cpp_caller import CppCaller

RULES = "tvm-ffi-cpp"
COMPILER = "ABI_CONFORMANCE_CXX"
"""The variable that names another compiler than the first of g++ and clang++, such as `clang++:-O2`."""


class CppCallee(NamedTuple):
    """A typed function: what it declares, its entry point, and where its library keeps witness and result."""

    signature: Signature
    safe_call: Any
    witness: Any
    result: Any


def compiler() -> Compiler:
    """The C++ compiler to use. Raises SubjectUnavailable."""
    named = os.environ.get(COMPILER)
    try:
        return resolve_cxx(named) if named else resolve_cxx("g++", "clang++")
    except (MissingCompiler, BadSpec) as error:
        raise SubjectUnavailable(str(error)) from None


def job(package: Path, compiler: Compiler, name: str, text: str) -> Job:
    """What compiles one C++ text against the headers of a release, for whichever library is loaded."""
    return Job(
        compiler,
        name,
        texts=((f"{name}.cc", text),),
        include=(types.FOLDER, package / "include"),
        flags=hidden(compiler),
    )


class TvmFfiCpp:
    """C++ functions under the typed macro of tvm-ffi's headers."""

    runtime = Runtime(
        distributions=("apache-tvm-ffi",), packages=("tvm_ffi",), programs=("g++",), extra="tvm-ffi", versioned=True
    )

    def __init__(self, built: tuple[Headers, Headers] | None = None) -> None:
        """Loads the library and asks the compiler. Raises SubjectUnavailable.

        `built` are the releases whose headers callers and callees are compiled against, those of the library if None.
        """
        self._library = Library()
        packages = tuple(headers.folder / "tvm_ffi" for headers in built or ())
        without = [package for package in packages if not (package / "include" / "tvm" / "ffi" / "c_api.h").is_file()]
        if without:
            raise SubjectUnavailable(
                f"{without[0]} has no include/tvm/ffi/c_api.h to build against; "
                "name a folder that apache-tvm-ffi is installed in"
            )
        self._caller_package, self._callee_package = packages or (self._library.package,) * 2
        self._compiler = compiler()
        self._toolchain = Toolchain(Cache(), None, jobs=1)
        self._rules = load(RULES)
        self._wire = TvmFfiWire(self._library, lambda value: lay(self._rules, value))
        self._caller: CppCaller | None = None
        self._callees: set[Path] = set()
        self._built_against = "" if built is None else built[1].version
        self._exchanger = None if built is None else Exchanger(self._library, self._compiler, self._toolchain, built)
        both = self._caller_package, self._callee_package
        kinds = tuple(k for k in types.known(self._library.package) if all(k in types.known(each) for each in both))
        all_of_them = (*both, self._library.package)
        exchanges = common(all_of_them) if built is not None else ()
        sides = ("wire", self._compiler.id)
        if built is not None:
            caller, callee = (f"{self._compiler.id}@{headers.version}" for headers in built)
            sides = caller, callee
        self.about = SubjectInfo(
            name="tvm-ffi-cpp",
            version=self._library.wheel,
            versions={
                "wheel": self._library.wheel,
                "reported": self._library.reported,
                self._compiler.id: self._compiler.version,
            },
            rules=RULES,
            sides=sides,
            kinds=kinds,
            max_args=8,
            checks=(
                "X0-MATCH", "X0-TYPE", "X0-COERCE", "X0-COUNT", "X0-NULL", "X0-UNKNOWN", "X0-RETURN", "X0-ERROR",
                "X0-RANGE", "X0-NESTED", "X0-REPEAT", "X0-REFS",
            ),
            takes=(*(kind for kind in types.taken(self._caller_package) if kind in kinds), "none"),
            mutable_parts=("type-codes", "count", "args", "ret", "padding", "preset"),
            waivers=Path(__file__).parents[1] / "waivers" / "tvm-ffi-cpp.toml",
            limits=(
                "null arrays are not promised to be rejected: c_api.h says nothing of them",
                "arguments are converted one by one: what one points to is touched before the next is checked",
                *types.lacking(kinds),
            ),
            exchanges=exchanges,
            interposed=exchanges,
            numbers=NUMBERS,
        )  # fmt: skip

    def declare(self, signatures: Sequence[Signature], release: bool) -> Sequence[CppCallee | Refused]:
        """Compiles one function for each signature. Raises CompileError."""
        if release:
            return [Refused("the checks of tvm-ffi's headers cannot be compiled out")] * len(signatures)
        if not signatures:
            return []  # only exchanges are to be made, which need neither callees nor callers
        if self._caller is None:
            from conformance.subjects.tvm_ffi.cpp_caller import CppCaller

            self._caller = CppCaller(
                self._caller_package
            )  # here, since a child that makes calls may write no file of its size
        made = [signature for signature in signatures if signature.ret not in types.ONLY_ARGUMENTS]
        built = self._toolchain.build(job(self._callee_package, self._compiler, "tvm-ffi-cpp", types.callees(made)))
        shared = open_library(built.path)
        self._callees.add(built.path)
        witness, result = (find(shared, name, "void*(*)(void)") for name in ("abi_witness", "abi_result"))
        callees = {
            signature: CppCallee(signature, find(shared, types.symbol(place), "SafeCall"), witness, result)
            for place, signature in enumerate(made)
        }
        for callee in (one for one in callees.values() if one.signature.params):
            # A first error reads all debug symbols, 0.2 s that no forked child should pay.
            self._wire.call(ffi.NULL, callee.safe_call, Call(()))
            break
        return [callees.get(one) or Refused(types.ONLY_ARGUMENTS[one.ret]) for one in signatures]

    def call(self, callee: CppCallee, call: Call) -> Reply:
        """Calls the exported entry point with the slots as they are told."""
        witness = ffi.cast("int32_t*", callee.witness())
        witness[0] = 0
        also: tuple[Any, ...] = ()
        if call.result is not None and call.result != NO_VALUE:
            made = self._wire.make(call.result)
            given = ffi.cast("Any*", callee.result())
            given.index, given.padding, given.payload = self._rules.code(call.result.kind), made.padding, made.payload
            also = () if made.counts is None else (made.counts,)
        outcome = self._wire.call(ffi.NULL, callee.safe_call, call, also)
        saw = ret = None
        if witness[0]:
            saw = decode_witness(self._rules, self._wire.reader, records(witness), callee.signature, call.slots)
        if witness[0] > 1:
            outcome = outcome._replace(remarks=(*outcome.remarks, f"ran the body {witness[0]} times"))
        if outcome.status == 0:
            ret = NO_VALUE if outcome.result.type_index == NONE else self._wire.reader.read(outcome.result)
        return reply(outcome, self._wire, saw, ret)

    def take(self, kind: str, handed: CalleeResponse) -> Reply:
        """Has a typed caller take what a raw callee gives it."""
        if self._caller is None:
            raise ValueError("the callers are compiled along with the first callees")
        return self._caller.take(kind, handed.status, handed.result, handed.raised)

    def exchange(self, what: str, number: int, loading: str) -> Reply:
        """Has the caller's side make something and the callee's use it."""
        return self._sides.exchange(what, number, loading)

    def prepare(self, loading: str) -> None:
        """Compiles the sides of an exchange. Raises CompileError."""
        self._sides.prepare(loading)

    def step(self) -> str:
        """The label of what an exchange was about to do."""
        return self._sides.step()

    def unloadable(self) -> tuple[str, ...]:
        """A sentence for each symbol that a side needs and the runtime lacks, of all that has been compiled so far.

        The sides of exchanges are, which use all that the headers have. Raises CompileError.
        """
        if self._exchanger is None:
            return ()
        caller, callee = self._exchanger.libraries()
        sides = (
            (self.about.sides[0], "callers", {caller, *([self._caller.path] if self._caller is not None else [])}),
            (self.about.sides[1], "callees", {callee, *self._callees}),
        )
        return tuple(
            f"{symbol}, asked for by the {who} built against {side.rpartition('@')[2]}"
            for side, who, libraries in sides
            for symbol in sorted({symbol for library in libraries for symbol in missing(library)})
        )

    def exchange_reproducer(
        self, what: str, number: int, loading: str, made_by: Headers, read_by: Headers, runtime: Headers, due: str
    ) -> dict[str, str]:
        """A program in C++ that makes the exchange, with a Makefile that builds it against the releases named."""
        from conformance.subjects.tvm_ffi.exchange_program import files

        return files(what, number, loading, made_by, read_by, runtime, due, self._compiler)

    @property
    def _sides(self) -> Exchanger:
        if self._exchanger is None:
            raise ValueError("both sides are built against the release that runs; nothing is exchanged between them")
        return self._exchanger

    def reproducer(self, case: Case) -> dict[str, str]:
        """A program in C++, with a Makefile, that makes the call and exits with 1 where the bug shows.

        None of what a caller takes: that needs a callee as well.
        """
        if case.wire.handed is not None:
            return {}
        from conformance.subjects.tvm_ffi.program import files

        return files(case, self._rules, self.about.version, self._compiler, self._built_against)
