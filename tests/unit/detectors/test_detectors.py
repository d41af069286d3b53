"""What is drawn for detectors, the programs it becomes, and how their ends are counted."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import jsonschema
import pytest

import conformance.detectors
from conformance.detectors.catalogue import CODES, DETECTORS
from conformance.detectors.mistakes import MAX_ARGS, draw
from conformance.detectors.program import call_lines, render
from conformance.detectors.result import MeasuredDetector
from conformance.subjects.manifest import load_subject

SCHEMA = Path(conformance.detectors.__file__).parent / "schema" / "sanitizers-1.json"


def sanitizers(*argv: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "conformance", "sanitizers", *argv]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


def test_mistakes_are_drawn_by_seed_and_no_class_has_the_same_types_twice() -> None:
    subject = load_subject("reference")
    cases = draw(subject, 3, 5)
    assert [case.to_json() for case in draw(subject, 3, 5)] == [case.to_json() for case in cases]
    assert draw(subject, 4, 5) != cases
    counts = Counter((case.mismatch.cls, case.declared, case.passed) for case in cases)
    assert max(counts.values()) == 1
    by_class = Counter(case.mismatch.cls for case in cases)
    assert {by_class[cls] for cls in ("type", "width", "sign", "few", "many", "ret-type")} == {5}


def test_every_callee_has_a_matched_call_for_false_alarms() -> None:
    cases = draw(load_subject("reference"), 0, 4)
    wrong = {case.declared for case in cases if case.mismatch.cls != "match"}
    right = [case for case in cases if case.mismatch.cls == "match"]
    assert {case.declared for case in right} == wrong
    assert all(case.declared == case.passed for case in right)


def test_signatures_of_several_lengths_are_among_them() -> None:
    lengths = {len(case.declared) for case in draw(load_subject("reference"), 0, 12)}
    assert len(lengths) > 4
    assert max(lengths) <= MAX_ARGS


def test_a_line_of_the_callers_tells_its_call_and_its_column() -> None:
    text = render(draw(load_subject("reference"), 0, 1))["callers.c"]
    lines, found = text.splitlines(), call_lines(text)
    at = next(n for n, line in enumerate(lines, 1) if line.startswith("static int call_x1_3("))
    assert found[at] == (3, "X1")
    at = next(n for n, line in enumerate(lines, 1) if line.startswith("static int call_direct_0("))
    assert found[at] == (0, "direct")
    assert 1 not in found
    assert len(lines) not in found


def test_shares_are_of_the_calls_that_are_wrong() -> None:
    ends = Counter({("X1", "type", "caught"): 3, ("X1", "type", "silent"): 1, ("X1", "few", "crashed"): 4,
                    ("X1", "match", "caught"): 2, ("X1", "match", "silent"): 5})  # fmt: skip
    measured = MeasuredDetector(DETECTORS[1], "gcc", "12", ends)  # type: ignore[arg-type]
    assert measured.caught("X1", "type") == 0.75
    assert measured.caught("X1", "few") == 0
    assert measured.caught("X1") == 3 / 8
    assert measured.caught("direct") is None
    assert measured.false_alarms("X1") == 2


def test_type_codes_catch_by_rejecting_and_travel_with_packed_calls_alone() -> None:
    ends = Counter({("X0", "type", "rejected"): 2, ("X0", "type", "silent"): 2, ("X1", "type", "silent"): 4})
    measured = MeasuredDetector(CODES, "gcc", "12", ends)  # type: ignore[arg-type]
    assert measured.caught("X0") == 0.5
    assert measured.caught("X1") is None


def test_names_of_detectors_are_told_apart() -> None:
    assert len({detector.name for detector in DETECTORS}) == len(DETECTORS)


@pytest.mark.compiler("gcc")
def test_codes_catch_types_and_counts_and_asan_sees_reads_past_a_width_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    asked = ("type codes", "ASan, gcc", "warnings, gcc", "LTO warnings, gcc")
    named = [word for name in asked for word in ("--detector", name)]
    ended = sanitizers("--calls", "5", "--json", "--page", str(page), *named)
    assert ended.returncode == 0, ended.stderr[-500:]
    data = json.loads(ended.stdout)
    jsonschema.validate(data, json.loads(SCHEMA.read_text("utf-8")))
    assert data["missing"] == []
    rows = {row["name"]: row for row in data["detectors"]}
    for cls in ("type", "few", "many", "ret-type"):
        assert rows["type codes"]["ends"]["X0"][cls] == {"rejected": data["calls"][cls]}
    for cls in ("width", "sign"):
        assert "rejected" not in rows["type codes"]["ends"]["X0"][cls]
    assert rows["type codes"]["caught"]["X1"] is None
    assert rows["ASan, gcc"]["caught"]["X1"] > 0.2
    assert rows["ASan, gcc"]["caught"]["X1"] > rows["ASan, gcc"]["caught"]["direct"]
    assert rows["ASan, gcc"]["slowdown"]["X1"] > 1
    assert rows["warnings, gcc"]["caught"]["direct"] > 0.3
    assert rows["warnings, gcc"]["caught"]["X0"] == rows["warnings, gcc"]["caught"]["X1"] == 0
    assert rows["LTO warnings, gcc"]["caught"]["direct"] > 0.3
    for row in rows.values():
        assert set(row["false_alarms"].values()) == {0}, row["name"]
    text = page.read_text("utf-8")
    assert "| type codes | when run | " in text
    assert "## direct, by class" in text


@pytest.mark.compiler("gcc")
def test_a_detector_that_is_missing_is_told_with_what_installs_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("gcc", "as", "ld", "cc1"):
        found = shutil.which(name)
        if found:
            (tmp_path / name).symlink_to(found)
    monkeypatch.setenv("PATH", str(tmp_path))
    ended = sanitizers("--calls", "1", "--detector", "valgrind")
    assert ended.returncode == 4
    assert "apt install valgrind" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_unknown_detector_is_one_sentence() -> None:
    ended = sanitizers("--detector", "asun")
    assert ended.returncode == 4
    assert "there is no detector 'asun'" in ended.stderr


def test_a_page_that_cannot_be_written_is_told_before_anything_is_measured(tmp_path: Path) -> None:
    ended = sanitizers("--page", str(tmp_path))
    assert ended.returncode == 4
    assert "is a directory" in ended.stderr
    assert "asking" not in ended.stderr
