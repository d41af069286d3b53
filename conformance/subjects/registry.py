"""Which subjects there are, and where one lies that was asked for; nothing of a subject is imported."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path

from packaging.version import InvalidVersion, Version

from conformance.model.subject import Headers, Runtime
from conformance.registered import OURS, ROOT, Registered, registered
from conformance.subjects import declared, environments
from conformance.subjects.errors import SubjectError
from conformance.subjects.manifest import known
from conformance.subjects.table import locate

GROUP = "abi_conformance.subjects"
"""The entry point group by which a package registers a subject, this one too."""


@dataclass(frozen=True)
class Entry:
    """A subject that can be named.

    A subject that is called has a `target`, "module:Class", and is registered by the distribution `adapter`; one that
    is built has a `manifest`. `runtime` is what must be installed for it, and what a version is about: the adapter
    itself where its class does not say.
    """

    name: str
    what: str
    target: str = ""
    manifest: Path | None = None
    adapter: str = ""
    runtime: Runtime = field(default_factory=Runtime)

    @property
    def ships(self) -> bool:
        """Whether it is this package's own."""
        return self.manifest is not None or self.adapter == OURS

    @property
    def is_its_runtime(self) -> bool:
        """Whether adapter and runtime are one distribution."""
        return self.runtime.distributions == (self.adapter,)


@dataclass(frozen=True)
class Found:
    """A subject that was asked for.

    One that is called has a `target`, "module:Class", and `folders`, which go first on sys.path of its process; one
    that is built has a `manifest`, for `load_subject`. `version` is the one that was asked for, "" where none was.
    """

    name: str
    target: str = ""
    manifest: str = ""
    folders: tuple[Path, ...] = ()
    version: str = ""


_MANIFESTS = {
    "reference": "the reference runtime, by the rules of emitted code",
    "reference-runtime": "the reference runtime, by the rules of TVM's C++ runtime",
    "reference-unpacked": "the reference for the unpacked convention",
    "reference-cxx": "the reference with a binding header in C++",
}


def entries() -> tuple[dict[str, Entry], tuple[str, ...]]:
    """All subjects that can be named, and a sentence for each that registers itself in a way that cannot be used."""
    found = {name: Entry(name, _MANIFESTS.get(name, ""), manifest=path) for name, path in known().items()}
    classes, problems = registered(GROUP, "subject", "class", tuple(found))
    for name, cls in classes.items():
        try:
            found[name] = _entry(cls)
        except ValueError as error:
            problems.append(f"the subject '{name}' of the package {cls.package} {error}")
    return found, tuple(problems)


def _entry(cls: Registered) -> Entry:
    """What the source of a subject's class says of it. Raises ValueError with what is wrong there."""
    module, _, name = cls.target.partition(":")
    path = declared.source(module, ROOT if cls.ships else None)
    what, runtime = declared.read(path, name) if path is not None else ("", Runtime())
    if not runtime.distributions:
        runtime = replace(runtime, distributions=(cls.package,))
    if not runtime.packages:
        runtime = replace(runtime, packages=(module.partition(".")[0],))
    return Entry(cls.name, what or f"of the package {cls.package}", cls.target, None, cls.package, runtime)


def find(spec: str) -> Found:
    """The subject of `NAME`, `NAME==VERSION`, `NAME@PATH`, or the path of a manifest. Raises SubjectError.

    A version that is not yet in the cache is installed there.
    """
    name, mark, rest = split(spec)
    there, problems = entries()
    entry = there.get(name)
    if entry is None:
        if spec and (Path(spec).exists() or locate(Path(spec))):
            return Found(spec, manifest=spec)
        path, _, version = spec.rpartition("==")
        if path and locate(Path(path)):
            return Found(path, manifest=spec, version=version)
        raise SubjectError(_unknown(name, mark, there, problems))
    if entry.manifest is not None:
        if mark:
            raise SubjectError(f"'{name}' is there in one version only, the one that ships; leave out '{mark}{rest}'")
        return Found(name, manifest=name)
    if mark == "@":
        return _at(entry, rest)
    if not mark:
        return Found(name, entry.target)
    version = _version(entry, rest)
    folder = environments.release(entry.runtime.distributions[0], version, alone=entry.is_its_runtime)
    return Found(name, entry.target, folders=(folder,), version=version)


def versioned(found: Found) -> Entry:
    """The entry of a subject whose sides can be built against other releases. Raises SubjectError for any other."""
    entry = entries()[0][found.name]
    if not entry.runtime.versioned:
        raise SubjectError(f"the sides of '{found.name}' are built against no headers; leave out their versions")
    return entry


def headers(found: Found, version: str = "") -> Headers:
    """A release whose headers the sides of a subject can be built against, installed if need be. Raises SubjectError.

    Without a version it is the one that runs.
    """
    entry = versioned(found)
    name = entry.runtime.distributions[0]
    wanted = _version(entry, version) if version else found.version
    if wanted != found.version:
        folder = environments.release(name, wanted, alone=entry.is_its_runtime)
    else:
        folder = found.folders[0] if found.folders else _installed(entry)
    return Headers(wanted, environments.named(folder, name, wanted))


def _installed(entry: Entry) -> Path:
    """The folder that the runtime is imported from."""
    name = entry.runtime.packages[0]
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise SubjectError(f"{name} is not installed; name a version, as in '{entry.name}==VERSION'")
    return Path(next(iter(spec.submodule_search_locations))).parent


def split(spec: str) -> tuple[str, str, str]:
    """A spec's name, its mark (`==`, `@` or nothing) and what is behind that."""
    found = re.search(r"==|@", spec)
    return (spec[: found.start()], found[0], spec[found.end() :]) if found else (spec, "", "")


def _unknown(name: str, mark: str, there: dict[str, Entry], problems: tuple[str, ...]) -> str:
    told = next((problem for problem in problems if f"'{name}'" in problem), None)
    if told:
        return told
    bare, single, _ = name.partition("=")
    if not mark and single and bare in there:
        return f"'{name}' is no subject; write a version as '{bare}==VERSION'"
    near = get_close_matches(name, there, 1)
    hint = f"did you mean {near[0]}?" if near else f"name one of {', '.join(there)}, or the path of a subject.toml"
    return f"there is no subject '{name}'; {hint}"


def _version(entry: Entry, text: str) -> str:
    try:
        return str(Version(text))
    except InvalidVersion:
        raise SubjectError(
            f"'{entry.name}=={text}' names no version; name one release of {entry.runtime.distributions[0]}"
        ) from None


def _at(entry: Entry, text: str) -> Found:
    path = Path(text).expanduser().resolve()
    if not text or not path.exists():
        raise SubjectError(
            f"'{entry.name}@{text}': there is nothing at that path; name a wheel, a folder with "
            f"{' or '.join(entry.runtime.packages)} in it, or a virtual environment"
        )
    if path.is_file():
        folder, version = environments.wheel(path, entry.runtime.distributions, alone=entry.is_its_runtime)
        return Found(entry.name, entry.target, folders=(folder,), version=version)
    return Found(entry.name, entry.target, folders=(environments.folder(path, entry.runtime.packages),))
