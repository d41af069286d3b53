"""Which range of versions code may declare that is built against one of them, in a sentence."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from attrs import frozen
from packaging.version import InvalidVersion, Version

from conformance.compat.cells import BREAKING, WORKING, Status
from conformance.compat.matrix import VersionMatrices
from conformance.compat.releases import Release


@frozen
class Range:
    """What code built against a version may declare, as a specifier, "" where it does not work with itself.

    `sentence` says it, and what ends the range where that is not a break.
    """

    built: str
    may_declare: str
    sentence: str


def ranges(found: VersionMatrices, releases: Sequence[Release]) -> tuple[Range, ...]:
    """The range of each version: the runtimes around it that work. One that was yanked and breaks does not end it."""
    yanked = {release.version for release in releases if release.yanked}
    return tuple(_range(found, built, yanked) for built in found.versions)


def _range(found: VersionMatrices, built: str, yanked: Collection[str]) -> Range:
    status = {version: result.status for version, result in found.works(built).items()}
    if status[built] not in WORKING:
        does = "does not work with itself" if status[built] in BREAKING else "is not known to work with itself"
        return Range(built, "", f"code built against {built} {does}")
    at = found.versions.index(built)
    before, begin = _as_far_as_it_works(tuple(reversed(found.versions[:at])), status, yanked)
    after, end = _as_far_as_it_works(found.versions[at + 1 :], status, yanked)
    inside = [*reversed(before), built, *after]
    tried = found.versions[found.versions.index(inside[0]) : found.versions.index(inside[-1]) + 1]
    declared = _declared(inside, [version for version in tried if version not in inside])
    notes = [f"what it does on {v} is not known" for v in (begin, end) if v and status[v] not in BREAKING]
    notes += [] if end else [f"{inside[-1]} is the newest that was tried"]
    told = f"; {', and '.join(notes)}" if notes else ""
    return Range(built, declared, f"code built against {built} may declare {declared}{told}")


def _as_far_as_it_works(
    versions: Sequence[str], status: Mapping[str, Status], yanked: Collection[str]
) -> tuple[list[str], str]:
    """The versions that work, from the nearest on, and the one that ends them, "" where none does."""
    works: list[str] = []
    for version in versions:
        if status[version] in WORKING:
            works.append(version)
        elif version not in yanked:
            return works, version
    return works, ""


def _declared(inside: Sequence[str], without: Sequence[str]) -> str:
    """A specifier where versions are numbers, else words.

    It ends with the last version that works, not before the next one that was tried: there may be others between.
    """
    lowest, highest = inside[0], inside[-1]
    try:
        for version in inside:
            Version(version)
    except InvalidVersion:
        return f"{lowest} to {highest}" if lowest != highest else lowest
    if lowest == highest:
        return f"=={highest}"
    return ",".join([f">={lowest}", *(f"!={version}" for version in without), f"<={highest}"])
