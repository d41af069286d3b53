"""What compiles a reproducer: the subject's files, the commands of both sides, and what stands in for Python."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
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
class Files:
    """Where the files of a subject are, or of a version of it, seen from the reproducer's folder."""

    sources: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    libraries: tuple[Path, ...] = ()
    defines: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()

    def words(self) -> dict[str, str]:
        """What a Makefile says of them."""
        flags = [f"-D{define}" for define in self.defines] + [f"-I{folder}" for folder in self.include]
        libraries = [str(library) for library in self.libraries]
        if libraries:
            # A library that only registers itself is linked like any other.
            folders = dict.fromkeys(str(library.parent) for library in self.libraries)
            libraries = ["-Wl,--no-as-needed", *libraries, *(f"-Wl,-rpath={folder}" for folder in folders)]
        return {
            "flags": make_words([*flags, *self.flags]),
            "sources": make_words(self.sources),
            "libraries": make_words(libraries),
        }


def files_of(subject: BuiltSubject, place: Callable[[Path], str] = str) -> Files:
    """The files of a subject, by the names that `place` gives them."""
    return Files(
        tuple(map(place, subject.sources)),
        tuple(map(place, dict.fromkeys((subject.binding.parent, *subject.include)))),
        subject.libraries,
        subject.defines,
        subject.flags,
    )


@dataclass(frozen=True)
class Recipe:
    """Where the subject's files are, seen from the reproducer's folder, and what compiles the two sides.

    `versions` are the files of each version where several meet, and `missing` the symbols that the one that runs lacks;
    the binding is then named without a folder. `aligned` says that both compilers keep the stack 16-aligned at calls.
    Both make code for `target`, which `launcher` runs, words before the program; none where this machine does.
    """

    binding: str
    files: Files = Files()
    commands: Commands = field(default_factory=dict)
    aligned: bool = False
    target: Target = HERE
    launcher: tuple[str, ...] = ()
    versions: Mapping[str, Files] = field(default_factory=dict)
    missing: tuple[str, ...] = ()

    @staticmethod
    def in_place(subject: BuiltSubject, commands: Commands | None = None) -> Recipe:
        """The subject's files where they are, by absolute paths."""
        return Recipe(str(subject.binding), files_of(subject), commands or {})


def build(case: Case, subject: BuiltSubject, recipe: Recipe, layout: bool) -> dict[str, Any]:
    """What the Makefile is told: the programs with their sides, and the files of each version of the subject."""
    pairs = [(case.caller, case.callee)]
    first = compared_with(case)
    if first is not None and not layout:
        pairs.insert(0, first)
    names = ("reproducer",) if len(pairs) == 1 else ("first", "second")
    default = "c++" if subject.is_cxx else "cc"
    programs = []
    for name, suffix, (caller, callee) in zip(names, ("", "_2"), pairs, strict=False):
        runtime = version_of(caller) if case.runtime and name == "first" else case.runtime
        programs.append(
            {
                "name": name,
                "suffix": suffix,
                "runtime": f"libsubject{suffix.lower()}.so",
                "caller": _side(recipe, caller, default),
                "callee": _side(recipe, callee, default),
                # Where the callee alone has a sanitizer, the program needs its runtime.
                "linker": "CALLEE" if _has_sanitizer(recipe, callee) else "CALLER",
                "missing": bool(recipe.missing) and name != "first",
                **{
                    role: named(version) if case.runtime else ""
                    for role, version in (
                        ("of_caller", version_of(caller)), ("of_callee", version_of(callee)), ("of_runtime", runtime),
                    )
                },
            }
        )  # fmt: skip
    every = {named(version): files for version, files in recipe.versions.items()} or {"": recipe.files}
    return {
        "programs": programs,
        "subjects": {name: files.words() for name, files in every.items()},
        "target": recipe.target.name,
        "launcher": make_words(recipe.launcher),
    }


def version_of(side: str) -> str:
    """The version of the headers that a side's id names, "" where it names none."""
    return side.rpartition("@")[2] if "@" in side else ""


def compared_with(case: Case) -> tuple[str, str] | None:
    """The sides that a case's own are held against: another pair, or the same compilers with the caller's version."""
    if not case.runtime:
        return case.against
    return case.caller, f"{case.callee.rpartition('@')[0]}@{version_of(case.caller)}"


def named(version: str) -> str:
    """A version as the end of a variable's name."""
    return "_" + re.sub(r"\W", "_", version)


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
    for compiler in dict.fromkeys([*(compared_with(case) or ()), case.caller, case.callee]):
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
