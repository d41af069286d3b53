"""Which versions of a runtime a wheel was built against, by what its machine code shows, each piece of evidence named.

No wheel records this. Its code does: it asks for symbols that some releases have, names headers, functions and classes
that some have, and holds, for error messages, lines of headers, which move from release to release.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from packaging.version import Version

from conformance.compat.wheel_metadata import read_wheel
from conformance.compat.wheel_objects import SharedObject, read_object
from conformance.compat.wheel_releases import ReleaseFacts, facts, layout
from conformance.reports.summary import plural

EvidenceKind = Literal["imports", "headers", "lines", "names"]


@dataclass(frozen=True)
class Evidence:
    """What was found in one file, the releases, oldest first, that it fits, and which bounds follow from that."""

    kind: EvidenceKind
    what: str
    file: str
    fits: tuple[str, ...]
    implies: str


@dataclass(frozen=True)
class BuiltAgainst:
    """What is known of the headers that a wheel was built against.

    `versions` are the releases that fit all evidence, oldest first; there are none where nothing was found, or where
    none fits. Names yield where they contradict the rest: a wheel may have names of its own in the runtime's namespace,
    which a later release takes up. `lacks` says, by release, what the wheel's code asks for that this release's library
    has not: it cannot be loaded there, or dies in the first call of it.
    """

    versions: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    lacks: dict[str, tuple[str, ...]]
    sentence: str


def built_against(path: Path, distribution: str, versions: Sequence[str]) -> BuiltAgainst:
    """Which of these releases of a runtime a wheel was built against. Raises WheelError and SubjectError.

    Releases that are not there yet are installed. A wheel built against headers that were never released fits the
    releases around them, or none.
    """
    wheel, place = read_wheel(path), layout(distribution)
    known = [facts(distribution, version) for version in sorted(versions, key=Version)]
    objects = [read for file, raw in wheel.objects() if (read := read_object(raw, file, place.namespace))]
    evidence = [found for read in objects for found in weigh(read, place.headers, known)]
    fits = _fitting(evidence, known)
    sentence = f"{path.name} {_told(distribution, fits, evidence, objects, known)}"
    return BuiltAgainst(fits if evidence else (), tuple(evidence), _lacks(objects, known), sentence)


def weigh(read: SharedObject, headers: str, known: Sequence[ReleaseFacts]) -> Iterator[Evidence]:
    """The evidence of one shared object; `headers` is the folder, below the include folder, of a release's headers.

    What no release has is the wheel's own, and says nothing.
    """
    kinds: tuple[tuple[EvidenceKind, str, Iterable[str], Callable[[ReleaseFacts], Iterable[str]]], ...] = (
        ("imports", "imported symbol", read.imports, lambda release: release.exports),
        ("headers", "header", (_below(path, headers) for path in read.headers), lambda release: release.lines),
        ("names", "name", (name for names in read.names for name in names), lambda release: release.names),
    )
    for kind, noun, found, has in kinds:
        held = {release.version: frozenset(has(release)) for release in known}
        shared = frozenset(found) & frozenset().union(*held.values())
        if shared:
            fits = [version for version, names in held.items() if shared <= names]
            rarest = min(shared, key=lambda name: (sum(name in names for names in held.values()), name))
            told = f"{plural(len(shared), noun)}, {rarest} among them"
            yield Evidence(kind, told, read.file, tuple(fits), _implied(fits, list(held)))
    lines = {(below, line) for path, line in read.lines if (below := _below(path, headers))}
    right = {release.version: {pair for pair in lines if _has_line(release, pair)} for release in known}
    most = max(map(len, right.values()), default=0)
    if most:
        # A number that stands beside a path by chance is a line of no release, or of a few; it is outvoted.
        fits = [version for version, pairs in right.items() if len(pairs) == most]
        path, line = min(right[fits[0]], key=lambda pair: (sum(pair in pairs for pairs in right.values()), pair))
        told = f"{most} of {plural(len(lines), 'line')} in error messages, {path}:{line} among them"
        yield Evidence("lines", told, read.file, tuple(fits), _implied(fits, list(right)))


def _has_line(release: ReleaseFacts, pair: tuple[str, int]) -> bool:
    path, line = pair
    return line in release.lines.get(path, ())


def _implied(fits: Sequence[str], versions: Sequence[str]) -> str:
    """The bounds that follow where these of all versions fit."""
    if not fits:
        return "no release"
    if len(fits) == 1:
        return f"=={fits[0]}"
    lower = "" if fits[0] == versions[0] else f">={fits[0]}"
    upper = "" if fits[-1] == versions[-1] else f"<={fits[-1]}"
    return ",".join(bound for bound in (lower, upper) if bound) or "any"


def _below(path: str, headers: str) -> str:
    """A header's path from the include folder on, "" where it is none of the runtime's."""
    _, found, rest = f"/{path}".rpartition(f"/{headers}/")
    return f"{headers}/{rest}" if found else ""


def _fitting(evidence: Iterable[Evidence], known: Sequence[ReleaseFacts]) -> tuple[str, ...]:
    """The releases that fit all of the evidence, or all but names where these contradict it."""
    fits = [release.version for release in known]
    for found in sorted(evidence, key=lambda piece: piece.kind == "names"):
        both = [version for version in fits if version in found.fits]
        if both or found.kind != "names":
            fits = both
    return tuple(fits)


def _lacks(objects: Sequence[SharedObject], known: Sequence[ReleaseFacts]) -> dict[str, tuple[str, ...]]:
    """What each release has not that some object asks for, another release has, and no object beside it brings."""
    runtimes = frozenset().union(*(release.exports for release in known))
    brought = frozenset().union(*(read.exports for read in objects))
    asked: dict[str, list[str]] = {}
    for read in objects:
        for symbol in sorted((read.imports & runtimes) - brought):
            asked.setdefault(symbol, []).append(Path(read.file).name)
    lacks = {
        release.version: tuple(
            f"it has no {symbol}, which {' and '.join(files)} {'asks' if len(files) == 1 else 'ask'} for"
            for symbol, files in asked.items()
            if symbol not in release.exports
        )
        for release in known
    }
    return {version: missing for version, missing in lacks.items() if missing}


def _told(
    distribution: str,
    fits: Sequence[str],
    evidence: Sequence[Evidence],
    objects: Sequence[SharedObject],
    known: Sequence[ReleaseFacts],
) -> str:
    if not objects:
        return f"holds no ELF object, so nothing tells which {distribution} it was built against"
    if not evidence:
        return f"has no code that uses {distribution}, so nothing tells which one it was built against"
    if not fits:
        by_file = {found.file: _fitting((e for e in evidence if e.file == found.file), known) for found in evidence}
        files = "; ".join(f"{file}: {span(versions) or 'none'}" for file, versions in by_file.items())
        return f"fits no one release of {distribution}; by its files: {files}"
    if len(fits) == len(known):
        return f"uses {distribution}, and what it shows fits all of {plural(len(known), 'release')}"
    return f"was built against {distribution} {span(fits)}"


def span(versions: Sequence[str]) -> str:
    """Versions one of which is meant: `1.0 or 1.1`, `1.0 to 1.3`."""
    return f"{versions[0]} to {versions[-1]}" if len(versions) > 2 else " or ".join(versions)
