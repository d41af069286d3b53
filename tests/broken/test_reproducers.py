"""What a run finds in a broken subject, its stand-alone reproducer shows: built and run as before a finding is told.

A finding of each kind by default; ABI_TEST_SEEDS=10 (`make seeds`) takes every broken subject.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from conformance.findings import store, verify
from conformance.model.case import Case
from conformance.model.outcome import SHOWN
from tests.broken.runs import COUNT, EXPECTED, marks, of_verdict, run

KINDS = {
    "value-of-16-bytes": "how structures lie",
    "clobbers-registers": "the machine's state",
    "tensor-reads-empty": "a pointer that nobody needs",
    "frame-of-256": "many arguments",
    "depth-four": "calls inside each other",
    "three-threads": "calls on threads",
    "wrong-on-two-own-threads": "calls whose bodies run on threads of the runtime's",
    "error-outlives-call": "the call after it",
    "error-of-tensor-stays": "the call after one with a wrong tensor",
    "one-text-for-all": "an error on each of two threads",
    "table-of-100": "many calls before it",
    "unpacked-looks-ahead": "what ASan alone sees of an unpacked call",
    "code-before-first": "what ASan alone sees of a packed call",
    "shifts-by-any-code": "what UBSan alone sees",
}
"""Subjects with a finding of each kind."""


def parameters() -> list[Any]:
    """Subjects with a finding, with the compilers that they need beyond the embedded one and the reproducer's."""
    names = [name for name in EXPECTED if EXPECTED[name]["check"]] if COUNT > 1 else list(KINDS)
    return [pytest.param(name, marks=[*marks(name), pytest.mark.compiler("gcc")]) for name in names]


@pytest.mark.parametrize("name", parameters())
def test_a_reproducer_shows_what_was_found(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("make") is None:
        pytest.skip("needs make: it is not installed")
    session, outcomes = run(name, EXPECTED[name]["check"], 0)
    finding = of_verdict(name, outcomes)[0]
    transport = session.transport
    folder = store.write(finding, session.subject.spec, transport.specs(finding), tmp_path, transport.reproducer)
    monkeypatch.setenv("ABI_CONFORMANCE_CACHE", str(tmp_path / "cache"))
    assert verify.verify(folder) == SHOWN, Case.from_json(finding.case).key


@pytest.mark.compiler("gcc")
def test_a_reproducer_tells_whose_body_runs_on_a_thread_of_the_runtimes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("make") is None:
        pytest.skip("needs make: it is not installed")
    name = "wrong-on-two-own-threads"
    session, outcomes = run(name, EXPECTED[name]["check"], 0)
    finding, transport = of_verdict(name, outcomes)[0], session.transport
    folder = store.write(finding, session.subject.spec, transport.specs(finding), tmp_path, transport.reproducer)
    monkeypatch.setenv("ABI_CONFORMANCE_CACHE", str(tmp_path / "cache"))
    done = subprocess.run(["make", "-s", "run"], cwd=folder, capture_output=True, text=True, check=False)
    assert "NONCONFORMING: argument 0 " in done.stdout, done.stdout + done.stderr
