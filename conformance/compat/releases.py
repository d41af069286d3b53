"""The versions of a subject that are held against each other: those of its manifest, or the releases of its runtime."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from attrs import evolve, frozen
from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from conformance.compat import index
from conformance.subjects import digest
from conformance.subjects.declared import source
from conformance.subjects.errors import SubjectError
from conformance.subjects.manifest import load_subject
from conformance.subjects.registry import entries, find, split
from conformance.subjects.table import locate


@frozen
class Release:
    """A version; `yanked` says whether it was taken back, and is None where that is not known."""

    version: str
    yanked: bool | None = False


@frozen
class Versioned:
    """A subject with its versions, the oldest first; `spec` is what it was asked for by.

    `language` is that of its headers, "c" or "c++"; "" where the subject itself compiles its sides. `distribution` is
    what a package that needs it asks for: of a manifest its name. Without `callers_built` callers know no headers.
    """

    spec: str
    releases: tuple[Release, ...]
    language: str
    distribution: str
    callers_built: bool = True

    @property
    def versions(self) -> tuple[str, ...]:
        """The names of its versions."""
        return tuple(release.version for release in self.releases)

    def at(self, version: str) -> str:
        """What one of its versions is asked for by."""
        return f"{self.spec}=={version}"

    def digest(self, version: str) -> str:
        """Changes with what a version is: its headers, sources and rules, or the class that reaches a release.

        A revision is built for that, and a release installed, where they have not been. Raises SubjectError.
        """
        found = find(self.at(version))
        if found.manifest:
            subject = load_subject(found.manifest)
            return digest.digest(self.at(version), subject.rules)
        module = source(found.target.partition(":")[0])
        text = module.read_bytes() if module is not None else b""
        return hashlib.sha256(found.target.encode() + text).hexdigest()[:16]


def versioned(spec: str, wanted: SpecifierSet | None, *, candidates: bool) -> Versioned:
    """The versions of a subject in a range, all of them without one. Raises SubjectError.

    `candidates` are releases that are none yet; a range that names one has them too.
    """
    candidates = candidates or bool(wanted and wanted.prereleases)
    found = _all_of(spec, candidates=candidates)
    fitting = tuple(r for r in found.releases if wanted is None or _fits(r.version, wanted))
    if len(fitting) < 2:
        within = f"in {wanted} there is only {fitting[0].version}" if fitting else f"none of them is in {wanted}"
        within = within if wanted is not None else "there is no other"
        raise SubjectError(
            f"versions of {spec} are held against each other, and {within}; there are {', '.join(found.versions)}, of "
            "which a range has to have two"
        )
    return evolve(found, releases=fitting)


def _all_of(spec: str, *, candidates: bool) -> Versioned:
    there, _ = entries()
    entry = there.get(spec)
    if entry is None or entry.manifest is not None:
        _refuse_a_version(spec, tuple(there))
        if entry is None:
            find(spec)  # what is wrong with it is said
        subject = load_subject(spec)
        if not subject.versions:
            raise SubjectError(
                f"{subject.manifest} is in one version only, and versions are held against each other; name others in "
                'tables such as [versions."1.2"] (docs/subjects.md)'
            )
        return Versioned(spec, tuple(map(Release, subject.versions)), subject.language, subject.name)
    if not entry.runtime.versioned:
        able = [name for name, other in there.items() if other.runtime.versioned]
        raise SubjectError(
            f"the sides of '{spec}' are always built against the release that runs; name {', '.join(able)} or a "
            "subject.toml with [versions.X]"
        )
    distribution = entry.runtime.distributions[0]
    found = index.releases(distribution, candidates=candidates)
    releases = tuple(Release(release.version, release.yanked) for release in found)
    return Versioned(spec, releases, "", distribution, entry.runtime.callers_built)


def _refuse_a_version(spec: str, known: Sequence[str]) -> None:
    name, mark, rest = split(spec)
    path = spec.rpartition("==")[0]
    if (mark and name in known) or (path and not Path(spec).exists() and locate(Path(path))):
        shown = f"{mark}{rest}" if name in known else spec[len(path) :]
        raise SubjectError(
            f"'{spec}' is one version, and all are held against each other; leave out '{shown}', and name a range with "
            "--versions"
        )


def _fits(version: str, wanted: SpecifierSet) -> bool:
    """Whether a version is in a range; one that is no number is in none."""
    try:
        return wanted.contains(Version(version), prereleases=True)
    except InvalidVersion:
        return False
