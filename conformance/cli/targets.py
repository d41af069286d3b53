"""What `doctor --targets` tells: targets with their compilers and emulators, and the one command for all the rest."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from conformance.model.target import TARGETS, Target, runs_here
from conformance.toolchain.compilers import cross_compilers
from conformance.toolchain.every import every_program, has_32_bits

_COMPILERS = (
    "gcc-11", "gcc-12", "g++-11", "g++-12", "clang-13", "clang-14", "clang-15", "clang-16", "clang-19", "tcc", "pcc",
    "chibicc",
)  # fmt: skip
"""Debian 12's packages of compilers, each with a program of its name; a clang's has its clang++ too."""


def rows() -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """For each compiler and target: whether it is there, its name, what was found, the packages that are missing."""
    for name in _COMPILERS:
        found = shutil.which(name)
        yield "ok" if found else "-", f"compiler {name}", found or "not installed", () if found else (name,)
    programs = every_program()
    for target in TARGETS.values():
        missing = tuple(_missing(target))
        compilers = [program.name for program in programs if target.name in program.specs]
        told = f"{', '.join(compilers) or 'no compiler'}; {_runs(target)}"
        yield "-" if missing else "ok", f"target {target.name}", told, missing


def install_line(packages: tuple[str, ...]) -> str:
    """The command that installs packages."""
    return f"apt-get install --no-install-recommends {' '.join(packages)}"


def _runs(target: Target) -> str:
    if runs_here(target):
        return "runs on this kernel"
    return f"runs in {target.emulator}" if shutil.which(target.emulator) else f"{target.emulator} is not installed"


def _missing(target: Target) -> Iterator[str]:
    """The packages that a target lacks here."""
    if target.name == "i386" and not target.emulator:
        if not has_32_bits():
            yield from target.packages
        return
    if runs_here(target):
        if shutil.which("gcc") is None:
            yield from target.packages
        return
    gcc, library, emulator = target.packages
    if f"{target.triple}-gcc-12" not in cross_compilers():
        yield gcc
    if not Path(target.sysroot, "include").is_dir():
        yield library
    if shutil.which(target.emulator) is None:
        yield emulator
