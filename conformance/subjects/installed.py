"""What of a subject is installed here and what is missing, without importing any of it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata

from conformance.subjects.registry import Entry


@dataclass(frozen=True)
class MissingPart:
    """Something that a subject needs and that is not there, and the command that gets it."""

    what: str
    mend: str


def versions(entry: Entry) -> dict[str, str]:
    """The versions of the runtime's distributions that are installed, by name."""
    return _versions(entry.runtime.distributions)


def adapter(entry: Entry) -> dict[str, str]:
    """Name and version of the distribution that registers the subject, where that is not the runtime itself."""
    return {} if entry.is_its_runtime or entry.ships else _versions((entry.adapter,))


def _versions(distributions: Sequence[str]) -> dict[str, str]:
    found = {}
    for name in distributions:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def missing(entry: Entry) -> tuple[MissingPart, ...]:
    """What keeps the subject from being run here."""
    there = versions(entry)
    packages = [name for name in entry.runtime.distributions if name not in there]
    programs = [name for name in entry.runtime.programs if shutil.which(name) is None]
    extra = "" if entry.ships else entry.runtime.extra  # what ships may have come from no index
    command = f"pip install '{entry.adapter}[{extra}]'" if extra else f"pip install {' '.join(packages)}"
    return (
        *((MissingPart(" and ".join(packages), command),) if packages else ()),
        *(MissingPart(name, f"apt install {name}") for name in programs),
    )
