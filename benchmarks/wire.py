"""Wire mutations: codes put in place of others, which need no compiling, of signatures that were called before."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from statistics import median

from benchmarks.measure import Figure, Meter, count, drawn, one_core, session
from conformance.checks.draft import Draft
from conformance.checks.rejection import unknown_codes
from conformance.engine import execute
from conformance.engine.bundle import Bundle
from conformance.engine.compiled import CompiledTransport
from conformance.engine.execute import Sides
from conformance.engine.plans import Plan
from conformance.model.target import HERE

REPEATS, BUNDLES = 7, 12
LEAST, MOONSHOT = 4_000_000, 5_000_000


def _examine(made: CompiledTransport, bundle: Bundle, sides: Sides, steps: dict[str, float]) -> int:
    clock = time.perf_counter
    start = clock()
    plan = Plan(bundle, unknown_codes(Draft(bundle)))
    planned = clock()
    result = made.executor.run(plan, sides)
    ran = clock()
    examined = execute.compare(plan, result, "X0-UNKNOWN", made.compiler_pairs[0].ids, made.subject.claims)
    for step, seconds in (("plan", planned - start), ("run", ran - planned), ("compare", clock() - ran)):
        steps[step] = steps.get(step, 0.0) + seconds
    assert examined.judged == plan.count
    assert not examined.nonconforming
    return plan.count


def _called(made: CompiledTransport, seed: int, sides: Sides) -> list[Bundle]:
    """Bundles whose matched calls have been made, as they have in a run: so their values lie where they are passed."""
    found = []
    for one in drawn(made, seed, BUNDLES):
        bundle = made.bundle(one)
        made.executor.run(Plan(bundle, Draft(bundle).matched()), sides)
        found.append(bundle)
    return found


def _of(name: str) -> Figure:
    rates, walls = [], []
    steps: dict[str, float] = {}
    total = 0
    with one_core(), session(name) as made:
        meter, sides = Meter(made.workers.of(HERE)), made.generic_sides(made.compiler_pairs[0])
        for seed in range(REPEATS):
            bundles = _called(made, seed, sides)
            counts: list[int] = []
            took = meter.time(lambda: counts.extend(_examine(made, one, sides, steps) for one in bundles))  # noqa: B023
            rates.append(sum(counts) / took.cpu)
            walls.append(sum(counts) / took.wall)
            total += sum(counts)
    rate = median(rates)
    shares = ", ".join(f"{step} {1e9 * seconds / total:.0f}" for step, seconds in steps.items())
    mean = total / REPEATS / BUNDLES
    note = f"Wire mutations, {name}, ns a verdict by the clock: {shares}; {mean:,.0f} in the plan of a bundle."
    return Figure(
        f"wire mutations, generic stubs of {name}, judging included, verdicts a second of one core",
        f"{LEAST:,} (moonshot {MOONSHOT:,})",
        f"{count(rate)} (by the clock {count(median(walls))})",
        rate >= LEAST,
        (note,),
    )


def figures() -> Sequence[Figure]:
    """Verdicts a second: planned, run and compared, over bundles that are new to the plan."""
    return [_of(name) for name in ("tcc", "gcc") if name == "tcc" or shutil.which(name)]
