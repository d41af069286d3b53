"""Loads a subject from its manifest, `subject.toml`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from conformance.model.documents import parse_toml, read_text
from conformance.model.kinds import DECLARABLE, NONE
from conformance.model.schema import problem
from conformance.rules.errors import RulesError
from conformance.rules.load import Rules, checked_claims, load
from conformance.rules.policy import read_policy
from conformance.subjects import versions
from conformance.subjects.errors import SubjectError
from conformance.subjects.table import entry, in_table, locate
from conformance.toolchain.fixtures import root


@dataclass(frozen=True)
class BuiltSubject:
    """A runtime under test: what it promises and how it is built.

    `claims` are the mismatch classes that it promises to detect, `kinds` those that a signature may have. Paths are
    absolute. `language` is that of the binding header and of the sources: "c" or "c++". `digest` changes with the
    manifest. `versions` are those of its headers and sources that the manifest names, its own among them, the oldest
    first where they are numbers; there are none where it names no other than its own.
    """

    name: str
    version: str
    convention: str
    rules: Rules
    kinds: tuple[str, ...]
    claims: tuple[str, ...]
    manifest: Path
    binding: Path
    include: tuple[Path, ...]
    sources: tuple[Path, ...]
    defines: tuple[str, ...]
    flags: tuple[str, ...]
    libraries: tuple[Path, ...]
    language: str
    digest: str
    versions: tuple[str, ...] = ()
    is_own: bool = True

    @property
    def spec(self) -> str:
        """What to load it by again: its name where it ships with the package, else its manifest, and its version."""
        shipped = {path.resolve(): name for name, path in known().items() if path.is_file()}
        name = shipped.get(self.manifest, str(self.manifest))
        return name if self.is_own else f"{name}=={self.version}"

    def at(self, version: str) -> BuiltSubject:
        """The subject as a version of it is. Raises SubjectError where the manifest does not name that version."""
        return self if version == self.version else _load(self.manifest, version)

    @property
    def waivers(self) -> Path | None:
        """A subject with a manifest ships no known gaps."""
        return None

    @property
    def is_cxx(self) -> bool:
        """Whether its binding header is C++."""
        return self.language == "c++"

    @property
    def packed(self) -> bool:
        """Whether the subject has the packed convention."""
        return self.convention == "packed"


def known() -> dict[str, Path]:
    """The subjects that ship with the package, by name, and where their manifests are."""
    reference = root() / "reference"
    return {
        "reference": reference / "subject.toml",
        "reference-runtime": reference / "runtime-rules" / "subject.toml",
        "reference-unpacked": reference / "unpacked" / "subject.toml",
        "reference-cxx": reference / "cxx" / "subject.toml",
    }


def load_subject(spec: str) -> BuiltSubject:
    """A subject that ships, by name, or one of your own by the path of its manifest; `SPEC==VERSION` is one version.

    Raises SubjectError.
    """
    named = known()
    path, version = locate(named.get(spec, Path(spec))), ""
    if path is None:
        name, _, version = spec.rpartition("==")
        path = locate(named.get(name, Path(name))) if name else None
    if path is None:
        raise SubjectError(
            f"there is no subject '{spec}'; name one of {', '.join(named)}, or the path of a subject.toml"
        )
    return _load(path.resolve(), version)


def _load(path: Path, version: str = "") -> BuiltSubject:
    """The subject of a manifest, or one of its versions where that is not empty."""
    file = in_table(path) or path
    text = read_text(file, SubjectError, "name a text file")
    raw = parse_toml(text, str(file), SubjectError)
    if file != path:
        raw = entry(raw, path) or {}
        text = repr(raw)
    wrong = versions.unquoted(raw) or problem(raw, "subject")
    if wrong:
        raise SubjectError(f"{path}: {wrong}")
    every, own, home = versions.named(raw), versions.own(raw), path.parent
    wanted = version or own
    if wanted != own or own in raw.get("versions", {}):
        raw, home = versions.at(raw, wanted, path)
        text = f"{wanted}\n{text}"
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    return replace(_parse(raw, path, home, digest), versions=every, is_own=wanted == own)


def _parse(raw: dict[str, Any], path: Path, home: Path, digest: str) -> BuiltSubject:
    """The subject of what a manifest says; the paths in it are relative to the folder `home`."""
    head, build = raw["subject"], raw["build"]
    convention = head.get("convention", "packed")
    try:
        rules = load(head.get("rules", "tvm-packed"), home)
        rules = replace(rules, **read_policy(raw.get("policy", {}), str(path)))
        claims = checked_claims(head.get("claims", rules.claims), f"{path}: [subject] claims")
    except RulesError as error:
        raise SubjectError(f"{path}: [subject] {error}" if str(error).startswith("rules =") else str(error)) from None
    if convention == "packed" and NONE not in rules.packs_as:
        raise SubjectError(
            f"{path}: [subject] rules: the table '{rules.name}' does not say which code a return of nothing has; add "
            f'none = "{next(iter(rules.codes))}" or another of its codes to its [packs_as]'
        )
    kinds = tuple(head.get("kinds", (*rules.kinds, *rules.custom_kinds)))
    for kind in kinds:
        if kind in rules.custom_kinds:
            raise SubjectError(
                f"{path}: [subject] kinds: {kind} is a kind of its own, [kinds.{kind}] of the rules '{rules.name}', "
                f"which stubs in C cannot have; name the kinds without it, as in kinds = {_toml(rules.kinds[:3])}, or "
                "have the runtime called by a Python class (docs/subjects.md), which can have kinds of its own"
            )
        if kind not in DECLARABLE:
            raise SubjectError(
                f"{path}: [subject] kinds: '{kind}' is no kind to declare; there are {', '.join(DECLARABLE)}"
            )
        if kind not in rules.kinds:
            raise SubjectError(
                f"{path}: [subject] kinds: the rules '{rules.name}' have no [accept.{kind}]; drop it or add that table"
            )
    if not kinds:
        raise SubjectError(f"{path}: [subject] kinds is empty; leave it out for all kinds of the convention")
    include, sources, libraries = (
        tuple(_found(path, home, key, name) for name in build.get(key, ()))
        for key in ("include", "sources", "libraries")
    )
    return BuiltSubject(
        name=head["name"],
        version=head.get("version", versions.UNTOLD),
        convention=convention,
        rules=rules,
        kinds=kinds,
        claims=claims,
        manifest=path,
        binding=_found(path, home, "binding", build["binding"]),
        include=include,
        sources=sources,
        defines=tuple(build.get("defines", [])),
        flags=tuple(build.get("flags", [])),
        libraries=libraries,
        language=build.get("language", "c"),
        digest=digest,
    )


def _toml(texts: Sequence[str]) -> str:
    return "[" + ", ".join(f'"{text}"' for text in texts) + "]"


def _found(path: Path, home: Path, key: str, name: str) -> Path:
    """The file, or for `include` the folder, that a manifest names under a key of [build]."""
    found = (home / name).resolve()
    if key == "binding" and not found.is_file():
        found = (path.parent / name).resolve()  # an old revision knows nothing of the suite
    kind, is_one = ("folder", found.is_dir()) if key == "include" else ("file", found.is_file())
    if not is_one:
        raise SubjectError(f"{path}: [build] {key}: there is no {kind} {found}")
    return found
