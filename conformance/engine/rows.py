"""Turns the rows of a covering into pairs of compilers, each of which has answered for itself once."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, replace

from conformance.engine.covering import NO_ABI, NO_LEVEL, CoveringRow, covering, full
from conformance.engine.libraries import Pair
from conformance.engine.sides import no_compiler, resolve
from conformance.model.options import RunOptions
from conformance.subjects.manifest import BuiltSubject
from conformance.toolchain import compilers as discovery
from conformance.toolchain.compilers import Compiler
from conformance.toolchain.errors import ToolchainError
from conformance.toolchain.every import CompilerProgram, every_program, named_programs

ALL = "all"
"""In place of a compiler's spec: all that are installed."""


@dataclass(frozen=True)
class Meeting:
    """The programs of a run, and what each is as a compiler for each target, without a level.

    `choose` gives the rows of programs. `missing` are those that cannot be had after all, with the reason, by spec.
    """

    programs: tuple[CompilerProgram, ...]
    choose: Callable[[Sequence[CompilerProgram]], list[CoveringRow]]
    sides: dict[tuple[str, str], Compiler]
    missing: dict[str, str]

    def pairs(self, usable: Container[str]) -> tuple[Pair, ...]:
        """The pairs of the compilers that can build the subject, by their ids without a level."""
        able = {place: side for place, side in self.sides.items() if side.id in usable}
        programs = []
        for program in self.programs:
            specs = {target: spec for target, spec in program.specs.items() if (program.name, target) in able}
            programs += [replace(program, specs=specs)] if specs else []
        found: dict[tuple[str, str], Pair] = {}
        for row in self.choose(programs):
            caller, callee = (able[name, row.target] for name in (row.caller, row.callee))
            pair = Pair(_leveled(caller, row.caller_level, row.abi), _leveled(callee, row.callee_level, row.abi))
            found.setdefault(pair.ids, pair)
        return tuple(found.values())


def in_words(pairs: Sequence[Pair]) -> str:
    """How many compilers, on how many targets, pairs are of, for the result."""
    programs = {discovery.program_of(side) for pair in pairs for side in (pair.caller, pair.callee)}
    targets = {pair.target.name for pair in pairs}
    return f"{len(pairs)} pairs of {len(programs)} compilers on {len(targets)} targets"


def is_meeting(options: RunOptions) -> bool:
    """Whether the pairs of a run are chosen from compilers, and not every two of those that were named."""
    return bool(options.pairing) or ALL in options.compilers


def meeting(options: RunOptions, subject: BuiltSubject) -> Meeting:
    """The rows that a run asks for. Raises UserError for a compiler that was named and cannot build the subject."""
    named = [spec for spec in options.compilers if spec != ALL]
    programs: tuple[CompilerProgram, ...] = named_programs(named)
    if ALL in options.compilers or not named:
        every = every_program(cxx=subject.is_cxx)
        programs = tuple({program.name: program for program in (*programs, *every)}.values())
    sides: dict[tuple[str, str], Compiler] = {}
    missing: dict[str, str] = {}
    for program in programs:
        for target, spec in program.specs.items():
            try:
                compiler = resolve(spec, subject)
            except ToolchainError as error:
                missing[spec] = str(error)
            else:
                sides[program.name, target] = compiler
    if not sides:
        raise no_compiler(subject)
    return Meeting(programs, full if options.pairing == "full" else covering, sides, missing)


def _leveled(compiler: Compiler, level: str, abi: str) -> Compiler:
    words = " ".join(flags for flags in (level, abi) if flags not in (NO_LEVEL, NO_ABI)).split()
    return discovery.with_flags(compiler, tuple(words))
