from __future__ import annotations

import pytest

from conformance.compat.ranges import ranges
from conformance.compat.releases import Release
from tests.unit.compat.cells import on_runtimes

VERSIONS = ("1.1", "1.2", "1.3", "1.4")

TOLD = {
    "xwwx": ">=1.2,<=1.3",
    "xwxw": "==1.2",
    "wwww": ">=1.1,<=1.4; 1.4 is the newest that was tried",
    "xwnw": ">=1.2,<=1.4; 1.4 is the newest that was tried",
    "ww.w": ">=1.1,<=1.2; what it does on 1.3 is not known",
    "bwux": "==1.2; what it does on 1.1 is not known",
}
"""What code built against 1.2 did on each runtime, and what it may declare."""


@pytest.mark.parametrize("row", TOLD)
def test_a_range_is_what_works_around_the_version(row: str) -> None:
    found = ranges(on_runtimes(VERSIONS, "wwww", row, "wwww", "wwww"), tuple(map(Release, VERSIONS)))[1]
    assert found.sentence == f"code built against 1.2 may declare {TOLD[row]}"
    assert found.may_declare == TOLD[row].partition(";")[0]


@pytest.mark.parametrize(("letter", "does"), [("i", "does not work"), (".", "is not known to work")])
def test_what_does_not_work_with_itself_may_declare_nothing(letter: str, does: str) -> None:
    found = ranges(on_runtimes(("1", "2"), f"{letter}w", "ww"), tuple(map(Release, ("1", "2"))))[0]
    assert (found.may_declare, found.sentence) == ("", f"code built against 1 {does} with itself")


def test_a_release_that_was_yanked_ends_no_range() -> None:
    releases = (Release("1.1"), Release("1.2"), Release("1.3", yanked=True), Release("1.4"))
    found = ranges(on_runtimes(VERSIONS, "wwxw", "xwww", "xxwx", "xxxw"), releases)
    assert [each.may_declare for each in found] == [">=1.1,!=1.3,<=1.4", ">=1.2,<=1.4", "==1.3", "==1.4"]


def test_versions_that_are_no_numbers_are_told_in_words() -> None:
    found = ranges(on_runtimes(("old", "main"), "wx", "ww"), (Release("old"), Release("main")))
    assert [each.may_declare for each in found] == ["old", "old to main"]
