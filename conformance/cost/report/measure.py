"""Measures everything that the claims need; what cannot be had leaves its reason and not a hole in the report."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from conformance.cost.call import Tell, TimingFailed, time_all
from conformance.cost.report.claims import Measured
from conformance.cost.timing import CallCost
from conformance.toolchain import ToolchainError, discover

_LIMIT = 240.0
_CONFORMING, _NONCONFORMING = 0, 1


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

    calls = attempt("calls", "calls", lambda: _timed(tell)) or ()
    compiler = _native()
    return Measured(
        suite=attempt("suite", "the suite, with Python as a side", lambda: _suite(compiler)),
        matrix=attempt("matrix", "the acceptance table", lambda: _json(_command("matrix", compiler))),
        frames=attempt("frames", "frames", _frames),
        inline=attempt("inline", "inlined calls", _inline),
        calls=tuple(calls),
        why=why,
    )


def _timed(tell: Tell) -> list[CallCost]:
    try:
        return time_all((), tell=tell)
    except TimingFailed as error:
        raise NotMeasured(str(error)) from error


def _native() -> str:
    """What compiles C for the suite: the first of the defaults that is here."""
    return next((found.spec for found in discover() if not found.is_embedded), "tcc")


def _frames() -> Any:
    from conformance.cost.frame import measure as frames

    return frames(())


def _inline() -> Any:
    from conformance.cost.inline import measure as inline

    return inline(())


def _command(name: str, compiler: str, *more: str) -> list[str]:
    # The suite is no part of this room, and has a command; its results are what users see of it.
    return [sys.executable, "-P", "-m", "conformance", name, "--compiler", compiler, *more, "--json"]


def _suite(compiler: str) -> Any:
    with tempfile.TemporaryDirectory(prefix="abi-cost-") as folder:
        path = Path(folder, "result.json")
        command = _command("run", compiler, "--compiler", "dynamic", "--report-dir", folder, "--seed", "0")
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
