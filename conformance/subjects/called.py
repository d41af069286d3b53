"""A subject that is called, once its process has said what it is: its rules, kinds and claims, checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from conformance.model.case import CLASSES
from conformance.model.signature import Signature
from conformance.model.subject import SubjectInfo
from conformance.rules.errors import RulesError
from conformance.rules.load import Rules, load
from conformance.subjects.errors import SubjectError


@dataclass(frozen=True)
class CalledSubject:
    """A runtime under test that is called. `spec` is what it was asked for by; `about` what it says of itself.

    `has_callees` is False for one that is a packer alone.
    """

    spec: str
    about: SubjectInfo
    rules: Rules
    kinds: tuple[str, ...]
    claims: tuple[str, ...]
    has_callees: bool = True

    @property
    def name(self) -> str:
        """Its name."""
        return self.about.name

    @property
    def version(self) -> str:
        """The version that waivers and results go by."""
        return self.about.version

    @property
    def convention(self) -> str:
        """Subjects that are called have the packed convention."""
        return "packed"

    @property
    def waivers(self) -> Path | None:
        """The file of known gaps that it ships."""
        return self.about.waivers

    @property
    def fixed(self) -> tuple[Signature, ...]:
        """The only signatures that it can declare, none where it can declare any."""
        return self.about.signatures


def called_subject(spec: str, about: SubjectInfo, has_callees: bool = True) -> CalledSubject:
    """The subject of what a process said. Raises SubjectError with the part of it that is wrong."""
    where = f"the subject '{about.name}'"
    try:
        rules = load(about.rules)
    except RulesError as error:
        raise SubjectError(f"{where}: {error}") from None
    there = (*rules.kinds, *rules.custom_declarable)
    kinds = about.kinds or there
    unknown = [kind for kind in kinds if kind not in there]
    if unknown:
        raise SubjectError(f"{where} has the kind '{unknown[0]}', which its rules table '{rules.name}' does not have")
    strange = [kind for kind in about.packs if kind not in (*rules.passable, *rules.custom_kinds)]
    if strange:
        raise SubjectError(f"{where} packs '{strange[0]}', which its rules table '{rules.name}' does not have")
    if about.claims is not None and (wrong := set(about.claims) - set(CLASSES)):
        raise SubjectError(f"{where} claims '{min(wrong)}', which is no mismatch class")
    claims = rules.claims if about.claims is None else about.claims
    return CalledSubject(spec, about, rules, kinds, claims, has_callees)


def is_wrong(name: str, what: object) -> str:
    """The sentence about an adapter that does something wrong."""
    return f"the adapter of the subject '{name}' is wrong: {what}; see docs/subjects.md"
