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
from collections.abc import Iterator, Sequence
from pathlib import Path

from conformance.cost import python, runtimes
from conformance.cost.loops import signature
from conformance.cost.operators import operator_timings
from conformance.cost.sampling import Loop, Timer, compiled
from conformance.cost.timing import DIRECT, CallTiming, TimingRequest, Timings, Untimed, interval, ratios
from conformance.model.json import from_json, to_json

_COMPILED = (DIRECT, "x1_addressed", "x1_copied", "x0_release", "x0_checked", "x0_reference", "libffi")
_WHICH = {"direct": 0, "x0_checked": 1, "any": 2}  # the numbers of address_N in callees.c.j2


def call_timings(timer: Timer, request: TimingRequest) -> Iterator[CallTiming]:
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

    def __init__(self, library: ctypes.CDLL, request: TimingRequest, missing: list[Untimed]) -> None:
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


def _one_core() -> None:
    with contextlib.suppress(OSError, AttributeError):  # a wish, not a need
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def main() -> None:
    """Answers one request."""
    request = from_json(json.load(sys.stdin), TimingRequest)
    _one_core()
    timer = Timer(request)
    calls = tuple(call_timings(timer, request))
    operators = tuple(operator_timings(timer, request.library, request.sizes))
    json.dump(to_json(Timings(calls, operators, tuple(timer.missing))), sys.stdout)
