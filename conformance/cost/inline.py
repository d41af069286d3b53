"""`cost inline`: whether a compiler that sees the callee makes a convention's call the same code as the direct call."""

from __future__ import annotations

import re
import shlex
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path

from conformance.codegen.inlined import Part, render_inlined
from conformance.cost.configuration import apart, configure
from conformance.cost.disassembly import MachineCode, functions
from conformance.cost.elf import ObjectFile
from conformance.cost.model import (
    INLINED,
    SIGHTS,
    CodeComparison,
    Difference,
    Extra,
    InlineResult,
    InlineTable,
    Unmeasured,
)
from conformance.cost.stack import stack, stores
from conformance.generation.strategies import every_kind, seeded
from conformance.model.kinds import KINDS, NONE
from conformance.model.signature import Param, Signature
from conformance.rules.load import load
from conformance.toolchain import Compiler, ToolchainError, resolve
from conformance.toolchain.fixtures import root
from conformance.toolchain.objects import compile_object, link

DEFAULTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    *((f"{name}:{level}", ("unit",)) for name in ("gcc", "clang") for level in ("-O0", "-O1", "-O3", "-Os")),
    ("gcc:-O2", tuple(SIGHTS)),
    ("clang:-O2", tuple(SIGHTS)),
    ("gcc:-m32 -O2", tuple(SIGHTS)),
    ("clang:-m32 -O2", ("unit",)),
    ("arm-none-eabi-gcc:-mcpu=cortex-m4 -mthumb -O2", tuple(SIGHTS)),
    ("arm-none-eabi-gcc:-mcpu=cortex-m4 -mthumb -Os", ("unit",)),
)
"""What is compared unless compilers are named: all levels in one unit, the usual one in every way."""

MAX_ARGS = 16
RULES = "tvm-packed"
"""The table whose codes the checked callee accepts: those that TVM's compiled code checks."""

_DIRECT = "direct"
_SIMPLEST = "i64"
_STRUCTURES = {name for name, kind in KINDS.items() if kind.family == "struct"}

Callers = dict[Signature, dict[str, MachineCode]]
"""The callers of signatures, by convention."""

Build = Callable[[Sequence[Signature], Sequence[str]], Callers]
"""Compiles signatures, called the direct way and by the conventions named."""


def draw(seed: int, count: int, structures: bool = True) -> tuple[Signature, ...]:
    """The signatures of a comparison: each kind as the only one in a few places, and `count` drawn ones."""
    kinds = tuple(kind for kind in load(RULES).kinds if structures or kind not in _STRUCTURES)
    alone = every_kind(kinds, False).signatures
    several = (Signature(one.params * 4, one.params[0].kind) for one in alone if one.params)
    return tuple(dict.fromkeys((*alone, *several, *seeded(seed, count, MAX_ARGS, kinds))))


def measure(
    specs: Sequence[str], seed: int = 0, count: int = 120, *, structures: bool = True, jobs: int = 2
) -> InlineResult:
    """Compare by the compilers that were named, in every way, or by the default ones as far as they are installed.

    Raises ToolchainError for a compiler that was named and is missing, cannot be measured, or fails without -flto.
    """
    signatures = draw(seed, count, structures)
    asked = cache(resolve)  # three questions are enough for all ways

    def one(spec: str, sight: str) -> InlineTable | Unmeasured:
        try:
            return measure_one(asked(spec), signatures, sight)
        except ToolchainError as error:
            if specs and sight != "lto":  # not every compiler that was named has what links its -flto
                raise
            return Unmeasured(f"{spec} {SIGHTS[sight]}", str(error))

    wanted = [(spec, tuple(SIGHTS)) for spec in specs] or DEFAULTS
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        found = list(pool.map(lambda pair: one(*pair), [(spec, sight) for spec, sights in wanted for sight in sights]))
    return InlineResult(
        seed,
        len(signatures),
        tuple(table for table in found if isinstance(table, InlineTable)),
        tuple(gap for gap in found if isinstance(gap, Unmeasured)),
    )


def gated(result: InlineResult) -> Iterator[tuple[InlineTable, CodeComparison]]:
    """What COST-INLINE looks at: every comparison in one unit, by a compiler that was told to optimise."""
    for table in result.tables:
        if table.sight == "unit" and "-O0" not in shlex.split(table.configuration.spec.replace(":", " ")):
            yield from ((table, comparison) for comparison in table.comparisons)


def fallen_below(result: InlineResult, share: float) -> list[tuple[InlineTable, CodeComparison]]:
    """What COST-INLINE does not let pass."""
    return [(table, comparison) for table, comparison in gated(result) if comparison.share < share]


def measure_one(compiler: Compiler, signatures: Sequence[Signature], sight: str) -> InlineTable:
    """Compare all conventions by one compiler, in one go. Raises ToolchainError."""
    configuration = configure(compiler)

    def build(more: Sequence[Signature], conventions: Sequence[str]) -> Callers:
        code = _compile(compiler, more, sight, tuple(conventions))
        return {one: {name: code[f"{name}_{n}"] for name in (_DIRECT, *conventions)} for n, one in enumerate(more)}

    callers = build(signatures, tuple(INLINED))
    built = dict(callers)  # grows while the smallest are looked for
    return InlineTable(
        configuration, sight, tuple(_compare(callers, built, convention, build) for convention in INLINED)
    )


