"""What of a subject is installed here and what is missing, without importing any of it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from importlib import metadata

from conformance.subjects.registry import Entry


@dataclass(frozen=True)
class Missing:
    """Something that a subject needs and that is not there, and the command that gets it."""

    what: str
    mend: str


def versions(entry: Entry) -> dict[str, str]:
    """The versions of the subject's distributions that are installed, by name."""
    found = {}
    for name in entry.distributions:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def missing(entry: Entry) -> tuple[Missing, ...]:
    """What keeps the subject from being run here."""
    there = versions(entry)
    packages = [name for name in entry.distributions if name not in there]
    programs = [name for name in entry.programs if shutil.which(name) is None]
    command = f"pip install 'abi-conformance[{entry.extra}]'" if entry.extra else f"pip install {' '.join(packages)}"
    return (
        *((Missing(" and ".join(packages), command),) if packages else ()),
        *(Missing(name, f"apt install {name}") for name in programs),
    )
