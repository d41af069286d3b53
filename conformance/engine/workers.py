"""The workers of a run, one a target: each has a batch runner that was built for that target, and keeps it running."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.engine.carrier import UsageProblem
from conformance.model.target import HERE, TARGETS, Target, runs_here
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
    """Makes the worker of each target when it is first asked for; `close` ends all of them.

    `here` is the one of this machine itself. A runner for another target is built by the first of `compilers` that is
    able to.
    """

    def __init__(self, here: Worker, toolchain: Toolchain, compilers: Iterable[Compiler]) -> None:
        self._found = {HERE.name: here}
        self._toolchain = toolchain
        self._compilers = tuple(compilers)

    def of(self, target: Target) -> Worker:
        """The worker of a target. Raises CompileError or MissingCompiler where there can be none."""
        if target.name not in self._found:
            self._found[target.name] = Worker(self._runner(target))
        return self._found[target.name]

    def patience(self, target: Target) -> int:
        """By how much limits of time are longer than at home."""
        return 1 if runs_here(target) else PATIENCE

    def _runner(self, target: Target) -> RunnerProgram:
        command = launcher(target)
        fits = [compiler for compiler in self._compilers if not compiler.is_dynamic and target_of(compiler) == target]
        fits = [c_beside(compiler) if compiler.is_cxx else compiler for compiler in fits]
        failed = CompileError(target.name, "no gcc or clang for it builds a batch runner; name one too")
        for compiler in fits:
            if compiler.family in _ABLE:
                try:
                    job = Job(
                        compiler, "runner", sources=tuple(runner.sources(root(), program=True)), kind="executable"
                    )
                    program = str(self._toolchain.build(job).path)
                except CompileError as error:
                    failed = error
                else:
                    return RunnerProgram((*command, program), target.base, target.data.byte_order)
        raise failed

    def close(self) -> None:
        """Ends all workers."""
        for worker in self._found.values():
            worker.close()
