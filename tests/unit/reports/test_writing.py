from __future__ import annotations

import errno
import json
import os
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from attrs import evolve

from conformance.gate.decide import Gate
from conformance.model.options import RunOptions
from conformance.model.outcome import Finding, Reproduced
from conformance.model.schema import schema
from conformance.reports import evidence, write
from conformance.reports.files import ReportError, try_file, write_text
from conformance.reports.progress import Listener
from conformance.reports.recorder import Recorder

from .made import FACTS, FAILED, FOUND, PASSED


class Store:
    """Findings in folders, without reproducers."""

    def write(self, found: Finding, report_dir: Path) -> Path:
        folder = report_dir / found.id
        folder.mkdir()
        return folder

    def tried(self, folder: Path) -> Reproduced:
        return "shown" if folder.is_dir() else "not built"

    def remark(self, found: Finding, folder: Path) -> str:
        assert folder.name == found.id
        return "its reproducer was looked at"


def recorder(options: RunOptions) -> Recorder:
    return Recorder(options, FACTS, Gate(), Listener(), Store())


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "result.json"
    write_text(path, "first")
    with pytest.raises(UnicodeEncodeError):
        write_text(path, "\ud800")
    assert path.read_text() == "first"
    assert [entry.name for entry in path.parent.iterdir()] == ["result.json"]


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError, match=r"cannot be written .* name another place"):
        write_text(tmp_path / "file" / "result.json", "")


def test_a_run_leaves_its_result_and_a_folder_a_finding(tmp_path: Path) -> None:
    options = RunOptions(seed=0, report_dir=tmp_path, json=tmp_path / "copy.json", html=tmp_path / "page.html")
    made = recorder(options)
    made.begin(2)
    made.add("a", [PASSED])
    made.add("b", [FAILED])
    made.add("b", [FAILED])
    concluded = made.finish()
    assert concluded["exit_code"] == 1
    assert concluded["complete"]
    assert concluded["findings"][0]["reproducer"] == str(tmp_path / FOUND.id)
    assert json.loads((tmp_path / "result.json").read_text()) == concluded
    assert (tmp_path / "copy.json").read_text() == (tmp_path / "result.json").read_text()
    assert FOUND.id in (tmp_path / "page.html").read_text()


def test_an_interrupted_run_leaves_a_valid_part(tmp_path: Path) -> None:
    made = recorder(RunOptions(seed=0, report_dir=tmp_path))
    made.begin(2)
    made.add("a", [PASSED])
    made.interrupted = True
    concluded = made.finish()
    assert (concluded["exit_code"], concluded["complete"]) == (2, False)
    assert json.loads((tmp_path / "result.json").read_text())["counts"]["judged"] == 1000


def test_what_is_known_is_left_after_every_check(tmp_path: Path) -> None:
    """As one finds it whose process was killed: without an end."""
    made = recorder(RunOptions(seed=0, report_dir=tmp_path))
    made.seconds = lambda: 0.0
    left = tmp_path / "result.json"

    def known() -> dict[str, Any]:
        raw: dict[str, Any] = json.loads(left.read_text())
        jsonschema.Draft202012Validator(schema("result-2")).validate(raw)
        assert (raw["complete"], raw["exit_code"]) == (False, 2)
        return raw

    left.write_text("{}")  # of an earlier run, and not what this one comes to
    made.begin(2)
    assert {check["status"] for check in known()["checks"]} == {"not-run"}
    assert known()["checks"][0]["why"] == "the run has not come to its end"
    made.add("a", [PASSED])
    assert known()["counts"]["judged"] == 1000
    made.add("b", [FAILED])
    (row,) = known()["findings"]
    assert known()["groups"] == []
    assert (row["id"], row["reproducer"]) == (FOUND.id, str(tmp_path / FOUND.id))
    concluded = made.finish()
    assert concluded["complete"]
    assert concluded["groups"]


def test_what_takes_long_to_keep_is_kept_less_often(tmp_path: Path) -> None:
    made = recorder(RunOptions(seed=0, report_dir=tmp_path))
    ticks = count()
    made.seconds = lambda: float(next(ticks))  # each look at the clock is a second: keeping takes a few
    left = tmp_path / "result.json"
    made.begin(3)
    before = left.read_text()
    made.add("a", [PASSED])
    assert left.read_text() == before
    for _ in range(100):
        next(ticks)
    made.add("b", [PASSED])
    assert json.loads(left.read_text())["counts"]["judged"] == 2000


def test_an_interrupted_run_builds_no_reproducer(tmp_path: Path) -> None:
    made = recorder(RunOptions(seed=0, report_dir=tmp_path))
    made.add("b", [FAILED])
    made.interrupted = True
    (row,) = made.finish()["findings"]
    assert row["reproducer"] == str(tmp_path / FOUND.id)
    assert "its reproducer was looked at" not in row["detail"]


