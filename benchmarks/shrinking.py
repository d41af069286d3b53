"""How many compiles it takes to shrink what the deep subjects show."""

from __future__ import annotations

import time
import tomllib
from collections.abc import Sequence

from benchmarks.measure import Figure, broken, session
from conformance.checks import CHECKS
from conformance.engine.session import Session
from conformance.engine.shrink import MOST_COMPILES
from conformance.model.options import RunOptions
from conformance.model.outcome import Outcome
from conformance.suite.requirement import requirements
from conformance.toolchain.fixtures import root


def figures() -> Sequence[Figure]:
    """The most compiles, and a table of all deep subjects."""
    expected = tomllib.loads((root() / "broken" / "expect.toml").read_text("utf-8"))
    most = 0
    rows = [
        "| deep subject | check | smallest signature | compiles | seconds, drawing included |",
        "|---|---|---|---|---|",
    ]
    for name, one in expected.items():
        if one["group"] != "deep":
            continue
        started = time.perf_counter()
        found = _found(name, one["check"], tuple(one.get("compilers", ["tcc"])))
        seconds = time.perf_counter() - started
        finding = max(
            (finding for outcome in found for finding in outcome.findings), key=lambda f: f.shrink["compiles"]
        )
        compiles = finding.shrink["compiles"]
        most = max(most, compiles)
        rows.append(f"| {name} | {finding.check} | `{finding.signature['declared']}` | {compiles} | {seconds:.1f} |")
    return [
        Figure(
            "compiles to confirm and shrink a finding, the most of all deep subjects",
            f"at most {MOST_COMPILES}",
            str(most),
            most <= MOST_COMPILES,
            ("\n".join(rows),),
        )
    ]


def _found(name: str, check: str, compilers: tuple[str, ...]) -> list[Outcome]:
    found: list[Outcome] = []
    with session(*compilers, subject=broken(name)) as transport:
        made = Session(RunOptions(), transport, 0)
        for requirement in requirements(made, [one for one in CHECKS if one == check]):
            try:
                requirement.hold(made, found.append)
            except AssertionError:
                break
    return found
