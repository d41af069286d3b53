"""A cell of versions: code built against one release of tvm-ffi on another, by SKEW, with the quick profile."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measure import Figure, one_core

BUILT, RUNTIME = "0.1.7", "0.1.9"

_TARGETS = {"empty": 90.0, "full": 40.0}
_USAGE = 4


def _seconds(folder: Path) -> tuple[float, int]:
    """Seconds of processor time of everything that the run started, and the code that it ended with."""
    argv = [sys.executable, "-m", "conformance", "run", "--subject", f"tvm-ffi-cpp=={RUNTIME}", "--built", BUILT]
    environment = {**os.environ, "ABI_CONFORMANCE_CACHE": str(folder / "cache")}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ended = subprocess.run(
        [*argv, "--check", "SKEW", "--config", "none", "--report-dir", str(folder / "report")],
        cwd=folder,
        env=environment,
        capture_output=True,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, ended.returncode


def figures() -> Sequence[Figure]:
    """Seconds of processor time; with an empty cache the releases are fetched and all sides compiled."""
    out = []
    with one_core(), tempfile.TemporaryDirectory(prefix="abi-bench-") as folder:
        for state, target in _TARGETS.items():
            what = f"tvm-ffi-cpp, a cell of versions ({BUILT} on {RUNTIME}), quick profile, one core, {state} cache"
            seconds, code = _seconds(Path(folder))
            if code == _USAGE:
                return [Figure(what, "", "not installed")]
            out.append(Figure(what, f"{target:.0f} s", f"{seconds:.1f} s, exit {code}", seconds < target))
    return out
