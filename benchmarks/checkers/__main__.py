"""`python -m benchmarks.checkers`: shows neighbours among tvm-ffi's releases to abidiff and abicheck.

Needs `abidiff` (apt install abigail-tools), `abicheck` (pip install abicheck) and g++. Releases are installed into the
cache. `--calls` is what `abi-conformance compat tvm-ffi-cpp --json` wrote; `--write` puts the table into the page. All
pairs take a quarter of an hour, so `--kept PATH` keeps what the tools said, and asks them only for what is not in it.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from packaging.version import Version

from benchmarks.checkers import report, tools
from benchmarks.checkers.report import COLUMNS, Pair, calls_of
from conformance.compat.index import releases
from conformance.compat.probe import ProbeError, build, probe
from conformance.subjects import environments

DISTRIBUTION = "apache-tvm-ffi"
TOOLS: Mapping[str, Callable[[Path, Path], tools.Seen]] = {"abidiff": tools.abidiff, "abicheck": tools.abicheck}


def main(argv: Sequence[str]) -> int:
    """Compare all neighbours, or those from one release to another."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.checkers", description=__doc__)
    parser.add_argument("--from", dest="first", default="0", help="the first release [the oldest]")
    parser.add_argument("--to", dest="last", default="9999", help="the last release [the newest]")
    parser.add_argument("--calls", type=Path, help="the JSON of `compat`, for the last column")
    parser.add_argument("--kept", type=Path, help="a JSON file with what the tools said before, written anew")
    parser.add_argument("-j", type=int, default=os.cpu_count() or 1, help="pairs at a time [one a core]")
    parser.add_argument("--write", action="store_true", help="write the table into docs/static-checkers.md")
    options = parser.parse_args(argv)
    calls = json.loads(options.calls.read_text("utf-8")) if options.calls else {}
    kept = json.loads(options.kept.read_text("utf-8")) if options.kept and options.kept.exists() else {}
    between = [r for r in releases(DISTRIBUTION) if _within(r.version, options.first, options.last)]
    chosen = [release.version for release in between]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(options.j) as pool:
        probes = list(pool.map(lambda version: _probed(version, Path(folder)), chosen))
        made = list(zip(chosen, probes, strict=True))
        pairs = []
        for pair in pool.map(lambda at: _compared(made[at - 1], made[at], kept, calls), range(1, len(made))):
            pairs.append(pair)
            if options.kept:
                kept[f"{pair.old} {pair.new}"] = {
                    " ".join(column): _as_json(seen) for column, seen in pair.said.items()
                }
                options.kept.write_text(json.dumps(kept, indent=1), "utf-8")
    yanked = [release.version for release in between if release.yanked]
    text = report.text(pairs, yanked, tools.versions(), " ".join(["python -m benchmarks.checkers", *argv]))
    print(text)
    if options.write:
        report.write(text)
    return 0


def _within(version: str, first: str, last: str) -> bool:
    return Version(first) <= Version(version) <= Version(last)


def _probed(version: str, folder: Path) -> tuple[Path, frozenset[str]] | str:
    """The probe of a release, compiled, with the things that it names; why there is none otherwise."""
    include = environments.release(DISTRIBUTION, version) / "tvm_ffi" / "include"
    given = probe(include)
    named = [*given.types, *(f"{cls.name}_{virtual.name}" for cls, virtual in given.virtuals), *given.functions]
    try:
        return build(given.text, include, folder / f"{version}.so"), frozenset(map(tools.thing, named))
    except ProbeError as error:
        return str(error)


_Probed = tuple[str, tuple[Path, frozenset[str]] | str]


def _compared(old: _Probed, new: _Probed, kept: Mapping[str, Any], calls: Mapping[str, Any]) -> Pair:
    before = kept.get(f"{old[0]} {new[0]}", {})
    said: dict[tuple[str, str], tools.Seen | str] = {}
    named: frozenset[str] = frozenset()
    for tool, shown in COLUMNS:
        told = before.get(f"{tool} {shown}")
        if told is not None:
            said[tool, shown] = told if isinstance(told, str) else tools.Seen(**told)
        elif shown == "wheels":
            lib = [environments.release(DISTRIBUTION, v) / "tvm_ffi" / "lib" / "libtvm_ffi.so" for v, _ in (old, new)]
            said[tool, shown] = _asked(tool, *lib)
        elif isinstance(old[1], str) or isinstance(new[1], str):
            said[tool, shown] = next(why for _, why in (old, new) if isinstance(why, str))
        else:
            said[tool, shown] = _asked(tool, old[1][0], new[1][0])
        for _, made in (old, new):
            named |= frozenset() if isinstance(made, str) else made[1]
    print(f"{old[0]} {new[0]}", file=sys.stderr, flush=True)
    return Pair(old[0], new[0], said, calls_of(calls, old[0], new[0]), named)


def _as_json(seen: tools.Seen | str) -> Any:
    return seen if isinstance(seen, str) else dataclasses.asdict(seen)


def _asked(tool: str, old: Path, new: Path) -> tools.Seen | str:
    try:
        return TOOLS[tool](old, new)
    except tools.CannotRun as error:
        return str(error)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
