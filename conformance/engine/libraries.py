"""Has the libraries of a pair built: the subject's runtime, the callers, the callees, the shim that Python calls."""

from __future__ import annotations

import sysconfig
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from conformance.codegen.generic import render_generic
from conformance.codegen.stubs import layout_entries, render_side
from conformance.engine.workers import target_of
from conformance.model.data_model import NATIVE, DataModel
from conformance.model.signature import Signature
from conformance.model.target import Target
from conformance.subjects.manifest import BuiltSubject
from conformance.toolchain import sanitizers
from conformance.toolchain.build import Built, Job, Toolchain
from conformance.toolchain.compilers import Compiler, program_of
from conformance.toolchain.errors import CompileError
from conformance.toolchain.every import WITHOUT_GAPS
from conformance.toolchain.fixtures import root

_ALIGNED = ("gcc", "clang", "zig", "tcc")
"""Families of compilers that keep the stack 16-aligned at calls, as x86-64's ABI asks for."""


@dataclass(frozen=True)
class Pair:
    """Who compiles which side."""

    caller: Compiler
    callee: Compiler

    @property
    def ids(self) -> tuple[str, str]:
        """The ids of caller and callee."""
        return self.caller.id, self.callee.id

    @property
    def target(self) -> Target:
        """The machine that both sides are built for."""
        return target_of(self.callee if self.caller.is_dynamic else self.caller)

    @property
    def data(self) -> DataModel:
        """How values lie in memory: as on the target, but without gaps where both sides are told so."""
        both = all(WITHOUT_GAPS in side.flags for side in (self.caller, self.callee))
        return replace(self.target.data, most_aligned=1) if both else self.target.data

    @property
    def is_dynamic(self) -> bool:
        """Whether Python is one side."""
        return self.caller.is_dynamic or self.callee.is_dynamic

    @property
    def instrumented(self) -> Compiler | None:
        """A side with sanitizers, which their runner has to have too; None where neither side has any."""
        return next((side for side in (self.callee, self.caller) if sanitizers.of(side)), None)

    @property
    def obstacle(self) -> str:
        """Why no runner has what the sanitizers of both sides need, "" where one has, or neither side has any."""
        sides = [side for side in (self.caller, self.callee) if sanitizers.of(side)]
        if sides and self.is_dynamic:
            return f"Python cannot be a side beside {sides[0].id}: it is not built with {sanitizers.in_words(sides[0])}"
        if len({sanitizers.kind(side) for side in sides}) > 1:
            both = " and ".join(f"{sanitizers.in_words(side)} of {program_of(side)}" for side in sides)
            return f"one process has the sanitizers of one compiler, and these sides need {both}"
        if len(sides) == 1 and "memory" in sanitizers.of(sides[0]):
            return "MemorySanitizer takes what a side writes that is built without it for unset; build both with it"
        return ""

    @property
    def is_aligned(self) -> bool:
        """Whether both compilers promise a stack that is 16-aligned at calls, with these flags."""
        sides = (self.caller, self.callee)
        return self.target.name == "x86-64" and all(
            side.family in _ALIGNED and not any("stack" in flag for flag in side.flags) for side in sides
        )


_OWN_INLINES = ("-fvisibility-inlines-hidden",)
"""Keeps the inline functions of a header in C++ to the side whose compiler made them: others find no weak symbol."""

API_MODE = "dynamic-api"
"""The compiler that is Python through cffi's API mode."""

_LEAST_STUBS = 8


@dataclass(frozen=True)
class ApiMode:
    """What builds the extension modules of cffi's API mode.

    `compiler` is a program; `text` gives the C of a module for these kinds, packed or not, and that many signatures.
    """

    compiler: Compiler
    text: Callable[[tuple[str, ...], bool, int], str]


