"""Times a call in front of tensor operators: the share that it has in the whole."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from conformance.cost.sampling import Loop, Timer, compiled
from conformance.cost.timing import (
    DIRECT,
    NOTHING,
    OPERATOR_ROUTES,
    OPERATORS,
    OperatorTiming,
    Untimed,
    interval,
)

SIZES = tuple(1024 << shift for shift in range(0, 15, 2))
"""Bytes of each matrix: 1 KB to 16 MB, square and of 4-byte floats, so that all have a whole edge."""

LONGEST = 0.06
"""Seconds: an operator whose one call takes longer is not measured, nor at any larger size."""

NUMPY = "numpy"


def operator_timings(timer: Timer, path: str, sizes: Sequence[int]) -> Iterator[OperatorTiming]:
    """Every operator over every size, by every route, and by NumPy where it can be imported."""
    library = ctypes.CDLL(path)
    matrices = Matrices(max(sizes))
    alone = {}
    matrices.use(library, min(sizes))
    for route, (_, samples) in timer.in_turn(_loops(library, NOTHING)).items():
        alone[route] = interval(samples)
        yield OperatorTiming(NOTHING, route, min(sizes), alone[route], 1.0)
    numpy = _numpy(timer.missing)
    for operator in OPERATORS[1:]:
        for size in sizes:
            edge = matrices.use(library, size)
            loops = _loops(library, operator)
            # The first call warms the caches; the second says whether there is time for the others.
            if min(timer.seconds(loops[DIRECT], 1) for _ in range(2)) > LONGEST:
                kilobytes = size // 1024
                timer.missing.append(
                    Untimed(
                        f"{operator} from {kilobytes:,} KB on", f"one call takes longer than {LONGEST * 1e3:.0f} ms"
                    )
                )
                break
            if numpy is not None:
                loops[NUMPY] = _numpy_loop(numpy, matrices, operator, edge)
            for route, (_, samples) in timer.in_turn(loops).items():
                whole = interval(samples)
                share = alone[route].median / whole.median if route in alone else None
                yield OperatorTiming(operator, route, size, whole, share)


class Matrices:
    """Three square matrices of floats, in memory that is touched before anything is timed."""

    def __init__(self, most: int) -> None:
        """Makes room for `most` bytes each."""
        one = (ctypes.c_float * 1)(1.0)
        self.a, self.b, self.out = (ctypes.create_string_buffer(bytes(one) * (most // 4), most) for _ in range(3))

    def use(self, library: ctypes.CDLL, size: int) -> int:
        """Has the loops work on matrices of `size` bytes; gives their edge."""
        edge = math.isqrt(size // 4)
        library.work_on(self.a, self.b, self.out, ctypes.c_int64(edge))
        return edge


def _loops(library: ctypes.CDLL, operator: str) -> dict[str, Loop]:
    return {route: compiled(library, f"{route}_{operator}") for route in OPERATOR_ROUTES}


def _numpy(missing: list[Untimed]) -> Any:
    try:
        import numpy as np
    except ImportError:
        missing.append(Untimed("NumPy's operators", "NumPy is not installed", "pip install numpy"))
        return None
    return np


def _numpy_loop(numpy: Any, matrices: Matrices, operator: str, edge: int) -> Callable[[int], None]:
    """NumPy's own operator over the same memory."""
    a, b, out = (
        numpy.frombuffer(one, numpy.float32, edge * edge).reshape(edge, edge)
        for one in (matrices.a, matrices.b, matrices.out)
    )
    work: Callable[[], object] = {
        "copy": lambda: numpy.copyto(out, a),
        "add": lambda: numpy.add(a, b, out=out),
        "matmul": lambda: numpy.matmul(a, b, out=out),
    }[operator]

    def loop(times: int) -> None:
        for _ in range(times):
            work()

    return loop
