"""`cost frame`: the stack that a call takes, over the number of its arguments, found four ways and split by use."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

from conformance.codegen.stubs import environment
from conformance.cost.configuration import apart, configure, tables
from conformance.cost.disassembly import functions
from conformance.cost.elf import ObjectFile
from conformance.cost.model import (
    CONVENTIONS,
    Configuration,
    Curve,
    Frame,
    FrameResult,
    FrameTable,
    Line,
    Parts,
    Unmeasured,
)
from conformance.cost.stack import Stack, stack
from conformance.cost.unwind import NO_TABLE, Unwound, unwound
from conformance.toolchain import CompileError, Compiler, ToolchainError, resolve
from conformance.toolchain.fixtures import root
from conformance.toolchain.objects import compile_object, execute, link

COUNTS = tuple(range(65))
"""The numbers of arguments that are measured."""

DEFAULTS = (
    "gcc:-O0",
    "gcc:-O2",
    "clang:-O0",
    "clang:-O2",
    "gcc:-m32 -O0",
    "gcc:-m32 -O2",
    "gcc:-m32 -O2 -mpreferred-stack-boundary=2",
    "clang:-m32 -O2",
    "arm-none-eabi-gcc:-mcpu=cortex-m4 -mthumb -O0",
    "arm-none-eabi-gcc:-mcpu=cortex-m4 -mthumb -O2",
    "arm-none-eabi-gcc:-mcpu=cortex-m4 -mthumb -Os",
    "clang:--target=arm-none-eabi -mcpu=cortex-m4 -mthumb -O2",
)
"""The compilers that are measured unless some are named: two levels, and i386 without its alignment to 16."""

_REGISTERS = {"x86_64": 6, "i386": 0, "arm": 4}
"""Registers that carry arguments of the size of a pointer: System V ABIs of x86-64 and i386, AAPCS."""

_BOUNDARY_FLAGS = ("-mpreferred-stack-boundary", "-mstack-alignment")
"""Not for the harness, which calls the C library."""

_HARNESS_FLAGS = ("-O2", "-fomit-frame-pointer", "-fno-stack-protector")


class Ways(NamedTuple):
    """What each way to a frame's bytes gives: the compiler, the disassembly, the unwind table, the painted stack."""

    reported: int
    seen: Stack
    told: Unwound
    painted: int | None


def measure(specs: Sequence[str], counts: Sequence[int] = COUNTS, jobs: int = 2) -> FrameResult:
    """Measure the compilers that were named, or the default ones as far as they are installed.

    Raises ToolchainError for a compiler that was named and is missing, or cannot be measured, or fails.
    """

    def one(spec: str) -> FrameTable | Unmeasured:
        try:
            return measure_one(resolve(spec), counts)
        except ToolchainError as error:
            if specs:
                raise
            return Unmeasured(spec, str(error))

    with ThreadPoolExecutor(max_workers=jobs) as pool:
        found = list(pool.map(one, specs or DEFAULTS))
    return FrameResult(
        tuple(table for table in found if isinstance(table, FrameTable)),
        tuple(gap for gap in found if isinstance(gap, Unmeasured)),
    )


def measure_one(compiler: Compiler, counts: Sequence[int]) -> FrameTable:
    """Measure all conventions by one compiler, in one translation unit. Raises ToolchainError."""
    configuration = configure(compiler)
    flags = ["-ffreestanding", "-fstack-usage", *tables(compiler), *apart(compiler)]
    with tempfile.TemporaryDirectory(prefix="abi-cost-") as name:
        folder = Path(name)
        callers = compile_object(
            compiler, _render("frame", tuple(counts)), folder, "frame", include=[root()], flags=flags
        )
        usage = _read_usage(folder / "frame.su")
        painted, unpainted = _paint(compiler, callers, counts)
        read = ObjectFile.read(callers)
        code, told = functions(read), unwound(read)
    curves = []
    for convention in CONVENTIONS:
        frames = []
        for n in counts:
            caller = f"{convention}_{n}"
            seen = stack(code[caller].machine, code[caller].instructions)
            ways = Ways(usage[caller], seen, told.get(caller, Unwound(None, NO_TABLE)), painted.get(caller))
            frames.append(_frame(configuration, convention, n, ways, compiler.family))
        compiled = fit(counts, [frame.bytes for frame in frames])
        unaligned = fit(counts, [frame.bytes - frame.parts.alignment for frame in frames])
        curves.append(Curve(convention, tuple(frames), compiled, unaligned))
    return FrameTable(configuration, tuple(curves), unpainted)


