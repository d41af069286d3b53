"""How far a check has come while it runs: what is shown of it before its outcome is there."""

from __future__ import annotations

from attrs import frozen


@frozen
class Headway:
    """A stream of a check on one pair (`pair` is empty for checks that compare pairs), somewhere on its way.

    `share` is how much of what it draws it has looked at, from 0 to 1; `cases` were judged so far, and `found` are the
    causes that nothing excuses, as they can be told apart by then.
    """

    check: str
    pair: tuple[str, ...]
    share: float = 0.0
    cases: int = 0
    found: int = 0
    stream: int = 1
