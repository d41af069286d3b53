"""Reads a compiler spec, `NAME[:FLAGS]`, and makes the short id by which reports and case keys name the compiler."""

from __future__ import annotations

import hashlib
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.toolchain.errors import BadSpec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DYNAMIC = ("dynamic", "dynamic-api")
"""Python through cffi, in ABI mode and in API mode: compilers that compile nothing."""

DEFAULT_FLAGS = ("-O2",)
"""What a spec without flags means, for compilers that optimise: how C is shipped."""

# Flags that change what is written, or where: the toolchain decides these, and a spec that does would break it.
_OURS = re.compile(r"^(-o.*|-c|-S|-E|-M{1,2}|-x.*|-fsyntax-only|-$|--version|--help.*|-v|-###|@.*)$")

INCLUDE_FOLDERS = ("-I", "-isystem", "-iquote", "-idirafter")
"""Options that name a folder in which headers are looked for."""

INCLUDED_FILES = ("-include", "-imacros")
"""Options that name a file which is read before the text."""

_PATHS = (*INCLUDE_FOLDERS, *INCLUDED_FILES, "-L")
_SEPARATE = {
    *_PATHS,
    "-target",
    "--target",
    "-arch",
    "-D",
    "-U",
    "-l",
    "-Xlinker",
    "-Xclang",
    "-Xassembler",
    "-Xpreprocessor",
    "-mllvm",
    "--param",
    "-z",
    "-B",
    "--sysroot",
    "-T",
}


@dataclass(frozen=True)
class Spec:
    """A spec taken apart: a program's name or absolute path, and the flags that were given (None: none were)."""

    text: str
    name: str
    flags: tuple[str, ...] | None

    @property
    def is_path(self) -> bool:
        """Whether the name is a path rather than something to look up."""
        return "/" in self.name


def parse(text: str) -> Spec:
    """Take `gcc`, `clang-16`, `gcc:-O3 -m32` or `/opt/cc:-O1` apart; raises BadSpec with one sentence."""
    name, colon, rest = text.strip().partition(":")
    name = name.strip()
    if not name:
        raise BadSpec(f"the compiler spec {text!r} names no compiler; write NAME or NAME:FLAGS, such as gcc:-O3")
    if re.search(r"\s", name) and "/" not in name:
        raise BadSpec(f"the compiler spec {text!r} has flags without a colon; write {':'.join(text.split(None, 1))!r}")
    if name.startswith("-"):
        raise BadSpec(f"the compiler spec {text!r} begins with a flag; write NAME:FLAGS, such as gcc:{name}")
    try:
        flags = tuple(shlex.split(rest))
    except ValueError as error:
        raise BadSpec(f"the flags of the compiler spec {text!r} cannot be read: {error}") from error
    if name in DYNAMIC and flags:
        raise BadSpec(f"{name} is Python through cffi and takes no flags, but the spec is {text!r}")
    before = ""
    for flag in flags:
        if _OURS.match(flag) or (not flag.startswith("-") and before not in _SEPARATE):
            raise BadSpec(f"the compiler spec {text!r} may not hold {flag!r}: what to compile is not its to say")
        before = flag
    if "/" in name:
        name = str(Path(name).expanduser().absolute())
    return Spec(text.strip(), name, flags if colon and flags else None)


def paths(flags: Sequence[str]) -> Iterator[tuple[int, str, str]]:
    """What flags name of folders and files: the place of the flag that holds the path, the option, the path."""
    before = ""
    for place, flag in enumerate(flags):
        for option in _PATHS:
            path = flag if before == option else flag.removeprefix(option) if flag.startswith(option) else ""
            if path:
                yield place, option, path
        before = flag


def from_root(flags: tuple[str, ...]) -> tuple[str, ...]:
    """The flags with every folder and file that is there named from the root: a compiler runs in another folder."""
    named = list(flags)
    for place, _, path in paths(flags):
        if Path(path).exists():
            named[place] = flags[place].removesuffix(path) + str(Path(path).absolute())
    return tuple(named)


def names_cxx(program: str) -> bool:
    """Whether the name or path of a compiler is that of one for C++."""
    return "++" in program.rpartition("/")[2]


def make_id(base: str, flags: tuple[str, ...]) -> str:
    """Make a name that can stand in a case key, such as `gcc-O3-m32` for gcc and `-O3 -m32`.

    Characters that keys, globs and file names use for themselves become `_`, and a digest keeps such ids apart.
    """
    joined = base + "".join(flag if flag.startswith("-") else f"-{flag}" for flag in flags)
    clean = re.sub(r"[^A-Za-z0-9._=+,-]", "_", joined)
    if clean == joined:
        return clean
    return f"{clean}-{hashlib.sha256(joined.encode()).hexdigest()[:4]}"
