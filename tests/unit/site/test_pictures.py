"""Trends and badges."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from conformance.checks import CHECKS
from conformance.site import badges
from conformance.site.collect import collect
from conformance.site.standing import standings
from conformance.site.trends import Trend, trend

from .made import run, save


def drawn(folder: Path, *results: object) -> Trend | None:
    runs = collect([save(folder / f"{at}.json", made) for at, made in enumerate(results)]).runs
    return trend(standings(runs), list(CHECKS))


def test_one_version_is_no_trend(tmp_path: Path) -> None:
    assert drawn(tmp_path, run(), run(seed=1)) is None


def test_a_trend_has_versions_from_left_to_right_and_a_row_for_what_was_ever_found(tmp_path: Path) -> None:
    found = drawn(tmp_path, run("1.10"), run("1.9", red=True), run("1.2", red=True, seed=4), run("2.0", complete=False))
    assert found is not None
    assert [text for _, text in found.ticks] == ["1.2", "1.9", "1.10", "2.0"]
    assert [place for place, _ in found.ticks] == sorted(place for place, _ in found.ticks)
    assert [row.label for row in found.rows] == ["problems", "X0-TYPE", "cases"]
    assert [bar.look for bar in found.rows[0].bars] == ["some", "some", "none", "unknown"]
    assert [bar.title for bar in found.rows[1].bars][:3] == [
        "X0-TYPE on 1.2: 1 cause in 12,340 cases",
        "X0-TYPE on 1.9: 1 cause in 12,340 cases",
        "X0-TYPE on 1.10: 0 causes in 12,340 cases",
    ]
    assert [bar.number for bar in found.rows[2].bars] == ["13.3k"] * 4
    assert found.quiet == ("X0-MATCH",)
    for row in found.rows:
        assert all(bar.y + bar.height == row.base and bar.y >= 0 for bar in row.bars)
        assert all(bar.x + bar.width <= found.width for bar in row.bars)


@pytest.mark.parametrize(
    ("made", "words", "colour"),
    [
        (run(), "conforms", "#1a7f37"),
        (run(waived=True), "conforms, 1 waived", "#1a7f37"),
        (run(red=True), "1 problem", "#c01c28"),
        (run(complete=False), "unfinished", "#8a5a00"),
    ],
)
def test_a_badge_says_where_a_version_stands(tmp_path: Path, made: object, words: str, colour: str) -> None:
    (standing,) = standings(collect([save(tmp_path / "result.json", made)]).runs)
    badge = ET.fromstring(badges.render(standing))
    texts = ["".join(part.itertext()) for part in badge.iter("{http://www.w3.org/2000/svg}text")]
    assert texts == ["acme-runtime 1.4.0", words]
    assert colour in badges.render(standing)
