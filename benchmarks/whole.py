"""The main job from the command line: the quick profile, all checks, embedded plus gcc."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measure import Figure

_TARGET = 30.0
_ROOT = Path(__file__).resolve().parents[1]


def _seconds(folder: Path, *more: str) -> float:
    argv = [sys.executable, "-m", "conformance", "run", "--compiler", "tcc", "--compiler", "gcc", *more]
    environment = {**os.environ, "ABI_CONFORMANCE_CACHE": str(folder / "cache")}
    started = time.perf_counter()
    ended = subprocess.run(
        [*argv, "--report-dir", str(folder / "report")], cwd=_ROOT, env=environment, capture_output=True, text=True
    )
    seconds = time.perf_counter() - started
    if ended.returncode:
        raise RuntimeError(f"the run ended {ended.returncode}: {ended.stdout[-2000:]}{ended.stderr[-2000:]}")
    return seconds


def figures() -> Sequence[Figure]:
    """Seconds by the clock, with an empty cache and a full one, in one process and in one a core."""
    out = []
    for more, how in (((), "one process"), (("-n", "auto"), f"-n auto on {os.cpu_count()} cores")):
        with tempfile.TemporaryDirectory(prefix="abi-bench-") as folder:
            for state in ("empty", "full"):
                seconds = _seconds(Path(folder), *more)
                what = f"conformance run, quick profile, tcc and gcc, {how}, {state} cache"
                held = bool(more) or state == "full"
                out.append(
                    Figure(what, "30 s" if held else "", f"{seconds:.1f} s", seconds < _TARGET if held else None)
                )
    return out
