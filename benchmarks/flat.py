"""Cost a case against the number of arguments, and memory over millions of cases."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Sequence

from benchmarks.embedded import Done, examine
from benchmarks.measure import Figure, draw, one_core, resident, session
from conformance.engine import execute
from conformance.engine.arena import Arena
from conformance.engine.blocks import Block, matched, of_shots
from conformance.engine.bundle import Bundle
from conformance.engine.plans import Plan
from conformance.model.signature import Param, Signature
from conformance.session import KEPT_BUNDLES, Session

LENGTHS = (0, 1, 2, 4, 8, 16, 32, 64)
FEW, MANY, REPEATS = 40, 4_000, 60
WITNESSES = 1 << 18  # bytes: with more, what is measured is the kernel handing out pages
MILLION, MILLIONS = 1_000_000, 4
FLAT_MB, STRAIGHT = 2, 0.3
PROCESSES = ("this process", "server", "runner")
KINDS = ("i32", "f64", "u8", "i64", "f32", "bool", "u16", "handle")


def _many(bundle: Bundle, callee: int, number: int) -> Plan:
    """One matched call, planned once and made so many times."""
    one = of_shots(bundle, [matched(callee)])[0]
    tally = Counter(dict.fromkeys(one.tally, number))
    witness = one.witness * number
    many = Block(callee, number, one.ops * number, one.records * number, lambda _: one.shot(0), witness, tally)
    return Plan(bundle, (many,))


def _most(n: int) -> int:
    return min(MANY, WITNESSES // (16 + 16 * n))


def _costs(made: Session) -> dict[int, float]:
    """Nanoseconds a case, run and compared, by length: what more cases take more, the quickest of several runs each."""
    signatures = [Signature(tuple(Param(KINDS[i % len(KINDS)]) for i in range(n)), "i32") for n in LENGTHS]
    bundles = [Bundle([one], 0, made.subject.rules, Arena()) for one in signatures]
    sides = [made.sides(bundle, made.pairs[0]) for bundle in bundles]
    plans = [
        [_many(bundle, 0, number) for number in (FEW, _most(n))] for n, bundle in zip(LENGTHS, bundles, strict=True)
    ]

    def seconds(at: int, which: int) -> float:
        plan, started = plans[at][which], time.perf_counter()
        result = made.executor.run(plan, sides[at])
        examined = execute.compare(plan, result, "X0-MATCH", made.pairs[0].ids, made.subject.claims)
        took = time.perf_counter() - started
        assert examined.judged == plan.count
        assert not examined.nonconforming
        return took

    best = {(at, which): 1e9 for at in range(len(LENGTHS)) for which in (0, 1)}
    for _ in range(REPEATS):
        for key in best:
            best[key] = min(best[key], seconds(*key))
    return {n: 1e9 * (best[at, 1] - best[at, 0]) / (_most(n) - FEW) for at, n in enumerate(LENGTHS)}


def _memory(made: Session) -> list[tuple[int, ...]]:
    """Kilobytes of this process, the server and the runner: before the first case and after each million."""
    pids = (os.getpid(), *made.worker.ping()[:2])
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
    """A straight line means that nothing but the arguments' own work grows."""
    mean = sum(LENGTHS) / len(LENGTHS)
    level = sum(costs.values()) / len(costs)
    slope = sum((n - mean) * (costs[n] - level) for n in LENGTHS) / sum((n - mean) ** 2 for n in LENGTHS)
    fixed = level - slope * mean
    off = max(abs(ns / (fixed + slope * n) - 1) for n, ns in costs.items())
    rows = ["| arguments | ns a case | less the arguments' own |", "|---|---|---|"]
    rows += [f"| {n} | {ns:.0f} | {ns - slope * n:.0f} |" for n, ns in costs.items()]
    text = f"{fixed:.0f} ns and {slope:.1f} ns an argument; {100 * off:.0f} % off that line at most"
    what = "cost a matched packed call, run and compared, 0 to 64 arguments"
    return Figure(what, "flat but for the arguments' own work", text, off <= STRAIGHT, ("\n".join(rows),))