class Libraries:
    """Builds what a subject's cases need. `native` compiles what Python needs where it is a side itself.

    `api` is None where nothing can compile extension modules; no pair may have `dynamic-api` then.
    """

    def __init__(
        self, subject: BuiltSubject, toolchain: Toolchain, native: Compiler, api: ApiMode | None = None
    ) -> None:
        self.subject = subject
        self.toolchain = toolchain
        self.native = native
        self.api = api
        self._modules: dict[int, str] = {}
        self._runtimes: dict[str, tuple[Path, ...]] = {}
        self._texts: dict[tuple[str, Sequence[Signature]], str] = {}

    def runtime(self, compiler: Compiler) -> tuple[Path, ...]:
        """The libraries that both sides link: the subject's own sources, built once a compiler, and prebuilt ones."""
        compiler = self.native if compiler.is_dynamic else compiler
        found = self._runtimes.get(compiler.id)
        if found is None:
            made: tuple[Path, ...] = ()
            if self.subject.sources:
                job = Job(
                    compiler=compiler,
                    name="runtime",
                    sources=self.subject.sources,
                    include=self._include,
                    defines=self.subject.defines,
                    flags=self.subject.flags,
                    libraries=self.subject.libraries,
                )
                made = (self.toolchain.build(job).path,)
            found = self._runtimes[compiler.id] = made + self.subject.libraries
        return found

    def sides(self, pair: Pair, signatures: Sequence[Signature], release: bool = False) -> tuple[Path, Path]:
        """The libraries of callers and callees that are compiled for these signatures.

        Raises CompileError where a compiler does not build them.
        """
        roles = (("callers", pair.caller), ("callees", pair.callee))
        callers, callees = ("" if side.is_dynamic else self.text(role, signatures) for role, side in roles)
        return self._both(pair, (callers, callees), len(signatures), release)

    def generic(self, pair: Pair, release: bool = False) -> tuple[Path, Path]:
        """The libraries of callers and callees whose stubs read signatures from a table, for all bundles of a pair.

        They also tell the layouts of what crosses.
        Raises CompileError where a compiler does not build them.
        """
        return self._both(pair, self._generic_texts, 0, release)

    @cached_property
    def _generic_texts(self) -> tuple[str, str]:
        subject = self.subject
        kinds, binding, packed = subject.kinds, subject.binding.name, subject.packed
        with_null = "null" in subject.rules.passable
        callers, callees = (
            render_generic(role, kinds, with_null=with_null, binding=binding, packed=packed, cxx=subject.is_cxx)
            for role in ("callers", "callees")
        )
        return callers, callees

    def _both(self, pair: Pair, texts: tuple[str, str], count: int, release: bool) -> tuple[Path, Path]:
        """The libraries of two texts; a side that is Python has stubs for `count` signatures instead."""
        runtime = self.runtime(pair.callee)
        jobs = [
            self._side("callers", pair.caller, texts[0], runtime, ()),
            self._side("callees", pair.callee, texts[1], runtime, ("ABI_RELEASE",) if release else ()),
        ]
        unit = _unit(jobs[0])
        whole = jobs[0]
        jobs[0] = unit or whole
        built = self.toolchain.build_all([job for job in jobs if not job.compiler.is_dynamic])
        if unit is not None and isinstance(built[0], Built):
            linked = replace(whole, texts=(), sources=(built[0].path,), include=(), defines=())
            built[0] = self.toolchain.build_all([linked])[0]
        paths = iter(built)
        out = []
        for job in jobs:
            made: Path | Built | CompileError
            if job.compiler.id == API_MODE:
                made = self.module(runtime, count)
            else:
                made = self.shim(runtime) if job.compiler.is_dynamic else next(paths)
            if isinstance(made, CompileError):
                raise made
            out.append(made if isinstance(made, Path) else made.path)
        return out[0], out[1]

    def shim(self, runtime: tuple[Path, ...]) -> Path:
        """The functions of the binding header in a form that Python can call."""
        return self.toolchain.build(self._shim(self.native, runtime)).path

    def module(self, runtime: tuple[Path, ...], count: int) -> Path:
        """The extension module by which Python is a side in API mode, for this many signatures or more.

        It is the same for all signatures, its size goes up in powers of two, and one that is there is large enough for
        less, so a run builds one or two.
        """
        assert self.api is not None
        enough = [size for size in self._modules if size >= count]
        size = min(enough, default=max(_LEAST_STUBS, 1 << (count - 1).bit_length()))
        text = self._modules.get(size)
        if text is None:
            text = self._modules[size] = self.api.text(self.subject.kinds, self.subject.packed, size)
        job = self._shim(self.api.compiler, runtime)
        job = replace(
            job,
            name="module",
            texts=(*job.texts, ("module.c", text)),
            include=(*job.include, *python_headers()),
            flags=(*job.flags, "-w"),  # what cffi generates is not the user's to mend
        )
        return self.toolchain.build(job).path

    def text(self, role: str, signatures: Sequence[Signature]) -> str:
        """The C text of one side."""
        key = (role, tuple(signatures))
        if key not in self._texts:
            if len(self._texts) > 8:
                self._texts.clear()
            binding, packed, cxx = self.subject.binding.name, self.subject.packed, self.subject.is_cxx
            self._texts[key] = render_side(role, signatures, binding, packed, cxx=cxx)
        return self._texts[key]

    def layout_names(self, data: DataModel = NATIVE) -> list[tuple[str, str, int]]:
        """What X0-LAYOUT compares, in the order of a side's table."""
        return layout_entries(self.subject.kinds, self.subject.packed, data)

    @property
    def _include(self) -> tuple[Path, ...]:
        return (self.subject.binding.parent, *self.subject.include)

    def _shim(self, compiler: Compiler, runtime: tuple[Path, ...]) -> Job:
        from conformance.codegen.shim import render_shim

        text = render_shim(self.subject.binding.name, self.subject.packed, self.subject.kinds)
        side = self._side("callers", compiler, "", runtime, ("ABI_DYNAMIC",))
        return replace(side, name="shim", texts=(("shim.c", text),))

    def _side(
        self,
        role: str,
        compiler: Compiler,
        text: str,
        runtime: tuple[Path, ...],
        defines: tuple[str, ...],
    ) -> Job:
        return Job(
            compiler=compiler,
            name=role,
            texts=((f"{role}.{'cc' if self.subject.is_cxx else 'c'}", text),),
            include=(*self._include, root() / "include", root()),
            defines=self.subject.defines + defines,
            flags=(*(_OWN_INLINES if self.subject.is_cxx else ()), *self.subject.flags),
            libraries=runtime,
        )


def _unit(job: Job) -> Job | None:
    """What a program compiles once for all callees, whose runtimes its callers are then linked to; None: nothing.

    The embedded compiler takes no longer than a linker would; under -flto an object is not yet machine code.
    """
    whole = job.compiler.is_embedded or "-flto" in (*job.flags, *job.compiler.flags)
    if whole or job.compiler.is_dynamic or not job.libraries:
        return None
    return replace(job, kind="object", libraries=())


def python_headers() -> tuple[Path, ...]:
    """The folders of Python.h and what it includes; none where they are not installed."""
    folders = dict.fromkeys(Path(sysconfig.get_path(name)) for name in ("include", "platinclude"))
    return tuple(folders) if any((folder / "Python.h").is_file() for folder in folders) else ()
