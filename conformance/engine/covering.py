"""Which compilers meet which: every two of caller, callee, their flags and target, in as few pairs as it takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any, NamedTuple

from conformance.model.target import HERE
from conformance.toolchain.every import ABI_FLAGS, LEVELS, WITHOUT_GAPS, CompilerProgram


class CoveringRow(NamedTuple):
    """One pair of sides: the programs' names, their flags, what both have besides, and the target of both."""

    caller: str
    callee: str
    caller_level: str
    callee_level: str
    abi: str
    target: str

    def specs(self, programs: dict[str, CompilerProgram]) -> tuple[str, str]:
        """The compiler specs of caller and callee."""
        return (
            _spec(programs[self.caller].specs[self.target], self.caller_level, self.abi),
            _spec(programs[self.callee].specs[self.target], self.callee_level, self.abi),
        )


NO_LEVEL = "as it is"
"""The level of a compiler that has none."""

NO_ABI = "none"


def covering(programs: Sequence[CompilerProgram]) -> list[CoveringRow]:
    """Rows in which every two values of different factors that can meet do meet: the same rows each time.

    By the library covertable, whose greedy search is deterministic.
    """
    from covertable import make

    by_name = {program.name: program for program in programs}
    factors = _factors(programs)
    requires: list[tuple[tuple[str, ...], Callable[[Any], bool]]] = [
        (("caller", "caller_level"), lambda row: _fits(by_name[row["caller"]], row["caller_level"])),
        (("callee", "callee_level"), lambda row: _fits(by_name[row["callee"]], row["callee_level"])),
        (("caller", "target"), lambda row: row["target"] in by_name[row["caller"]].specs),
        (("callee", "target"), lambda row: row["target"] in by_name[row["callee"]].specs),
        (("abi", "caller"), lambda row: row["abi"] == NO_ABI or by_name[row["caller"]].optimises),
        (("abi", "callee"), lambda row: row["abi"] == NO_ABI or by_name[row["callee"]].optimises),
        (("abi", "target"), lambda row: _can_be_on(row["abi"], row["target"])),
    ]
    constraints = [{"operator": "fn", "requires": list(names), "evaluate": holds} for names, holds in requires]
    rows = make({name: list(values) for name, values in factors.items()}, 2, constraints=constraints)
    return [CoveringRow(**{name: row[name] for name in CoveringRow._fields}) for row in rows]


def full(programs: Sequence[CompilerProgram]) -> list[CoveringRow]:
    """Every caller with every callee on every target that both have, under the usual flags."""
    usual = {program.name: "-O2" if program.optimises else NO_LEVEL for program in programs}
    return [
        CoveringRow(caller.name, callee.name, usual[caller.name], usual[callee.name], NO_ABI, target)
        for caller, callee in product(programs, programs)
        for target in caller.specs
        if target in callee.specs
    ]


def _factors(programs: Sequence[CompilerProgram]) -> dict[str, tuple[str, ...]]:
    names = tuple(program.name for program in programs)
    optimising = [program for program in programs if program.optimises]
    levels = (*([NO_LEVEL] if len(optimising) < len(programs) else []), *(LEVELS if optimising else ()))
    targets = tuple(dict.fromkeys(target for program in programs for target in program.specs))
    abi = (NO_ABI, *ABI_FLAGS) if optimising else (NO_ABI,)
    return {
        "caller": names, "callee": names, "caller_level": levels, "callee_level": levels, "abi": abi, "target": targets
    }  # fmt: skip


def _can_be_on(abi: str, target: str) -> bool:
    """Without gaps only here: elsewhere the C library's own structures would be misread, and a tensor has a gap."""
    return abi != WITHOUT_GAPS or target == HERE.name


def _fits(program: CompilerProgram, level: str) -> bool:
    return program.optimises == (level != NO_LEVEL)


def _spec(base: str, level: str, abi: str) -> str:
    """A spec with its flags in the order of the name: the target's, the level's, those of the ABI."""
    flags = [flag for flag in (level, abi) if flag not in (NO_LEVEL, NO_ABI)]
    if not flags:
        return base
    return f"{base}{' ' if ':' in base else ':'}{' '.join(flags)}"
