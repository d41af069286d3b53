"""What `cost frame` and `cost inline` take beside the compilers that they start."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Sequence

from benchmarks.measure import Figure
from conformance.cost import frame, inline
from conformance.cost.model import Missing


def _cpu(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def _beside(what: str, missing: Callable[[], Sequence[Missing]]) -> Figure:
    """All that is started are compilers, their assemblers and linkers, and for a moment the painted programs."""
    clock, own, started = time.perf_counter(), _cpu(resource.RUSAGE_SELF), _cpu(resource.RUSAGE_CHILDREN)
    gaps = missing()
    seconds = time.perf_counter() - clock
    own, compilers = _cpu(resource.RUSAGE_SELF) - own, _cpu(resource.RUSAGE_CHILDREN) - started
    ratio = (own + compilers) / compilers
    said = f"{ratio:.2f} times ({compilers:.1f} s of compilers, {own:.1f} s of ours, {seconds:.0f} s by the clock)"
    notes = tuple(f"{what} was measured without {gap.spec}: {gap.reason}." for gap in gaps)
    return Figure(f"{what}, processor time beside that of the compilers it starts", "at most 1.3", said,
                  ratio <= 1.3, notes)  # fmt: skip


def figures() -> Sequence[Figure]:
    """Both commands with their default compilers, as far as they are installed."""
    return [
        _beside("cost frame", lambda: frame.measure(()).missing),
        _beside("cost inline", lambda: inline.measure(()).missing),
    ]
