"""What a wheel says of itself: its name, what it requires, and which files in it are machine code."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.metadata import parse_email
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import Version

from conformance.model.errors import UserError

MOST_BYTES = 1 << 30
"""The largest file in a wheel that is read; more is no library but data, or a trap."""

_MAGIC = b"\x7fELF"
_DAMAGE = (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError)
"""What reading an archive that is damaged, encrypted, or packed in a way of its own raises."""


class WheelError(UserError):
    """A wheel cannot be read or judged; the message is one sentence with the file, what is wrong, and the hint."""


@dataclass(frozen=True)
class DeclaredRange:
    """Which versions of a distribution a wheel says it works with.

    `alternatives` are several where the requirement stands under extras alone, each with a range of its own; `text` is
    how they are written; `elsewhere` are requirements whose markers do not hold here. Without any requirement at all
    every version is in the range, and `is_named` is false.
    """

    distribution: str
    alternatives: tuple[SpecifierSet, ...]
    text: str
    elsewhere: tuple[str, ...] = ()
    is_named: bool = True

    def holds(self, version: str) -> bool:
        """Whether a version is in the range; a version that is yet to come may be asked for too."""
        return any(alternative.contains(version, prereleases=True) for alternative in self.alternatives)

    def pins(self, version: str) -> bool:
        """Whether exactly this version is asked for: pip installs one that was yanked then, and only then."""
        return any(
            part.operator in ("==", "===") and not part.version.endswith(".*") and part.contains(version)
            for alternative in self.alternatives
            for part in alternative
        )


@dataclass(frozen=True)
class Wheel:
    """A wheel that was opened once, so that it can be read: where it lies, and its requirements as they are written."""

    path: Path
    name: str
    version: Version
    requirements: tuple[str, ...]

    def objects(self) -> Iterator[tuple[str, bytes]]:
        """Its files that are ELF objects, by name, with their bytes. Raises WheelError where the archive is damaged."""
        try:
            with zipfile.ZipFile(self.path) as archive:
                for entry in archive.infolist():
                    if entry.is_dir() or entry.file_size > MOST_BYTES:
                        continue
                    with archive.open(entry) as file:
                        head = file.read(len(_MAGIC))
                        if head == _MAGIC:
                            yield entry.filename, head + file.read()
        except (OSError, *_DAMAGE) as error:
            raise WheelError(f"{self.path} is damaged ({error}); build it anew") from error


def read_wheel(path: Path) -> Wheel:
    """The wheel at a path. Raises WheelError."""
    try:
        name, version, _, _ = parse_wheel_filename(path.name)
    except InvalidWheelFilename:
        raise WheelError(
            f"{path} is not named as a wheel is; name a file such as dist/x-1.0-py3-none-any.whl"
        ) from None
    try:
        with zipfile.ZipFile(path) as archive:
            found = [entry for entry in archive.namelist() if _is_metadata(entry)]
            if len(found) != 1:
                raise WheelError(f"{path} has {'more than one' if found else 'no'} METADATA; build it anew")
            raw, _ = parse_email(archive.read(found[0]))
    except OSError as error:
        raise WheelError(f"{path} cannot be read ({error.strerror or error}); name a wheel that is there") from error
    except _DAMAGE as error:
        raise WheelError(f"{path} is no zip archive, which a wheel is ({error}); build it anew") from error
    return Wheel(path, name, version, tuple(raw.get("requires_dist", ())))


def declared(wheel: Wheel, distribution: str) -> DeclaredRange:
    """The range of a distribution that a wheel declares. Raises WheelError.

    A requirement without a marker and one whose marker holds here bind together. One under an extra only narrows
    these, so it counts where nothing else asks for the runtime.
    """
    always: list[Requirement] = []
    optional: list[Requirement] = []
    elsewhere: list[str] = []
    name = canonicalize_name(distribution)
    for text in wheel.requirements:
        requirement = _requirement(wheel, text, name)
        if requirement is None:
            continue
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            always.append(requirement)
        elif any(requirement.marker.evaluate({"extra": extra}) for extra in _extras(requirement)):
            optional.append(requirement)
        else:
            elsewhere.append(text)
    if always:
        both = SpecifierSet()
        for requirement in always:
            both &= requirement.specifier
        return DeclaredRange(always[0].name, (both,), f"{always[0].name}{_ordered(both)}", tuple(elsewhere))
    alternatives = tuple(dict.fromkeys(requirement.specifier for requirement in optional))
    if alternatives:
        written = " or ".join(f"{optional[0].name}{_ordered(specifiers)}" for specifiers in alternatives)
        return DeclaredRange(optional[0].name, alternatives, written, tuple(elsewhere))
    return DeclaredRange(distribution, (SpecifierSet(),), distribution, tuple(elsewhere), is_named=False)


def _is_metadata(entry: str) -> bool:
    folder, _, name = entry.partition("/")
    return folder.endswith(".dist-info") and name == "METADATA"


def _requirement(wheel: Wheel, text: str, name: str) -> Requirement | None:
    """A requirement that is about a distribution; others may be written as they like."""
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        word = text.replace("(", " ").split(maxsplit=1)
        if word and canonicalize_name(word[0]) == name:
            raise WheelError(f"{wheel.path} requires '{text}', which is no requirement; correct it there") from None
        return None
    if canonicalize_name(requirement.name) != name:
        return None
    if requirement.url is not None:
        raise WheelError(f"{wheel.path} requires {requirement.name} by an address; declare a range of versions")
    return requirement


def _extras(requirement: Requirement) -> list[str]:
    """The extras that a marker names, as they are written in it."""
    words = str(requirement.marker).replace("'", '"').split('"')
    return words[1::2]


def _ordered(specifiers: SpecifierSet) -> str:
    """A range as people write it: the lower bound first."""
    rank = {">=": 0, ">": 0, "~=": 0, "==": 0, "===": 0, "<": 1, "<=": 1, "!=": 2}
    return ",".join(map(str, sorted(specifiers, key=lambda part: (rank[part.operator], str(part)))))
