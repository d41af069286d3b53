"""Mutants whose behaviour the rules allow as well: listed in `outside.toml`, each with the sentence that allows it."""

from __future__ import annotations

import functools
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from benchmarks.mutants.mutant import Change

MOST = 0.15
"""The part of all mutants that may be outside the rules."""

_PATH = Path(__file__).with_name("outside.toml")


@dataclass(frozen=True)
class Entry:
    r"""Changes that one sentence allows: `before` and `after` are patterns of the lines as they were and became.

    In `after`, `\1` is what the first group of `before` found, and so on.
    `quote` stands in `page`, a file of the checkout, but for how its lines are broken; `why` says how it applies.
    """

    before: str
    after: str
    page: str
    quote: str
    why: str

    def allows(self, change: Change) -> bool:
        """Whether this entry is about a change."""
        found = re.fullmatch(self.before, change.before)
        if found is None:
            return False
        after = re.sub(r"\\([1-9])", lambda group: re.escape(found[int(group[1])] or ""), self.after)
        return bool(re.fullmatch(after, change.after))


@functools.cache
def entries() -> tuple[Entry, ...]:
    """All entries."""
    return tuple(Entry(**entry) for entry in tomllib.loads(_PATH.read_text("utf-8")).get("allowed", []))


def allowed_by(change: Change) -> Entry | None:
    """The entry that allows a change, if there is one."""
    return next((entry for entry in entries() if entry.allows(change)), None)
