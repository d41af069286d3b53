"""The whole pipeline with the embedded compiler on one core, beside Hypothesis drawing the same for nothing."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks.measure import Figure, Meter, Took, count, draw, one_core, session
from conformance.checks import CHECKS, columns
from conformance.checks.columns import stack
from conformance.checks.draft import Draft
from conformance.checks.rejection import unknown_codes
from conformance.engine import execute
from conformance.engine.bundle import Bundle
from conformance.engine.carrier import HarnessError
from conformance.engine.compiled import CompiledTransport
from conformance.engine.explore import rare_collections
from conformance.engine.plans import Plan
from conformance.generation.strategies import Drawn
from conformance.model.target import HERE

REPEATS, EXAMPLES = 3, 24

PACKED = ("type", "few", "many", "coerce", "width", "sign", "swap", "pointee", "ret-type", "ret-none", "match")
UNPACKED = (*CHECKS["X1-SILENT"].classes, "ret-type", "ret-none", "match")


def calls(bundle: Bundle) -> Plan:
    """The two grids with all classes, and the unknown codes, which need no compiling."""
    draft = Draft(bundle)
    rows = stack(unknown_codes(draft), draft.grid(PACKED), draft.grid(UNPACKED, columns.UNPACKED))
    return Plan(bundle, rows)


@dataclass
class Done:
    """How many signatures were compiled on both sides and how many verdicts given; this process' time by step."""

    signatures: int = 0
    verdicts: int = 0
    steps: dict[str, float] = field(default_factory=dict)


def examine(made: CompiledTransport, drawn: Drawn, done: Done, proven: bool = False, generic: bool = False) -> None:
    """One example from rendering to verdicts; `proven`, with the direct calls by which a run proves its harness.

    With `generic` the stubs read its signatures from a table, and nothing is rendered.
    """
    pair, clock = made.compiler_pairs[0], time.perf_counter
    start = clock()
    bundle = made.bundle(drawn)
    sides = made.generic_sides(pair) if generic else made.sides(bundle, pair)
    built = clock()
    plan = calls(bundle)
    planned = clock()
    if proven:
        made.prove(bundle, pair)
    result = made.executor.run(plan, sides)
    ran = clock()
    examined = execute.compare(plan, result, "X0-TYPE", pair.ids, made.subject.claims)
    if examined.nonconforming or examined.judged != plan.count:
        raise HarnessError(f"the reference does not conform: {examined.nonconforming[:1]}")
    done.signatures += len(bundle.signatures)
    done.verdicts += examined.judged
    for step, seconds in (
        ("render and compile", built - start),
        ("plan", planned - built),
        ("run", ran - planned),
        ("compare", clock() - ran),
    ):
        done.steps[step] = done.steps.get(step, 0.0) + seconds


def whole(
    made: CompiledTransport, seed: int, meter: Meter, proven: bool = False, generic: bool = False
) -> tuple[Done, Took]:
    """Draws and examines a number of bundles that were not seen before."""
    done = Done()
    with rare_collections():  # as the suite does
        took = meter.time(lambda: draw(made, seed, EXAMPLES, lambda one: examine(made, one, done, proven, generic)))
    return done, took


def _empty(_: Drawn) -> None:
    pass


def figures() -> Sequence[Figure]:
    """Signatures and verdicts a second, and how often longer it takes than drawing alone."""
    rates: dict[str, list[float]] = {name: [] for name in ("s", "s wall", "v", "v wall", "proven", "ratio")}
    steps: dict[str, float] = {}
    signatures = 0
    wall = 0.0
    with one_core(), session("tcc") as made:
        meter = Meter(made.workers.of(HERE))
        for seed in range(1, REPEATS + 1):
            done, took = whole(made, seed, meter)
            alone = meter.time(lambda: draw(made, seed, EXAMPLES, _empty))  # noqa: B023
            again, longer = whole(made, seed + 1000, meter, proven=True)
            rates["s"].append(done.signatures / took.cpu)
            rates["s wall"].append(done.signatures / took.wall)
            rates["v"].append(done.verdicts / took.cpu)
            rates["v wall"].append(done.verdicts / took.wall)
            rates["proven"].append(again.signatures / longer.cpu)
            rates["ratio"].append(took.cpu / alone.cpu)
            for step, seconds in done.steps.items():
                steps[step] = steps.get(step, 0.0) + seconds
            signatures += done.signatures
            wall += took.wall
    now = {name: median(values) for name, values in rates.items()}
    per = {step: 1e6 * seconds / signatures for step, seconds in steps.items()}
    per["draw"] = 1e6 * wall / signatures - sum(per.values())
    shares = ", ".join(f"{step} {us:.0f}" for step, us in sorted(per.items(), key=lambda item: -item[1]))
    note = (
        f"Embedded, by step, µs a signature by the clock: {shares}. With the direct calls by which a run proves its "
        f"harness first, {count(now['proven'])} signatures a second."
    )
    return [
        Figure(
            "embedded, whole pipeline, signatures a second of one core",
            "2,500",
            f"{count(now['s'])} (by the clock {count(now['s wall'])})",
            now["s"] >= 2500,
            (note,),
        ),
        Figure(
            "embedded, whole pipeline, verdicts a second of one core",
            "700,000",
            f"{count(now['v'])} (by the clock {count(now['v wall'])})",
            now["v"] >= 700_000,
        ),
        Figure("the same, against Hypothesis drawing with an empty body", "reported", f"{now['ratio']:.1f} times"),
    ]
