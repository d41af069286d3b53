"""Has the libraries of a pair built: the subject's runtime, the callers, the callees, the shim that Python calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from conformance.codegen.stubs import layout_entries, render_side
from conformance.model.signature import Signature
from conformance.subjects.manifest import Subject
from conformance.toolchain.build import Job, Toolchain
from conformance.toolchain.compilers import Compiler
from conformance.toolchain.errors import CompileError
from conformance.toolchain.fixtures import root


@dataclass(frozen=True)
class Pair:
    """Who compiles which side."""

    caller: Compiler
    callee: Compiler

    @property
    def ids(self) -> tuple[str, str]:
        """The ids of caller and callee."""
        return self.caller.id, self.callee.id


class Libraries:
    """Builds what a subject's cases need. `native` compiles what Python needs where it is a side itself."""

    def __init__(self, subject: Subject, toolchain: Toolchain, native: Compiler) -> None:
        self.subject = subject
        self.toolchain = toolchain
        self.native = native
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
        """The libraries of callers and callees. Raises CompileError where a compiler does not build them."""
        runtime = self.runtime(pair.callee)
        jobs = [
            self._side("callers", pair.caller, signatures, runtime, ()),
            self._side("callees", pair.callee, signatures, runtime, ("ABI_RELEASE",) if release else ()),
        ]
        built = self.toolchain.build_all([job for job in jobs if not job.compiler.is_dynamic])
        paths = iter(built)
        out = []
        for job in jobs:
            made = self.shim(runtime) if job.compiler.is_dynamic else next(paths)
            if isinstance(made, CompileError):
                raise made
            out.append(made if isinstance(made, Path) else made.path)
        return out[0], out[1]

    def shim(self, runtime: tuple[Path, ...]) -> Path:
        """The functions of the binding header in a form that Python can call."""
        from conformance.codegen.shim import render_shim

        text = render_shim(self.subject.binding.name, self.subject.packed, self.subject.kinds)
        job = replace(
            self._side("callers", self.native, (), runtime, ("ABI_DYNAMIC",)), name="shim", texts=(("shim.c", text),)
        )
        return self.toolchain.build(job).path

    def text(self, role: str, signatures: Sequence[Signature]) -> str:
        """The C text of one side."""
        key = (role, tuple(signatures))
        if key not in self._texts:
            if len(self._texts) > 256:
                self._texts.clear()
            subject = self.subject
            self._texts[key] = render_side(role, signatures, subject.binding.name, subject.packed, subject.kinds)
        return self._texts[key]

    def layout_names(self) -> list[tuple[str, str, int]]:
        """What X0-LAYOUT compares, in the order of a side's table."""
        return layout_entries(self.subject.kinds, self.subject.packed)

    @property
    def _include(self) -> tuple[Path, ...]:
        return (self.subject.binding.parent, *self.subject.include)

    def _side(
        self,
        role: str,
        compiler: Compiler,
        signatures: Sequence[Signature],
        runtime: tuple[Path, ...],
        defines: tuple[str, ...],
    ) -> Job:
        return Job(
            compiler=compiler,
            name=role,
            texts=((f"{role}.c", "" if compiler.is_dynamic else self.text(role, signatures)),),
            include=(*self._include, root() / "include", root()),
            defines=self.subject.defines + defines,
            flags=self.subject.flags,
            libraries=runtime,
        )
