"""The whole pipeline with generic stubs on one core: drawing, planning, calls, verdicts, and nothing to compile."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from statistics import median

from benchmarks.embedded import whole
from benchmarks.measure import Figure, Meter, count, one_core, session
from conformance.model.target import HERE

SIGNATURES, VERDICTS = 6_000, 2_000_000
MOONSHOT = "10,000", "3,000,000"
REPEATS = 5


def figures() -> Sequence[Figure]:
    """Signatures and verdicts a second, of each compiler that is found, once its two sides are built."""
    out: list[Figure] = []
    for name in ("tcc", "gcc"):
        if name != "tcc" and shutil.which(name) is None:
            continue
        signatures, verdicts, steps = [], [], {}
        with one_core(), session(name) as made:
            meter = Meter(made.workers.of(HERE))
            whole(made, 1, meter, generic=True)
            for seed in range(2, 2 + REPEATS):
                done, took = whole(made, seed, meter, generic=True)
                signatures.append(done.signatures / took.cpu)
                verdicts.append(done.verdicts / took.cpu)
                steps = {step: 1e6 * seconds / done.signatures for step, seconds in done.steps.items()}
        shares = ", ".join(f"{step} {us:.0f}" for step, us in sorted(steps.items(), key=lambda item: -item[1]))
        note = f"Generic stubs of {name}, by step, µs a signature by the clock: {shares}."
        rates = (median(signatures), SIGNATURES, "signatures"), (median(verdicts), VERDICTS, "verdicts")
        for (rate, target, what), moonshot in zip(rates, MOONSHOT, strict=True):
            out.append(
                Figure(
                    f"generic stubs of {name}, whole pipeline, {what} a second of one core",
                    f"{target:,} (moonshot {moonshot})",
                    count(rate),
                    rate >= target,
                    (note,) if what == "signatures" else (),
                )
            )
    return out
