"""The order of versions: as packages number them where they can be read so, else by the numbers in their names."""

from __future__ import annotations

import re

from packaging.version import InvalidVersion, Version

_PARTS = re.compile(r"\d+|\D+")

VersionKey = tuple[int, Version, tuple[tuple[int, int, str], ...]]

_NONE = Version("0")


def version_key(text: str) -> VersionKey:
    """What versions are sorted by, the oldest first; those that are no numbers come before all that are."""
    parts = tuple((1, int(part), "") if part.isdecimal() else (0, 0, part) for part in _PARTS.findall(text))
    try:
        return 1, Version(text), parts
    except InvalidVersion:
        return 0, _NONE, parts
