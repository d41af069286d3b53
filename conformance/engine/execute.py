"""Runs a plan: lays it out as the runner's program, compares what was left in bulk, and judges what differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from conformance.checks.columns import spread
from conformance.engine import shots as s
from conformance.engine.bundle import ROWS_PER_CALLER, Bundle
from conformance.engine.carrier import HarnessError
from conformance.engine.expected import RECORD, RET_PRESET
from conformance.engine.plans import Plan, Tally, tally
from conformance.engine.shots import Shot
from conformance.model.case import Case
from conformance.oracle.judge import Judgement, Observation, judge
from conformance.transport.compiled.client import Worker
from conformance.transport.compiled.dynamic import Dynamic
from conformance.transport.compiled.memory import HUNG, NOBODY, NOT_RUN, TEXT_SIZE
from conformance.transport.compiled.program import Program, RunResult

HANDLE = 0x5EED_F00D
"""The resource handle that callers pass."""

Sides = tuple[Path | Dynamic, Path | Dynamic]


@dataclass
class Examined:
    """What came of a plan: the verdicts counted, and the calls that do not conform, by their place in the plan.

    `paired` counts the calls that are made in both conventions. `unrun` are the calls behind the last of several hangs,
    with which a run ends.
    """

    tally: Tally = field(default_factory=Counter)
    paired: Tally = field(default_factory=Counter)
    nonconforming: list[tuple[int, Shot, Judgement]] = field(default_factory=list)
    executed: int = 0
    judged: int = 0
    unrun: int = 0
    result: RunResult | None = None


class Executor:
    """Runs plans in a worker. `hang_ms` without progress is a hang."""

    def __init__(self, worker: Worker, hang_ms: int, guard: bool = True) -> None:
        self.worker = worker
        self.hang_ms = hang_ms
        self.guard = guard

    def run(self, plan: Plan, sides: Sides, texts: bool = False) -> RunResult:
        """Runs the calls of a plan and gives what they left."""
        return self.worker.run(sides[0], sides[1], self.program(plan, texts or plan.texts))

    def program(self, plan: Plan, texts: bool) -> Program:
        """The program of a plan: its segments, operations, slots, pool and pointees."""
        bundle = plan.bundle
        # Room for a row a case beyond what is predicted: a callee may run where it must not.
        room = plan.count * (16 + 16 * bundle.max_args)
        witness = plan.expected.cells.nbytes + room + 64 * 1024
        passed = bundle.rules.resource_handle == "passed"
        return Program(
            segments=plan.segments.tobytes(),
            ops=plan.ops.tobytes(),
            num_cases=plan.count,
            rows=bundle.row_bytes,
            rows_per_caller=ROWS_PER_CALLER,
            row_slots=bundle.max_args,
            pool=bundle.arena.pool,
            poison=b"".join(bundle.poison),
            arena=bundle.arena.image,
            ret_preset=RET_PRESET,
            handle=HANDLE,
            expected_handle=HANDLE if passed else 0,
            hang_ms=self.hang_ms,
            witness_size=witness,
            guard=self.guard,
            texts=texts,
        )


def compare(plan: Plan, result: RunResult, check: str, pair: tuple[str, str], claims: tuple[str, ...]) -> Examined:
    """Compares in bulk; only the calls that differ are judged one by one, and those that the records do not decide."""
    records = np.frombuffer(result.records, RECORD)
    outcomes = records["outcome"]
    out = Examined(executed=plan.count - int((outcomes == NOT_RUN).sum()), result=result)
    if int((outcomes == HUNG).sum()) > 2:
        ran = np.flatnonzero(outcomes != NOT_RUN)
        out.unrun = plan.count - (int(ran[-1]) + 1 if len(ran) else 0)
    out.judged = plan.count - out.unrun
    single = np.ones(plan.count, bool) if plan.release or plan.texts else _differing(plan, result, records)
    if not single.any() and not out.unrun:
        out.tally, out.paired = Counter(plan.tally), Counter(plan.paired)
        return out
    same = ~single
    same[out.judged :] = False
    both = same & plan.rows["paired"]
    out.tally = tally(plan.rows, plan.expected.verdicts, same)
    out.paired = tally(plan.rows, plan.expected.verdicts, both)
    for at in np.flatnonzero(single[: out.judged]).tolist():
        shot = plan.shot(at)
        case = s.case(plan.bundle, shot, check, pair, plan.release)
        judgement = judge_one(plan.bundle, shot, case, result, at, claims)
        if judgement.verdict == "harness-error":
            raise HarnessError(f"{case.key}: {judgement.observed}")
        named = shot.convention, shot.mismatch.cls, judgement.verdict
        out.tally[named] += 1
        out.paired[named] += int(plan.rows["paired"][at])
        if not judgement.conforms:
            out.nonconforming.append((at, shot, judgement))
    return out


def _differing(plan: Plan, result: RunResult, records: NDArray[np.void]) -> NDArray[np.bool_]:
    """Which calls left another record or another witness than they must."""
    expected = plan.expected
    differs: NDArray[np.bool_] = records.view("u8") != expected.records.view("u8")
    known = np.ones(expected.cells.shape, bool)
    known[expected.unknown, 0] = False
    observed = np.frombuffer(result.witness, np.uint64).reshape(-1, 2)
    if not differs.any() and len(observed) == len(expected.cells):
        wrong = ((observed != expected.cells) & known).any(axis=1)
        if not wrong.any():
            return differs
    # A call that is wrong may leave more or less than it must, so each call's cells are where the runner says.
    starts = np.frombuffer(result.row_of, np.uint32).astype(np.int64)
    leaves = expected.length > 0
    differs = differs | (leaves != (starts != NOBODY)) | (leaves & (starts + expected.length > len(observed)))
    some = np.flatnonzero(~differs & leaves)
    which, step = spread(some, expected.length[some])
    wanted = expected.first[which] + step
    wrong = ((observed[starts[which] + step] != expected.cells[wanted]) & known[wanted]).any(axis=1)
    differs[which[wrong]] = True
    return differs


def judge_one(bundle: Bundle, shot: Shot, case: Case, result: RunResult, at: int, claims: tuple[str, ...]) -> Judgement:
    """The judgement of the call at place `at` of what a run left."""
    prediction = s.foresee(bundle, shot)
    expected = tuple(s.witness_rows(bundle, shot, prediction))
    seen = observe(result, at, [len(row) for row in expected] or [16 + 16 * len(case.declared)])
    return judge(case, bundle.rules, claims, prediction, expected, seen)


def observe(result: RunResult, at: int, lengths: Sequence[int]) -> Observation:
    """What a run left of the call at place `at`; `lengths` are those of the witness rows that it may have left."""
    outcome, index, flags, signal, ret_code = np.frombuffer(result.records, RECORD, 1, 8 * at)[0].item()
    start = int(np.frombuffer(result.row_of, np.uint32, 1, 4 * at)[0])
    rows, offset = [], 16 * start
    if start != NOBODY:
        for length in lengths:
            row = result.witness[offset : offset + length]
            if len(row) == length:
                rows.append(row)
            offset += length
    text = ""
    if result.texts:
        raw = result.texts[TEXT_SIZE * at : TEXT_SIZE * (at + 1)]
        text = raw.split(b"\0", 1)[0].decode("utf-8", "replace")
    return Observation(outcome, index, flags, signal, ret_code, tuple(rows), text)


def shot_at(plan: Plan, at: int) -> Shot:
    """The call at a place of the plan."""
    return plan.shot(at)
