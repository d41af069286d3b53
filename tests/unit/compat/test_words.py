from __future__ import annotations

import pytest

from conformance.compat import words
from conformance.compat.cells import VersionCell

VERSIONS = ("1", "2", "3", "4", "5")


@pytest.mark.parametrize(
    ("names", "text"),
    [("1", "1"), ("12", "1, 2"), ("123", "1 to 3"), ("12345", "1 to 5"), ("321", "1 to 3"), ("1345", "1, 3 to 5")],
)
def test_neighbours_are_told_by_the_first_and_the_last(names: str, text: str) -> None:
    assert words.spans(list(names), VERSIONS) == text


def test_cells_are_told_by_what_is_built() -> None:
    cells = [
        VersionCell("1", "1", "2"),
        VersionCell("1", "1", "3"),
        VersionCell("2", "2", "1"),
        VersionCell("1", "4", "5"),
        VersionCell("1", "2", "5"),
    ]
    assert words.places(cells, VERSIONS) == ["built 1 on 2, 3", "built 2 on 1", "1 calls 2, 4, on 5"]
