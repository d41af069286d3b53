"""Command compilers: the pipeline over an empty cache beside the bare compiler, and over a full one."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.embedded import Done, examine
from benchmarks.measure import Figure, Meter, Took, drawn, one_core, session
from conformance.engine.compiled import CompiledTransport
from conformance.generation.strategies import Drawn
from conformance.model.target import HERE
from conformance.toolchain.fixtures import root

BUNDLES = 9


def pipeline(made: CompiledTransport, one: Drawn, meter: Meter, done: Done) -> Took:
    """One bundle from rendering to verdicts."""
    return meter.time(lambda: examine(made, one, done))


def bare(made: CompiledTransport, one: Drawn, meter: Meter, folder: Path) -> Took:
    """The compiler alone on the same two units, with no more than it needs to read them."""
    subject, compiler = made.subject, made.compiler_pairs[0].caller
    include = [subject.binding.parent, *subject.include, root() / "include", root()]
    argv = [*compiler.command, "-std=gnu99", *compiler.flags, "-shared", "-fPIC", *(f"-I{path}" for path in include)]
    for role in ("callers", "callees"):
        (folder / f"{role}.c").write_text(made.libraries.text(role, one.signatures))

    def compile_both() -> None:
        for role in ("callers", "callees"):
            subprocess.run([*argv, "-o", f"{role}.so", f"{role}.c"], cwd=folder, check=True)

    return meter.time(compile_both)


def figures() -> Sequence[Figure]:
    """The ratio and the warm starts for each compiler that is found."""
    out: list[Figure] = []
    for name in ("gcc", "clang"):
        spec = f"{name}:-O2"
        what = f"{name} -O2, empty cache, against the bare compiler on the same two units"
        try:
            subprocess.run([name, "--version"], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            out.append(Figure(what, "at most 1.05", f"{name} is not installed"))
            continue
        with one_core(), tempfile.TemporaryDirectory(prefix="abi-bench-") as scratch:
            out += _of(spec, name, what, Path(scratch))
    return out


def _of(spec: str, name: str, what: str, scratch: Path) -> list[Figure]:
    ratios, walls, bares = [], [], []
    with session(spec, cache=scratch / "cache") as made:
        meter, done = Meter(made.workers.of(HERE)), Done()
        bundles = drawn(made, 1, BUNDLES)
        for at, one in enumerate(bundles):
            both = [lambda: pipeline(made, one, meter, done), lambda: bare(made, one, meter, scratch)]  # noqa: B023
            order = (0, 1) if at % 2 else (1, 0)  # neither is always the second
            took = {which: both[which]() for which in order}
            ratios.append(took[0].cpu / took[1].cpu)
            walls.append(took[0].wall / took[1].wall)
            bares.append(took[1].cpu / len(one.signatures))
    with session(spec, cache=scratch / "cache") as made:
        before = made.libraries.toolchain.starts
        for one in bundles:
            examine(made, one, done)
        starts = made.libraries.toolchain.starts - before
    note = f"The bare {name} -O2 takes {1e3 * median(bares):.1f} ms a signature."
    return [
        Figure(
            what,
            "at most 1.05",
            f"{median(ratios):.2f} times (by the clock {median(walls):.2f})",
            median(ratios) <= 1.05,
            (note,),
        ),
        Figure(f"{name} -O2, full cache, compilers started", "0", str(starts), starts == 0),
    ]
