"""What lies in the result slot of a packed call before it is made: its code and its value."""

from __future__ import annotations

from functools import lru_cache

from conformance.generation.payloads import RESULT_PLACE, poison
from conformance.model.kinds import KINDS
from conformance.rules.load import Rules

NO_CODE = 0x5EED
"""The usual code before a call: outside every table, with an empty upper half."""

_WIDE = (-1, -(2**31), 2**31 - 1, 0x5EED5EED)
"""Codes that leave something behind where only a part of the code is written."""


@lru_cache(maxsize=64)
def presets(rules: Rules) -> tuple[int, ...]:
    """The codes that calls find in turn: the usual one, wide and negative ones, and every code that owns nothing.

    Codes under which no kind here travels are left out: they are objects', which a runtime may release.
    """
    table = set(rules.codes.values())
    valid = [rules.code(kind) for kind in rules.passable]
    return tuple(dict.fromkeys([code for code in (NO_CODE, *_WIDE) if code not in table] + valid))


@lru_cache(maxsize=1024)
def old_value(rules: Rules, code: int) -> int:
    """The eight bytes beside a preset code: nothing under a pointer's code, all ones under a number's, else poison."""
    kinds = [kind for kind in rules.passable if rules.code(kind) == code]
    if any(KINDS[kind].is_pointer for kind in kinds):
        return 0
    return 2**64 - 1 if kinds else int.from_bytes(poison(RESULT_PLACE)[:8], "little")
