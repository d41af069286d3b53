"""Has the libraries of a pair built: the subject's runtime, the callers, the callees, the shim that Python calls."""

from __future__ import annotations

import sysconfig
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from conformance.codegen.generic import render_generic
from conformance.codegen.missing import stand_ins
from conformance.codegen.stubs import layout_entries, render_side
from conformance.engine.workers import target_of
from conformance.model.data_model import NATIVE, DataModel
from conformance.model.signature import Signature
from conformance.model.target import Target
from conformance.subjects.manifest import BuiltSubject
from conformance.toolchain import sanitizers
from conformance.toolchain.build import Built, Job, Toolchain
from conformance.toolchain.compilers import Compiler, program_of
from conformance.toolchain.elf import missing
from conformance.toolchain.errors import CompileError
from conformance.toolchain.every import WITHOUT_GAPS
from conformance.toolchain.fixtures import root

_ALIGNED = ("gcc", "clang", "zig", "tcc")
"""Families of compilers that keep the stack 16-aligned at calls, as x86-64's ABI asks for."""


class Versions(NamedTuple):
    """The versions of a subject that meet in a call: of the headers of caller and callee, and of the runtime."""

    caller: str
    callee: str
    runtime: str

    @property
    def diagonal(self) -> Versions:
        """All three of the caller's version, which is what made the arguments."""
        return Versions(self.caller, self.caller, self.caller)


@dataclass(frozen=True)
class Pair:
    """Who compiles which side; with `versions` against which headers, and what runs, else all is the subject's own."""

    caller: Compiler
    callee: Compiler
    versions: Versions | None = None

    @property
    def ids(self) -> tuple[str, str]:
        """The ids of caller and callee: of the compiler, and of the headers' version where that is chosen."""
        if self.versions is None:
            return self.caller.id, self.callee.id
        return f"{self.caller.id}@{self.versions.caller}", f"{self.callee.id}@{self.versions.callee}"

    @property
    def with_callees_headers(self) -> Pair:
        """Its compilers with all of the callee's version: what proves them, whatever the versions do."""
        return self if self.versions is None else replace(self, versions=Versions(*[self.versions.callee] * 3))

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

