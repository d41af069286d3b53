"""Runs loops of calls and says how long a turn takes."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable

from conformance.cost.counters import Counters, NoCounters
from conformance.cost.timing import TimingRequest, Untimed

Loop = Callable[[int], object]
"""Makes a call so many times; gives -1 where a call goes wrong."""


class Timer:
    """Runs loops and says how long they take."""

    def __init__(self, request: TimingRequest) -> None:
        """Takes the counters where the machine has them; `missing` says where not."""
        self.rounds, self.sample = request.rounds, request.sample
        self.missing: list[Untimed] = []
        self.counters: Counters | None = None
        try:
            self.counters = Counters()
        except NoCounters as none:
            self.missing.append(Untimed("instructions and branches", str(none), none.hint))

    def calibrated(self, loop: Loop) -> int:
        """How many turns take about one sample, 1 at least."""
        times = 1
        while True:
            took = min(self.seconds(loop, times) for _ in range(2))  # one of them was not interrupted
            if took >= self.sample / 4:
                return max(1, round(times * self.sample / took))
            times *= 4

    def seconds(self, loop: Loop, times: int) -> float:
        """Seconds for so many turns. Raises RuntimeError when a call goes wrong."""
        began = time.perf_counter_ns()
        result = loop(times)
        took = time.perf_counter_ns() - began
        if result == -1:
            raise RuntimeError("a callee rejected what it declares")
        return took * 1e-9

    def in_turn(self, loops: dict[str, Loop]) -> dict[str, tuple[int, list[float]]]:
        """For each loop how many turns a sample has, and nanoseconds a turn in every round."""
        times = {name: self.calibrated(loop) for name, loop in loops.items()}
        samples: dict[str, list[float]] = {name: [] for name in loops}
        for _ in range(self.rounds):
            for name, loop in loops.items():
                samples[name].append(self.seconds(loop, times[name]) * 1e9 / times[name])
        return {name: (times[name], samples[name]) for name in loops}

    def counted(self, loop: Loop, times: int) -> tuple[float | None, float | None]:
        """Instructions and branches a turn."""
        if self.counters is None:
            return None, None
        self.counters.reset()
        loop(times)
        instructions, branches = self.counters.read()
        return instructions / times, branches / times


def compiled(library: ctypes.CDLL, name: str, *more: int) -> Loop:
    """One of the library's loops; `more` are addresses that it takes after the number of turns."""
    function = library[f"loop_{name}"]
    function.restype = ctypes.c_int64
    function.argtypes = [ctypes.c_int64, *(ctypes.c_void_p for _ in more)]
    return lambda times: function(times, *more)
