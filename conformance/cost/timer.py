"""The process that takes the times: loads what was built, makes every way to call ready, and runs them in turn.

Started by `call.py` with one request as JSON on standard input; answers with the timings as JSON on standard output.
Every round runs each route once, so that what disturbs the machine disturbs all of them alike.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from conformance.cost import python, runtimes
from conformance.cost.counters import Counters, NoCounters
from conformance.cost.loops import signature
from conformance.cost.operators import operator_timings
from conformance.cost.timing import DIRECT, CallTiming, Missing, Request, interval, ratios

Loop = Callable[[int], object]

_COMPILED = (DIRECT, "x1_addressed", "x1_copied", "x0_release", "x0_checked", "x0_reference", "libffi")
_WHICH = {"direct": 0, "x0_checked": 1, "any": 2}  # the numbers of address_N in callees.c.j2


class Timer:
    """Runs loops and says how long they take."""

    def __init__(self, request: Request) -> None:
        """Takes the counters where the machine has them; `missing` says where not."""
        self.rounds, self.sample = request.rounds, request.sample
        self.missing: list[Missing] = []
        self.counters: Counters | None = None
        try:
            self.counters = Counters()
        except NoCounters as none:
            self.missing.append(Missing("instructions and branches", str(none), none.mend))

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


def call_timings(timer: Timer, request: Request) -> Iterator[CallTiming]:
    """Every route with every number of arguments."""
    library = ctypes.CDLL(request.library)
    routes = _Routes(library, request, timer.missing)
    for n in request.counts:
        loops = routes.loops(n)
        taken = timer.in_turn(loops)
        direct = taken[DIRECT][1]
        for name, (times, samples) in taken.items():
            counted = timer.counted(loops[name], times)
            yield CallTiming(name, n, interval(samples), ratios(samples, direct), times, *counted)


class _Routes:
    """The loops of all routes; what cannot be had is added to `missing` once."""

    def __init__(self, library: ctypes.CDLL, request: Request, missing: list[Missing]) -> None:
        self._library = library
        self._abi = python.abi_mode(self._address, self._kinds)
        self._api = python.api_mode(Path(request.module)) if request.module else None
        self._runtimes = runtimes.available(request.counts, lambda n: self._address("any", n), missing)

    def _address(self, convention: str, n: int) -> int:
        function = self._library[f"address_{n}"]
        function.restype = ctypes.c_void_p
        return int(function(_WHICH[convention]))

    @staticmethod
    def _kinds(n: int) -> Sequence[str]:
        return [param.kind for param in signature(n).params]

    def loops(self, n: int) -> dict[str, Loop]:
        kinds = self._kinds(n)
        made: dict[str, Loop] = {}
        for route in _COMPILED:
            with contextlib.suppress(AttributeError):  # libffi is not in every build; `build` has said so
                made[route] = compiled(self._library, f"{route}_{n}")
        for route, functions in self._runtimes.items():
            made[route] = compiled(self._library, f"any_{n}", *functions[n])
        for route, mode in (("cffi-api", self._api), ("cffi-abi", self._abi)):
            if mode is not None:
                ffi, function = mode
                made[route] = python.direct_loop(function("direct", n), kinds)
                made[f"{route}-x0"] = python.packed_loop(ffi, function("x0_checked", n), kinds)
        made["ctypes"] = python.direct_loop(python.by_ctypes(self._address("direct", n), kinds), kinds)
        return made


def compiled(library: ctypes.CDLL, name: str, *more: int) -> Loop:
    """One of the library's loops; `more` are addresses that it takes after the number of turns."""
    function = library[f"loop_{name}"]
    function.restype = ctypes.c_int64
    function.argtypes = [ctypes.c_int64, *(ctypes.c_void_p for _ in more)]
    return lambda times: function(times, *more)


def _one_core() -> None:
    with contextlib.suppress(OSError, AttributeError):  # a wish, not a need
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def main() -> None:
    """Answers one request."""
    given = json.load(sys.stdin)
    request = Request(**{**given, "counts": tuple(given["counts"]), "sizes": tuple(given["sizes"])})
    _one_core()
    timer = Timer(request)
    answer: dict[str, list[Any]] = {
        "calls": list(call_timings(timer, request)),
        "operators": list(operator_timings(timer, request.library, request.sizes)),
        "missing": timer.missing,
    }
    json.dump({name: [asdict(one) for one in some] for name, some in answer.items()}, sys.stdout)
