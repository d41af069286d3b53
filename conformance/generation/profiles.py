"""Profiles: how much a run draws, and whether it is repeatable."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Profile:
    """How much is drawn.

    `examples` bundles of `bundle` signatures for the embedded compiler, `compiled_examples` for command compilers,
    which cost a hundred times as much. `max_args` is the longest signature. A `random` profile takes a new seed each
    time and uses Hypothesis' database.
    """

    name: str
    examples: int
    compiled_examples: int
    bundle: int
    max_args: int
    random: bool = False
    hang_ms: int = 1000


PROFILES: dict[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile("quick", examples=32, compiled_examples=6, bundle=32, max_args=16),
        Profile("ci", examples=60, compiled_examples=20, bundle=48, max_args=16),
        Profile("nightly", examples=400, compiled_examples=100, bundle=64, max_args=64, random=True, hang_ms=2000),
    )
}
"""The named profiles."""
