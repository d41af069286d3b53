"""A run of a hundred million calls: whether memory and disk stay flat, looked at from outside while it runs."""

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

EXAMPLES, CHECKS = 4950, ("X0-MATCH", "X0-TYPE", "X0-COUNT", "X0-UNKNOWN")
"""Bundles of the ci profile that come to a hundred million calls with tcc, and the checks that make most of them."""

_STEPS = 10
_PAUSE = 1.0
_PAGE = os.sysconf("SC_PAGE_SIZE")
_MB = 1 << 20
_FLAT = 1.05
"""What is kept fills up first: bundles with their plans, and what is remembered of values."""


def _resident(root: int) -> int:
    """Bytes of memory that a process and all below it have to themselves, or share with each other."""
    below: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            below.setdefault(parent, []).append(int(entry.name))
    total, waiting = 0, [root]
    while waiting:
        pid = waiting.pop()
        waiting += below.get(pid, [])
        try:
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
        except OSError:
            continue
    return total


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size
        except OSError:
            continue
    return total


def figures(examples: int = EXAMPLES) -> Sequence[Figure]:
    """The most memory of all processes in each tenth of the run, and the sizes of cache and report at its end."""
    with tempfile.TemporaryDirectory(prefix="abi-bench-") as name:
        folder = Path(name)
        argv = [sys.executable, "-m", "conformance", "run", "--compiler", "tcc", "--profile", "ci", "--config", "none"]
        argv += ["--max-examples", str(examples), "--report-dir", str(folder / "report"), "--quiet"]
        argv += [word for check in CHECKS for word in ("--check", check)]
        environment = {**os.environ, "ABI_CONFORMANCE_CACHE": str(folder / "cache")}
        began = time.perf_counter()
        run = subprocess.Popen(argv, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        seen: list[int] = []
        while run.poll() is None:
            seen.append(_resident(run.pid))
            time.sleep(_PAUSE)
        seconds = time.perf_counter() - began
        counts = json.loads((folder / "report" / "result.json").read_text())["counts"]
        cache, report = _size(folder / "cache"), _size(folder / "report")
    tenths = [max(seen[len(seen) * at // _STEPS : len(seen) * (at + 1) // _STEPS]) for at in range(_STEPS)]
    what = f"a run of {counts['judged']:,} calls, {counts['signatures']:,} signatures"
    grown = tenths[-1] / tenths[_STEPS // 2]
    table = ["| tenth of the run | memory of all processes, at most |", "|---|---|"]
    table += [f"| {at} | {most / _MB:,.0f} MB |" for at, most in enumerate(tenths, 1)]
    return [
        Figure(
            f"{what}, memory of its last tenth against its sixth",
            f"at most {_FLAT} times",
            f"{grown:.2f} times, {max(seen) / _MB:,.0f} MB at most",
            grown <= _FLAT,
            ("\n".join(table),),
        ),
        Figure(f"{what}, exit {run.returncode}, by the clock", "", f"{seconds:.0f} s"),
        Figure(f"{what}, disk at its end", "", f"cache {cache / _MB:,.1f} MB, report {report / _MB:,.1f} MB"),
    ]
