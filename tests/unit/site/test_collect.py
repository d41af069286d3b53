from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from conformance.model.errors import NOTHING_RAN, USAGE_ERROR, UserError
from conformance.site.collect import NothingFound, collect

from .made import STARTED, account, run, save

RUN = "acme-runtime 1.4.0, gcc-O2>tcc, tcc>gcc-O2, seed 0"
EARLIER = "2026-01-02T04:04:05+02:00"
"""An hour earlier than `STARTED`, and later by its clock."""


def test_everything_of_ours_in_a_folder_is_found_and_the_rest_passed_over(tmp_path: Path) -> None:
    save(tmp_path / "a" / ".abi-conformance" / "result.json", run())
    save(tmp_path / "b" / "r.json", run("1.5.0"))
    save(tmp_path / "b" / "compat.json", account())
    save(tmp_path / "b" / "case.json", {"schema": "abi-conformance/case/1"})
    save(tmp_path / "b" / "code-quality.json", [])
    found = collect([tmp_path])
    assert [(each.subject, each.version) for each in found.runs] == [
        ("acme-runtime", "1.4.0"),
        ("acme-runtime", "1.5.0"),
    ]
    assert [str(each) for each in found.matrices] == ["versions 1.0 to 1.1 of acme"]
    assert found.left_out == ()


def test_of_runs_that_are_alike_the_newest_is_kept_and_that_is_said(tmp_path: Path) -> None:
    files = [save(tmp_path / "1.json", run(red=True)), save(tmp_path / "2.json", run(started=EARLIER))]
    for paths in (files, files[::-1]):
        found = collect(paths)
        assert [each.result["started"] for each in found.runs] == [STARTED]
        assert found.left_out == (f"{RUN}: of {EARLIER}, left out for that of {STARTED}",)


@pytest.mark.parametrize("changes", [{"seed": 1}, {"version": "2"}, {"subject": "other"}])
def test_runs_that_differ_are_all_kept(tmp_path: Path, changes: dict[str, Any]) -> None:
    found = collect([save(tmp_path / "1.json", run()), save(tmp_path / "2.json", run(**changes))])
    assert (len(found.runs), found.left_out) == (2, ())


def test_copies_and_files_named_twice_are_one_and_nothing_is_said(tmp_path: Path) -> None:
    file = save(tmp_path / "1.json", run())
    shutil.copy(file, tmp_path / "2.json")
    found = collect([file, tmp_path, file])
    assert (len(found.runs), found.left_out) == (1, ())


def test_runs_of_cells_are_no_runs_of_a_subject(tmp_path: Path) -> None:
    save(tmp_path / "cells" / "1.0+1.0+1.0" / "result.json", run("1.0"))
    save(tmp_path / "result.json", run("1.1"))
    assert len(collect([tmp_path]).runs) == 2
    save(tmp_path / "compat.json", account(folder=".abi-conformance/compat/cells"))
    found = collect([tmp_path])
    assert [each.version for each in found.runs] == ["1.1"]
    assert {name: each.version for name, each in found.cell_runs.items()} == {"1.0+1.0+1.0": "1.0"}
    save(tmp_path / "cells" / "of an earlier call" / "result.json", run("1.0", seed=7))
    found = collect([tmp_path])
    assert [each.version for each in found.runs] == ["1.1"]
    assert found.left_out == ("runs of cells that no matrix here has: 1",)


def test_a_result_of_the_first_schema_is_read(tmp_path: Path) -> None:
    made = run(red=True)
    findings = [{name: value for name, value in row.items() if name != "marks"} for row in made["findings"]]
    older = {**made, "schema": "abi-conformance/1", "findings": findings}
    (found,) = collect([save(tmp_path / "result.json", older)]).runs
    assert found.result["findings"][0]["marks"][0]["place"] == "f64<-i64"


def shard(**changes: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"number": 2, "of": 5, "units": [], "outcomes": [], "remarks": {}, "inputs": {}}
    told |= {"manifest": "", "binding": "", "shipped": None}
    return {**run(), "shard": told, **changes}


def test_a_shard_is_to_be_merged_first(tmp_path: Path) -> None:
    file = save(tmp_path / "result.json", shard())
    with pytest.raises(UserError, match="is shard 2/5 of a run; name what 'merge' makes of all its shards") as caught:
        collect([file])
    assert caught.value.exit_code == USAGE_ERROR
    with pytest.raises(NothingFound, match="only 1 shard, which 'merge' makes one result of"):
        collect([tmp_path])
    save(tmp_path / "merged.json", run())
    assert collect([tmp_path]).left_out == ("shards in the folders, of which 'merge' makes one result: 1",)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ({}, "schema is None"),
        ([], "this is no JSON object"),
        ({"schema": "abi-conformance/3"}, "schema is 'abi-conformance/3'"),
        ({"schema": "abi-conformance/compat/1"}, "tool is missing"),
        ({**run(), "seed": "none"}, "seed must be"),
        ({**run(), "started": "yesterday"}, "started is 'yesterday', which is no time"),
    ],
)
def test_a_file_that_is_no_result_is_one_sentence(tmp_path: Path, made: object, said: str) -> None:
    file = save(tmp_path / "made.json", made)
    with pytest.raises(UserError, match=said) as caught:
        collect([file])
    assert str(caught.value).startswith(f"{file}: ")
    assert caught.value.exit_code == USAGE_ERROR
    assert "\n" not in str(caught.value)


def test_what_a_folder_holds_of_ours_has_to_be_whole(tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text(json.dumps(run())[:1000])
    with pytest.raises(UserError, match="is not valid JSON: line 1"):
        collect([tmp_path])
    save(tmp_path / "result.json", {"schema": "abi-conformance/3"})
    with pytest.raises(UserError, match="a result has"):
        collect([tmp_path])


def test_nothing_at_all_says_so(tmp_path: Path) -> None:
    with pytest.raises(NothingFound, match="there is no result in it") as caught:
        collect([tmp_path])
    assert caught.value.exit_code == NOTHING_RAN
    with pytest.raises(UserError, match=r"gone\.json: cannot be read"):
        collect([tmp_path / "gone.json"])
