"""What compiles a reproducer: the subject's files, the commands of both sides, and what stands in for Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.codegen.reproducer.spelling import make_words
from conformance.model.case import Case
from conformance.model.target import HERE, Target
from conformance.subjects.manifest import BuiltSubject

Commands = Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]
"""Compiler ids with the command and the flags that they stand for."""


@dataclass(frozen=True)
class Recipe:
    """Where the subject's files are, seen from the reproducer's folder, and what compiles the two sides.

    `aligned` says that both compilers keep the stack 16-aligned at calls. Both make code for `target`, which `launcher`
    runs, words before the program; none where this machine does.
    """

    binding: str
    sources: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    libraries: tuple[Path, ...] = ()
    commands: Commands = field(default_factory=dict)
    aligned: bool = False
    target: Target = HERE
    launcher: tuple[str, ...] = ()

    @staticmethod
    def in_place(subject: BuiltSubject, commands: Commands | None = None) -> Recipe:
        """The subject's files where they are, by absolute paths."""
        return Recipe(
            binding=str(subject.binding),
            sources=tuple(map(str, subject.sources)),
            include=tuple(map(str, dict.fromkeys((subject.binding.parent, *subject.include)))),
            libraries=subject.libraries,
            commands=commands or {},
        )


def build(case: Case, subject: BuiltSubject, recipe: Recipe, layout: bool) -> dict[str, Any]:
    """What the Makefile is told: the programs with their sides, flags, sources and libraries."""
    pairs = [(case.caller, case.callee)]
    if case.against is not None and not layout:
        pairs.insert(0, case.against)
    names = ("reproducer",) if len(pairs) == 1 else ("first", "second")
    programs = [
        {
            "name": name,
            "suffix": suffix,
            "runtime": f"libsubject{suffix.lower()}.so",
            "caller": _side(recipe, caller, "c++" if subject.is_cxx else "cc"),
            "callee": _side(recipe, callee, "c++" if subject.is_cxx else "cc"),
            # Where the callee alone has a sanitizer, the program needs its runtime.
            "linker": "CALLEE" if _has_sanitizer(recipe, callee) else "CALLER",
        }
        for name, suffix, (caller, callee) in zip(names, ("", "_2"), pairs, strict=False)
    ]
    flags = [f"-D{define}" for define in subject.defines]
    flags += [f"-I{folder}" for folder in recipe.include] + list(subject.flags)
    libraries = [str(library) for library in recipe.libraries]
    if libraries:
        # A library that only registers itself is linked like any other.
        folders = dict.fromkeys(str(library.parent) for library in recipe.libraries)
        libraries = ["-Wl,--no-as-needed", *libraries, *(f"-Wl,-rpath={folder}" for folder in folders)]
    return {
        "programs": programs,
        "subject_flags": make_words(flags),
        "sources": make_words(recipe.sources),
        "libraries": make_words(libraries),
        "target": recipe.target.name,
        "launcher": make_words(recipe.launcher),
    }


def has_fences(case: Case, recipe: Recipe) -> bool:
    """Whether a side of a case's own pair has a sanitizer, and the program is to say what nobody may touch."""
    return any(_has_sanitizer(recipe, side) for side in (case.caller, case.callee))


def _has_sanitizer(recipe: Recipe, compiler: str) -> bool:
    _, flags = recipe.commands.get(compiler, ((), ()))
    return any(flag.startswith("-fsanitize=") for flag in flags)


def _side(recipe: Recipe, compiler: str, default: str) -> dict[str, str]:
    command, flags = recipe.commands.get(compiler, ((), ()))
    if _is_dynamic(compiler):
        flags = (*flags, "-DABI_DYNAMIC")
    return {"command": make_words(command or (default,)), "flags": make_words(flags)}


def notes(case: Case, recipe: Recipe) -> list[str]:
    """What of the run cannot be had again with programs, a paragraph each."""
    said = []
    for compiler in dict.fromkeys([*(case.against or ()), case.caller, case.callee]):
        if _is_dynamic(compiler):
            roles = {"called": case.caller, "was called": case.callee}
            sides = [role for role, used in roles.items() if used == compiler] or ["called"]
            said.append(
                f"In the run it was Python that {' and '.join(sides)}, through cffi. Here C stands in:\n"
                "that side is compiled with -DABI_DYNAMIC, by which the binding header can tell that it\n"
                "is what Python reaches."
            )
        elif not recipe.commands.get(compiler, ((), ()))[0]:
            said.append(
                f"In the run a side was compiled by {compiler}, which is no program here: cc stands in.\n"
                "Where the compiler matters and its program is installed, name it, as in\n"
                "`make CC_CALLER=tcc CC_CALLEE=tcc`."
            )
    return said


def _is_dynamic(compiler: str) -> bool:
    return compiler in ("dynamic", "dynamic-api")
