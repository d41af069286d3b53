"""Measures everything that the claims need; what cannot be had leaves its reason and not a hole in the report."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from conformance.cost.call import TimingFailed, time_calls
from conformance.cost.report.claims import Measured
from conformance.cost.timing import CallCost
from conformance.toolchain import Cache, Compiler, Toolchain, ToolchainError, resolve

TIMED = ("gcc:-O0", "gcc", "clang:-O0", "clang")
"""The compilers whose calls are timed, as far as they are here: without optimisation, which C8 is about, and with."""

_LIMIT = 240.0
_CONFORMING, _NONCONFORMING = 0, 1

Tell = Callable[[str], None]
"""Hears what is being measured."""


class NotMeasured(Exception):
    """Something could not be measured; the message says why."""


def measure(tell: Tell) -> Measured:
    """Everything, one after the other: what runs beside a timing disturbs it."""
    why: dict[str, str] = {}

    def attempt(name: str, words: str, what: Callable[[], Any]) -> Any:
        tell(words)
        try:
            return what()
        except (NotMeasured, ToolchainError, ImportError) as error:
            why[name] = str(error)
            return None

    compilers = _found(TIMED)
    if not compilers:
        why["calls"] = "neither gcc nor clang is installed; apt install gcc"
    calls: list[CallCost] = []
    toolchain = Toolchain(Cache(), None)
    for compiler in compilers:
        cost = attempt("calls", f"calls by {compiler.id}", lambda: _timed(toolchain, compiler))  # noqa: B023
        calls += [cost] if cost is not None else []
    return Measured(
        suite=attempt("suite", "the suite, with Python as a side", lambda: _suite(compilers)),
        matrix=attempt("matrix", "the acceptance table", lambda: _json(_command("matrix", compilers))),
        frames=attempt("frames", "frames", _frames),
        inline=attempt("inline", "inlined calls", _inline),
        calls=tuple(calls),
        why=why,
    )


def _found(specs: Sequence[str]) -> list[Compiler]:
    found = []
    for spec in specs:
        try:
            found.append(resolve(spec))
        except ToolchainError:  # a compiler that nobody asked for by name
            continue
    return found


def _timed(toolchain: Toolchain, compiler: Compiler) -> CallCost:
    try:
        return time_calls(toolchain, compiler)
    except TimingFailed as error:
        raise NotMeasured(str(error)) from error


def _frames() -> Any:
    from conformance.cost.frame import measure as frames

    return frames(())


def _inline() -> Any:
    from conformance.cost.inline import measure as inline

    return inline(())


def _command(name: str, compilers: Sequence[Compiler], *more: str) -> list[str]:
    # The suite is no part of this room, and has a command; its results are what users see of it.
    compiler = ["--compiler", compilers[0].spec.partition(":")[0]] if compilers else []
    return [sys.executable, "-P", "-m", "conformance", name, *compiler, *more, "--json"]


def _suite(compilers: Sequence[Compiler]) -> Any:
    with tempfile.TemporaryDirectory(prefix="abi-cost-") as folder:
        path = Path(folder, "result.json")
        command = _command("run", compilers, "--compiler", "dynamic", "--report-dir", folder, "--seed", "0")
        _run([*command, str(path)])
        return json.loads(path.read_text("utf-8"))


def _json(command: Sequence[str]) -> Any:
    return tuple(json.loads(_run(command)))


def _run(command: Sequence[str]) -> str:
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=_LIMIT)
    except subprocess.TimeoutExpired:
        raise NotMeasured(f"'{command[4]}' did not end within {_LIMIT:.0f} s") from None
    if ended.returncode not in (_CONFORMING, _NONCONFORMING):
        words = (ended.stderr or ended.stdout).strip().splitlines() or ["it said nothing"]
        raise NotMeasured(f"'{command[4]}' ended with {ended.returncode}: {words[-1]}")
    return ended.stdout
