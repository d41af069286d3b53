"""What the result of a shard holds besides its own verdicts: all that `merge` makes the result of the run from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.model.outcome import Outcome


@dataclass(frozen=True)
class Shard:
    """One of `of` parts of a run, numbered from 1, and the units that it makes.

    `inputs` are digests by name, of the subject, the waiver file and the baseline: empty where there is none.
    `shipped` are name and text of the waiver file that ships with the subject. `manifest` and `binding` are those of
    the subject as paths in the repository, None where they are not in it.
    """

    number: int
    of: int
    units: tuple[str, ...]
    inputs: Mapping[str, str] = field(default_factory=dict)
    shipped: tuple[str, str] | None = None
    manifest: str | None = None
    binding: str | None = None

    def __str__(self) -> str:
        """`shard 2/5`."""
        return f"shard {self.number}/{self.of}"

    def to_json(self, outcomes: Iterable[Outcome], remarks: Mapping[str, str]) -> dict[str, Any]:
        """Plain JSON data, with what was made, and what is to be said of reproducers by the ids of their findings."""
        return {
            "number": self.number,
            "of": self.of,
            "units": list(self.units),
            "inputs": dict(self.inputs),
            "shipped": list(self.shipped) if self.shipped else None,
            "manifest": self.manifest,
            "binding": self.binding,
            "remarks": {name: said for name, said in sorted(remarks.items()) if said},
            "outcomes": [outcome.to_json() for outcome in outcomes],
        }

    @staticmethod
    def from_json(raw: Mapping[str, Any]) -> Shard:
        """The inverse of `to_json`, as its schema says it."""
        return Shard(
            raw["number"],
            raw["of"],
            tuple(raw["units"]),
            raw["inputs"],
            tuple(raw["shipped"]) if raw["shipped"] else None,
            raw["manifest"],
            raw["binding"],
        )