def _compile(
    compiler: Compiler, signatures: Sequence[Signature], sight: str, conventions: tuple[str, ...]
) -> dict[str, MachineCode]:
    """The functions of one rendering, by name."""
    flags = ["-ffreestanding", *apart(compiler)]
    if sight == "lto":
        # gcc links with -r as for a shared library, in which a callee could be replaced; in a program it cannot.
        flags += ["-flto", *(["-fno-semantic-interposition"] if compiler.family == "gcc" else [])]
    with tempfile.TemporaryDirectory(prefix="abi-cost-") as name:
        folder = Path(name)

        def compiled(part: Part) -> Path:
            text = _text(tuple(signatures), conventions, part)
            return compile_object(compiler, text, folder, part, include=[root()], flags=flags)

        if sight == "unit":
            return functions(ObjectFile.read(compiled("all")))
        if sight == "separate":
            return functions(ObjectFile.read(compiled("callers")))
        whole = ["-r", "-nostdlib", *(["-flinker-output=nolto-rel"] if compiler.family == "gcc" else [])]
        parts = [compiled("callers"), compiled("callees")]
        return functions(ObjectFile.read(link(compiler, parts, folder, "all.o", flags=[*flags, *whole])))


@lru_cache(maxsize=8)
def _text(signatures: tuple[Signature, ...], conventions: tuple[str, ...], part: Part) -> str:
    """The C of one part, which no compiler changes."""
    return render_inlined(signatures, conventions, load(RULES), part)


def _compare(callers: Callers, built: Callers, convention: str, build: Build) -> CodeComparison:
    signatures = list(callers)
    differing = {
        one: _extra(code[_DIRECT], code[convention])
        for one, code in callers.items()
        if code[_DIRECT] != code[convention]
    }
    kinds = {one: {*(param.kind for param in one.params), one.ret} for one in signatures}
    plain = [one for one in signatures if not kinds[one] & _STRUCTURES]
    alone = {kind: [one for one in signatures if {kind} <= kinds[one] <= {kind, NONE}] for kind in load(RULES).kinds}
    return CodeComparison(
        convention=convention,
        compared=len(signatures),
        identical=len(signatures) - len(differing),
        plain=len(plain),
        plain_identical=sum(one not in differing for one in plain),
        by_kind={kind: (len(all_), sum(one not in differing for one in all_)) for kind, all_ in alone.items() if all_},
        extra=Extra(
            *(sum(getattr(one, what) for one in differing.values()) for what in ("instructions", "stores", "stack"))
        ),
        smallest=_smallest(min(differing, key=_size), built, convention, build) if differing else None,
    )


def _extra(direct: MachineCode, other: MachineCode) -> Extra:
    one, two = direct.instructions, other.instructions
    return Extra(
        len(two) - len(one),
        stores(other.machine, two) - stores(direct.machine, one),
        stack(other.machine, two).depth - stack(direct.machine, one).depth,
    )


def _size(signature: Signature) -> tuple[int, int, str]:
    """What makes one signature smaller than another: arguments, then parts that are not the simplest, then its text."""
    kinds = [*(param.kind for param in signature.params), signature.ret]
    return (
        len(signature),
        sum(kind not in (_SIMPLEST, NONE) for kind in kinds) + (signature.ret != NONE),
        str(signature),
    )


def _smallest(signature: Signature, built: Callers, convention: str, build: Build) -> Difference:
    """Shrink a signature that differs; all candidates of a step are compiled at once, as for findings of the suite.

    What was compiled before is not again: most often all candidates were, and are the same code. Both ways of X0 are
    compiled together, for they most often differ together; compiling the third too would take longer than it saves.
    """
    alike = [one for one in INLINED if one.startswith("x0") == convention.startswith("x0")]

    def differing(candidates: Iterable[Signature]) -> Signature | None:
        smaller = list(dict.fromkeys(one for one in candidates if _size(one) < _size(signature)))
        if unknown := [one for one in smaller if convention not in built.get(one, ())]:
            built.update(build(unknown, alike))
        return next((one for one in smaller if built[one][_DIRECT] != built[one][convention]), None)

    while True:
        # Everything made simple comes first, of all lengths: where that differs too, few candidates are left.
        found = differing(_simple(signature))
        if found is None:
            found = differing(sorted(_smaller(signature), key=_size))
        if found is None:
            direct, other = built[signature][_DIRECT], built[signature][convention]
            return Difference(str(signature), _listing(direct), _listing(other), _extra(direct, other))
        signature = found


def _simple(signature: Signature) -> Iterator[Signature]:
    for n in range(len(signature) + 1):
        yield from (Signature((Param(_SIMPLEST),) * n, ret) for ret in (NONE, _SIMPLEST, signature.ret))


def _smaller(signature: Signature) -> Iterator[Signature]:
    params = signature.params
    for at, param in enumerate(params):
        yield replace(signature, params=(*params[:at], *params[at + 1 :]))
        if param.kind != _SIMPLEST:
            yield replace(signature, params=(*params[:at], Param(_SIMPLEST), *params[at + 1 :]))
    if signature.ret not in (NONE, _SIMPLEST):
        yield replace(signature, ret=_SIMPLEST)
    if signature.ret != NONE:
        yield replace(signature, ret=NONE)


def _listing(code: MachineCode) -> tuple[str, ...]:
    """The instructions; functions are numbered by the unit that they were in, which says nothing of them."""
    return tuple(re.sub(r"_\d+\b", "_0", str(one)) for one in code.instructions)
