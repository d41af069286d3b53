"""Crashing cases contained: a process each, of different signatures, and by the guard that saves most processes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import median

import numpy as np

from benchmarks.measure import Figure, Meter, broken, count, drawn, one_core, session, unguarded
from conformance.checks.draft import Draft
from conformance.engine.arena import Arena
from conformance.engine.bundle import Bundle
from conformance.engine.compiled import CompiledTransport
from conformance.engine.execute import Executor
from conformance.engine.expected import RECORD
from conformance.engine.plans import Plan
from conformance.model.signature import Signature, parse_signature
from conformance.model.target import HERE
from conformance.transport.compiled.memory import DIED, FAULT
from conformance.transport.compiled.program import RunResult

REPEATS = 3
BUNDLES, SIZE = 8, 64
GUARDED = 20_000


def signatures(made: CompiledTransport) -> list[Signature]:
    """Different ones whose matched calls crash: the subject crashes where it unpacks an i16."""
    found: dict[Signature, None] = {}
    for one in drawn(made, 1, 12 * BUNDLES):
        found.update(dict.fromkeys(each for each in one.signatures if any(p.kind == "i16" for p in each.params)))
    return list(found)[: BUNDLES * SIZE]


def different(made: CompiledTransport) -> Iterator[Plan]:
    """The matched call of each of some signatures, all different."""
    crashing = signatures(made)
    for first in range(0, len(crashing), SIZE):
        bundle = Bundle(crashing[first : first + SIZE], first // SIZE, made.subject.rules, Arena())
        yield Plan(bundle, Draft(bundle).matched())


def same(made: CompiledTransport) -> Iterator[Plan]:
    """One call, many times."""
    bundle = Bundle([parse_signature("(i16, i32) -> i64")], 0, made.subject.rules, Arena())
    yield Plan(bundle, Draft(bundle).matched(np.zeros(GUARDED, dtype=np.int64)))


def ended(result: RunResult) -> list[int]:
    """How each case ended."""
    found: list[int] = np.frombuffer(result.records, RECORD)["outcome"].tolist()
    return found


def measured(made: CompiledTransport, executor: Executor, plans: Sequence[Plan]) -> tuple[float, float]:
    """Crashes a second of processor time, and by the clock."""
    sides, meter = made.generic_sides(made.compiler_pairs[0]), Meter(made.workers.of(HERE))
    number, outcomes = sum(plan.count for plan in plans), Counter[int]()
    took = meter.time(lambda: [outcomes.update(ended(executor.run(plan, sides))) for plan in plans])
    assert outcomes[FAULT] + outcomes[DIED] == number, outcomes
    return number / took.cpu, number / took.wall


def figures() -> Sequence[Figure]:
    """Crashes a second, each with its record and the next case run."""
    out = []
    with one_core(), session("tcc", subject=broken("segfaults")) as made:
        for how, executor, plans, least in (
            ("a process each, of different signatures", unguarded(made), list(different(made)), 3_000),
            ("guarded", made.executor, list(same(made)), 50_000),
        ):
            measured(made, executor, plans)  # lays the values out
            rates = [measured(made, executor, plans) for _ in range(REPEATS)]
            cpu, wall = (median(each) for each in zip(*rates, strict=True))
            told = f"{count(wall)} by the clock (a second of processor: {count(cpu)})"
            out.append(Figure(f"crashing cases contained a second, {how}", f"{least:,}", told, wall >= least))
    return out
