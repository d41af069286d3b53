"""Every compiler that is installed, by program, with the spec that makes it write code for each target."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance.model.target import HERE, TARGETS, Target
from conformance.toolchain import embedded, sanitizers
from conformance.toolchain.compilers import cross_compilers, versions
from conformance.toolchain.errors import MissingCompiler

LEVELS = ("-O0", "-O1", "-O2", "-O3", "-Os", "-O2 -flto", "-O2 -fno-strict-aliasing", "-O2 -fstack-protector-strong")
"""The flags under which a compiler that optimises is a side: levels, and what changes code but no convention."""

WITHOUT_GAPS = "-fpack-struct"
"""The flag that lays structures out without gaps, and aligns none."""

ABI_FLAGS = ("-fshort-enums", "-funsigned-char", WITHOUT_GAPS)
"""Flags that change what C types are: both sides of a pair have them, or none."""

_CLANG_TARGETS = ("i386", "aarch64", "armhf", "riscv64", "s390x")
"""What clang links for with Debian's cross libraries alone."""


@dataclass(frozen=True)
class CompilerProgram:
    """A compiler as a program: its `name` in the rows of a covering, and its spec, without a level, by target.

    `optimises` says that levels, and the other flags of gcc and clang, mean something to it.
    """

    name: str
    specs: Mapping[str, str]
    optimises: bool


def every_program(*, cxx: bool = False) -> tuple[CompilerProgram, ...]:
    """All compilers for C found here, or for C++, oldest first; two names of one program are one."""
    if cxx:
        return tuple(_gccs_and_clangs(cxx=True))
    found: list[CompilerProgram] = []
    here = HERE.name
    try:
        embedded.distribution()
        found.append(CompilerProgram("tcc", {here: "tcc"}, optimises=False))
    except MissingCompiler:
        pass
    program = shutil.which("tcc")
    if program is not None:
        found.append(CompilerProgram("tcc-program", {here: program}, optimises=False))
    found += [CompilerProgram(name, {here: name}, optimises=False) for name in ("pcc", "chibicc") if shutil.which(name)]
    found += _gccs_and_clangs(cxx=False)
    if shutil.which("zig") or _has_ziglang():
        found.append(CompilerProgram("zig", {here: "zig"}, optimises=True))
    return tuple(found)


def _gccs_and_clangs(*, cxx: bool) -> Iterator[CompilerProgram]:
    """Every version of gcc and clang found here, or of theirs for C++, with what each makes code for."""
    here = HERE.name
    gcc, clang = ("g++", "clang++") if cxx else ("gcc", "clang")
    names = _distinct([name for name in (*versions(cxx=cxx), gcc, clang) if shutil.which(name)])
    newest_clang = next((name for name in reversed(names) if name.startswith(clang)), "")
    crosses = cross_compilers()
    for name in names:
        specs = {here: name}
        if here == "x86-64" and has_32_bits(cxx=cxx):
            specs["i386"] = f"{name}:-m32"
        if name == newest_clang:
            specs |= {
                target.name: f"{name}:--target={target.triple}"
                for target in _crossed()
                if target.name in _CLANG_TARGETS
                and target.name not in specs
                and (not cxx or _has_library(target, crosses))
            }
        if name.startswith(gcc):
            version = name.removeprefix(gcc)
            specs |= {
                target.name: cross
                for target in _crossed()
                if (cross := f"{target.triple}-{gcc}{version}") in crosses and target.name not in specs
            }
        yield CompilerProgram(name, specs, optimises=True)


def named_programs(specs: Iterable[str]) -> tuple[CompilerProgram, ...]:
    """Compilers that a user has named, as programs of one target each; one with flags keeps those and takes no level.

    Raises UserError for one that is missing.
    """
    from conformance.toolchain.compilers import resolve  # which asks each of them

    found = []
    for spec in dict.fromkeys(specs):
        compiler = resolve(spec, cxx=True)
        sanitizers.refuse(compiler)
        target = HERE.name if compiler.target.native else compiler.target.name
        plain = ":" not in spec and compiler.family in ("gcc", "clang", "zig")
        found.append(CompilerProgram(spec, {target: spec}, optimises=plain))
    return tuple(found)


def _crossed() -> list[Target]:
    """The targets whose C library is installed beside this machine's own."""
    return [target for target in TARGETS.values() if target.emulator and Path(target.sysroot).is_dir()]


def has_32_bits(*, cxx: bool = False) -> bool:
    """Whether gcc's C library for -m32 is installed, and with `cxx` that of C++ too."""
    there = any(Path(folder, "crt1.o").exists() for folder in ("/usr/lib32", "/usr/lib/i386-linux-gnu"))
    return there and (not cxx or any(Path("/usr/lib/gcc").glob("*/*/32/libstdc++.*")))


def _has_library(target: Target, crosses: Sequence[str]) -> bool:
    """Whether the C++ library of a target is here: it comes with its g++."""
    return any(name.startswith(f"{target.triple}-g++") for name in crosses)


def _has_ziglang() -> bool:
    from importlib.util import find_spec

    return find_spec("ziglang") is not None


def _distinct(names: Iterable[str]) -> list[str]:
    """The names without those of programs that another name before has."""
    seen: dict[str, str] = {}
    for name in names:
        seen.setdefault(os.path.realpath(shutil.which(name) or name), name)
    return list(seen.values())
