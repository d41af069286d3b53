"""`python -m benchmarks [NAME ...] [--write]`: measures, prints the table, and with --write puts it into the page."""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from collections.abc import Callable, Sequence

from benchmarks import (
    called,
    compiled,
    costing,
    crashes,
    dating,
    declaring,
    embedded,
    flat,
    generic,
    long,
    naive,
    page,
    peers,
    shrinking,
    sides,
    versions,
    whole,
    wire,
)
from benchmarks.measure import Figure

BENCHMARKS: dict[str, Callable[[], Sequence[Figure]]] = {
    "embedded": embedded.figures,
    "generic": generic.figures,
    "compiled": compiled.figures,
    "naive": naive.figures,
    "peers": peers.figures,
    "wire": wire.figures,
    "crashes": crashes.figures,
    "shrinking": shrinking.figures,
    "flat": flat.figures,
    "whole": whole.figures,
    "sides": sides.figures,
    "called": called.figures,
    "declaring": declaring.figures,
    "costing": costing.figures,
    "dating": dating.figures,
    "versions": versions.figures,
    "long": long.figures,
}


def main(argv: Sequence[str]) -> int:
    """Measures what is named, or everything; ends 0 also where a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--write", action="store_true", help="write the table into docs/performance.md")
    options = parser.parse_args(argv)
    unknown = [name for name in options.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no benchmark {unknown[0]!r}; there are {', '.join(BENCHMARKS)}")
    measured: list[tuple[str, Figure]] = []
    for name in options.names or BENCHMARKS:
        started = time.perf_counter()
        measured += [(name, figure) for figure in BENCHMARKS[name]()]
        print(f"{name}: {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
    text = f"{page.setting(shlex.join(['python', '-m', 'benchmarks', *argv]))}\n\n{page.table(measured)}"
    print(text)
    if options.write:
        page.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