def fit(counts: Sequence[int], frames: Sequence[int]) -> Line:
    """The straight line through frames by least squares; a single count gives a level one."""
    slope, intercept = statistics.linear_regression(counts, frames) if len(counts) > 1 else (0.0, float(frames[0]))
    worst = max(abs(intercept + slope * n - size) for n, size in zip(counts, frames, strict=True))
    return Line(round(slope, 3), round(intercept, 3), round(worst, 3))


def modelled(configuration: Configuration, convention: str, n: int) -> dict[str, int]:
    """The bytes that a convention needs for a call of n handles with an i64 back, by what they are for.

    After the model of C2 and C3 (a value, a code and a pointer an argument; the result with its code; the count and the
    handle), and with what passing the call's own arguments takes: where they do not fit in registers, the addresses of
    the arrays are passed on the stack too, which the model leaves out.
    """
    word, registers = configuration.pointer, _REGISTERS[configuration.machine]
    if convention == "direct":
        return {"values": word * max(0, n - registers)}
    if convention.startswith("x0"):
        # args, codes, num_args, ret, ret_code, handle: the ones behind the registers are on the stack
        passed = ["pointers", "pointers", "count_handle", "pointers", "pointers", "count_handle"][registers:]
        return {
            "values": 8 * n,
            "codes": 4 * n,
            "returned": 8 + 4,
            "pointers": word * passed.count("pointers"),
            "count_handle": word * passed.count("count_handle"),
        }
    # An argument whose address is taken needs a place of its own only if it came in a register.
    places = {"x1_copied": n, "x1_addressed": min(n, registers), "x1_passed": 0}[convention]
    passed = ["pointers", "pointers", "count_handle"][registers:]  # inputs, outputs, handle
    return {
        "values": word * places,
        "returned": 8,
        "pointers": word * (n + 1) + word * passed.count("pointers"),
        "count_handle": word * passed.count("count_handle"),
    }


def _frame(configuration: Configuration, convention: str, n: int, ways: Ways, family: str) -> Frame:
    # clang counts what the prologue takes, and neither the return address nor what is taken later for pushed arguments
    # (LLVM's MachineFrameInfo); gcc counts both.
    pushes_return = configuration.machine != "arm"
    unreported = configuration.pointer + ways.seen.later if family == "clang" and pushes_return else 0
    known = modelled(configuration, convention, n)
    rest = ways.reported + unreported - sum(known.values()) - ways.seen.saved
    parts = Parts(
        values=known.get("values", 0),
        codes=known.get("codes", 0),
        pointers=known.get("pointers", 0),
        returned=known.get("returned", 0),
        count_handle=known.get("count_handle", 0),
        saved=ways.seen.saved,
        alignment=rest % configuration.boundary,
        other=rest - rest % configuration.boundary,
    )
    return Frame(
        n=n,
        reported=ways.reported,
        unreported=unreported,
        disassembly=ways.seen.depth,
        unwind=ways.told.bytes,
        untold=ways.told.why,
        painted=ways.painted,
        realigned=ways.seen.realigned,
        parts=parts,
    )


@cache
def _render(template: str, counts: tuple[int, ...]) -> str:
    return environment().get_template(f"cost/{template}.c.j2").render(counts=counts, conventions=list(CONVENTIONS))


def _read_usage(path: Path) -> dict[str, int]:
    """Bytes by function, from lines such as `frame.c:12:5:x0_checked_3<TAB>80<TAB>static`."""
    lines = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    return {place.rpartition(":")[2]: int(size) for place, size, _ in lines}


def _paint(compiler: Compiler, callers: Path, counts: Sequence[int]) -> tuple[dict[str, int], str]:
    """Bytes by function, from callers that ran on a painted stack; or nothing, and why."""
    if "linux" not in compiler.target.triple or compiler.target.triple.startswith("arm"):
        # What is found lowest on the stack is a return address, which ARM keeps in a register.
        return {}, f"code for {compiler.target.triple} is not run"
    machine = [flag for flag in compiler.flags if flag.startswith(_BOUNDARY_FLAGS)]
    plain = replace(compiler, flags=tuple(flag for flag in compiler.flags if flag not in machine))
    folder = callers.parent
    try:
        harness = compile_object(
            plain, _render("paint", tuple(counts)), folder, "paint", include=[root()], flags=_HARNESS_FLAGS
        )
        program = link(plain, [harness, callers], folder, "paint")
    except CompileError as error:
        hint = "; run apt install gcc-multilib" if "-m32" in compiler.flags else ""
        return {}, f"{error}{hint}"
    try:
        printed = execute(compiler, program)
    except CompileError as error:
        return {}, str(error)
    rows = [line.split() for line in printed.splitlines()]
    return {f"{convention}_{n}": int(size) for convention, n, size in rows}, ""
