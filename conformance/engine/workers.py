"""The workers of a run: each keeps a batch runner for one target, with the sanitizers that its sides have."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from conformance.engine.carrier import UsageProblem
from conformance.model.target import HERE, TARGETS, Target, runs_here
from conformance.toolchain import sanitizers
from conformance.toolchain.build import Job, Toolchain
from conformance.toolchain.compilers import Compiler, c_beside
from conformance.toolchain.errors import CompileError
from conformance.toolchain.fixtures import root
from conformance.toolchain.launch import launcher
from conformance.transport.compiled import runner
from conformance.transport.compiled.client import Worker
from conformance.transport.compiled.runner import RunnerProgram

PATIENCE = 3
"""How many times longer than at home an emulated call may take before it hangs."""

_ABLE = ("gcc", "clang", "zig")
"""Families of compilers that build a runner, which needs signals, threads and thread-local storage."""


def target_of(compiler: Compiler) -> Target:
    """The target that a compiler makes code for. Raises UsageProblem where it is one that nothing runs here."""
    found = compiler.target
    if found.native:
        return HERE
    if found.name in TARGETS:
        return TARGETS[found.name]
    raise UsageProblem(
        f"--compiler {compiler.spec} makes code for {found.triple}, which nothing runs here; "
        f"name a compiler for one of {', '.join(TARGETS)}"
    )


class Workers:
    """Makes each worker when it is first asked for; `close` ends all of them.

    `here` is the one of this machine itself. A runner for another target, or for this machine where the embedded
    compiler is missing, is built by the first of `compilers` that is able to; one for sides with sanitizers by the
    compiler of those, with the same ones. With `repeatable` memory lies and is filled
    alike in all of them, as what goes wrong between versions often depends on that.
    """

    def __init__(
        self, here: Worker, toolchain: Toolchain, compilers: Iterable[Compiler], *, repeatable: bool = False
    ) -> None:
        self._found: dict[tuple[str, ...], Worker] = {(HERE.name,): here}
        here.build_runner = lambda: self._runner(HERE)
        self._toolchain = toolchain
        self._compilers = tuple(compilers)
        self._repeatable = repeatable

    def of(self, target: Target, instrumented: Compiler | None = None) -> Worker:
        """The worker of a target, for sides of which one has the sanitizers of the compiler `instrumented`.

        Raises CompileError or MissingCompiler where there can be none.
        """
        key = (target.name, *(sanitizers.kind(instrumented) if instrumented else ()))
        if key not in self._found:
            program = self._runner(target) if instrumented is None else self._instrumented(target, instrumented)
            self._found[key] = Worker(program, repeatable=self._repeatable)
        return self._found[key]

    def patience(self, target: Target) -> int:
        """By how much limits of time are longer than at home."""
        return 1 if runs_here(target) else PATIENCE

    def _runner(self, target: Target) -> RunnerProgram:
        command = launcher(target)
        fits = [compiler for compiler in self._compilers if not compiler.is_dynamic and target_of(compiler) == target]
        fits = [c_beside(compiler) if compiler.is_cxx else compiler for compiler in fits]
        failed = CompileError(target.name, "no gcc or clang for it builds a batch runner; name one too")
        # Flags may change how the C library is called, so who has the fewest goes first.
        for compiler in sorted(fits, key=lambda compiler: len(compiler.flags)):
            if compiler.family in _ABLE:
                try:
                    program = self._built(compiler)
                except CompileError as error:
                    failed = error
                else:
                    return RunnerProgram((*command, program), target.base, target.data.byte_order)
        raise failed

    def _instrumented(self, target: Target, compiler: Compiler) -> RunnerProgram:
        """A runner with the sanitizers of a side, but not with what else its flags are: they may change structures."""
        flags = (*(flag for flag in compiler.flags if flag == "-m32"), *sanitizers.flags(compiler))
        program = self._built(replace(compiler, flags=("-O1", *flags)), ("ABI_SANITIZED",))
        return RunnerProgram((program,), target.base, target.data.byte_order, is_sanitized=True)

    def _built(self, compiler: Compiler, defines: tuple[str, ...] = ()) -> str:
        sources = tuple(runner.sources(root(), program=True))
        return str(
            self._toolchain.build(
                Job(compiler, "runner", sources=sources, kind="executable", defines=defines, lasting=True)
            ).path
        )

    def close(self) -> None:
        """Ends all workers."""
        for worker in self._found.values():
            worker.close()
