"""Cost a case against the number of arguments, and memory over millions of cases."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

import numpy as np

from benchmarks.embedded import Done, examine
from benchmarks.measure import Figure, draw, one_core, resident, session
from conformance.checks.draft import Draft
from conformance.engine import execute
from conformance.engine.arena import Arena
from conformance.engine.bundle import Bundle
from conformance.engine.compiled import CompiledTransport
from conformance.engine.kept_bundles import KEPT_BUNDLES
from conformance.engine.plans import Plan
from conformance.model.signature import Param, Signature
from conformance.model.target import HERE

LENGTHS = (0, 1, 2, 4, 8, 16, 32, 64)
FEW, MANY, REPEATS = 40, 4_000, 60
WITNESSES = 1 << 18  # bytes: with more, what is measured is the kernel handing out pages
MILLION, MILLIONS = 1_000_000, 6
FLAT_MB, SLACK = 2, 0.3
FIRST = 8  # arguments that tell what one takes
PROCESSES = ("this process", "server", "runner")
KINDS = ("i32", "f64", "u8", "i64", "f32", "bool", "u16", "handle")


def _many(bundle: Bundle, callee: int, number: int) -> Plan:
    """One matched call, planned once and made so many times."""
    draft = Draft(bundle)
    return Plan(bundle, draft.matched(np.full(number, callee)))


def _most(n: int) -> int:
    return min(MANY, WITNESSES // (16 + 16 * n))


def _costs(made: CompiledTransport) -> dict[int, float]:
    """Nanoseconds a case, run and compared, by length: what more cases take more, the quickest of several runs each."""
    signatures = [Signature(tuple(Param(KINDS[i % len(KINDS)]) for i in range(n)), "i32") for n in LENGTHS]
    bundles = [Bundle([one], 0, made.subject.rules, Arena()) for one in signatures]
    sides = [made.sides(bundle, made.compiler_pairs[0]) for bundle in bundles]
    plans = [
        [_many(bundle, 0, number) for number in (FEW, _most(n))] for n, bundle in zip(LENGTHS, bundles, strict=True)
    ]

    def seconds(at: int, which: int) -> float:
        plan, started = plans[at][which], time.perf_counter()
        result = made.executor.run(plan, sides[at])
        examined = execute.compare(plan, result, "X0-MATCH", made.compiler_pairs[0].ids, made.subject.claims)
        took = time.perf_counter() - started
        assert examined.judged == plan.count
        assert not examined.nonconforming
        return took

    best = {(at, which): 1e9 for at in range(len(LENGTHS)) for which in (0, 1)}
    for _ in range(REPEATS):
        for key in best:
            best[key] = min(best[key], seconds(*key))
    return {n: 1e9 * (best[at, 1] - best[at, 0]) / (_most(n) - FEW) for at, n in enumerate(LENGTHS)}


def _memory(made: CompiledTransport) -> list[tuple[int, ...]]:
    """Kilobytes of this process, the server and the runner: before the first case and after each million."""
    pids = (os.getpid(), *made.workers.of(HERE).ping()[:2])
    done, seed = Done(), 0
    marks = [tuple(map(resident, pids))]
    for million in range(1, MILLIONS + 1):
        while done.verdicts < million * MILLION:
            seed += 1
            draw(made, 6000 + seed, 12, lambda one: examine(made, one, done))
        marks.append(tuple(map(resident, pids)))
    return marks


def figures() -> Sequence[Figure]:
    """Nanoseconds a case by length with what an argument adds, and the growth in memory."""
    with one_core(), session("tcc") as made:
        cost = _cost_figure(_costs(made))
        return [cost, _memory_figure(_memory(made))]


def _memory_figure(marks: Sequence[tuple[int, ...]]) -> Figure:
    rows = ["| after | this process | server | runner |", "|---|---|---|---|"]
    for million, sizes in enumerate(marks):
        rows.append(f"| {million},000,000 cases | " + " | ".join(f"{kb / 1024:.1f} MB" for kb in sizes) + " |")
    grown = [(after - before) / 1024 for before, after in zip(marks[-2], marks[-1], strict=True)]
    text = ", ".join(f"{name} {mb:+.1f} MB" for name, mb in zip(PROCESSES, grown, strict=True))
    kept = f"A session keeps the last {KEPT_BUNDLES} bundles, which fill up first."
    what = f"memory, growth over the last of {MILLIONS} million cases"
    return Figure(what, "flat", text, max(grown) < FLAT_MB, (kept + "\n\n" + "\n".join(rows),))


def _cost_figure(costs: dict[int, float]) -> Figure:
    """Nothing but the arguments' own work grows where a further one never takes longer than the first few did."""
    none, few, most = LENGTHS[0], FIRST, LENGTHS[-1]
    early, late = ((costs[b] - costs[a]) / (b - a) for a, b in ((none, few), (few, most)))
    rows = ["| arguments | ns a case | ns for each argument |", "|---|---|---|"]
    rows += [f"| {n} | {ns:.0f} | {f'{(ns - costs[none]) / n:.1f}' if n else ''} |" for n, ns in costs.items()]
    text = (
        f"{costs[none]:.0f} ns with none; a further one {early:.1f} ns up to {few}, {late:.1f} ns from there to {most}"
    )
    what = "cost a matched packed call, run and compared, 0 to 64 arguments"
    met = late <= (1 + SLACK) * early
    return Figure(what, "flat but for the arguments' own work", text, met, ("\n".join(rows),))
