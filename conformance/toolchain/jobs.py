"""What is to be built and what came out of it, as plain data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.toolchain.compilers import Compiler

_NAME = re.compile(r"[a-z0-9-]{1,64}")
_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,100}")


@dataclass(frozen=True)
class Job:
    """One shared library (or executable, or unlinked object): what to compile, by whom, and what to link.

    `texts` are (file name, text) pairs; those that end in `.h` are not compiled but can be included by the others, and
    one that ends in `.cc` makes this a job in C++, as a compiler for C++ does. `sources` are files on disk.
    `include` are folders, `defines` are `NAME` or `NAME=VALUE`, `flags` come before the compiler's own. `libraries` are
    shared libraries to link, found again at load time by their folder. `name` is the stem of the object's file name.
    What is `lasting` is used to the end of a run, not for some of its calls, and the cache keeps it so long.
    """

    compiler: Compiler
    name: str
    texts: tuple[tuple[str, str], ...] = ()
    sources: tuple[Path, ...] = ()
    include: tuple[Path, ...] = ()
    defines: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    libraries: tuple[Path, ...] = ()
    kind: Literal["shared", "executable", "object"] = "shared"
    lasting: bool = False

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"the name of a job is a short stem of a-z, 0-9 and '-', not {self.name!r}")
        names = [name for name, _ in self.texts]
        if any(not _FILE.fullmatch(name) for name in names) or len(set(names)) != len(names):
            raise ValueError(f"the texts of a job have plain, different file names, not {names}")

    @property
    def units(self) -> tuple[tuple[str, str], ...]:
        """The texts that are translation units of their own."""
        return tuple(text for text in self.texts if not text[0].endswith(".h"))

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The texts that only others include."""
        return tuple(text for text in self.texts if text[0].endswith(".h"))

    @property
    def is_cxx(self) -> bool:
        """Whether it is C++ that is compiled."""
        return self.compiler.is_cxx or any(name.endswith(".cc") for name, _ in self.texts)

    @property
    def suffix(self) -> str:
        """The end of the object's file name."""
        return {"shared": ".so", "object": ".o", "executable": ""}[self.kind]


@dataclass(frozen=True)
class Built:
    """A built object: where it lies, and whether it was found in the cache rather than compiled."""

    path: Path
    cached: bool
