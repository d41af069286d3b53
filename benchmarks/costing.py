"""Commands cost frame and inline beside the bare compilers on the same units, side by side in one run."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.measure import Figure, Meter
from conformance.cost import frame, inline
from conformance.cost.model import Unmeasured
from conformance.toolchain import objects
from conformance.toolchain.compilers import Compiler

TARGET = 1.3
JOBS = 2
"""Compilers at once, as the commands start them."""

Commands = dict[Path, list[list[str]]]
"""Command lines by the folder in which they are to run, in order."""


@contextlib.contextmanager
def _recorded(scratch: Path, units: Sequence[str]) -> Iterator[Commands]:
    """Keeps the command lines that compile `units` or link them for -flto, and the texts of these units.

    The first of each only: what is compiled again to find a smaller example is the command's own affair.
    """
    run, kept, seen = objects._run, Commands(), set[tuple[str, ...]]()

    def keep(compiler: Compiler, argv: list[str], folder: Path) -> str:
        unit = argv[argv.index("-c") + 1] if "-c" in argv else ""
        known = tuple(word.replace(str(folder), "") for word in argv)
        if (unit in units or "-r" in argv) and known not in seen:
            seen.add(known)
            to = scratch / folder.name
            to.mkdir(exist_ok=True)
            if unit:
                shutil.copy(folder / unit, to)
            kept.setdefault(to, []).append([word.replace(str(folder), str(to)) for word in argv])
        return run(compiler, argv, folder)

    objects._run = keep
    try:
        yield kept
    finally:
        objects._run = run


def _bare(commands: Commands) -> None:
    def one(folder: Path) -> None:
        for argv in commands[folder]:
            subprocess.run(argv, cwd=folder, check=True, capture_output=True)

    with ThreadPoolExecutor(max_workers=JOBS) as pool:
        list(pool.map(one, commands))


def _beside(what: str, units: Sequence[str], measure: Callable[[], Sequence[Unmeasured]]) -> Figure:
    meter = Meter()
    gaps: list[Unmeasured] = []
    with tempfile.TemporaryDirectory(prefix="abi-bench-") as scratch:
        with _recorded(Path(scratch), units) as commands:
            ours = meter.time(lambda: gaps.extend(measure()))
        bare = meter.time(lambda: _bare(commands))
    ratio = ours.cpu / bare.cpu
    said = f"{ratio:.2f} times (by the clock {ours.wall / bare.wall:.2f})"
    took = (
        f"{what}: the bare compilers take {bare.cpu:.0f} s of processor time for {len(commands)} sets of units, the "
        f"command {ours.cpu:.0f} s with its cross-checks, its smaller examples and all that it reads."
    )
    notes = (took, *(f"{what} was measured without {gap.spec}: {gap.reason}." for gap in gaps))
    return Figure(f"{what}, beside the bare compilers on the same units", f"at most {TARGET}", said, ratio <= TARGET,
                  notes)  # fmt: skip


def figures() -> Sequence[Figure]:
    """Both commands with their default compilers, as far as they are installed."""
    return [
        _beside("cost frame", ("frame.c",), lambda: frame.measure((), jobs=JOBS).missing),
        _beside("cost inline", ("all.c", "callers.c", "callees.c"), lambda: inline.measure((), jobs=JOBS).missing),
    ]
