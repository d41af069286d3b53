from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from conformance.gate.compare import Change
from conformance.gate.files import GateError, read_result
from conformance.gate.verdict_changes import Example, VerdictChanges, compare_groups

from ..reports.made import FAILED, result


def group(
    name: str = "type::packed::f64<-i64", check: str = "X0-TYPE", payload: int = 2, **verdicts: int
) -> dict[str, Any]:
    """A group with these counts, and an example of each verdict."""
    names = {verdict.replace("_", "-"): n for verdict, n in verdicts.items()}
    example = {
        "key": name.replace("::packed::", "::packed::a>b::") + "@0",
        "signature": {"declared": "(f64) -> none", "passed": "(i64) -> none"},
        "case": {"payload": [1] * payload},
    }
    return {"group": name, "check": check, "verdicts": names, "examples": dict.fromkeys(names, example)}


def made(*groups: dict[str, Any]) -> dict[str, Any]:
    return result(evolve(FAILED, groups=groups))


def changes(old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [
        (change.direction, ",".join(change.old), ",".join(change.new))
        for change in compare_groups(made(old), made(new)).changes
    ]


def test_nothing_changed() -> None:
    same = made(group(detected=10, silent_wrong=5))
    assert compare_groups(same, same) == VerdictChanges((), (), ())


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (group(detected=9), group(silent_wrong=9), ("worse", "detected", "silent-wrong")),
        (group(silent_wrong=9), group(detected=9), ("better", "silent-wrong", "detected")),
        (group(detected=9), group(detected=8, late=1), ("worse", "detected", "late")),
        (group(silent_wrong=9), group(crashed=9), ("worse", "silent-wrong", "crashed")),
        (group(crashed=9), group(late=9), ("better", "crashed", "late")),
        (group(late=5, detected=4), group(late=1, crashed=1, detected=7), ("worse", "late", "detected,crashed")),
        (group(crashed=1, detected=8), group(late=5, detected=4), ("worse", "detected,crashed", "late")),
        (group(crashed=5, detected=4), group(late=2, detected=7), ("better", "crashed", "detected,late")),
        (group(late=9), group(inconclusive=9), ("changed", "late", "inconclusive")),
        (group(detected=9), group(inconclusive=9), ("changed", "detected", "inconclusive")),
        (
            group(check="X0-COERCE", coerced=9),
            group(check="X0-COERCE", detected=9),
            ("changed", "coerced", "detected"),
        ),
    ],
)
def test_what_became_of_a_group(old: dict[str, Any], new: dict[str, Any], expected: tuple[str, str, str]) -> None:
    assert changes(old, new) == [expected]


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        (group(detected=50, late=50), group(detected=100, late=100), False),  # the same shares
        (group(detected=50, late=50), group(detected=106, late=94), False),  # as chance has it in another draw
        (group(detected=50, late=50), group(detected=150, late=50), True),
        (group(detected=50, late=50), group(detected=51, late=49), True),  # the same cases: no chance
        (group(detected=500), group(detected=999, crashed=1), True),  # what was never seen is no chance
    ],
)
def test_chance_is_no_change(old: dict[str, Any], new: dict[str, Any], changed: bool) -> None:
    assert bool(changes(old, new)) is changed
    assert bool(changes(new, old)) is changed


def test_groups_with_one_cause_are_told_together_with_the_smallest_example() -> None:
    names = ("type::packed::f32<-i64", "type::packed::f64<-i64", "type::packed::i8<-f64")
    old = made(*(group(name, detected=9) for name in names), group("few::packed::3<-2", "X0-COUNT", detected=4))
    new = made(
        group(names[0], payload=3, silent_wrong=9), group(names[1], payload=1, silent_wrong=9),
        group(names[2], payload=1, crashed=9), group("few::packed::3<-2", "X0-COUNT", detected=4),
    )  # fmt: skip
    one, other = compare_groups(old, new).changes
    assert ([moved.kind for moved in one.moved], one.new) == (["f32<-i64", "f64<-i64"], ("silent-wrong",))
    assert one.moved[0].old == {"detected": 9}
    assert one.example is not None
    assert one.example == Example(
        "type::packed::a>b::f64<-i64@0", one.example.id, "(f64) -> none", "(i64) -> none", "silent-wrong", "new"
    )
    assert len(one.example.id) == 12
    assert [moved.kind for moved in other.moved] == ["i8<-f64"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (Change("worse", "finding", "X0-TYPE", "type::packed::a>b::f64<-i64@3", "-", "late"), True),
        (Change("better", "finding", "X0-TYPE", "type::packed::a>b::f64<-i64@3", "late", "-"), False),
        (Change("worse", "finding", "X0-ERROR", "type::packed::a>b::f64<-i64@3", "-", "late"), False),
        (Change("worse", "finding", "X0-TYPE", "type::packed::a>b::f32<-i64@3", "-", "late"), False),
        (Change("worse", "finding", "X0-TYPE", "coerce::packed::a>b::f64<-i64@3", "-", "late"), False),
        (Change("worse", "check", "X0-TYPE", "X0-TYPE", "pass", "fail"), False),
    ],
)
def test_a_group_tells_of_the_findings_of_its_kinds(change: Change, told: bool) -> None:
    (told_of,) = compare_groups(made(group(detected=9)), made(group(late=9))).changes
    assert told_of.tells(change) is told


def test_worse_comes_first_and_groups_of_one_side_are_named() -> None:
    old = made(group("few::packed::3<-2", "X0-COUNT", late=4), group(detected=9), group("swap::packed", late=1))
    new = made(group("few::packed::3<-2", "X0-COUNT", detected=4), group(late=9), group("width::packed::a", late=1))
    found = compare_groups(old, new)
    assert [change.direction for change in found.changes] == ["worse", "better"]
    assert (found.gone, found.come) == (("swap::packed",), ("width::packed::a",))


def test_an_earlier_result_without_groups_has_nothing_to_compare() -> None:
    old = made()
    del old["groups"]
    assert compare_groups(old, made(group(detected=9))) == VerdictChanges((), (), ())


@pytest.mark.parametrize(
    ("groups", "says"),
    [
        ({}, "groups must be a list, not an object"),
        ([1], "groups[0] must be an object, not 1"),
        (
            [{**group(late=1), "verdicts": {"late": "many"}}],
            "groups[0].verdicts.late must be a whole number of at least 0, not 'many'",
        ),
        ([{**group(late=1), "examples": {"late": {"key": "k"}}}], "groups[0].examples.late.signature is missing"),
    ],
)
def test_bad_groups_are_named(groups: object, says: str, tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    path.write_text(json.dumps({**made(), "groups": groups}))
    with pytest.raises(GateError) as error:
        read_result(path)
    assert says in str(error.value)
