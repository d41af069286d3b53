"""Crashing cases contained: by processes alone, and by the guard that saves most of the processes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import median

import numpy as np

from benchmarks.measure import Figure, Meter, broken, count, one_core, session, unguarded
from conformance.checks.draft import Draft
from conformance.engine.arena import Arena
from conformance.engine.bundle import Bundle
from conformance.engine.expected import RECORD
from conformance.engine.plans import Plan
from conformance.model.signature import parse_signature
from conformance.model.target import HERE
from conformance.transport.compiled.memory import DIED, FAULT
from conformance.transport.compiled.program import RunResult

REPEATS = 3
PROCESSES, GUARDED = 400, 20_000


def crashing(bundle: Bundle, number: int) -> Plan:
    """The same call, which crashes, so many times."""
    return Plan(bundle, Draft(bundle).matched(np.zeros(number, dtype=np.int64)))


def ended(result: RunResult) -> list[int]:
    """How each case ended."""
    found: list[int] = np.frombuffer(result.records, RECORD)["outcome"].tolist()
    return found


def figures() -> Sequence[Figure]:
    """Crashes a second, each with its record and the next case run."""
    rates: dict[str, list[float]] = {"process": [], "process wall": [], "guard": [], "guard wall": []}
    with one_core(), session("tcc", subject=broken("segfaults")) as made:
        bundle = Bundle([parse_signature("(i16, i32) -> i64")], 0, made.subject.rules, Arena())
        sides = made.sides(bundle, made.compiler_pairs[0])
        meter = Meter(made.workers.of(HERE))
        for _ in range(REPEATS):
            for name, executor, number in (
                ("process", unguarded(made), PROCESSES),
                ("guard", made.executor, GUARDED),
            ):
                plan = crashing(bundle, number)
                outcomes: Counter[int] = Counter()
                took = meter.time(lambda: outcomes.update(ended(executor.run(plan, sides))))  # noqa: B023
                assert outcomes[FAULT] + outcomes[DIED] == number, outcomes
                rates[name].append(number / took.cpu)
                rates[f"{name} wall"].append(number / took.wall)
    now = {name: median(values) for name, values in rates.items()}
    return [
        Figure(
            f"crashing cases contained a second, {how}",
            f"{least:,}",
            f"{count(now[f'{name} wall'])} by the clock (a second of processor: {count(now[name])})",
            now[f"{name} wall"] >= least,
        )
        for name, how, least in (("process", "a process each", 500), ("guard", "guarded", 50_000))
    ]
