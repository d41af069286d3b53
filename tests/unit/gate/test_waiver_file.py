"""Waiver files are written with comments and order kept, and keys of older releases are renewed."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from conformance.checks import CHECKS
from conformance.cli import main
from conformance.gate.decide import Gate
from conformance.gate.entries import any_index
from conformance.gate.files import GateError
from conformance.gate.waiver_file import render, rewritten, without
from conformance.gate.waivers import Waiver, load, meant_keys
from conformance.model.mark import mark_of_key
from conformance.model.outcome import Finding

from ..reports.made import FAILED, PASSED, failed, finding, result

PREFIX = "match::packed::gcc-O2>tcc::"
FILE = """# ours

# [[waiver]] entries, oldest first
[[waiver]]
key = 'match::packed::*::match' # all of them
verdict = "crashed"
reason = '''
[[waiver]]
# not a comment'''
versions = "<2"

# about the second
[[waiver]]
verdict = 'late'
key = 'type::packed::b::*'
reason = 'r'
# the end
"""


def matched(tail: str, verdict: str) -> Finding:
    return finding(id=tail, key=PREFIX + tail, check="X0-MATCH", verdict=verdict)


def written(tmp_path: Path, *findings: Finding, text: str = FILE) -> Path:
    folder = tmp_path / ".abi-conformance"
    folder.mkdir(exist_ok=True)
    (folder / "result.json").write_text(json.dumps(result(failed(*findings, check="X0-MATCH"))))
    path = tmp_path / "abi-waivers.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("key", "glob"),
    [
        ("type::packed::a>b::f64<-i64@1", "type::packed::a>b::f64<-i64@*"),
        ("match::packed::a>b::match(i8)@2", "match::packed::a>b::match(i8)@*"),
        ("match::packed::a>b::match(i8)@2+nested", "match::packed::a>b::match(i8)@*+nested"),
        ("match::packed::a>b::match(i8)@ret", "match::packed::a>b::match(i8)@ret"),
        ("match::packed::a>b::match@call", "match::packed::a>b::match@call"),
        ("match::packed::a>b::match", "match::packed::a>b::match*"),
        ("match::packed::a>b::u64<-0x8000@ret", "match::packed::a>b::u64<-0x8000@ret"),
        (
            "tensor-shape::packed::a>b::tensor(f32,2x3)<-tensor(f32,3x3)@0",
            "tensor-shape::packed::a>b::tensor(*<-tensor(*@*",
        ),
        (
            "tensor-data::packed::a>b::tensor(u8,1)<-tensor(u8,1) without data@0",
            "tensor-data::packed::a>b::tensor(*<-tensor(*@*",
        ),
        ("swap::packed::a>b::@0+2", "swap::packed::a>b::@*+*"),
        ("few::packed::a@1>b@2::3<-2", "few::packed::a@1>b@2::*<-*"),
        ("type::packed::a>b::array[int]<-i64@12", "type::packed::a>b::array[[]int]<-i64@*"),
    ],
)
def test_an_entry_holds_at_every_index_and_is_no_other_glob(key: str, glob: str) -> None:
    assert any_index(key) == glob
    assert Waiver(1, glob, "late", "").matches(key, "late")


@pytest.mark.parametrize(
    ("key", "is_old"),
    [
        ("match::packed::gcc>tcc::match", True),
        ("match::packed::*::match", True),
        ("match::*::matc?", True),
        ("*match", True),
        ("match::packed::*", False),
        ("match::packed::*::match*", False),
        ("match::packed::*::match@call", False),
        ("match::packed::*::match(*)@*", False),
        ("match::packed::*::handle<-code(7)@*", False),
        ("type::packed::*::match", False),
    ],
)
def test_keys_that_meant_every_failure_of_matched_calls(key: str, is_old: bool) -> None:
    assert bool(meant_keys(key)) is is_old


def test_an_old_key_is_refused_with_the_ones_that_it_meant(tmp_path: Path) -> None:
    path = written(tmp_path)
    with pytest.raises(GateError) as error:
        load(path)
    said = str(error.value)
    assert f"{path}, waiver 1: key 'match::packed::*::match'" in said
    for tail in ("match@call", "match(*)@*", "match@arrays", "match@handle", "match@state"):
        assert f"'match::packed::*::{tail}'" in said
    assert "waivers update" in said
    assert "\n" not in said


def test_update_renews_an_old_key_by_what_was_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    crashed = [matched(tail, "crashed") for tail in ("match@call", "match(i8)@2", "match(i8)@7", "handle<-code(7)@0")]
    path = written(tmp_path, *crashed, matched("match(f64)@1", "unpredicted"))
    assert main(["waivers", "update"]) == 0
    assert "rewritten: waiver 1, now" in capsys.readouterr().out
    text = path.read_text()
    entries = tomllib.loads(text)["waiver"]
    assert [entry["key"] for entry in entries] == [
        f"{PREFIX}match(i8)@*", f"{PREFIX}match@call", "type::packed::b::*",
        f"{PREFIX}handle<-code(7)@*", f"{PREFIX}match(f64)@*",
    ]  # fmt: skip
    assert [entry["reason"] for entry in entries] == ["[[waiver]]\n# not a comment"] * 2 + ["r", "", ""]
    assert [entry.get("versions") for entry in entries] == ["<2", "<2", None, None, None]
    assert text.startswith("# ours\n\n# [[waiver]] entries, oldest first\n[[waiver]]\n")
    assert "# about the second\n[[waiver]]\nverdict = 'late'\n" in text
    assert "# the end" in text
    path.write_text(text.replace('reason = ""', 'reason = "known"'))
    assert len(load(path)) == 5
    assert main(["waivers", "update"]) == 0
    assert "nothing to add" in capsys.readouterr().out


def test_update_keeps_all_that_an_old_key_meant_where_nothing_was_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = written(tmp_path)
    assert main(["waivers", "update"]) == 0
    (first, _) = load(path)
    assert first.key == "match::packed::*::match*"
    assert path.read_text() == FILE.replace("'match::packed::*::match'", '"match::packed::*::match*"')


def test_an_entry_is_missing_for_each_mark_that_nothing_excuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    keys = {f"{PREFIX}match@call": "crashed", f"{PREFIX}match(i8)@2": "late"}
    marks = tuple({**mark_of_key("X0-MATCH", key, verdict).to_json(), "key": key} for key, verdict in keys.items())
    text = render([Waiver(1, f"{PREFIX}match@call", "crashed", "known")])
    path = written(tmp_path, evolve(matched("match@call", "crashed"), marks=marks), text=text)
    assert main(["waivers", "update"]) == 0
    entries = tomllib.loads(path.read_text())["waiver"]
    assert [(entry["key"], entry["verdict"]) for entry in entries] == [
        (f"{PREFIX}match@call", "crashed"), (f"{PREFIX}match(i8)@*", "late")
    ]  # fmt: skip


def gated(waiver: Waiver, *findings: Finding) -> dict[str, Any]:
    outcome = evolve(FAILED, check="X0-MATCH", status="fail" if findings else "pass", findings=findings)
    whole = [evolve(PASSED, check=name) for name in CHECKS if name != "X0-MATCH"]
    return result(*whole, outcome, gate=Gate((waiver,), "w.toml", today=date(2026, 6, 1)))


def test_a_renewed_entry_is_stale_when_its_calls_conform() -> None:
    waiver = Waiver(1, f"{PREFIX}match(i8)@*", "crashed", "known")
    assert gated(waiver, matched("match(i8)@7", "crashed"))["exit_code"] == 0
    assert "there is nothing to excuse" in gated(waiver)["gate"]["problems"][0]
    assert gated(waiver)["exit_code"] == 1
    assert "there is nothing to excuse" in gated(waiver, matched("match@call", "crashed"))["gate"]["problems"][0]


def test_entries_in_one_list_are_dropped_and_rewritten_too() -> None:
    text = "# ours\nwaiver = [{key = 'a', verdict = 'late'}, {key = 'b', verdict = 'late'}]\n"
    dropped = without(text, [Waiver(1, "a", "late", "")])
    assert [entry["key"] for entry in tomllib.loads(dropped)["waiver"]] == ["b"]
    assert dropped.startswith("# ours\n")
    entries = tomllib.loads(rewritten(text, {1: ("c", "d")}))["waiver"]
    assert [(entry["key"], entry["verdict"]) for entry in entries] == [("c", "late"), ("d", "late"), ("b", "late")]
