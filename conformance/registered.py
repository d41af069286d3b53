"""What packages register under an entry point group, this package as any other; nothing of it is imported.

Where the package runs from a checkout, installed or not, its own entries are read from the project file there.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

OURS = "abi-conformance"
"""This package's distribution."""

ROOT = Path(__file__).resolve().parents[1]
"""The folder that this package lies in."""


@dataclass(frozen=True)
class Registered:
    """An entry of a group: the distribution that registers it, its name, and "module:name" of the object."""

    package: str
    name: str
    target: str

    @property
    def ships(self) -> bool:
        """Whether it is this package's own."""
        return self.package == OURS


def registered(
    group: str, what: str, kind: str, taken: Collection[str] = ()
) -> tuple[dict[str, Registered], list[str]]:
    """The entries of a group by name, and a sentence for each that registers itself in a way that cannot be used.

    `what` is what one of them is called, `kind` whether it is a class or a function; `taken` are the names of those
    that ship without an entry.
    """
    found: dict[str, Registered] = {}
    problems: list[str] = []
    for package, name, value in (*_shipped(group), *_installed(group, problems)):
        other = found.get(name)
        target = re.sub(r"\s*\[.*", "", value)
        where = f"the {what} '{name}' of the package {package}"
        if name in taken or (other is not None and other.ships):
            problems.append(f"{where} has the name of one that ships, and is left out; give it another name there")
        elif other is not None and other.target != target:
            problems.append(f"{where} has the name of one of {other.package}, and is left out; uninstall one")
        elif not re.fullmatch(r"[\w.]+:[\w.]+", target):
            sample = kind.capitalize() if kind == "class" else kind
            problems.append(f"{where} is '{value}', which names no {kind}; write it there as 'module:{sample}'")
        elif not re.fullmatch(r"[\w.+-]+", name):
            problems.append(f"{where} has a name that cannot be asked for; keep to letters, digits and hyphens there")
        else:
            found[name] = Registered(package, name, target)
    return found, problems


def _shipped(group: str) -> Iterator[tuple[str, str, str]]:
    """The package's own entries where it runs from a checkout, installed or not: distribution, name, value."""
    project = ROOT / "pyproject.toml"
    if not project.is_file():
        return
    table = tomllib.loads(project.read_text(encoding="utf-8")).get("project", {})
    if table.get("name") == OURS:
        for name, value in table.get("entry-points", {}).get(group, {}).items():
            yield OURS, name, value


def _installed(group: str, problems: list[str]) -> Iterator[tuple[str, str, str]]:
    """Distribution, name and value of each entry; of two distributions of one name the first that has any counts."""
    read = {OURS} if any(_shipped(group)) else set()
    for distribution in metadata.distributions():
        points: list[metadata.EntryPoint] = []
        problem = ""
        try:
            points = list(distribution.entry_points.select(group=group))
        except Exception as error:  # whatever is wrong with a package that just happens to be installed
            problem = str(error)
        if not (points or problem):
            continue
        package = distribution.name  # which is in a file of its own, and costs more than the entries of all
        if package in read:
            continue
        read.add(package)
        if problem:
            problems.append(f"the entry points of the package {package} cannot be read ({problem}); install it again")
        yield from ((package, point.name, point.value) for point in points)
