"""Runs of many sides from the command line: covering pairs of all compilers, and each emulated target."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measure import Figure
from conformance.model.target import HERE
from conformance.toolchain.every import every_program

_ROOT = Path(__file__).resolve().parents[1]
_COLD, _WARM, _EMULATED = 300.0, 60.0, 90.0


def _run(folder: Path, *more: str) -> tuple[float, dict[str, object]]:
    """Seconds by the clock of a run that conforms, with its result."""
    result = folder / "result.json"
    argv = [sys.executable, "-m", "conformance", "run", *more, "--report-dir", str(folder), "--json", str(result)]
    environment = {**os.environ, "ABI_CONFORMANCE_CACHE": str(folder / "cache")}
    started = time.perf_counter()
    ended = subprocess.run(argv, cwd=_ROOT, env=environment, capture_output=True, text=True)
    seconds = time.perf_counter() - started
    if ended.returncode:
        raise RuntimeError(f"the run ended {ended.returncode}: {ended.stdout[-2000:]}{ended.stderr[-2000:]}")
    return seconds, json.loads(result.read_text("utf-8"))


def figures() -> Sequence[Figure]:
    """Seconds from an empty and a full cache, native compilers apart from zig, and each emulated target by itself."""
    programs = every_program()
    native = [program.specs[HERE.name] for program in programs if HERE.name in program.specs and program.name != "zig"]
    zig = [program.specs[HERE.name] for program in programs if program.name == "zig"]
    out: list[Figure] = []
    groups: list[tuple[str, list[str], tuple[float, ...]]] = [("all native compilers", native, (_COLD, _WARM))]
    groups += [("zig and gcc", [*zig, "gcc"], (0, 0))] if zig else []
    for what, specs, limits in groups:
        named = [word for spec in specs for word in ("--compiler", spec)]
        with tempfile.TemporaryDirectory(prefix="abi-bench-") as folder:
            for state, limit in zip(("empty", "full"), limits, strict=True):
                seconds, result = _run(Path(folder), *named, "--pairs", "covering", "-n", "auto")
                pairs = result["pairs"]
                assert isinstance(pairs, list)
                out.append(
                    Figure(
                        f"{what}, covering, {len(pairs)} pairs, -n auto on {os.cpu_count()} cores, {state} cache",
                        f"{limit:.0f} s" if limit else "",
                        f"{seconds:.0f} s",
                        seconds < limit if limit else None,
                    )
                )
    foreign = {target: spec for program in programs for target, spec in program.specs.items() if target != HERE.name}
    for target, spec in foreign.items():
        with tempfile.TemporaryDirectory(prefix="abi-bench-") as folder:
            seconds, _ = _run(Path(folder), "--compiler", spec)
        what = f"{target}, quick profile, {spec.partition(':')[0]}, one process, empty cache"
        out.append(Figure(what, f"{_EMULATED:.0f} s", f"{seconds:.0f} s", seconds < _EMULATED))
    return out
