from __future__ import annotations

from pathlib import Path

import pytest

from conformance.reports.files import ReportError
from conformance.site.collect import collect
from conformance.site.folder import check, write
from conformance.site.pages import files

from .made import run, save


@pytest.fixture
def made(tmp_path: Path) -> dict[str, str]:
    return files(collect([save(tmp_path / "result.json", run())]))


def content(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text("utf-8") for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("before", ["nothing", "empty", "site"])
def test_a_site_is_written_where_nothing_or_a_site_is(tmp_path: Path, made: dict[str, str], before: str) -> None:
    folder = tmp_path / "deep" / "site"
    if before != "nothing":
        folder.mkdir(parents=True)
    if before == "site":
        write(folder, {**made, "runs/old.html": "old"})
    check(folder)
    write(folder, made)
    assert content(folder) == made
    assert [path.name for path in folder.parent.iterdir()] == ["site"]


@pytest.mark.parametrize("name", ["CNAME", "runs/notes.txt", "more/page.html", "index.html"])
def test_a_folder_with_anything_else_is_refused(tmp_path: Path, made: dict[str, str], name: str) -> None:
    folder = tmp_path / "site"
    write(folder, made)
    foreign = folder / name
    foreign.parent.mkdir(exist_ok=True)
    foreign.write_text("mine")
    first = name if "/" not in name or name.startswith("runs") else "more"
    with pytest.raises(ReportError, match=f"holds {first}, which is no part of a site"):
        check(folder)


def test_a_file_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "site").write_text("mine")
    with pytest.raises(ReportError, match="is no folder"):
        check(tmp_path / "site")


def test_a_site_that_cannot_be_written_whole_is_not_written_and_the_old_one_stays(
    tmp_path: Path, made: dict[str, str]
) -> None:
    folder = tmp_path / "site"
    write(folder, made)
    with pytest.raises(ReportError, match="cannot be written"):
        write(folder, {"index.html": "half", "x" * 300: "a name that no file can have"})
    assert content(folder) == made
    assert sorted(path.name for path in tmp_path.iterdir()) == ["result.json", "site"]
