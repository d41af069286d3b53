"""Which subjects there are, and where one lies that was asked for; nothing of a subject is imported."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import metadata
from pathlib import Path

from packaging.version import InvalidVersion, Version

from conformance.subjects import environments
from conformance.subjects.manifest import SubjectError, known
from conformance.subjects.table import locate

GROUP = "abi_conformance.subjects"
"""The entry point group by which a package of its own registers a subject."""


@dataclass(frozen=True)
class Entry:
    """A subject that can be named.

    A subject that is called has a `target`, "module:Class"; one that is built has a `manifest`. `extra` is the one of
    this package that brings it. `distributions` are what runs under the test, the one that a version is about first;
    `packages` are the names by which those are imported; `programs` are what must be on the PATH. `ships` says that the
    subject is this package's own; of another's, the distribution is the one that registers it.
    """

    name: str
    what: str
    target: str = ""
    manifest: Path | None = None
    extra: str = ""
    distributions: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    ships: bool = True


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


_FFI, _TVM = ("apache-tvm-ffi",), ("apache-tvm", "apache-tvm-ffi")

_CALLED = {
    entry.name: entry
    for entry in (
        Entry("tvm-ffi", "the ready-made functions of tvm-ffi's own testing library",
              "conformance.subjects.tvm_ffi.builtin:TvmFfi", None, "tvm-ffi", _FFI, ("tvm_ffi",)),
        Entry("tvm-ffi-cpp", "C++ functions under the typed macro of tvm-ffi's headers",
              "conformance.subjects.tvm_ffi.cpp:TvmFfiCpp", None, "tvm-ffi", _FFI, ("tvm_ffi",), ("g++",)),
        Entry("tvm-llvm", "what TVM's compiler makes for target llvm",
              "conformance.subjects.tvm.compiler:TvmLlvm", None, "tvm", _TVM, ("tvm", "tvm_ffi")),
        Entry("tvm-c", "what TVM's compiler makes for target c",
              "conformance.subjects.tvm.compiler:TvmC", None, "tvm", _TVM, ("tvm", "tvm_ffi")),
    )
}  # fmt: skip

_MANIFESTS = {
    "reference": "the reference runtime, by the rules of emitted code",
    "reference-runtime": "the reference runtime, by the rules of TVM's C++ runtime",
    "reference-unpacked": "the reference for the unpacked convention",
}


def entries() -> tuple[dict[str, Entry], tuple[str, ...]]:
    """All subjects that can be named, and a sentence for each that registers itself in a way that cannot be used."""
    found = {name: Entry(name, _MANIFESTS.get(name, ""), manifest=path) for name, path in known().items()}
    found |= _CALLED
    problems: list[str] = []
    for distribution, entry in _registered(problems):
        other = found.get(entry.name)
        target = re.sub(r"\s*\[.*", "", entry.value)
        where = f"the subject '{entry.name}' of the package {distribution}"
        if other is not None and other.ships:
            problems.append(f"{where} has the name of one that ships, and is left out; give it another name there")
        elif other is not None and other.target != target:
            problems.append(f"{where} has the name of one of {other.distributions[0]}, and is left out; uninstall one")
        elif not re.fullmatch(r"[\w.]+:[\w.]+", target):
            problems.append(f"{where} is '{entry.value}', which names no class; write it there as 'module:Class'")
        elif not re.fullmatch(r"[\w.+-]+", entry.name):
            problems.append(f"{where} has a name that cannot be asked for; keep to letters, digits and hyphens there")
        else:
            packages = (target.partition(":")[0].partition(".")[0],)
            found[entry.name] = Entry(
                entry.name, f"of the package {distribution}", target, None, "", (distribution,), packages, ships=False
            )
    return found, tuple(problems)


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
        raise SubjectError(_unknown(name, mark, there, problems))
    if entry.manifest is not None:
        if mark:
            raise SubjectError(f"'{name}' is there in one version only, the one that ships; leave out '{mark}{rest}'")
        return Found(name, manifest=name)
    if mark == "@":
        return _at(entry, rest)
    version = _version(entry, rest) if mark else ""
    folders = (environments.release(entry.distributions[0], version, alone=not entry.ships),) if version else ()
    return Found(name, entry.target, folders=folders, version=version)


def split(spec: str) -> tuple[str, str, str]:
    """A spec's name, its mark (`==`, `@` or nothing) and what is behind that."""
    found = re.search(r"==|@", spec)
    return (spec[: found.start()], found[0], spec[found.end() :]) if found else (spec, "", "")


def _registered(problems: list[str]) -> Iterator[tuple[str, metadata.EntryPoint]]:
    """The entry points of the group with their distributions; of two of one name the first on sys.path counts."""
    seen = set()
    for distribution in metadata.distributions():
        name = distribution.name
        if name in seen:
            continue
        seen.add(name)
        try:
            points = list(distribution.entry_points.select(group=GROUP))
        except Exception as error:  # whatever is wrong with a package that just happens to be installed
            problems.append(f"the entry points of the package {name} cannot be read ({error}); install it again")
            continue
        yield from ((name, point) for point in points)


def _unknown(name: str, mark: str, there: dict[str, Entry], problems: tuple[str, ...]) -> str:
    told = next((problem for problem in problems if f"'{name}'" in problem), None)
    if told:
        return told
    bare, single, _ = name.partition("=")
    if not mark and single and bare in there:
        return f"'{name}' is no subject; write a version as '{bare}==VERSION'"
    near = get_close_matches(name, there, 1)
    mend = f"did you mean {near[0]}?" if near else f"name one of {', '.join(there)}, or the path of a subject.toml"
    return f"there is no subject '{name}'; {mend}"


def _version(entry: Entry, text: str) -> str:
    try:
        return str(Version(text))
    except InvalidVersion:
        raise SubjectError(
            f"'{entry.name}=={text}' names no version; name one release of {entry.distributions[0]}"
        ) from None


def _at(entry: Entry, text: str) -> Found:
    path = Path(text).expanduser().resolve()
    if not text or not path.exists():
        raise SubjectError(
            f"'{entry.name}@{text}': there is nothing at that path; name a wheel, a folder with "
            f"{' or '.join(entry.packages)} in it, or a virtual environment"
        )
    if path.is_file():
        folder, version = environments.wheel(path, entry.distributions, alone=not entry.ships)
        return Found(entry.name, entry.target, folders=(folder,), version=version)
    return Found(entry.name, entry.target, folders=(environments.folder(path, entry.packages),))
