"""Which shard makes what: every unit once, the same whoever asks, and none much more than another."""

from __future__ import annotations

import tomllib
from importlib import resources

import pytest

from conformance.checks import CHECKS
from conformance.engine.units import dealt, streams, units
from conformance.generation.search import STREAM
from conformance.model.options import RunOptions
from conformance.model.unit import Unit

COSTS = tomllib.loads((resources.files("conformance.engine") / "costs.toml").read_text("utf-8"))


def test_every_check_has_one_cost() -> None:
    assert sorted([*COSTS["whole"], *COSTS["example"]]) == sorted(CHECKS)


def test_a_unit_is_a_check_or_a_numbered_stream_of_one() -> None:
    assert (str(Unit("X0-TYPE")), str(Unit("X0-TYPE", 3))) == ("X0-TYPE", "X0-TYPE#3")
    assert [streams("X0-TYPE", examples) for examples in (0, 1, STREAM, STREAM + 1)] == [1, 1, 1, 2]
    assert streams("X0-LAYOUT", 100 * STREAM) == 1
    asked = RunOptions(checks=("X0-TYPE", "X0-LAYOUT"), max_examples=2 * STREAM + 1)
    assert list(map(str, units(asked))) == ["X0-LAYOUT", "X0-TYPE", "X0-TYPE#2", "X0-TYPE#3"]


@pytest.mark.parametrize("profile", ["quick", "ci", "nightly"])
@pytest.mark.parametrize("count", [1, 2, 5, 999])
def test_every_unit_is_dealt_to_one_shard(profile: str, count: int) -> None:
    options = RunOptions(profile=profile)
    shards = dealt(options, count)
    assert len(shards) == count and shards == dealt(options, count)
    assert sorted(map(str, (unit for shard in shards for unit in shard))) == sorted(map(str, units(options)))
    assert sum(map(len, shards)) == len(set(units(options)))


def test_nothing_but_what_is_asked_decides() -> None:
    asked = dealt(RunOptions(), 3)
    assert asked == dealt(RunOptions(subject="tvm-c", compilers=("gcc", "tcc"), seed=5), 3)
    assert asked != dealt(RunOptions(checks=("X0-*",)), 3)


def test_shards_have_about_as_much_to_do() -> None:
    def cost(shard: tuple[Unit, ...]) -> int:
        return sum(COSTS["whole"].get(unit.check, COSTS["example"].get(unit.check, 0) * 32) for unit in shard)

    for count in (2, 3, 4):
        costs = [cost(shard) for shard in dealt(RunOptions(), count)]
        assert max(costs) < 1.1 * min(costs)


def test_more_shards_than_units_leave_the_last_ones_empty() -> None:
    assert dealt(RunOptions(checks=("X0-LAYOUT",)), 3) == ((Unit("X0-LAYOUT"),), (), ())
