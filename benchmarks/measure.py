"""What all figures share: processor time of all processes at work, one core, sessions over an empty cache, bundles."""

from __future__ import annotations

import contextlib
import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import hypothesis
from hypothesis import HealthCheck, Phase, given, settings

from conformance.engine.compiled import CompiledTransport
from conformance.engine.compiled_start import prepare_compiled
from conformance.engine.execute import Executor
from conformance.generation.profiles import PROFILES
from conformance.generation.strategies import Drawn, bundles
from conformance.model.options import RunOptions
from conformance.toolchain.fixtures import root
from conformance.transport.compiled.client import Worker

BUNDLE = 64
"""Signatures in a bundle, as the nightly profile has it."""

_TICK = os.sysconf("SC_CLK_TCK")
_CHILDREN_TIMES = 13, 15  # where cutime and cstime stand in /proc/PID/stat, behind the name


@dataclass(frozen=True)
class Figure:
    """One row of the table. `met` is None where there is no target; `notes` are paragraphs that go below it."""

    what: str
    target: str
    measured: str
    met: bool | None = None
    notes: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Took:
    """What a piece of work took: seconds by the clock, and seconds of processor in all processes at work."""

    wall: float
    cpu: float


@contextlib.contextmanager
def one_core() -> Iterator[None]:
    """Keeps this process, and the processes that it starts meanwhile, on one core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextlib.contextmanager
def session(*compilers: str, subject: str = "reference", cache: Path | None = None) -> Iterator[CompiledTransport]:
    """A subject between compilers over `cache`, or over an empty one that goes with it."""
    with tempfile.TemporaryDirectory(prefix="abi-bench-") as folder, _cache_at(cache or Path(folder)):
        made = prepare_compiled(RunOptions(subject=subject, compilers=compilers))
        try:
            yield made
        finally:
            made.close()


@contextlib.contextmanager
def _cache_at(folder: Path) -> Iterator[None]:
    before = os.environ.get("ABI_CONFORMANCE_CACHE")
    os.environ["ABI_CONFORMANCE_CACHE"] = str(folder)
    try:
        yield
    finally:
        del os.environ["ABI_CONFORMANCE_CACHE"]
        if before is not None:
            os.environ["ABI_CONFORMANCE_CACHE"] = before


def broken(name: str) -> str:
    """The manifest of a deliberately broken subject."""
    return str(root() / "broken" / name / "subject.toml")


def unguarded(made: CompiledTransport) -> Executor:
    """An executor without the guard: every fault ends a process."""
    return Executor(made.workers, made.executor.hang_ms, guard=False)


class Meter:
    """Adds up the time of this process, of its children that have ended, and of a worker's server and runner."""

    def __init__(self, worker: Worker | None = None) -> None:
        self._pids = worker.ping()[:2] if worker is not None else ()

    def _cpu(self) -> float:
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        return time.process_time() + ended.ru_utime + ended.ru_stime + sum(map(_cpu_of, self._pids))

    def time(self, work: Callable[[], object]) -> Took:
        """Does the work and says what it took."""
        cpu, wall = self._cpu(), time.perf_counter()
        work()
        wall = time.perf_counter() - wall
        return Took(wall, self._cpu() - cpu)


def _cpu_of(pid: int) -> float:
    # The processor clock of another process is its id, inverted, above three bits (clock_getcpuclockid); what its own
    # children used before they ended is only in /proc.
    own = time.clock_gettime((~pid << 3) | 2)
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return own + sum(map(int, fields[_CHILDREN_TIMES[0] : _CHILDREN_TIMES[1]])) / _TICK


def resident(pid: int) -> int:
    """Kilobytes of a process in memory that are its own."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(("RssAnon:", "RssShmem:")))


def draw(
    made: CompiledTransport, seed: int, examples: int, body: Callable[[Drawn], object], size: int = BUNDLE
) -> None:
    """Has Hypothesis draw `examples` bundles as the quick profile does, and does `body` with each."""
    subject = made.subject
    strategy = bundles(size, PROFILES["quick"].max_args, subject.kinds, "null" in subject.rules.passable)

    @hypothesis.seed(seed)
    @settings(
        max_examples=examples,
        database=None,
        phases=[Phase.generate],
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def example(drawn: Drawn) -> None:
        body(drawn)

    example()


def drawn(made: CompiledTransport, seed: int, examples: int, size: int = BUNDLE) -> list[Drawn]:
    """The same as a list, without the first and simplest."""
    found: list[Drawn] = []
    draw(made, seed, examples + 1, found.append, size)
    return found[1:]


def one_bundle(kinds: Sequence[str], most: int, size: int, seed: int) -> Drawn:
    """A bundle of `size` signatures of at most `most` arguments, as a called subject's run draws them."""
    found: list[Drawn] = []

    @hypothesis.seed(seed)
    @settings(
        max_examples=2,
        database=None,
        phases=[Phase.generate],
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(bundles(size, most, kinds, with_null=False))
    def keep(one: Drawn) -> None:
        found.append(one)

    keep()
    return found[-1]


def count(number: float) -> str:
    """A number with thousands set apart."""
    return f"{number:,.0f}" if number >= 100 else f"{number:.2f}"
