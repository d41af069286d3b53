"""A unit of a run, which is made as a whole: a check, or a numbered stream of what it draws."""

from __future__ import annotations

from typing import NamedTuple


class Unit(NamedTuple):
    """A stream of a check, numbered from 1, on all of its pairs: what is never cut, and what bounds belong to."""

    check: str
    stream: int = 1

    def __str__(self) -> str:
        """`X0-TYPE`, and `X0-TYPE#2` for its second stream."""
        return self.check if self.stream == 1 else f"{self.check}#{self.stream}"
