"""Sets the other ways to frame bytes beside the compiler's own: where they say the same, differ, or cannot tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from conformance.cost.model import CONVENTIONS, Frame, FrameTable

REALIGNED = "they align the stack themselves, so that what they take depends on where it was"


@dataclass(frozen=True)
class Way:
    """One way beside the compiler's stack usage: frames of the same bytes, of others, and those it cannot tell of."""

    name: str
    same: int
    apart: int
    untold: dict[str, int]

    def __str__(self) -> str:
        told = [f"the same for {self.same}"] if self.same else []
        told += [f"APART for {self.apart}"] if self.apart else []
        return "; ".join([*told, *(f"cannot tell of {count}: {why}" for why, count in self.untold.items())])


def cross_check(table: FrameTable) -> tuple[Way, ...]:
    """Every other way, over all frames of a table."""
    frames = [frame for curve in table.curves for frame in curve.frames]
    return (
        _way("disassembly", ((one, one.disassembly, "") for one in frames)),
        _way("unwind tables", ((one, one.unwind, one.untold) for one in frames)),
        _way("painted stack", ((one, one.painted, table.unpainted) for one in frames)),
    )


def _way(name: str, found: Iterable[tuple[Frame, int | None, str]]) -> Way:
    same = apart = 0
    untold: Counter[str] = Counter()
    for frame, size, why in found:
        if size is None:
            untold[why] += 1
        elif frame.realigned:
            untold[REALIGNED] += 1
        else:
            same += size == frame.bytes
            apart += size != frame.bytes
    return Way(name, same, apart, dict(untold))


def disagreements(table: FrameTable) -> list[str]:
    """A line for each frame of which the ways say different things."""
    lines = []
    for curve in table.curves:
        for one in curve.frames:
            if not one.agrees:
                figures = {"disassembly": one.disassembly, "unwind table": one.unwind, "painted stack": one.painted}
                others = (f"{name} {size}" for name, size in figures.items() if size is not None)
                lines.append(f"{CONVENTIONS[curve.convention]}, n = {one.n}: compiler {one.bytes}, {', '.join(others)}")
    return lines
