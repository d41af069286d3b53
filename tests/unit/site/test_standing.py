from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.checks import CHECKS
from conformance.site.collect import collect
from conformance.site.order import version_key
from conformance.site.standing import SubjectStanding, check_names, standings

from .made import run, save


def of(folder: Path, *results: dict[str, Any]) -> list[SubjectStanding]:
    return standings(collect([save(folder / f"{at}.json", made) for at, made in enumerate(results)]).runs)


def test_fewest_problems_come_first_then_what_is_finished_then_the_newest(tmp_path: Path) -> None:
    found = of(
        tmp_path,
        run("1.9", red=True),
        run("1.10"),
        run("1.2", waived=True),
        run("2.0", complete=False),
        run("1", subject="zeta"),
        run("1", subject="beta"),
    )
    assert [(each.subject, each.version, each.state) for each in found] == [
        ("acme-runtime", "1.10", "good"),
        ("acme-runtime", "1.2", "waived"),
        ("beta", "1", "good"),
        ("zeta", "1", "good"),
        ("acme-runtime", "2.0", "unfinished"),
        ("acme-runtime", "1.9", "bad"),
    ]
    assert [each.words for each in found][-2:] == ["unfinished", "1 problem"]
    assert found[1].words == "conforms, 1 waived"


def test_what_a_version_comes_to_by_check_and_by_pair(tmp_path: Path) -> None:
    (found,) = of(tmp_path, run(red=True))
    assert check_names([found], list(CHECKS)) == [name for name in CHECKS if name in found.checks]
    cell = found.checks["X0-TYPE"]
    assert (cell.status, cell.causes, cell.waived, cell.cases) == ("fail", 1, 0, 12340)
    assert found.checks["X0-COERCE"].status == "not-applicable"
    assert found.pairs["gcc-O2>tcc"]["X0-TYPE"].causes == 1
    assert found.cases == 13340


def test_a_cause_that_several_runs_show_is_one_and_the_worst_of_them_is_looked_at_first(tmp_path: Path) -> None:
    (found,) = of(tmp_path, run(red=True, seed=1), run(red=True, seed=2), run(seed=3, started="2027-01-01T00:00:00"))
    assert (found.problems, found.checks["X0-TYPE"].status, found.checks["X0-TYPE"].cases) == (1, "fail", 3 * 12340)
    assert found.run.result["seed"] in (1, 2)
    assert found.checks["X0-TYPE"].run is found.run


@pytest.mark.parametrize(
    "changes",
    [
        {"errors": ["broke"]},
        {"gate": {"waivers": "w.toml", "baseline": None, "problems": ["stale"]}},
        {"requirements": [{"set": "packed/1", "unmet": ["X0-COUNT must pass"]}]},
    ],
)
def test_problems_are_not_findings_alone(tmp_path: Path, changes: dict[str, Any]) -> None:
    (found,) = of(tmp_path, run() | changes)
    assert (found.problems, found.state) == (1, "bad")


def test_a_check_that_fails_without_a_finding_is_a_problem(tmp_path: Path) -> None:
    (found,) = of(tmp_path, run(red=True) | {"findings": []})
    assert found.words == "1 problem"


def test_a_run_of_which_nothing_applies_is_not_green(tmp_path: Path) -> None:
    made = run()
    (found,) = of(tmp_path, made | {"checks": [row for row in made["checks"] if row["status"] == "not-applicable"]})
    assert (found.state, found.words) == ("nothing", "nothing ran")


def test_an_earlier_result_tells_of_a_pair_where_it_has_one(tmp_path: Path) -> None:
    made = run(red=True)
    checks = [{name: value for name, value in row.items() if name != "pairs"} for row in made["checks"]]
    made |= {"checks": checks}
    (found,) = of(tmp_path, made)
    assert found.pairs == {}
    (found,) = of(tmp_path, made | {"pairs": [["gcc-O2", "tcc"]]})
    assert found.pairs["gcc-O2>tcc"]["X0-TYPE"].status == "fail"


def test_versions_are_in_order() -> None:
    ordered = ["abc", "build-9", "build-10", "0.9", "1.0rc1", "1.0", "1.9", "1.10", "2.0.post1"]
    ordered_again = sorted((ordered[at] for at in (3, 0, 8, 5, 2, 7, 4, 1, 6)), key=version_key)
    assert ordered_again == ordered
