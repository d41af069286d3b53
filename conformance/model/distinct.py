"""Counts distinct things in bounded memory: of their hashes the smallest are kept, and their range tells the number.

Up to `MOST` the count is exact; above, it is an estimate whose standard error is a part in the root of `MOST`, 0.8 %
(Bar-Yossef, Jayram, Kumar, Sivakumar, Trevisan: Counting Distinct Elements in a Data Stream, RANDOM 2002, the first of
its algorithms). What is kept of several counts can be united, in any order.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable

MOST = 1 << 14
"""How many hashes are kept of one count."""

_DIGITS = 12


def hash_of(text: str) -> str:
    """The hash by which a text is counted, in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def kept(hashes: Iterable[str]) -> tuple[str, ...]:
    """What is kept of some hashes: the smallest, in order, each once."""
    distinct = set(hashes)
    return tuple(sorted(distinct) if len(distinct) <= MOST else heapq.nsmallest(MOST, distinct))


def count(hashes: Iterable[str]) -> int:
    """How many distinct things there are, of whose hashes these are what was kept, of one count or of several."""
    smallest = kept(hashes)
    if len(smallest) < MOST:
        return len(smallest)
    share = (int(smallest[-1], 16) + 1) / float(1 << 4 * _DIGITS)
    return round((MOST - 1) / share)
