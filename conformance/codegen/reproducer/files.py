"""All files of a stand-alone C reproducer: what is rendered for the case, and copies of the subject's own C."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from conformance.codegen.reproducer.recipe import Commands, Recipe
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
) -> dict[str, str | bytes]:
    """The files by their path in the reproducer's folder.

    `commands` are the compilers' programs and flags by id; what is no program may be left out or be empty. `aligned`
    says that both sides keep the stack 16-aligned at calls. `launcher` runs their code, which is for `target`.
    Raises OSError where a file of the subject cannot be read.
    """
    include = tuple(dict.fromkeys((subject.binding.parent, *subject.include)))
    copied = list(dict.fromkeys((subject.binding, *subject.sources, *_reached(subject, include))))
    base = Path(os.path.commonpath([*(path.parent for path in copied), *include]))

    def place(path: Path) -> str:
        return (Path("subject") / path.relative_to(base)).as_posix()

    recipe = Recipe(
        binding=place(subject.binding),
        sources=tuple(map(place, subject.sources)),
        include=tuple(map(place, include)),
        libraries=subject.libraries,
        commands=commands,
        aligned=aligned,
        target=target,
        launcher=launcher,
    )
    return {
        **{place(path): path.read_bytes() for path in copied},
        **render(case, subject, required, observed, recipe),
    }


def _reached(subject: BuiltSubject, include: tuple[Path, ...]) -> Iterator[Path]:
    """The files that the binding and the sources include, in folders of the user's."""
    for line in FileReader().reached((), (subject.binding, *subject.sources), include):
        name, _, digest = line.partition("\t")
        if digest != "not found":
            yield Path(os.path.normpath(name))
