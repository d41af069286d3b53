"""What the last release promised, stored in tests/data/promised/, and what of it does not hold any more."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
STORED = ROOT / "tests" / "data" / "promised"
NAMES = "names.json"

READ = ("campaign", "rules", "subject", "waiver")
"""Documents that users write and this package reads; all others it writes, and reads again."""

_SAID = ("title", "description", "$comment")
"""What a schema says to people."""

_NAMED = ("properties", "$defs")
"""Keywords whose keys are names, to which others may come."""


def schemas() -> dict[str, dict[str, Any]]:
    """The schemas that ship, by the name that they are stored under."""
    found = {}
    for path in sorted((ROOT / "conformance").glob("*/schema*/*.json")):
        name = f"cost-{path.name}" if path.parent.parent.name == "cost" else path.name
        found[name] = json.loads(path.read_text("utf-8"))
    return found


def names() -> dict[str, list[str]]:
    """Commands, options of `run` and words, as the command line tells them."""
    words = [line.rpartition("  ") for line in _told("explain").splitlines()]
    return {
        "commands": re.findall(r"^  ([a-z]+)  ", _told("--help").partition("Commands:")[2], re.MULTILINE),
        "options": sorted(set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", _told("run", "--help")))),
        **{key.strip(): told.split(", ") for key, _, told in words},
    }


def _told(*args: str) -> str:
    argv = [sys.executable, "-m", "conformance", *args]
    return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def broken(old: Any, new: Any, *, read: bool, place: str = "", names: bool = False) -> Iterator[str]:
    """What a schema promised and does not any more, a place each.

    `read` is for documents that users write: they may be allowed more. What is written may gain keys, and verdicts and
    the like may gain names; all that was always there stays there. `names` says that the keys here are names.
    """
    if not isinstance(old, dict) or not isinstance(new, dict):
        if old != new:
            yield place
        return
    for key, was in old.items():
        where, now = f"{place}/{key}", new.get(key)
        if key in _SAID and not names:
            continue
        if key == "enum" and not names:
            if not set(was) <= set(now or was):
                yield where
        elif key == "required" and not names:
            if not set(now or ()) <= set(was) or (not read and set(now or ()) != set(was)):
                yield where
        elif key == "type" and not names:
            if not _types(was) <= _types(now) or (not read and _types(was) != _types(now)):
                yield where
        elif key not in new:
            yield where
        else:
            yield from broken(was, now, read=read, place=where, names=key in _NAMED and not names)
    for key in () if names else set(new) - set(old) - {*_SAID, *_NAMED}:
        yield f"{place}/{key}"  # a new demand


def _types(told: Any) -> set[str]:
    return {told} if isinstance(told, str) else set(told or ())


def store() -> None:
    """Write tests/data/promised/ anew, as a release does."""
    STORED.mkdir(exist_ok=True)
    for path in STORED.glob("*.json"):
        path.unlink()
    for name, document in {**schemas(), NAMES: names()}.items():
        (STORED / name).write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    store()
