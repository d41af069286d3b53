"""`cost frame`, `cost inline` and `diff` of their results, as a user calls them."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from conformance.cli import main
from conformance.cost import frame
from conformance.cost.document import schema

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few arguments, so that compiling is quick."""
    measure = frame.measure
    monkeypatch.setattr(frame, "measure", lambda specs: measure(specs, (0, 1, 3)))


def printed(capsys: Capture, *argv: str, code: int = 0) -> str:
    assert main(argv) == code
    return capsys.readouterr().out


@pytest.fixture
def frames(few: None, capsys: Capture) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(printed(capsys, "cost", "frame", "--compiler", "gcc:-m32 -O2", "--json"))
    return document


def save(path: Path, document: dict[str, Any]) -> str:
    path.write_text(json.dumps(document))
    return str(path)


@pytest.mark.compiler("gcc")
def test_frames_on_the_terminal(few: None, capsys: Capture) -> None:
    said = printed(capsys, "cost", "frame", "--compiler", "gcc:-m32 -O2 -mpreferred-stack-boundary=2")
    assert "X0 checked" in said and "count, handle" in said and "12n +44" in said
    assert "agree on 18 of 18" in said
    assert "12 bytes an argument, as claimed" in said


@pytest.mark.compiler("gcc")
def test_frames_fit_their_schema(frames: dict[str, Any]) -> None:
    jsonschema.validate(frames, schema("frame"))
    assert {claim["id"] for claim in frames["claims"]} == {"C2", "C3"}


@pytest.mark.compiler("gcc")
def test_inlining_fits_its_schema_and_gates(capsys: Capture) -> None:
    argv = ["cost", "inline", "--compiler", "gcc:-O2", "--signatures", "4"]
    document = json.loads(printed(capsys, *argv, "--json"))
    jsonschema.validate(document, schema("inline"))
    assert document["passes"]
    said = printed(capsys, *argv, "--at-least", "1", code=1)
    assert said.endswith("COST-INLINE  fail\n") and "() -> device" in said
    assert printed(capsys, *argv, "--no-structures", "--at-least", "1").endswith("COST-INLINE  pass\n")


@pytest.mark.parametrize("what", ["frame", "inline"])
def test_a_missing_compiler_is_one_sentence(what: str, capsys: Capture) -> None:
    assert main(["cost", what, "--compiler", "gcc-1"]) == 4
    assert capsys.readouterr().err == "ERROR: gcc-1 is not installed; run apt install gcc-1\n"


@pytest.mark.compiler("gcc")
def test_results_are_compared(frames: dict[str, Any], tmp_path: Path, capsys: Capture) -> None:
    dearer = copy.deepcopy(frames)
    dearer["tables"][0]["curves"][1]["frames"][1]["bytes"] += 8
    old, new = save(tmp_path / "old.json", frames), save(tmp_path / "new.json", dearer)
    assert printed(capsys, "diff", old, old) == "nothing changed\n"
    said = printed(capsys, "diff", old, new, code=1)
    assert "x0_checked n=1" in said and "80 → 88 bytes (+10.0 %)" in said
    assert said.endswith("1 changed: 1 worse, 0 better\n")
    assert printed(capsys, "diff", new, old).endswith("1 changed: 0 worse, 1 better\n")
    assert printed(capsys, "diff", old, new, "--tolerance", "10").endswith("1 changed: 0 worse, 0 better\n")
    assert json.loads(printed(capsys, "diff", old, new, "--json", code=1))["changed"][0]["direction"] == "worse"


@pytest.mark.compiler("gcc")
def test_what_cannot_be_compared_is_one_sentence(frames: dict[str, Any], tmp_path: Path, capsys: Capture) -> None:
    old = save(tmp_path / "old.json", frames)
    other = save(tmp_path / "other.json", {"schema": "abi-conformance-cost-inline/1"})
    assert main(["diff", old, other]) == 4
    assert "two results of one command" in capsys.readouterr().err
    broken = save(tmp_path / "broken.json", {"schema": frames["schema"], "tables": [{}]})
    assert main(["diff", old, broken]) == 4
    assert "is no whole abi-conformance-cost-frame/1" in capsys.readouterr().err


def test_times_are_compared_as_ratios(tmp_path: Path, capsys: Capture) -> None:
    def timed(ratio: float) -> dict[str, Any]:
        call = {"route": "x1", "n": 3, "ratio": {"median": ratio, "low": 1, "high": 9}}
        return {"schema": "abi-conformance-cost-call/1", "costs": [{"compiler": "gcc-O2", "calls": [call]}]}

    old, new = save(tmp_path / "old.json", timed(2)), save(tmp_path / "new.json", timed(2.5))
    assert "gcc-O2 x1 n=3  2 → 2.5 times direct (+25.0 %)" in printed(capsys, "diff", old, new, code=1)
    assert printed(capsys, "diff", old, new, "--tolerance", "30").endswith("1 changed: 0 worse, 0 better\n")
