"""Runs a plan: lays it out as the runner's program, compares what was left in bulk, and judges what differs."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conformance.checks.columns import CLASS_NUMBERS, spread
from conformance.engine import encoded_calls as s
from conformance.engine.bundle import ROWS_PER_CALLER, Bundle
from conformance.engine.byte_order import turned
from conformance.engine.carrier import Examined, HarnessError
from conformance.engine.encoded_calls import EncodedCall
from conformance.engine.expected import RECORD, VERDICT_NUMBERS, words
from conformance.engine.kinds import kinds_of_calls
from conformance.engine.plans import Plan, tally
from conformance.engine.workers import Workers
from conformance.model.observation import MOST_HANGS
from conformance.model.subject import Slot
from conformance.oracle.duty import JudgedCall
from conformance.oracle.judge import Grounds, Judgement, judge
from conformance.rules.load import Rules
from conformance.toolchain.compilers import Compiler
from conformance.transport.compiled.dynamic import Dynamic
from conformance.transport.compiled.memory import (
    CONTENTS,
    COPIED,
    DIED,
    EQUAL,
    HUNG,
    NOBODY,
    NOT_RUN,
    RESULT_PRESET,
    TEXT_SIZE,
    UNTOLD,
)
from conformance.transport.compiled.observe import ExpectedCall, left, named_by_text, observation
from conformance.transport.compiled.program import Program, RunResult

Sides = tuple[Path | Dynamic, Path | Dynamic]

_UNTOLD = "bodies run on threads of the runtime's own, and without a resource handle nothing tells of which call"


class Executor:
    """Runs plans in the worker of their target. `hang_ms` without progress is a hang, and longer in an emulator."""

    def __init__(self, workers: Workers, hang_ms: int, guard: bool = True) -> None:
        self.workers = workers
        self.hang_ms = hang_ms
        self.guard = guard

    def run(
        self,
        plan: Plan,
        sides: Sides,
        texts: bool = False,
        aligned: bool = False,
        instrumented: Compiler | None = None,
    ) -> RunResult:
        """Runs the calls of a plan and gives what they left. `aligned` says that both sides keep the stack 16-aligned.

        `instrumented` is the compiler of a side that has sanitizers, if one has any.

        The runner finds the arguments that errors name, unless the rules have a pattern of their own for it.
        """
        rules = plan.bundle.rules
        by_text = not rules.has_default_error_index
        worker = self.workers.of(rules.target, instrumented)
        program = self.program(plan, texts or plan.texts or by_text, aligned)
        if instrumented is not None:
            program = replace(program, fences=plan.bundle.arena.fences)
        result = worker.run(sides[0], sides[1], program)
        if (order := rules.target.data.byte_order) != sys.byteorder:
            records = turned(np.frombuffer(result.records, RECORD), order)
            result = replace(result, records=records, row_of=turned(np.frombuffer(result.row_of, np.uint32), order))
        return named_by_text(result, rules.named_argument) if by_text else result

    def program(self, plan: Plan, texts: bool, aligned: bool) -> Program:
        """The program of a plan: its segments, operations, slots, pool and pointees."""
        bundle = plan.bundle
        # Room for a row a case beyond what is predicted: a callee may run where it must not.
        room = plan.count * (16 + 16 * bundle.max_args)
        witness = plan.expected.cells.nbytes + room + 64 * 1024
        target = bundle.rules.target
        return Program(
            segments=turned(plan.segments, target.data.byte_order),
            ops=turned(plan.ops, target.data.byte_order),
            num_cases=plan.count,
            rows=bundle.row_bytes,
            rows_per_caller=ROWS_PER_CALLER,
            row_slots=bundle.max_args,
            pool=bundle.arena.pool,
            poison=b"".join(bundle.poison),
            presets=bundle.preset_image,
            arena=bundle.arena.image,
            released=bundle.arena.released,
            handle_passed=bundle.rules.resource_handle == "passed",
            aligned=aligned,
            hang_ms=self.hang_ms * self.workers.patience(target),
            witness_size=witness,
            guard=self.guard,
            texts=texts,
            policies=_policies(bundle.rules),
            byte_order=target.data.byte_order,
            base=target.base,
            table=bundle.table,
        )


def _policies(rules: Rules) -> int:
    """What the runtime may do, as the runner takes it."""
    preset = RESULT_PRESET if rules.result == "preset" else 0
    copied = (EQUAL if rules.copies_pointees else 0) | (COPIED if rules.copies_arrays else 0)
    return preset | copied | (CONTENTS if rules.reads_contents else 0)


def compare(plan: Plan, result: RunResult, check: str, pair: tuple[str, str], claims: tuple[str, ...]) -> Examined:
    """Compares in bulk; only the calls that differ are judged one by one, and those that the records do not decide."""
    records = np.frombuffer(result.records, RECORD)
    out = Examined(executed=plan.count, judged=plan.count)
    differs = _differing(plan, result, records)
    judged = np.ones(plan.count, bool)
    if differs.any():
        judged = _count_ends(out, records["outcome"])
    if not (plan.release or plan.texts or differs.any()):
        out.tally, out.paired, out.kinds = Counter(plan.tally), Counter(plan.paired), plan.kinds
        return out
    memo: dict[Any, int] = {}
    keys: Sequence[Any] = ()
    if plan.release or plan.texts:
        memo = plan.bundle.arena.memo.setdefault(("judged", plan.bundle.rules, claims, plan.release), {})
        keys = _alike(plan, result, records, differs)
    verdicts, single = _known_verdicts(plan, differs, keys, memo)
    for at in np.flatnonzero(single & judged).tolist():
        if keys and keys[at] in memo:  # one like it was judged just now
            verdicts[at], single[at] = memo[keys[at]], False
            continue
        judgement = judge_one(plan, at, result, claims)
        if judgement.verdict == "harness-error":
            key = s.case(plan.bundle, plan.encoded(at), check, pair, plan.release).key
            raise HarnessError(f"{key}: {judgement.observed}")
        verdicts[at] = VERDICT_NUMBERS[judgement.verdict]
        if not judgement.conforms:
            out.nonconforming.append((at, judgement))
        elif keys and keys[at] is not None:
            memo[keys[at]] = verdicts[at]
    out.tally = tally(plan.rows, verdicts, judged)
    if out.judged == plan.count:  # of a part it is not known which calls the other convention has
        out.paired = tally(plan.rows, verdicts, plan.rows["paired"])
    conforms = judged.copy()
    conforms[[at for at, _ in out.nonconforming]] = False
    out.kinds = kinds_of_calls(plan.bundle, plan.rows[conforms], verdicts[conforms], released=plan.release)
    return out


def _count_ends(out: Examined, outcomes: NDArray[Any]) -> NDArray[np.bool_]:
    """Counts the calls that ended their process, and those that were not made; gives which are to be judged."""
    judged: NDArray[np.bool_] = outcomes != UNTOLD
    out.deaths, out.hangs = int((outcomes == DIED).sum()), int((outcomes == HUNG).sum())
    out.executed -= int((outcomes == NOT_RUN).sum())
    if out.hangs >= MOST_HANGS:  # the runner ends with them
        ran = np.flatnonzero(outcomes != NOT_RUN)
        out.not_run = len(outcomes) - (int(ran[-1]) + 1 if len(ran) else 0)
        judged &= np.arange(len(outcomes)) < len(outcomes) - out.not_run
    out.inconclusive = int((outcomes == UNTOLD).sum())
    out.why = _UNTOLD if out.inconclusive else ""
    out.executed -= out.inconclusive
    out.judged = int(judged.sum())
    return judged


def _known_verdicts(
    plan: Plan, differs: NDArray[np.bool_], keys: Sequence[Any], memo: Mapping[Any, int]
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """The verdicts as they are known so far, and which calls are still to be judged."""
    verdicts = plan.expected.verdicts.copy()
    if not keys:
        return verdicts, differs
    found = [memo.get(key, -1) for key in keys]
    known = np.array(found, dtype=np.int64)
    return np.where(known < 0, verdicts, known), known < 0


def _alike(plan: Plan, result: RunResult, records: NDArray[Any], differs: NDArray[np.bool_]) -> list[Any]:
    """For each call all that its judgement depends on, None where that is more than what can be listed.

    Where texts matter, or checks are compiled out, records do not decide: the oracle judges one call of those alike.
    """
    rows, expected, bundle = plan.rows, plan.expected, plan.bundle
    callee, caller = rows["callee"].astype(np.int64), rows["caller"].astype(np.int64)
    last = bundle.max_args - 1

    def kind(signature: NDArray[Any], at: NDArray[Any]) -> NDArray[Any]:
        there = (at >= 0) & (at < bundle.lengths[signature])
        if last < 0:
            return np.full(len(at), -1)
        return np.where(there, bundle.kinds[signature, np.clip(at, 0, last)], -1)

    index, named = rows["index"].astype(np.int64), records["index"].astype(np.int64)
    changed = rows["code_at"] == index[:, None]
    codes = np.where(changed & (index >= 0)[:, None], rows["code"], -1)
    columns = np.stack(
        [
            rows["cls"], rows["mode"], rows["convention"],
            kind(callee, index), kind(caller, index), kind(callee, named),
            index == named, changed[:, 0], changed[:, 1], codes[:, 0], codes[:, 1], expected.verdicts,
            *words(records).T, *words(expected.records).T, expected.length > 0,
        ],
        axis=1,
    )  # fmt: skip
    texts = [b""] * plan.count
    if result.texts:
        texts = np.frombuffer(result.texts, f"S{TEXT_SIZE}").tolist()
    matters = rows["cls"] == CLASS_NUMBERS["match"] if plan.release else np.ones(plan.count, bool)
    return [
        None if unlike else (*key, text)
        for key, text, unlike in zip(columns.tolist(), texts, (differs & matters).tolist(), strict=True)
    ]


def _differing(plan: Plan, result: RunResult, records: NDArray[np.void]) -> NDArray[np.bool_]:
    """Which calls left another record or another witness than they must."""
    expected = plan.expected
    differs: NDArray[np.bool_] = np.zeros(plan.count, bool)
    if not np.array_equal(words(records), words(expected.records)):  # the whole is sooner compared than each row of it
        differs = (words(records) != words(expected.records)).any(axis=1)
    observed = np.frombuffer(result.witness, np.uint64).reshape(-1, 2)
    if not differs.any() and len(observed) == len(expected.cells):
        wrong = observed != expected.cells
        wrong[expected.unknown, 0] = False
        if not wrong.any():
            return differs
    known = np.ones(expected.cells.shape, bool)
    known[expected.unknown, 0] = False
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


def judge_one(plan: Plan, at: int, result: RunResult, claims: tuple[str, ...]) -> Judgement:
    """The judgement of the call at place `at` of what a run of a plan left."""
    bundle, encoded = plan.bundle, plan.encoded(at)
    own, other = s.expected(bundle, encoded), other_of(bundle, encoded)
    every = [own] if other is None else [own, *[other] * (encoded.calls - 1)]
    if other is not None and encoded.mode == "concurrent":
        every = [(own, other)[thread % 2] for thread in range(encoded.calls)]
    rows = [one for one in every if encoded.mode == "released" or one.prediction.seen is not None]
    declared = bundle.signatures[encoded.callee]
    lengths = [16 + 16 * len(declared)] * max(1, len(rows))
    seen = observation(left(result, at, lengths), declared, encoded.mode, rows or [own], bundle.rules.target.data)
    by = grounds(bundle, encoded, claims, own, other, plan.release)
    return judge(by.call, by.rules, by.claims, by.expectation, seen, by.other)


def grounds(
    bundle: Bundle,
    encoded: EncodedCall,
    claims: tuple[str, ...],
    own: ExpectedCall,
    other: ExpectedCall | None,
    release: bool = False,
) -> Grounds:
    """What a call is judged by, with what must come of it and of the other one in the modes that make two."""
    codes = s.codes(bundle, encoded) if encoded.convention == "packed" else [0] * len(own.args)
    call = JudgedCall(
        bundle.signatures[encoded.caller],
        bundle.signatures[encoded.callee],
        [Slot(code, arg.value) for code, arg in zip(codes, own.args, strict=True)],
        encoded.mismatch,
        encoded.convention,
        encoded.mode,
        release,
        followed=encoded.follow,
    )
    return Grounds(call, bundle.rules, claims, own.expectation, None if other is None else other.expectation)


def other_of(bundle: Bundle, encoded: EncodedCall) -> ExpectedCall | None:
    """What must come of the other call in the modes that make two: around the call, beside it, or after it."""
    if encoded.mode in ("nested", "released"):
        return s.expected(bundle, s.around(encoded))
    return s.expected(bundle, encoded._replace(row=encoded.second_row)) if encoded.mode == "concurrent" else None
