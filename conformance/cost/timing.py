"""What timing a call gives, as plain data: medians with their intervals, ratios within a run, and what is missing."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from attrs import frozen

DIRECT = "direct"
"""The route that all others are compared with."""

ROUTES: dict[str, str] = {
    DIRECT: "direct",
    "x1_addressed": "X1 addresses of arguments",
    "x1_copied": "X1 values copied",
    "x0_release": "X0 release",
    "x0_checked": "X0 checked",
    "x0_reference": "X0 by the reference's functions",
    "libffi": "libffi, ffi_call",
    "tvm-ffi": "tvm-ffi, TVMFFIFunctionCall",
    "tvm-llvm": "TVM's emitted code",
    "cffi-api": "Python, cffi API mode",
    "cffi-abi": "Python, cffi ABI mode",
    "ctypes": "Python, ctypes",
    "cffi-api-x0": "Python, cffi API mode, X0",
    "cffi-abi-x0": "Python, cffi ABI mode, X0",
}
"""The ways to make a call, in the order of tables; each with the words that tables and plots have for it."""

NOTHING = "nothing"
"""The operator that does nothing: in front of it a call is timed alone."""

OPERATORS = (NOTHING, "copy", "add", "matmul")
"""The operators of c_fixtures/templates/cost/operators.c."""

OPERATOR_ROUTES = (DIRECT, "x1_addressed", "x0_release", "x0_checked")
"""The routes by which operators are called."""


@frozen
class TimingRequest:
    """What is to be timed: `counts` of arguments, `rounds` samples of `sample` seconds each, for these objects."""

    library: str
    module: str | None
    counts: tuple[int, ...]
    sizes: tuple[int, ...]
    rounds: int
    sample: float


@frozen
class Interval:
    """A median over rounds and the interval that holds it with 95 %, by order statistics."""

    median: float
    low: float
    high: float


@frozen
class CallTiming:
    """One route with `n` arguments: nanoseconds a call, and the ratio to the direct call of the same round.

    `times` calls were made a round. `instructions` and `branches` are those a call retires in user mode, None where
    the machine counts none.
    """

    route: str
    n: int
    ns: Interval
    ratio: Interval
    times: int
    instructions: float | None
    branches: float | None


@frozen
class OperatorTiming:
    """One operator over matrices of `size` bytes each: nanoseconds a call, and what part of them the call alone takes.

    `share` is the time of the same route's call of the empty operator over this one's: 0.01 is one per cent. It is None
    for NumPy, whose call is not one of these.
    """

    operator: str
    route: str
    size: int
    ns: Interval
    share: float | None


@frozen
class Untimed:
    """A figure that could not be had: which, why, and the command that would give it."""

    what: str
    why: str
    mend: str = ""


@frozen
class Timings:
    """What the process that takes the times answers."""

    calls: tuple[CallTiming, ...]
    operators: tuple[OperatorTiming, ...]
    missing: tuple[Untimed, ...]


@frozen
class CallCost:
    """All timings of the code of one compiler; `rounds` samples each."""

    compiler: str
    version: str
    target: str
    rounds: int
    calls: tuple[CallTiming, ...]
    operators: tuple[OperatorTiming, ...]
    missing: tuple[Untimed, ...]

    def of(self, route: str, n: int) -> CallTiming | None:
        """The timing of a route with so many arguments, where there is one."""
        return next((one for one in self.calls if (one.route, one.n) == (route, n)), None)

    def slope(self, route: str) -> float | None:
        """Nanoseconds that one more argument costs: the slope of a least-squares line through the medians."""
        points = [(one.n, one.ns.median) for one in self.calls if one.route == route]
        if len(points) < 2:
            return None
        return statistics.linear_regression(*zip(*points, strict=True)).slope


def interval(samples: Sequence[float]) -> Interval:
    """The median with its 95 % interval: order statistics, by the normal approximation of the binomial."""
    ordered = sorted(samples)
    count = len(ordered)
    reach = 0.98 * math.sqrt(count)  # 1.96 standard deviations of a binomial with p = 1/2
    outside = max(0, math.floor(count / 2 - reach) - 1)
    return Interval(statistics.median(ordered), ordered[outside], ordered[count - 1 - outside])


def ratios(samples: Sequence[float], to: Sequence[float]) -> Interval:
    """The ratio of two series, round by round."""
    return interval([one / other for one, other in zip(samples, to, strict=True)])
