"""All files of a stand-alone C reproducer: what is rendered for the case, and copies of the subject's own C."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from conformance.codegen.reproducer.load import render_load
from conformance.codegen.reproducer.recipe import Commands, Files, Recipe, files_of
from conformance.codegen.reproducer.render import render
from conformance.model.case import Case
from conformance.model.target import HERE, Target
from conformance.subjects.manifest import BuiltSubject
from conformance.toolchain.includes import FileReader


def files(
    case: Case,
    subject: BuiltSubject,
    required: str,
    observed: str,
    commands: Commands,
    *,
    aligned: bool,
    target: Target = HERE,
    launcher: tuple[str, ...] = (),
    versions: Mapping[str, BuiltSubject] | None = None,
    missing: tuple[str, ...] = (),
) -> dict[str, str | bytes]:
    """The files by their path in the reproducer's folder.

    `commands` are the compilers' programs and flags by id; what is no program may be left out or be empty. `aligned`
    says that both sides keep the stack 16-aligned at calls. `launcher` runs their code, which is for `target`.
    `versions` are those of the subject that meet, if there are several, and `missing` what the one that runs lacks.
    Raises OSError where a file of the subject cannot be read.
    """
    copies: dict[str, str | bytes] = {}
    if versions:
        binding = subject.binding.name
        placed = {version: _copied(other, f"subject-{version}", copies) for version, other in versions.items()}
        recipe = Recipe(binding, commands=commands, versions=placed, missing=missing)
    else:
        place = _place(subject, "subject")
        recipe = Recipe(place(subject.binding), _copied(subject, "subject", copies), commands)
    if versions and case.mismatch.cls == "layout" and case.mismatch.declared.startswith("load-"):
        command, flags = commands[case.callee]
        return {**copies, **render_load(case, subject, recipe.versions, (*command, *flags))}
    recipe = replace(recipe, aligned=aligned, target=target, launcher=launcher)
    return {**copies, **render(case, subject, required, observed, recipe)}


def _copied(subject: BuiltSubject, folder: str, copies: dict[str, str | bytes]) -> Files:
    """The files of a subject as they are in the folder of that name, into which they are copied."""
    place = _place(subject, folder)
    copies |= {place(path): path.read_bytes() for path in _files(subject)}
    return files_of(subject, place)


def _place(subject: BuiltSubject, folder: str) -> Callable[[Path], str]:
    """What names a file of a subject in the folder of its copies."""
    base = Path(os.path.commonpath([*(path.parent for path in _files(subject)), *_include(subject)]))
    return lambda path: (Path(folder) / path.relative_to(base)).as_posix()


def _include(subject: BuiltSubject) -> tuple[Path, ...]:
    return tuple(dict.fromkeys((subject.binding.parent, *subject.include)))


def _files(subject: BuiltSubject) -> list[Path]:
    return list(dict.fromkeys((subject.binding, *subject.sources, *_reached(subject, _include(subject)))))


def _reached(subject: BuiltSubject, include: tuple[Path, ...]) -> Iterator[Path]:
    """The files that the binding and the sources include, in folders of the user's."""
    for line in FileReader().reached((), (subject.binding, *subject.sources), include):
        name, _, digest = line.partition("\t")
        if digest != "not found":
            yield Path(os.path.normpath(name))
