"""Subjects that are called: calls a second over the wire, and what declaring costs beside the bare compilers."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from statistics import median

from benchmarks.measure import Figure, count, one_bundle, one_core
from conformance.engine.carrier import UsageProblem
from conformance.engine.process import ProcessTransport
from conformance.engine.process_carrier import ProcessPlan
from conformance.engine.process_start import prepare_process
from conformance.engine.replies import examined, judged
from conformance.model.options import RunOptions
from conformance.subjects.registry import find

CHECKS = ("X0-MATCH", "X0-TYPE", "X0-COUNT")
ROUNDS = 5


@contextlib.contextmanager
def session(name: str) -> Iterator[ProcessTransport | None]:
    """A session of a subject; None where it is not installed."""
    try:
        made = prepare_process(find(name), RunOptions(subject=name, seed=0))
    except UsageProblem:
        yield None
        return
    try:
        yield made
    finally:
        made.close()


def _calls(name: str) -> Figure:
    with session(name) as made:
        if made is None:
            return Figure(f"{name}, wire-level calls a second of one core", "20,000", "not installed")
        drawn = one_bundle(made.subject.kinds, min(16, made.subject.about.max_args), 16, 1)
        variant, every = made.variants[0], [made.plan(check, drawn, made.pairs) for check in CHECKS]
        plans = [plan for plan in every if isinstance(plan, ProcessPlan)]
        batch = made.batch(variant, plans[0].bundle.declared, release=False)
        tries = [tried for plan in plans for tried in plan.planned_calls if batch.refused[tried.callee] is None]

        def judge() -> None:
            calls = judged(variant.process, batch, tries, variant.promise, 1000)
            examined("X0-MATCH", batch, tries, variant.promise, calls)

        judge()
        requests = [tried.request for tried in tries]
        called, both = [], []
        for _ in range(ROUNDS):
            called.append(_seconds(lambda: variant.process.run(batch, requests, 1000)))
            both.append(_seconds(judge))
    rate, whole = len(tries) / median(called), len(tries) / median(both)
    note = f"{name}: {len(tries):,} calls of {', '.join(CHECKS)} in one batch; {count(whole)} a second with judging."
    return Figure(
        f"{name}, wire-level calls a second of one core",
        "20,000" if name == "tvm-ffi" else "",
        f"{count(rate)} ({count(whole)} judged)",
        rate >= 20_000 if name == "tvm-ffi" else None,
        (note,),
    )


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _quick(name: str) -> Figure:
    with tempfile.TemporaryDirectory(prefix="abi-bench-") as folder:
        argv = [sys.executable, "-m", "conformance", "run", "--subject", name, "--quiet", "--report-dir", folder]
        ended = [0]

        def run() -> None:
            ended[0] = subprocess.run(argv, capture_output=True, check=False).returncode

        took = _seconds(run)
    if ended[0] == 4:
        return Figure(f"{name}, quick profile, one process", "", "not installed")
    target = "20 s" if name == "tvm-ffi" else ""
    met = took < 20 if name == "tvm-ffi" else None
    return Figure(f"{name}, quick profile, one process, full cache", target, f"{took:.1f} s, exit {ended[0]}", met)


def figures() -> Sequence[Figure]:
    """The ready-made functions of tvm-ffi are the fast ones; the others are shown beside."""
    names = ("tvm-ffi", "tvm-ffi-cpp", "tvm-llvm", "tvm-c")
    with one_core():
        rates = [_calls(name) for name in names]
    return [*rates, *(_quick(name) for name in names)]
