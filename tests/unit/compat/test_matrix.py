from __future__ import annotations

import pytest

from conformance.compat.cells import VersionCell
from conformance.compat.matrix import PENDING, cells, exit_code, grouped, matrices
from tests.unit.compat.cells import cause, on_runtimes, result

VERSIONS = ("1", "2", "3")


def test_each_cell_is_there_once_and_neighbours_come_first() -> None:
    found = cells(VERSIONS)
    assert len(found) == len(set(found)) == 9 + 6
    assert [str(cell) for cell in found[:4]] == ["1 on 1", "2 on 2", "3 on 3", "1 on 2"]
    assert str(found[-1]) == "3 calls 1 on 3"


def test_where_callers_know_no_headers_there_is_one_matrix() -> None:
    assert {(cell.caller == cell.callee) for cell in cells(("1", "2"), between_sides=False)} == {True}
    assert matrices(("1", "2"), {}, between_sides=False).between_sides == ()


def test_what_one_of_two_sides_does_by_itself_is_the_runtimes() -> None:
    its, pairs = cause("of the runtime"), cause("of the pair")
    found = {
        VersionCell("1", "1", "2"): result(VersionCell("1", "1", "2"), "breaks", its),
        VersionCell("2", "2", "2"): result(VersionCell("2", "2", "2"), "works"),
        VersionCell("1", "2", "2"): result(VersionCell("1", "2", "2"), "breaks", its),
        VersionCell("2", "1", "2"): result(VersionCell("2", "1", "2"), "breaks", its, pairs),
    }
    made = matrices(("1", "2"), found)
    (_, its_cell), (both_cell, _) = made.between_sides
    assert (its_cell.status, [c.of_runtime for c in its_cell.causes]) == ("runtime", [True])
    assert (both_cell.status, [c.of_runtime for c in both_cell.causes]) == ("breaks", [True, False])


def test_a_cell_that_is_not_there_is_told() -> None:
    made = matrices(("1", "2"), {})
    assert {(found.status, found.why) for found in made.results} == {("not-run", PENDING)}
    assert len(made.results) == 6


def test_causes_are_told_once_with_all_that_they_hit() -> None:
    one, two = cause("one"), cause("two", verdict="hung")
    found = {cell: result(cell, "breaks", two) for cell in cells(("1", "2")) if not cell.is_diagonal}
    found[VersionCell("1", "1", "2")] = result(VersionCell("1", "1", "2"), "breaks", one, two)
    groups = grouped(matrices(("1", "2"), found))
    assert [(group.first.cause, len(group.cells)) for group in groups] == [("two", 4), ("one", 1)]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        (("ww", "wn"), 0),
        (("wx", "ww"), 1),
        (("wu", "ww"), 1),
        (("iw", "ww"), 1),
        (("wb", "ww"), 1),
        (("w.", "ww"), 3),
        (("x.", "ww"), 1),
    ],
)
def test_no_cell_of_which_nothing_is_known_is_green(rows: tuple[str, str], code: int) -> None:
    made = on_runtimes(("1", "2"), *rows)
    assert exit_code(made, cells(("1", "2")), complete=True) == code
    assert exit_code(made, cells(("1", "2")), complete=False) == 2


def test_a_shard_answers_for_its_own_cells_and_nothing_for_nothing() -> None:
    made = on_runtimes(("1", "2"), "wx", "bw")
    assert exit_code(made, [VersionCell("1", "1", "1")], complete=True) == 0
    assert exit_code(made, [VersionCell("2", "2", "1")], complete=True) == 5
