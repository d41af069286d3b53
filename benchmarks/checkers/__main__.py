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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.version import Version

from benchmarks.checkers import report, tools
from benchmarks.checkers.report import COLUMNS, ReleasePair, calls_of
from conformance.compat.index import releases
from conformance.compat.probe import ProbeError, build, probe
from conformance.subjects import environments

DISTRIBUTION = "apache-tvm-ffi"
TOOLS: Mapping[str, Callable[[Path, Path], tools.ToolReport]] = {"abidiff": tools.abidiff, "abicheck": tools.abicheck}


@dataclass(frozen=True)
class ProbedRelease:
    """A release's two libraries by what they are, `wheels` and `probes`, and what its probe names.

    A probe that does not compile is a sentence that says why.
    """

    version: str
    libraries: Mapping[str, Path | str]
    names: frozenset[str]


def main(argv: Sequence[str]) -> int:
    """Compare all neighbours, or those from one release to another."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.checkers", description=__doc__)
    parser.add_argument("--from", dest="first", type=Version, default="0", help="the first release [the oldest]")
    parser.add_argument("--to", dest="last", type=Version, default="9999", help="the last release [the newest]")
    parser.add_argument("--calls", type=Path, help="the JSON of `compat`, for the last column")
    parser.add_argument("--kept", type=Path, help="a JSON file with what the tools said before, written anew")
    parser.add_argument("-j", type=int, default=os.cpu_count() or 1, help="pairs at a time [one a core]")
    parser.add_argument("--write", action="store_true", help="write the table into docs/static-checkers.md")
    options = parser.parse_args(argv)
    calls = json.loads(options.calls.read_text("utf-8")) if options.calls else {}
    kept = json.loads(options.kept.read_text("utf-8")) if options.kept and options.kept.exists() else {}
    chosen = [r for r in releases(DISTRIBUTION) if options.first <= Version(r.version) <= options.last]
    pairs = []
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(options.j) as pool:
        probed = list(pool.map(lambda release: _probed(release.version, Path(folder)), chosen))
        for pair in pool.map(lambda at: _compared(probed[at - 1], probed[at], kept, calls), range(1, len(probed))):
            pairs.append(pair)
            if options.kept:
                kept[f"{pair.old} {pair.new}"] = {
                    " ".join(column): _as_json(said) for column, said in pair.said.items()
                }
                options.kept.write_text(json.dumps(kept, indent=1), "utf-8")
    yanked = [release.version for release in chosen if release.yanked]
    text = report.text(pairs, yanked, tools.versions(), " ".join(["python -m benchmarks.checkers", *argv]))
    print(text)
    if options.write:
        report.write(text)
    return 0


def _probed(version: str, folder: Path) -> ProbedRelease:
    package = environments.release(DISTRIBUTION, version) / "tvm_ffi"
    given = probe(package / "include")
    virtuals = (f"{cls.name}_{virtual.name}" for cls, virtual in given.virtuals)
    names = frozenset(map(tools.thing, (*given.types, *virtuals, *given.functions)))
    try:
        library: Path | str = build(given.text, package / "include", folder / f"{version}.so")
    except ProbeError as error:
        library = str(error)
    return ProbedRelease(version, {"wheels": package / "lib" / "libtvm_ffi.so", "probes": library}, names)


def _compared(old: ProbedRelease, new: ProbedRelease, kept: Mapping[str, Any], calls: Mapping[str, Any]) -> ReleasePair:
    before = kept.get(f"{old.version} {new.version}", {})
    said = {
        (tool, shown): _from_json(before[f"{tool} {shown}"])
        if f"{tool} {shown}" in before
        else _asked(tool, old.libraries[shown], new.libraries[shown])
        for tool, shown in COLUMNS
    }
    print(f"{old.version} {new.version}", file=sys.stderr, flush=True)
    return ReleasePair(old.version, new.version, said, calls_of(calls, old.version, new.version), old.names | new.names)


def _asked(tool: str, old: Path | str, new: Path | str) -> tools.ToolReport | str:
    if isinstance(old, str):
        return old
    if isinstance(new, str):
        return new
    try:
        return TOOLS[tool](old, new)
    except tools.CannotRun as error:
        return str(error)


def _as_json(said: tools.ToolReport | str) -> Any:
    return said if isinstance(said, str) else dataclasses.asdict(said)


def _from_json(said: Any) -> tools.ToolReport | str:
    return said if isinstance(said, str) else tools.ToolReport(**said)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