NO_VERSIONS = Versions("", "", "")
"""What stands for the subject's own version on both sides and between them."""

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
        self._runtimes: dict[tuple[str, str], tuple[Path, ...]] = {}
        self._versions: dict[str, BuiltSubject] = {}
        self._lacked: dict[tuple[Path, str, str], tuple[str, ...]] = {}
        self._texts: dict[tuple[str, Sequence[Signature], str], str] = {}
        self._generic_texts: dict[tuple[str, str], str] = {}

    def at(self, version: str) -> BuiltSubject:
        """The subject as a version of it is, itself where that is empty. Raises SubjectError."""
        if not version:
            return self.subject
        if version not in self._versions:
            self._versions[version] = self.subject.at(version)
        return self._versions[version]

    def runtime(self, compiler: Compiler, version: str = "") -> tuple[Path, ...]:
        """The libraries that both sides link: the subject's own sources, built once a compiler, and prebuilt ones."""
        compiler = self.native if compiler.is_dynamic else compiler
        found = self._runtimes.get((compiler.id, version))
        if found is None:
            subject, built = self.at(version), tuple[Path, ...]()
            if subject.sources:
                job = Job(
                    compiler=compiler,
                    name="runtime",
                    sources=subject.sources,
                    include=_include(subject),
                    defines=subject.defines,
                    flags=subject.flags,
                    libraries=subject.libraries,
                    lasting=True,
                )
                built = (self.toolchain.build(job).path,)
            found = self._runtimes[compiler.id, version] = built + subject.libraries
        return found

    def sides(self, pair: Pair, signatures: Sequence[Signature], release: bool = False) -> tuple[Path, Path]:
        """The libraries of callers and callees that are compiled for these signatures.

        Raises CompileError where a compiler does not build them.
        """
        caller, callee, _ = pair.versions or NO_VERSIONS
        roles = (("callers", pair.caller, caller), ("callees", pair.callee, callee))
        callers, callees = (
            "" if side.is_dynamic else self.text(role, signatures, version) for role, side, version in roles
        )
        return self._both(pair, (callers, callees), len(signatures), release)

    def generic(self, pair: Pair, release: bool = False) -> tuple[Path, Path]:
        """The libraries of callers and callees whose stubs read signatures from a table, for all bundles of a pair.

        They also tell the layouts of what crosses.
        Raises CompileError where a compiler does not build them.
        """
        caller, callee, _ = pair.versions or NO_VERSIONS
        return self._both(
            pair, (self._generic_text("callers", caller), self._generic_text("callees", callee)), 0, release
        )

    def _generic_text(self, role: str, version: str) -> str:
        key = (role, version)
        if key not in self._generic_texts:
            subject = self.subject
            self._generic_texts[key] = render_generic(
                role,
                subject.kinds,
                with_null="null" in subject.rules.passable,
                binding=self.at(version).binding.name,
                packed=subject.packed,
                cxx=subject.is_cxx,
            )
        return self._generic_texts[key]

    def _both(self, pair: Pair, texts: tuple[str, str], count: int, release: bool) -> tuple[Path, Path]:
        """The libraries of two texts; a side that is Python has stubs for `count` signatures instead."""
        caller, callee, version = pair.versions or NO_VERSIONS
        runtime = self.runtime(pair.callee, version)
        jobs = [
            self._side("callers", pair.caller, texts[0], runtime, (), caller),
            self._side("callees", pair.callee, texts[1], runtime, ("ABI_RELEASE",) if release else (), callee),
        ]
        unit = _unit(jobs[0])
        whole = jobs[0]
        jobs[0] = unit or whole
        built = self.toolchain.build_all([job for job in jobs if not job.compiler.is_dynamic])
        if unit is not None and isinstance(built[0], Built):
            jobs[0] = replace(whole, texts=(), sources=(built[0].path,), include=(), defines=())
            built[0] = self.toolchain.build_all([jobs[0]])[0]
        if pair.versions is not None:
            built = [self._completed(*each, pair) for each in zip(jobs, built, (caller, callee), strict=True)]
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

    def _completed(self, job: Job, built: Built | CompileError, version: str, pair: Pair) -> Built | CompileError:
        """A side with something in place of what the runtime lacks, as it is where that lacks nothing."""
        names = () if isinstance(built, CompileError) else self.lacked(built.path, version, pair)
        if not names or pair.versions is None:
            return built
        completed = replace(job, texts=(*job.texts, ("missing.c", stand_ins(names))))
        whole = self.toolchain.build_all([completed])[0]
        if isinstance(whole, Built):
            self._lacked[whole.path, version, pair.versions.runtime] = names
        return whole

    def lacked(self, side: Path, version: str, pair: Pair) -> tuple[str, ...]:
        """The symbols that a side built against a version needs of the runtime, and that this pair's does not have."""
        if pair.versions is None or version == pair.versions.runtime:
            return ()
        key = (side, version, pair.versions.runtime)
        if key not in self._lacked:
            before, now = (self.runtime(pair.callee, each) for each in key[1:])
            self._lacked[key] = missing(side, before, now)
        return self._lacked[key]

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
            text = self._modules[size] = self.api.text(self._passed, self.subject.packed, size)
        job = self._shim(self.api.compiler, runtime)
        job = replace(
            job,
            name="module",
            texts=(*job.texts, ("module.c", text)),
            include=(*job.include, *python_headers()),
            flags=(*job.flags, "-w"),  # what cffi generates is not the user's to mend
        )
        return self.toolchain.build(job).path

    def text(self, role: str, signatures: Sequence[Signature], version: str = "") -> str:
        """The C text of one side."""
        binding = self.at(version).binding.name
        key = (role, tuple(signatures), binding)
        if key not in self._texts:
            if len(self._texts) > 8:
                self._texts.clear()
            packed, cxx = self.subject.packed, self.subject.is_cxx
            self._texts[key] = render_side(role, signatures, binding, packed, cxx=cxx)
        return self._texts[key]

    def layout_names(self, data: DataModel = NATIVE) -> list[tuple[str, str, int]]:
        """What X0-LAYOUT compares, in the order of a side's table."""
        return layout_entries(self.subject.kinds, self.subject.packed, data)

    @property
    def _passed(self) -> tuple[str, ...]:
        """The kinds that a caller can pass: the subject's own, and null where its convention has it."""
        return (*self.subject.kinds, *(("null",) if "null" in self.subject.rules.passable else ()))

    def _shim(self, compiler: Compiler, runtime: tuple[Path, ...]) -> Job:
        from conformance.codegen.shim import render_shim

        text = render_shim(self.subject.binding.name, self.subject.packed, self._passed)
        side = self._side("callers", compiler, "", runtime, ("ABI_DYNAMIC",))
        return replace(side, name="shim", texts=(("shim.c", text),))

    def _side(
        self,
        role: str,
        compiler: Compiler,
        text: str,
        runtime: tuple[Path, ...],
        defines: tuple[str, ...],
        version: str = "",
    ) -> Job:
        subject = self.at(version)
        return Job(
            compiler=compiler,
            name=role,
            texts=((f"{role}.{'cc' if subject.is_cxx else 'c'}", text),),
            include=(*_include(subject), root() / "include", root()),
            defines=subject.defines + defines,
            flags=(*(_OWN_INLINES if subject.is_cxx else ()), *subject.flags),
            libraries=runtime,
        )


def _include(subject: BuiltSubject) -> tuple[Path, ...]:
    return (subject.binding.parent, *subject.include)


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
