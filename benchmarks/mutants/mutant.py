"""What a mutant is: a source of the reference with one change, and who changed it how."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from conformance.toolchain.fixtures import root

FILES = ("packed.c", "binding.h")
"""The sources that are broken."""


@dataclass(frozen=True)
class Mutant:
    """A source of the reference with one change; `operator` is what changed it, `maker` whose operator that is."""

    maker: str
    operator: str
    file: str
    text: str

    @property
    def id(self) -> str:
        """A short name of the changed source."""
        return hashlib.sha256(f"{self.file}\0{self.text}".encode()).hexdigest()[:8]

    def change(self) -> Change:
        """Where the source was changed, and from what to what."""
        old, new = source(self.file).splitlines(), self.text.splitlines()
        start = _common(old, new)
        end = min(_common(old[::-1], new[::-1]), min(len(old), len(new)) - start)
        if start == len(old) - end and end:  # a line that is put in is told by the one behind it
            end -= 1
        return Change(start + 1, _joined(old[start : len(old) - end]), _joined(new[start : len(new) - end]))


@dataclass(frozen=True)
class Change:
    """The first line that differs, counted from 1, and the lines before and after, each trimmed and in one."""

    line: int
    before: str
    after: str


def source(file: str) -> str:
    """A source of the reference as it is."""
    return (root() / "reference" / file).read_text("utf-8")


def _common(old: list[str], new: list[str]) -> int:
    for at, (before, after) in enumerate(zip(old, new, strict=False)):
        if before != after:
            return at
    return min(len(old), len(new))


def _joined(lines: list[str]) -> str:
    return " ".join(line.strip().removesuffix("\\").strip() for line in lines)
