"""The units of a run, checks or numbered streams of one, and which of them each shard makes.

It is worked out of the options and of a table of costs that ships, never of what a machine has: so every shard knows
what the others make.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

from conformance.checks import CHECKS
from conformance.generation import search
from conformance.generation.profiles import PROFILES
from conformance.model.options import RunOptions
from conformance.model.unit import Unit


def streams(check: str, examples: int) -> int:
    """How many streams that many examples of a check are cut into: at least one."""
    return 1 if check in _costs()["whole"] else search.streams(examples)


def units(options: RunOptions) -> tuple[Unit, ...]:
    """All units of a run, in order. What has fewer examples on some pairs has nothing to do there in its last ones."""
    examples = _examples(options)
    return tuple(
        Unit(check, number)
        for check in CHECKS
        if options.wants(check)
        for number in range(1, streams(check, examples) + 1)
    )


def dealt(options: RunOptions, count: int) -> tuple[tuple[Unit, ...], ...]:
    """The units that each of `count` shards makes, in order: the dearest first, each to who has least to do."""
    every = units(options)
    costs = {unit: cost(unit, options) for unit in every}
    loads = [0] * count
    shard: dict[Unit, int] = {}
    for unit in sorted(every, key=lambda unit: -costs[unit]):
        shard[unit] = least = loads.index(min(loads))
        loads[least] += costs[unit]
    return tuple(tuple(unit for unit in every if shard[unit] == number) for number in range(count))


def cost(unit: Unit, options: RunOptions) -> int:
    """Milliseconds that a unit takes, which are never none: one without examples looks at some calls, too."""
    costs, examples = _costs(), _examples(options)
    if unit.check in costs["whole"]:
        return costs["whole"][unit.check]
    places = search.part(unit.stream, streams(unit.check, examples), examples)
    return costs["example"][unit.check] * max(1, len(places))


def _examples(options: RunOptions) -> int:
    return options.max_examples or PROFILES[options.profile].examples


@cache
def _costs() -> dict[str, dict[str, int]]:
    return tomllib.loads((resources.files("conformance.engine") / "costs.toml").read_text("utf-8"))
