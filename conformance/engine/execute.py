"""Runs a plan: lays it out as the runner's program, compares what was left in bulk, and judges what differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, islice
from pathlib import Path
from struct import Struct, unpack_from

from conformance.engine import shots as s
from conformance.engine.blocks import Tally, witness_rows
from conformance.engine.bundle import ROWS_PER_CALLER, Bundle
from conformance.engine.carrier import HarnessError
from conformance.engine.plans import Plan
from conformance.engine.shots import Shot
from conformance.model.case import Case
from conformance.oracle.judge import Judgement, Observation, judge
from conformance.transport.compiled.client import Worker
from conformance.transport.compiled.dynamic import Dynamic
from conformance.transport.compiled.program import Program, RunResult

_SEGMENT = Struct("<HHIII")
_NO_ROW = 0xFFFF_FFFF
_TEXT = 128

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
        starts = [0, *accumulate(block.count for block in plan.blocks)]
        segments = b"".join(
            [
                _SEGMENT.pack(block.callee, block.callee, start, block.count, start)
                for block, start in zip(plan.blocks, starts, strict=False)
            ]
        )
        # Room for a row a case beyond what is predicted: a callee may run where it must not.
        room = plan.count * (16 + 16 * bundle.max_args)
        witness = sum([len(block.witness) for block in plan.blocks]) + room + 64 * 1024
        passed = bundle.rules.resource_handle == "passed"
        return Program(
            segments=segments,
            ops=b"".join([block.ops for block in plan.blocks]),
            num_cases=plan.count,
            rows=bundle.row_bytes,
            rows_per_caller=ROWS_PER_CALLER,
            row_slots=bundle.max_args,
            pool=bundle.arena.pool,
            poison=b"".join(bundle.poison),
            arena=bundle.arena.image,
            ret_preset=s.RET_PRESET,
            handle=HANDLE,
            expected_handle=HANDLE if passed else 0,
            hang_ms=self.hang_ms,
            witness_size=witness,
            guard=self.guard,
            texts=texts,
        )


def compare(plan: Plan, result: RunResult, check: str, pair: tuple[str, str], claims: tuple[str, ...]) -> Examined:
    """Compares in bulk; only where something differs are the calls judged one by one."""
    expected_records = b"".join([block.records for block in plan.blocks])
    outcomes = result.records[::8]
    out = Examined(executed=plan.count - outcomes.count(s.NOT_RUN), result=result)
    if outcomes.count(s.HUNG) > 2:
        out.unrun = len(outcomes) - len(outcomes.rstrip(bytes([s.NOT_RUN])))
    bulk = not plan.release and not plan.texts and result.records == expected_records
    if bulk and _as_expected(plan, result.witness):
        for block in plan.blocks:
            for named, number in block.tally.items():  # Counter.update takes several times as long
                out.tally[named] += number
                if block.paired:
                    out.paired[named] += number
        out.judged = plan.count
        return out
    for at, (shot, paired) in enumerate(islice(_shots(plan), plan.count - out.unrun)):
        case = s.case(plan.bundle, shot, check, pair, plan.release)
        judgement = judge_one(plan.bundle, shot, case, result, at, claims)
        if judgement.verdict == "harness-error":
            raise HarnessError(f"{case.key}: {judgement.observed}")
        named = shot.convention, shot.mismatch.cls, judgement.verdict
        out.tally[named] += 1
        out.paired[named] += paired
        out.judged += 1
        if not judgement.conforms:
            out.nonconforming.append((at, shot, judgement))
    return out


def judge_one(bundle: Bundle, shot: Shot, case: Case, result: RunResult, at: int, claims: tuple[str, ...]) -> Judgement:
    """The judgement of the call at place `at` of what a run left."""
    prediction = s.foresee(bundle, shot)
    expected = tuple(witness_rows(bundle, shot, prediction))
    seen = observe(result, at, [len(row) for row in expected] or [16 + 16 * len(case.declared)])
    return judge(case, bundle.rules, claims, prediction, expected, seen)


def observe(result: RunResult, at: int, lengths: Sequence[int]) -> Observation:
    """What a run left of the call at place `at`; `lengths` are those of the witness rows that it may have left."""
    outcome, index, flags, signal, ret_code = unpack_from("<BBBBi", result.records, 8 * at)
    (start,) = unpack_from("<I", result.row_of, 4 * at)
    rows, offset = [], 16 * start
    if start != _NO_ROW:
        for length in lengths:
            row = result.witness[offset : offset + length]
            if len(row) == length:
                rows.append(row)
            offset += length
    text = ""
    if result.texts:
        raw = result.texts[_TEXT * at : _TEXT * (at + 1)]
        text = raw.split(b"\0", 1)[0].decode("utf-8", "replace")
    return Observation(outcome, index, flags, signal, ret_code, tuple(rows), text)


def _shots(plan: Plan) -> Iterator[tuple[Shot, bool]]:
    for block in plan.blocks:
        for k in range(block.count):
            yield block.shot(k), block.paired


def shot_at(plan: Plan, at: int) -> Shot:
    """The call at a place of the plan."""
    for block in plan.blocks:
        if at < block.count:
            return block.shot(at)
        at -= block.count
    raise IndexError(at)


def _as_expected(plan: Plan, observed: bytes) -> bool:
    """Whether the witness is as predicted, but for the words that nothing can be predicted of."""
    at = 0
    parts: list[bytes | bytearray] = []
    for block in plan.blocks:
        part: bytes | bytearray = block.witness
        if block.unknown:
            part = bytearray(part)
            for start in block.unknown:
                part[start : start + 8] = observed[at + start : at + start + 8]
        at += len(part)
        parts.append(part)
    return b"".join(parts) == observed
