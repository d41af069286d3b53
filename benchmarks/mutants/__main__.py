"""`python -m benchmarks.mutants`: breaks the reference in many ways, runs the suite against each, and tells the score.

What follows `--` goes to each run. Ends with 1 where too few are killed of those
that the rules forbid, or too many are outside the rules, with 2 where it was interrupted.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

from benchmarks.mutants import report
from benchmarks.mutants.build import Built
from benchmarks.mutants.draw import drawn, named
from benchmarks.mutants.trial import Trial, attempt


def main(argv: Sequence[str]) -> int:
    """Draws, runs and reports mutants."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutants", description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="which mutants are drawn [0]")
    parser.add_argument("--count", type=int, default=400, help="how many are run [400]")
    parser.add_argument(
        "--only", action="append", metavar="ID", help="one of the seed's that is run alone [repeatable]"
    )
    parser.add_argument("-j", type=int, default=os.cpu_count() or 1, help="runs at a time [one a core]")
    parser.add_argument("--at-least", type=float, default=report.LEAST, help="the part to be killed, else 1 [0.97]")
    parser.add_argument("--json", type=Path, help="where everything is written as JSON")
    parser.add_argument("run_arguments", nargs="*", help="for each run, behind --")
    options = parser.parse_args(argv)
    dropped: list[Built] = []
    interrupted = False
    futures: list[Future[Trial]] = []
    chosen = named(options.seed, options.only) if options.only else None
    pool = ThreadPoolExecutor(options.j)
    try:
        for built in chosen or drawn(options.seed, options.count, pool):
            if built.subjects:
                futures.append(pool.submit(attempt, built, options.run_arguments))
                futures[-1].add_done_callback(_tell)
            else:
                dropped.append(built)
        wait(futures)
    except KeyboardInterrupt:  # what has ended is told
        print("interrupted", file=sys.stderr)
        interrupted = True
    finally:
        pool.shutdown(cancel_futures=True)
    trials = [future.result() for future in futures if not future.cancelled()]
    if options.json:
        options.json.write_text(json.dumps(report.document(options.seed, trials, dropped), indent=1) + "\n", "utf-8")
    print(report.tables(options.seed, trials, dropped))
    return 2 if interrupted else 0 if report.score(trials).reaches(options.at_least) else 1


def _tell(future: Future[Trial]) -> None:
    if future.cancelled():
        return
    trial = future.result()
    end = f"killed by {trial.check}" if trial.killed else f"ALIVE, exit code {trial.code}"
    what = trial.mutant.change().after[:100]
    print(f"{trial.mutant.id} {end}, {trial.cases:,} cases, {trial.seconds:.0f} s: {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
