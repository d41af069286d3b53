"""What a resolved compiler means for a measurement: its machine, its words, and where it keeps the stack aligned."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.cost.model import Configuration
from conformance.toolchain import BadSpec, Compiler

MACHINES = {"x86_64": "x86-64", "i386": "i386", "arm": "ARM (Thumb-2)"}
"""The machines whose code can be read here, by the first part of a target's triple: name for people."""

_BOUNDARIES = {"x86_64": 16, "i386": 16, "arm": 8}
"""Bytes to which the ABIs keep the stack aligned at a call (System V, as gcc and clang have it; AAPCS)."""


def apart(compiler: Compiler) -> tuple[str, ...]:
    """The flags under which functions are measured, unless the compiler's own say otherwise.

    gcc would make one function of equal code jump to the other; calls keep their names in sections of their own; and
    some distributions turn on canaries, which guard arrays whatever they are for.
    """
    guarded = any("stack-protector" in flag for flag in compiler.flags)
    merged = ("-fno-ipa-icf",) if compiler.family == "gcc" else ()
    return ("-ffunction-sections", *merged, *(() if guarded else ("-fno-stack-protector",)))


def tables(compiler: Compiler) -> tuple[str, ...]:
    """The flags that make the compiler write unwind tables, unless its own say otherwise; the code stays the same.

    On x86 those for exceptions, exact at each instruction. Those of ARM only tell how to unwind: debug information has
    what is needed.
    """
    if compiler.target.triple.startswith("arm"):
        return () if any(flag.startswith("-g") for flag in compiler.flags) else ("-g1",)
    return () if any("unwind-tables" in flag for flag in compiler.flags) else ("-fasynchronous-unwind-tables",)


def configure(compiler: Compiler) -> Configuration:
    """Describe a compiler for results. Raises BadSpec for one that cannot be measured."""
    if compiler.family not in ("gcc", "clang"):
        raise BadSpec(
            f"{compiler.spec} can neither tell its stack usage nor optimise as measured here; name gcc or clang"
        )
    machine = "arm" if compiler.target.triple.startswith("arm") else compiler.target.triple.partition("-")[0]
    if machine not in MACHINES:
        raise BadSpec(f"{compiler.spec} compiles for {machine}, whose code is not read here; {', '.join(MACHINES)} is")
    if machine == "arm" and not any(flag in ("-mthumb", "-mcpu=cortex-m4") for flag in compiler.flags):
        raise BadSpec(f"{compiler.spec} compiles ARM code, and only Thumb is read here; add -mcpu=cortex-m4 -mthumb")
    return Configuration(
        id=compiler.id,
        spec=compiler.spec,
        version=compiler.version,
        target=compiler.target.triple,
        machine=machine,
        pointer=compiler.target.pointer_bits // 8,
        boundary=_boundary(compiler.flags, _BOUNDARIES[machine]),
    )


def _boundary(flags: Sequence[str], usual: int) -> int:
    for flag in reversed(flags):
        name, _, value = flag.partition("=")
        if name == "-mpreferred-stack-boundary":
            return 1 << int(value)
        if name == "-mstack-alignment":
            return int(value)
    return usual
