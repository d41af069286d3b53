"""`cost call`: that every way to call is taken and told of; never how long it takes."""

from __future__ import annotations

import ctypes
import dataclasses
import errno
import json
import platform
from typing import Any

import attrs
import jsonschema
import pytest

from conformance.cost.call import document, time_calls
from conformance.cost.compare import compare
from conformance.cost.counters import Counters, NoCounters
from conformance.cost.document import schema
from conformance.cost.loops import render, signature, view
from conformance.cost.report.tables import counted_table
from conformance.cost.timing import DIRECT, OPERATOR_ROUTES, ROUTES, CallCost, CallTiming, Interval, interval, ratios
from conformance.toolchain import Cache, Toolchain, resolve

COUNTS = 0, 3


@pytest.fixture(scope="module")
def cost(tmp_path_factory: pytest.TempPathFactory) -> CallCost:
    toolchain = Toolchain(Cache(tmp_path_factory.mktemp("cache")), None)
    return time_calls(toolchain, resolve("gcc:-O1"), COUNTS, sizes=(1024, 4096), rounds=3, sample=1e-5)


@pytest.mark.compiler("gcc")
def test_every_route_is_timed_or_told_to_be_missing(cost: CallCost) -> None:
    missing = {one.what for one in cost.missing}
    for n in COUNTS:
        for route in ROUTES:
            assert cost.of(route, n) or route in missing or route.removesuffix("-x0") in missing, route


@pytest.mark.compiler("gcc")
def test_operators_are_timed_by_every_route(cost: CallCost) -> None:
    timed = {(one.operator, one.route, one.size) for one in cost.operators}
    assert {(op, route, 4096) for op in ("copy", "add", "matmul") for route in OPERATOR_ROUTES} <= timed
    assert all(one.share is None or one.share > 0 for one in cost.operators)


@pytest.mark.compiler("gcc")
def test_the_result_is_as_its_schema_says(cost: CallCost) -> None:
    jsonschema.validate(json.loads(json.dumps(document([cost]))), schema("call"))


def test_two_results_are_compared_by_their_ratios_to_direct() -> None:
    def result(ratio: float) -> dict[str, Any]:
        at = Interval(ratio, ratio, ratio)
        return document([CallCost("gcc", "12", "x86_64", 3, (CallTiming("libffi", 3, at, at, 1, None, None),), (), ())])

    (shift,) = compare(result(10.0), result(12.0)).changed
    assert (shift.what, round(shift.percent), shift.direction(5)) == ("gcc libffi n=3", 20, "worse")


@pytest.mark.compiler("gcc")
def test_code_for_another_machine_is_not_run_but_told() -> None:
    gcc = resolve("gcc")
    foreign = dataclasses.replace(gcc, target=dataclasses.replace(gcc.target, triple="i386-linux-gnu", native=False))
    cost = time_calls(Toolchain(Cache(), None), foreign)
    assert not cost.calls and "i386-linux-gnu" in cost.missing[0].why


def test_counters_count() -> None:
    try:
        counters = Counters()
    except NoCounters as none:
        pytest.skip(str(none))
    counters.reset()
    assert counters.read()[0] > 0


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOENT, "no package gives them, but a machine"),
        (errno.EACCES, "sysctl kernel.perf_event_paranoid=2"),
        (errno.EPERM, "the capability PERFMON"),
    ],
)
def test_without_counters_it_is_said_what_would_give_them(
    code: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Refusing:
        @staticmethod
        def syscall(*_: object) -> int:
            ctypes.set_errno(code)
            return -1

    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: Refusing)
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    with pytest.raises(NoCounters) as none:
        Counters()
    assert words in none.value.hint


def test_what_was_counted_is_shown() -> None:
    at = Interval(1.0, 1.0, 1.0)
    one = CallTiming("x0_checked", 3, at, at, 1, 41.6, 3.0)
    assert counted_table(CallCost("gcc", "12", "x86_64", 3, (one,), (), ())).rows[1:] == (("X0 checked", "42, 3"),)
    none = attrs.evolve(one, instructions=None, branches=None)
    assert counted_table(CallCost("gcc", "12", "x86_64", 3, (none,), (), ())).rows[1:] == ()


def test_an_interval_leaves_out_what_is_far_off() -> None:
    assert interval([5.0]) == Interval(5.0, 5.0, 5.0)
    assert interval([float(n) for n in range(21)]) == Interval(10.0, 5.0, 15.0)
    assert interval([1.0] * 20 + [1000.0]) == Interval(1.0, 1.0, 1.0)


def test_ratios_are_taken_round_by_round() -> None:
    assert ratios([2.0, 20.0, 4.0], [1.0, 10.0, 2.0]) == Interval(2.0, 2.0, 2.0)


def test_the_slope_is_that_of_the_medians() -> None:
    def timing(n: int) -> CallTiming:
        at = Interval(1.0 + 2 * n, 0.0, 99.0)
        return CallTiming(DIRECT, n, at, at, 1, None, None)

    cost = CallCost("gcc", "12", "x86_64", 3, tuple(map(timing, (0, 1, 8))), (), ())
    assert cost.slope(DIRECT) == pytest.approx(2.0)
    assert cost.slope("libffi") is None


def test_the_templates_render_the_signature() -> None:
    assert str(signature(3)) == "(i64, f64, i64) -> i64"
    assert view(2).slots("args[%d]") == "args[0].v_int64, args[1].v_float64"
    assert "int64_t direct_2(int64_t a0, double a1);" in render("prototypes.h", [2])
    assert "ffi_call" not in render("callers.c", [2], libffi=False)
