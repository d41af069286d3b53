"""Times calls: builds the loops with each compiler, and has a process of its own run them."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from attrs import evolve

from conformance import __version__
from conformance.cost.loops import COUNTS, build
from conformance.cost.operators import SIZES
from conformance.cost.timing import CallCost, TimingRequest, Timings, Untimed
from conformance.model.errors import UserError
from conformance.model.json import from_json, to_json
from conformance.toolchain import Cache, CompileError, Compiler, Toolchain, ToolchainError, resolve
from conformance.transport.compiled.client import Worker

ROUNDS = 21
"""Samples of each route; with so many the 95 % interval of a median leaves out the outer five on either side."""

SAMPLE = 0.001
"""Seconds of a sample: shorter than a scheduler's slice, so that most samples are not interrupted."""

SCHEMA = "abi-conformance-cost-call/1"
"""What the JSON of a result calls itself."""

DEFAULTS = ("gcc:-O0", "gcc", "clang:-O0", "clang")
"""The compilers that are timed unless some are named: without optimisation, which C8 is about, and with."""

Tell = Callable[[str], None]
"""Hears what is being measured."""

_LIMIT = 600.0
_START = "import sys; sys.path.insert(0, sys.argv.pop(1)); from conformance.cost.timer import main; main()"


class TimingFailed(UserError):
    """The process that takes the times ended without an answer; the message has its last words."""


def _silent(_: str) -> None:
    pass


def time_calls(
    toolchain: Toolchain,
    compiler: Compiler,
    counts: Sequence[int] = COUNTS,
    sizes: Sequence[int] = SIZES,
    rounds: int = ROUNDS,
    sample: float = SAMPLE,
) -> CallCost:
    """All timings of code by one compiler.

    `counts` are numbers of arguments, `sizes` bytes of the operators' matrices. Code that this Python cannot load, or
    that the compiler does not make, gives a result without timings that says so. Raises TimingFailed.
    """
    nothing = CallCost(compiler.id, compiler.version, compiler.target.triple, rounds, (), (), ())
    if not compiler.target.native:
        why = f"code for {compiler.target.triple} cannot be loaded by this Python; its frames are measured all the same"
        return evolve(nothing, missing=(Untimed("all timings", why),))
    try:
        loops = build(toolchain, compiler, counts)
    except CompileError as error:
        return evolve(nothing, missing=(Untimed("all timings", str(error)),))
    module = str(loops.module) if loops.module is not None else None
    answer = _ask(TimingRequest(str(loops.library), module, tuple(counts), tuple(sizes), rounds, sample))
    return evolve(nothing, calls=answer.calls, operators=answer.operators, missing=loops.missing + answer.missing)


def time_all(specs: Sequence[str], rounds: int = ROUNDS, tell: Tell = _silent) -> list[CallCost]:
    """The timings of the compilers that were named, or of the usual ones as far as they are installed.

    Raises ToolchainError for a compiler that was named and is missing, TimingFailed.
    """
    found: dict[str, Compiler | ToolchainError] = {}
    for spec in specs or DEFAULTS:
        try:
            found[spec] = resolve(spec)
        except ToolchainError as error:
            if specs:
                raise
            found[spec] = error
    costs = []
    with contextlib.ExitStack() as stack:
        embedded = any(isinstance(one, Compiler) and one.is_embedded for one in found.values())
        worker = stack.enter_context(contextlib.closing(Worker())) if embedded else None
        toolchain = Toolchain(Cache(), worker)
        for spec, one in found.items():
            if isinstance(one, ToolchainError):
                costs.append(CallCost(spec, "", "", rounds, (), (), (Untimed("all timings", str(one)),)))
                continue
            tell(f"calls by {one.id}")
            costs.append(time_calls(toolchain, one, rounds=rounds))
    return costs


def _ask(request: TimingRequest) -> Timings:
    here = str(Path(__file__).resolve().parents[2])
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # NumPy on one core, as C is
    try:
        ended = subprocess.run(
            [sys.executable, "-P", "-c", _START, here],
            input=json.dumps(to_json(request)),
            capture_output=True,
            text=True,
            timeout=_LIMIT,
            env=environment,
        )
    except subprocess.TimeoutExpired:
        raise TimingFailed(f"no timings within {_LIMIT:.0f} s") from None
    if ended.returncode:
        message = ended.stderr.strip().splitlines() or [f"it ended with {ended.returncode}"]
        raise TimingFailed(f"the process that takes the times failed: {message[-1]}")
    return from_json(json.loads(ended.stdout), Timings)


def document(costs: Sequence[CallCost]) -> dict[str, Any]:
    """The result as JSON has it; `conformance/cost/schema/call-1.json` describes it."""
    return {"schema": SCHEMA, "tool": {"version": __version__}, "costs": [to_json(cost) for cost in costs]}