def test_an_error_of_the_suite_wins(tmp_path: Path) -> None:
    made = recorder(RunOptions(seed=0, report_dir=tmp_path))
    made.add("a", [FAILED, evolve(PASSED, status="error", why="the witness is not whole")])
    concluded = made.finish()
    assert concluded["exit_code"] == 3
    assert concluded["errors"] == ["X0-MATCH gcc-O2>tcc: the witness is not whole"]


def test_a_folder_that_cannot_be_written_keeps_the_result(tmp_path: Path) -> None:
    (tmp_path / FOUND.id).write_text("in the way")
    made = recorder(RunOptions(seed=0, report_dir=tmp_path))
    made.add("b", [FAILED])
    concluded = made.finish()
    assert concluded["exit_code"] == 3
    assert FOUND.id in concluded["errors"][0]
    assert (tmp_path / "result.json").exists()


def test_a_report_that_cannot_be_written_keeps_the_others(tmp_path: Path) -> None:
    (tmp_path / "page.html").mkdir()
    made = recorder(RunOptions(seed=0, report_dir=tmp_path, html=tmp_path / "page.html"))
    made.add("a", [PASSED])
    assert made.finish()["exit_code"] == 3
    assert (tmp_path / "result.json").exists()


def test_a_disk_that_fills_is_the_users_to_mend_and_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = recorder(RunOptions(seed=0, report_dir=tmp_path / "out", html=tmp_path / "page.html"))
    made.begin(1)
    whole, write_whole = (tmp_path / "out" / "result.json").read_text(), Path.write_text

    def half(path: Path, text: str, **how: Any) -> int:
        write_whole(path, text[: len(text) // 2], **how)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_text", half)
    made.add("a", [PASSED])
    concluded = made.finish()
    assert concluded["exit_code"] == 4
    said = f"{tmp_path}/out/result.json cannot be written (No space left on device); name another place for it"
    assert (concluded["errors"], made.short) == ([said], said)
    assert (tmp_path / "out" / "result.json").read_text() == whole


def test_a_folder_for_which_a_full_disk_has_no_room_is_the_users_to_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(store: Store, found: Finding, report_dir: Path) -> Path:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Store, "write", full)
    made = recorder(RunOptions(seed=0, report_dir=tmp_path))
    made.add("b", [FAILED])
    assert made.finish()["exit_code"] == 4
    assert f"the folder of finding {FOUND.id} could not be written" in made.short


def test_paths_are_looked_at_before_anything_runs(tmp_path: Path) -> None:
    new = RunOptions(report_dir=tmp_path / "new")
    (tmp_path / "file").write_text("")
    inside = tmp_path / "file" / "x" / "y"
    for options in (replace(new, json=tmp_path), replace(new, html=tmp_path)):
        with pytest.raises(ReportError, match="is a folder"):
            write.prepare_folder(options)
    for options in (replace(new, json=inside), replace(new, html=inside), replace(new, report_dir=inside)):
        with pytest.raises(ReportError, match=r"cannot be written \(Not a directory\); name another place"):
            write.prepare_folder(options)
    with pytest.raises(ReportError, match=r"j.xml cannot be written"):
        write.prepare_folder(new, {"junit": inside / "j.xml"})
    assert not list(tmp_path.rglob(".*.tmp"))


def test_a_device_is_not_replaced_by_a_report() -> None:
    with pytest.raises(ReportError, match="/dev/null is no file that can be replaced; name another place for it"):
        try_file(Path("/dev/null"))
    assert Path("/dev/null").is_char_device()


def test_a_disk_that_is_full_is_told_beforehand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(ReportError, match=r"cannot be written \(No space left on device\)"):
        try_file(tmp_path / "page.html")


def test_two_reports_have_two_files(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    new = RunOptions(report_dir=tmp_path / "new", json=tmp_path / "x.json")
    twice = replace(new, html=tmp_path / "link" / "x.json")
    with pytest.raises(ReportError, match=r"x.json is to be both the report 'html' and the report 'json'; name two"):
        write.prepare_folder(twice)
    with pytest.raises(ReportError, match="both the report 'junit' and the report 'json'"):
        write.prepare_folder(new, {"junit": tmp_path / "x.json"})
    with pytest.raises(ReportError, match="both the report 'html' and the report 'json'"):
        write.prepare_folder(replace(new, json=None, html=tmp_path / "new" / "result.json"))
    assert not (tmp_path / "new").exists()
    write.prepare_folder(replace(new, json=tmp_path / "new" / "result.json"))  # the report that lies there anyway


def test_only_a_new_folder_is_kept_out_of_version_control(tmp_path: Path) -> None:
    write.prepare_folder(RunOptions(report_dir=tmp_path))
    assert list(tmp_path.iterdir()) == []
    write.prepare_folder(RunOptions(report_dir=tmp_path / "new"))
    assert (tmp_path / "new" / ".gitignore").read_text() == "*\n"


def test_pytests_own_junit_gets_evidence() -> None:
    rows = evidence.properties(FAILED)
    assert ("abi-verdicts", "detected 12,339 · silent-wrong 1") in rows
    assert ("abi-finding-observed", FOUND.observed) in rows
    assert not any(name == "abi-why" for name, _ in rows)
