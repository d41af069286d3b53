"""Builds the two sides of plain C calls and what makes the calls, and finds out which kinds a compiler lacks."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from conformance.direct import render
from conformance.direct.kinds import DOTS, FEATURES, FLEXIBLE, SCALARS, STRUCTURES
from conformance.model.signature import Param, Signature
from conformance.model.target import Target
from conformance.toolchain.build import Job, Toolchain
from conformance.toolchain.compilers import Compiler, resolve
from conformance.toolchain.errors import CompileError, ToolchainError
from conformance.toolchain.every import every_program
from conformance.toolchain.fixtures import root

_SAMPLES = {
    STRUCTURES: Signature((Param("struct_i8_f64"),), "struct_i8_f64"),
    FLEXIBLE: Signature((Param("struct_i32_0i32"),)),
    DOTS: Signature((Param("i32"), Param("va_f64"))),
} | {
    scalar.feature: Signature((Param(scalar.name),), scalar.name) for scalar in SCALARS.values() if scalar.feature
}  # fmt: skip
"""A call of each feature that a compiler may lack."""


@dataclass
class Sides:
    """The libraries of callers and callees of plain C calls, each built once by whom it is asked of."""

    toolchain: Toolchain
    _lacks: dict[str, dict[str, str]] = field(default_factory=dict)
    _programs: dict[str, tuple[Path, Compiler] | CompileError] = field(default_factory=dict)
    _of_target: dict[str, list[Compiler]] = field(default_factory=dict)
    _failed: dict[tuple[str, str], CompileError] = field(default_factory=dict)

    def libraries(
        self, caller: Compiler, callee: Compiler, passed: Sequence[Signature], declared: Sequence[Signature]
    ) -> tuple[Path, Path]:
        """The callers of one side and the callees of the other. Raises CompileError."""
        jobs = [_job(caller, "callers", render.callers(passed)), _job(callee, "callees", render.callees(declared))]
        for job in jobs:
            if failed := self._failed.get((job.compiler.id, job.texts[1][1])):
                raise failed
        made = self.toolchain.build_all(jobs)
        paths = []
        for job, one in zip(jobs, made, strict=True):
            if isinstance(one, CompileError):
                self._failed[job.compiler.id, job.texts[1][1]] = one
                raise one
            paths.append(one.path)
        return paths[0], paths[1]

    def lacks(self, compiler: Compiler) -> dict[str, str]:
        """The features that a compiler lacks, each with its words."""
        found = self._lacks.get(compiler.id)
        if found is None:
            found = self._lacks[compiler.id] = self._asked(compiler)
        return found

    def _asked(self, compiler: Compiler) -> dict[str, str]:
        both = partial(self.libraries, compiler, compiler)
        every = list(_SAMPLES.values())
        if _error(lambda: both(every, every)) is None:
            return {}
        said = {name: _error(partial(both, [_SAMPLES[name]], [_SAMPLES[name]])) for name in FEATURES}
        return {name: error.first for name, error in said.items() if error is not None}

    def program(self, target: Target) -> tuple[Path, Compiler]:
        """What loads both sides and makes the calls, for a target, and who built it. Raises CompileError.

        It is never built with flags of a side: these may change how the C library is called.
        """
        found = self._programs.get(target.name)
        if found is None:
            found = self._programs[target.name] = self._built_program(target)
        if isinstance(found, CompileError):
            raise found
        return found

    def _built_program(self, target: Target) -> tuple[Path, Compiler] | CompileError:
        source = root() / "templates" / "direct" / "program.c"
        failed = CompileError(
            target.name, "error: no gcc or clang for it is installed, and one must build what makes the calls"
        )
        for compiler in reversed(self._installed(target)):
            try:
                job = Job(compiler, "direct-program", sources=(source,), flags=("-ldl",), kind="executable")
                return self.toolchain.build(job).path, compiler
            except CompileError as error:
                failed = error
        return failed

    def third_compilers(self, target: Target, sides: Sequence[Compiler]) -> list[Compiler]:
        """The newest gcc and clang of a target that are here and are the program of neither side."""
        taken = {_program(side) for side in sides}
        found: dict[str, Compiler] = {}
        for compiler in self._installed(target):
            if _program(compiler) not in taken:
                found.setdefault(compiler.family, compiler)
        return list(found.values())

    def _installed(self, target: Target) -> list[Compiler]:
        """The compilers of a target that optimise, newest first."""
        if target.name not in self._of_target:
            found = []
            for program in reversed(every_program()):
                if program.optimises and target.name in program.specs:
                    with suppress(ToolchainError):
                        found.append(resolve(program.specs[target.name]))
            self._of_target[target.name] = found
        return self._of_target[target.name]


def _error(build: Callable[[], object]) -> CompileError | None:
    try:
        build()
    except CompileError as error:
        return error
    return None


def _job(compiler: Compiler, role: str, text: str) -> Job:
    return Job(compiler, f"direct-{role}", texts=(("kinds.h", render.header()), (f"{role}.c", text)))


def are_strangers(caller: Compiler, callee: Compiler) -> bool:
    """Whether two sides are of different programs, and not of one under other flags."""
    return (caller.family, _program(caller)) != (callee.family, _program(callee))


def _program(compiler: Compiler) -> str:
    """The file of a compiler's program, whatever it is called by."""
    name = next(iter(compiler.command), "")
    return os.path.realpath(shutil.which(name) or name)
